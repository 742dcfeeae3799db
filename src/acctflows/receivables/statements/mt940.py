"""MT940 and MT942 (SWIFT customer statements), as German and Dutch banks write them.

The library mt-940 finds the tags, amounts and years. Tags 28, 61 and 86 are read our own way: banks
write longer references than SWIFT allows, and the payment's text must come through whole.
"""

import codecs
import logging
import re
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from mt940 import Options, parse_statements, tags
from mt940.models import Amount, Balance, Transactions

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements.building import (
    LineMaker,
    account_name,
    money,
    reference,
    says_return,
    valid_iban,
)
from acctflows.receivables.statements.model import (
    Statement,
    StatementKind,
    StatementLine,
    balance_note,
)
from acctflows.receivables.statements.mt940_details import read_details

# The library logs every tag it cannot read, payers and amounts included; our error says enough.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKS = b"".join((codecs.BOM_UTF8, *_WIDE))
_SNIFF = re.compile(rb"^:?(?:20:|25:|60[FM]?:)", re.MULTILINE)
_LINES = re.compile(rb"^:(?:60[FM]?|61|34F|62[FM]?):", re.MULTILINE)
_ENVELOPE = re.compile(r"^(?:-\}|\{[1-5]:|-\s*$).*$", re.MULTILINE)
"""SWIFT's own envelope around each message, and the hyphen that ends one."""


class _StatementNumber(tags.StatementNumber):
    """Tag 28 in any form: some banks break it over two lines."""

    pattern: ClassVar[str] = r"(?P<statement_number>[\s\S]*)"


class _StatementLine(tags.Statement):
    """Tag 61 with references of any length; anything that is not an amount is refused."""

    pattern: ClassVar[str] = r"""^
    (?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})
    (?P<entry_month>\d{2}|\s{2})?(?P<entry_day>\d{2}|\s{2})?
    (?P<status>R?[DC])(?P<funds_code>[A-Z])?[\n ]?
    (?P<amount>\d{1,15}(?:,\d*)?)
    (?P<id>[A-Z][A-Z0-9 ]{3})
    (?P<customer_reference>(?:(?!//)[^\n])*)
    (?://(?P<bank_reference>[^\n]*))?
    (?:\n(?P<extra_details>[\s\S]*))?
    $"""


class _TransactionDetails(tags.TransactionDetails):
    """Tag 86 whole."""

    pattern: ClassVar[str] = r"(?P<transaction_details>[\s\S]*)"


_TAGS: dict[int | str, tags.Tag] = {
    28: _StatementNumber(),
    61: _StatementLine(),
    86: _TransactionDetails(),
}
_PROCESSORS: dict[str, list[Callable[..., Any]]] = {"post_transaction_details": []}


def sniff(data: bytes) -> bool:
    """Whether the bytes are text with the tags of a statement at the start of lines."""
    head = data[:200_000].replace(b"\0", b"").replace(b"\r", b"\n").lstrip(_MARKS)
    return bool(_SNIFF.search(head) and _LINES.search(head))


def read(data: bytes, *, file_name: str) -> list[Statement]:
    """The statements of an MT940 file.

    Raises:
        InputError: When no statement begins in the file (tag 20), a tag is broken, or a statement
            lacks account or currency; the file is taken whole or not at all.
    """
    text = _ENVELOPE.sub("", _decode(data).replace("\r\n", "\n").replace("\r", "\n"))
    blocks = len(re.findall(r"^:20:", text, re.MULTILINE))
    if not blocks:
        raise InputError(
            "no statement begins in the MT940 file (tag :20: is missing)",
            where=file_name,
            todo="export the whole statement from the online banking again",
        )
    try:
        # The line break keeps the text from being taken for the name of a file.
        parsed = parse_statements(
            f"\n{text}", options=Options.all(), tags=_TAGS, processors=_PROCESSORS
        )
    except (RuntimeError, ValueError, ArithmeticError, LookupError, TypeError) as error:
        raise InputError(
            f"a tag of the MT940 file cannot be read: {' '.join(str(error).split())[:200]}",
            where=file_name,
            todo="export the statement again, best as CAMT.053",
        ) from error
    if sum(map(len, parsed)) != len(re.findall(r"^:61:", text, re.MULTILINE)):
        raise InputError("a booking of the MT940 file cannot be read", where=file_name)
    lines = LineMaker(unique_references=False)  # some banks give a code of the kind of payment
    return [
        _statement(each, lines, where=f"{file_name}, statement {number}")
        for number, each in enumerate(parsed, 1)
    ]


