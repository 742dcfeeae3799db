"""One entry of a CAMT statement: a line, or one for each payment of a batch."""

import re
from datetime import date
from decimal import Decimal

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements.building import (
    RETURN_CODES,
    LineMaker,
    money,
    plain,
    reference,
    says_return,
    valid_iban,
)
from acctflows.receivables.statements.model import Note, StatementLine
from acctflows.receivables.statements.xml import Element, find, findall, text, texts

_RETURNS = frozenset({"RRTN", "UPDD", "RPCR", "PRDD"})
"""ISO 20022 (bank transaction codes): returned, unpaid, recalled, reversed."""


def entry_lines(
    entry: Element,
    booked: Money,
    account: str,
    lines: LineMaker,
    *,
    made_on: date | None,
    where: str,
) -> tuple[list[StatementLine], list[Note]]:
    """The lines of a booked entry, with what a person should know about them.

    Args:
        entry: The ``Ntry``.
        booked: Its signed amount.
        account: Our account.
        lines: Makes the lines of the file.
        made_on: Last day of the statement, for an entry without any day (some CAMT.054 have none).
        where: The place, for messages.

    Raises:
        InputError: When an amount or day cannot be read.
    """
    details = findall(entry, "NtryDtls/TxDtls") or findall(entry, "TxDtls")
    if len(details) < 2:
        line = _line(entry, details, booked, account, lines, made_on=made_on, where=where)
        return [line], _batch_notes(entry, booked)
    amounts = [
        _detail_amount(detail, entry, booked.currency, where=f"{where}, payment {number}")
        for number, detail in enumerate(details, 1)
    ]
    parts = [amount for amount in amounts if amount is not None]
    unclear = _unsplit(len(details), booked) if len(parts) < len(details) else None
    unclear = unclear or _other_sum(parts, booked)
    if unclear:
        # Guessing would book the total several times, or one payment too few.
        line = _line(entry, details, booked, account, lines, made_on=made_on, where=where)
        return [line], [unclear]
    found = [
        _line(entry, [detail], part, account, lines, made_on=made_on, where=where)
        for detail, part in zip(details, parts, strict=True)
    ]
    return found, []


def signed_amount(element: Element, *, where: str) -> tuple[Money, Decimal]:
    """The ``Amt`` of a balance or entry with its sign, and as the file has it, without."""
    amount = find(element, "Amt")
    if amount is None:
        raise InputError("an amount is missing", where=where)
    value, currency = _amount(amount, where=where)
    return money(value * _sign(text(element, "CdtDbtInd"), where=where), currency, where=where), (
        value
    )


def day_of(said: str, *, where: str) -> date:
    """The bank's day of a date or moment: what is written, whatever its time zone."""
    try:
        return date.fromisoformat(said[:10])
    except ValueError as error:
        raise InputError(f"“{said}” is no date", where=where) from error


def _amount(element: Element, *, where: str) -> tuple[Decimal, str]:
    said = (element.text or "").strip()
    if not re.fullmatch(r"[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]+", said):
        raise InputError(f"“{said}” is no amount", where=where)
    return Decimal(said), element.get("Ccy", "")


def _sign(side: str, *, where: str) -> int:
    if side not in ("CRDT", "DBIT"):
        raise InputError(f"“{side}” is neither credit nor debit", where=where)
    return 1 if side == "CRDT" else -1


def _detail_amount(detail: Element, entry: Element, currency: str, *, where: str) -> Money | None:
    """The signed amount of a payment, in the currency of the account where the bank gives that."""
    found = [
        _amount(element, where=where)
        for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
        for element in findall(detail, path)
    ]
    if not found:
        return None
    value, said = next((each for each in found if each[1] == currency), found[0])
    side = text(detail, "CdtDbtInd") or text(entry, "CdtDbtInd")
    return money(value * _sign(side, where=where), said, where=where)


def _line(
    entry: Element,
    details: list[Element],
    amount: Money,
    account: str,
    lines: LineMaker,
    *,
    made_on: date | None,
    where: str,
) -> StatementLine:
    detail = details[0] if len(details) == 1 else None
    booking, value = (
        text(entry, f"{name}/Dt") or text(entry, f"{name}/DtTm") for name in ("BookgDt", "ValDt")
    )
    said = booking or value
    booked_on = day_of(said, where=where) if said else made_on
    if booked_on is None:
        raise InputError("the entry has no booking date", where=where)
    reversal = _is_return(entry, details, amount)
    references = [
        found
        for each in details
        for path in ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
        for found in texts(each, path)
    ]
    name, iban = _other_side(detail, amount, account, reversal=reversal)
    return lines.line(
        account=account,
        booked_on=booked_on,
        value_on=day_of(value, where=where) if value else None,
        amount=amount,
        counterparty=name,
        counterparty_iban=iban,
        remittance=_remittance(entry, details, references),
        creditor_reference=plain(references[0]) if len(references) == 1 else "",
        end_to_end_id=reference(text(detail, "Refs/EndToEndId")) if detail is not None else "",
        bank_reference=reference(
            text(detail, "Refs/AcctSvcrRef") if detail is not None else "",
            text(entry, "AcctSvcrRef"),
        ),
        reversal=reversal,
    )


