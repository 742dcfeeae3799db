"""CAMT.052, .053 and .054 (ISO 20022 bank-to-customer reports), in every version.

Elements are found by local name: versions and banks differ in namespaces, some files have none.
"""

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements.building import (
    LineMaker,
    account_name,
    plain,
    rounded_note,
)
from acctflows.receivables.statements.camt_entry import day_of, entry_lines, signed_amount
from acctflows.receivables.statements.model import (
    Note,
    Statement,
    StatementKind,
    balance_note,
)
from acctflows.receivables.statements.xml import Element, find, findall, text

KINDS = {
    "Stmt": StatementKind.STATEMENT,
    "Rpt": StatementKind.REPORT,
    "Ntfctn": StatementKind.NOTIFICATION,
}
_MESSAGE = r"BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?"
"""Name of the message; that of version 1 ends in V01."""
_SNIFF = re.compile(rf"<(?:[\w.-]+:)?{_MESSAGE}[\s>/]".encode())


def sniff(data: bytes) -> bool:
    """Whether the bytes look like a CAMT message, in whatever encoding XML allows."""
    return bool(_SNIFF.search(data[:100_000].replace(b"\0", b"")))


def read(data: bytes, *, file_name: str) -> list[Statement]:
    """The statements of a CAMT file; entries that are only announced are left out.

    Raises:
        InputError: When the XML is broken or dangerous, no statement is in it, or a statement says
            something that cannot be read; the file is taken whole or not at all.
    """
    root = _parse(data, where=file_name)
    messages = [
        element
        for element in root.iter(etree.Element)
        if re.fullmatch(_MESSAGE, etree.QName(element).localname)
    ]
    lines = LineMaker()
    statements = [
        _statement(element, lines, where=file_name)
        for message in messages
        for element in message.iterchildren(*(f"{{*}}{name}" for name in KINDS))
    ]
    if not statements:
        raise InputError(
            "the CAMT file holds no statement",
            where=file_name,
            todo="export the statement from the online banking again",
        )
    return statements


def _parse(data: bytes, *, where: str) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"the XML is broken: {error.msg}", where=where, todo="download the file again"
        ) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs say Any
        # No bank sends one; entities declared there could hide or multiply text.
        raise InputError("the XML declares a document type, which no bank does", where=where)
    return root


def _statement(element: Element, lines: LineMaker, *, where: str) -> Statement:
    identity = plain(text(element, "Id"))
    place = f"{where} › {identity}" if identity else where
    account = account_name(
        text(element, "Acct/Id/IBAN")
        or text(element, "Acct/Id/Othr/Id")
        or text(element, "Acct/Id/PrtryAcct/Id")
    )
    if not account:
        raise InputError("the statement names no account", where=place)
    to_on = _moment(element, "FrToDt/ToDtTm", "FrToDt/ToDt", where=place)
    made_on = to_on or _moment(element, "CreDtTm", where=place)
    opening = _balance(element, "OPBD", "PRCD", where=place)
    closing = _balance(element, "CLBD", where=place)
    lines.begin(balanced=opening is not None and closing is not None)
    notes: list[Note] = []
    booked: list[Money] = []
    taken = []
    for number, entry in enumerate(findall(element, "Ntry"), 1):
        if not _is_booked(entry):
            continue
        amount, said = signed_amount(entry, where=f"{place}, entry {number}")
        booked.append(amount)
        notes += rounded_note(said, amount)
        found, remarks = entry_lines(
            entry, amount, account, lines, made_on=made_on, where=f"{place}, entry {number}"
        )
        taken += found
        notes += remarks
    return Statement(
        kind=KINDS[etree.QName(element).localname],
        account=account,
        id=identity,
        from_on=_moment(element, "FrToDt/FrDtTm", "FrToDt/FrDt", where=place),
        to_on=to_on,
        opening=opening,
        closing=closing,
        currency=_currency(element, opening or closing, booked),
        lines=tuple(taken),
        warnings=(*notes, *balance_note(opening, closing, booked)),
    )


def _is_booked(entry: Element) -> bool:
    """Only ``BOOK`` is money; the code stands in ``Sts`` up to version 7, then in ``Sts/Cd``."""
    status = text(entry, "Sts/Cd") or text(entry, "Sts")
    return (status or "BOOK").upper() == "BOOK"


def _balance(element: Element, *codes: str, where: str) -> Money | None:
    """The balance of the first code there is: booked at the start (OPBD) or the end (CLBD)."""
    for code in codes:
        for balance in _balances(element, code):
            return signed_amount(balance, where=f"{where}, balance {code}")[0]
    return None


def _balances(element: Element, code: str) -> Iterator[Element]:
    for balance in findall(element, "Bal"):
        if code in (text(balance, "Tp/CdOrPrtry/Cd"), text(balance, "Tp/Cd")):
            yield balance


def _currency(element: Element, balance: Money | None, booked: list[Money]) -> str:
    said = plain(text(element, "Acct/Ccy"))
    if said:
        return said
    if balance is not None:
        return balance.currency
    if booked:
        return booked[0].currency
    any_amount = find(element, "Bal/Amt")
    return any_amount.get("Ccy", "") if any_amount is not None else ""


def _moment(element: Element, *paths: str, where: str) -> date | None:
    for path in paths:
        said = text(element, path)
        if said:
            return day_of(said, where=where)
    return None