def _decode(data: bytes) -> str:
    """UTF-16 or UTF-8 where they are, else Windows-1252, else Latin-1, which takes any byte."""
    text = ""
    wide = "utf-16" if data.startswith(_WIDE) else "utf-16-be" if not data[0] else "utf-16-le"
    for encoding in (wide,) if b"\0" in data[:4] else ("utf-8", "cp1252", "latin-1"):
        try:
            text = data.removeprefix(codecs.BOM_UTF8).decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    return text.replace("\ufeff", "")


def _statement(parsed: Transactions, lines: LineMaker, *, where: str) -> Statement:
    said = parsed.data
    account = account_name(said.get("account_identification"))
    if not re.fullmatch(r"[A-Za-z0-9 ./-]+", account):
        raise InputError("the statement names no account (tag :25:)", where=where)
    currency = parsed.currency
    if not currency:
        raise InputError("the statement names no currency (tag :60F:)", where=where)
    opening = _balance(said, "opening_balance", where=where)
    closing = _balance(said, "closing_balance", where=where)
    lines.begin(balanced=opening is not None and closing is not None)
    taken = [
        _line(each.data, account, currency, lines, where=f"{where}, booking {number}")
        for number, each in enumerate(parsed.transactions, 1)
    ]
    return Statement(
        kind=StatementKind.REPORT if opening is None else StatementKind.STATEMENT,
        account=account,
        id="".join((said.get("statement_number") or "").split()),
        from_on=_day(_any(said, "opening_balance")),
        to_on=_day(_any(said, "closing_balance")),
        opening=opening,
        closing=closing,
        currency=currency,
        lines=tuple(taken),
        warnings=tuple(balance_note(opening, closing, [line.amount for line in taken])),
    )


def _any(said: dict[str, Any], name: str) -> Balance | None:
    """A balance, final or of a page (tags 60F, 60M, 62F, 62M)."""
    for kind in ("final_", "intermediate_", ""):
        found = said.get(f"{kind}{name}")
        if isinstance(found, Balance):
            return found
    return None


def _balance(said: dict[str, Any], name: str, *, where: str) -> Money | None:
    found = _any(said, name)
    if found is None or not isinstance(found.amount, Amount):
        return None
    return money(found.amount.amount, str(found.amount.currency), where=where)


def _day(balance: Balance | None) -> date | None:
    found = balance.date if balance else None
    return date(found.year, found.month, found.day) if found else None


def _line(
    said: dict[str, Any], account: str, currency: str, lines: LineMaker, *, where: str
) -> StatementLine:
    value_on = date(said["date"].year, said["date"].month, said["date"].day)
    entry = said.get("entry_date")
    details = read_details(said.get("transaction_details") or said.get("non_swift_text") or "")
    own_reference, name = _customer_reference(said.get("customer_reference") or "")
    extra = " ".join((said.get("extra_details") or "").split())
    iban = valid_iban(extra)  # Rabobank's place for it
    amount = money(said["amount"].amount, currency, where=where)
    returned = (
        str(said["status"]).upper().startswith("R")
        or str(said.get("id")).endswith("RTI")  # SWIFT: returned item
        or (amount.minor < 0 and says_return(f"{extra} {details.remittance}"))
    )
    return lines.line(
        account=account,
        booked_on=date(entry.year, entry.month, entry.day) if isinstance(entry, date) else value_on,
        value_on=value_on,
        amount=amount,
        counterparty=details.counterparty or name,
        counterparty_iban=details.counterparty_iban or iban,
        remittance=details.remittance or ("" if iban else extra),
        end_to_end_id=details.end_to_end_id or own_reference,
        bank_reference=reference(said.get("bank_reference")),
        reversal=returned or details.reversal,
    )


def _customer_reference(text: str) -> tuple[str, str]:
    """The reference, and the name some banks put behind its sixteen places (16x of SWIFT)."""
    if len(text) > 16 and " " in text.strip():
        return reference(text[:16]), " ".join(text[16:].split())
    return reference(text), ""