def _is_return(entry: Element, details: list[Element], amount: Money) -> bool:
    """Whether it takes back a payment: by its own mark, the bank's code for its kind, or words.

    Many banks mark a returned direct debit only by ISO 20022's code of the transaction (``RRTN``,
    ``UPDD``) or by the German one (``NRTI+109``).
    """
    if text(entry, "RvslInd").lower() in ("true", "1"):
        return True
    if any(find(each, "RtrInf") is not None for each in details):
        return True
    kinds = [kind for each in (entry, *details) for kind in findall(each, "BkTxCd")]
    if any(text(kind, "Domn/Fmly/SubFmlyCd") in _RETURNS for kind in kinds):
        return True
    codes = [text(kind, "Prtry/Cd").split("+") for kind in kinds]
    if any("NRTI" in code or RETURN_CODES & set(code[1:2]) for code in codes):
        return True
    return amount.minor < 0 and says_return(" ".join(texts(entry, "AddtlNtryInf")))


def _remittance(entry: Element, details: list[Element], references: list[str]) -> str:
    """All that the payer wrote; without it, what the bank adds, where Wise puts the reference."""
    written = [
        part
        for detail in details
        for path in ("RmtInf/Ustrd", "RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/AddtlRmtInf")
        for part in texts(detail, path)
    ]
    if len(references) > 1:  # more than a line has room for; none must get lost
        written += references
    if not written:
        written = [part for detail in details for part in texts(detail, "AddtlTxInf")]
    if not written and not references:
        written = texts(entry, "AddtlNtryInf")
    return plain(*written)


def _other_side(
    detail: Element | None, amount: Money, account: str, *, reversal: bool
) -> tuple[str, str]:
    """Name and IBAN of the other party: the debtor of money in, the creditor of money out.

    The parties of a reversal are those of the payment it takes back, so the sides are changed.
    """
    if detail is None:
        return "", ""
    sides = ["Dbtr", "Cdtr"] if (amount.minor >= 0) != reversal else ["Cdtr", "Dbtr"]
    ibans = [valid_iban(text(detail, f"RltdPties/{side}Acct/Id/IBAN")) for side in sides]
    chosen = 1 if ibans[0] == account and ibans[1] != account else 0
    side = sides[chosen]
    name = next(
        (
            found
            for party in (side, f"Ultmt{side}")
            for path in ("Pty/Nm", "Nm", "Agt/FinInstnId/Nm")
            if (found := plain(text(detail, f"RltdPties/{party}/{path}")))
        ),
        "",
    )
    return name, ibans[chosen]


def _batch_notes(entry: Element, booked: Money) -> list[Note]:
    """A batch may be announced without its payments; those come in a CAMT.054."""
    counts = [int(said) for said in texts(entry, "NtryDtls/Btch/NbOfTxs") if said.isdecimal()]
    return [_unsplit(sum(counts), booked)] if sum(counts) > 1 else []


def _unsplit(count: int, booked: Money) -> Note:
    return Note(
        "batch",
        f"Eine Sammelbuchung über {booked.format('de')} umfasst {count} Zahlungen, deren "
        "Einzelbeträge nicht in der Datei stehen; bitte von Hand zuordnen.",
        f"A batch booking of {booked.format('en')} is made of {count} payments whose amounts are "
        "not in the file; please assign it by hand.",
    )


def _other_sum(parts: list[Money], booked: Money) -> Note | None:
    """A warning where the payments of a batch are not what was booked."""
    if {part.currency for part in parts} == {booked.currency}:
        total = sum(parts, Money.zero(booked.currency))
        if total == booked:
            return None
    return Note(
        "details",
        f"Die Einzelbeträge einer Sammelbuchung ergeben nicht {booked.format('de')}; sie wurde "
        "im Ganzen übernommen.",
        f"The payments of a batch booking do not add up to {booked.format('en')}; it was taken as "
        "a whole.",
    )
