"""The bank of the story: statements (CAMT.053) as the agency's bank would send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment

from acctflows.agency.profile import AgencyProfile
from acctflows.money import Money

_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>{{ until }}</MsgId><CreDtTm>{{ until }}T21:00:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>{{ until }}</Id>
      <CreDtTm>{{ until }}T21:00:00</CreDtTm>
      <FrToDt><FrDtTm>{{ first }}T00:00:00</FrDtTm><ToDtTm>{{ until }}T21:00:00</ToDtTm></FrToDt>
      <Acct><Id><IBAN>{{ iban }}</IBAN></Id><Ccy>EUR</Ccy></Acct>
      {% for credit in received %}
      <Ntry>
        <Amt Ccy="{{ credit.amount.currency }}">{{ credit.amount.decimal }}</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd>
        <Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>{{ credit.on }}</Dt></BookgDt>
        <ValDt><Dt>{{ credit.on }}</Dt></ValDt>
        <AcctSvcrRef>{{ credit.on }}-{{ loop.index }}</AcctSvcrRef>
        <NtryDtls><TxDtls>
          <RltdPties><Dbtr><Pty><Nm>{{ credit.payer }}</Nm></Pty></Dbtr></RltdPties>
          <RmtInf><Ustrd>{{ credit.text }}</Ustrd></RmtInf>
        </TxDtls></NtryDtls>
      </Ntry>
      {% endfor %}
    </Stmt>
  </BkToCstmrStmt>
</Document>
"""


@dataclass(frozen=True)
class Credit:
    """Money that came in.

    Args:
        on: Booking day.
        amount: What.
        payer: Whose name stands there.
        text: What the payer wrote.
    """

    on: date
    amount: Money
    payer: str
    text: str


def statement(agency: AgencyProfile, *, until: date, received: Sequence[Credit] = ()) -> bytes:
    """A statement of the agency's account up to a day; the same again has the same bytes."""
    template = Environment(autoescape=True).from_string(_TEMPLATE)
    first = min([until, *(each.on for each in received)])
    return template.render(
        until=until, first=first, iban=agency.bank.iban, received=received
    ).encode()
