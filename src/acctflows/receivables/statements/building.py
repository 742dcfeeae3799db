"""What all readers share: lines with their keys, plain texts, amounts and IBANs."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from stdnum import iban as iban_rules

from acctflows.agency.rules import fold
from acctflows.errors import InputError
from acctflows.money import LARGEST, Money
from acctflows.receivables.statements.model import Note, StatementLine

_NO_REFERENCE = re.compile(
    r"(?:NONREF|NOTPROVIDED|NOT PROVIDED|NOREF|N/?A|KREF\+?|EREF\+?|[0\W]*|\w)", re.IGNORECASE
)
"""What banks write where there is no reference, or where it stands elsewhere (KREF+, EREF+)."""

RETURN_CODES = frozenset({"108", "109", "159"})
"""Business codes (GVC) of returned direct debits (108 B2B, 109 Core) and credit transfers (159)."""
_RETURN = re.compile(
    "ruecklast|rueckueberw|ruecksch|rueckbelast|rueckbuch|retoure|rueckgabelast|lastschriftrueckg"
    "|nichteingeloest|returned|returnof|chargeback|rejected|unpaiddirectdebit"
)


def says_return(text: str) -> bool:
    """Whether a bank's words say that a payment came back; of money out they are the bank's own."""
    return bool(_RETURN.search(fold(text)))


def plain(*parts: str | None) -> str:
    """The parts as one line: runs of white space become one space, empty parts go."""
    return " ".join(" ".join(part or "" for part in parts).split())


def reference(*candidates: str | None) -> str:
    """The first that is a reference, rather than a bank's word for none."""
    for candidate in candidates:
        text = plain(candidate)
        if not _NO_REFERENCE.fullmatch(text):
            return text
    return ""


def valid_iban(text: str | None) -> str:
    """The IBAN without spaces (ISO 13616), or nothing where length or check digits are wrong."""
    compact = re.sub(r"[^A-Za-z0-9]", "", text or "").upper()
    return compact if iban_rules.is_valid(compact) else ""


def account_name(text: str | None) -> str:
    """Our own account: an IBAN without spaces, else what the bank calls it."""
    return valid_iban(text) or plain(text)


def money(amount: Decimal, currency: str, *, where: str) -> Money:
    """The amount in minor units.

    Raises:
        InputError: When the currency does not exist or the amount cannot be one.
    """
    if abs(amount) >= LARGEST:
        raise InputError(f"{amount:f} is too large for an amount", where=where)
    try:
        return Money.of(amount, currency)
    except InputError as error:
        raise InputError(error.what, where=where, todo="ask the bank for a correct file") from error


def rounded_note(amount: Decimal, taken: Money) -> list[Note]:
    """A warning where the file gives parts of a cent."""
    if abs(amount) == abs(taken.decimal):
        return []
    return [
        Note(
            "rounded",
            f"Der Betrag {amount:f} wurde auf {taken.format('de')} gerundet.",
            f"The amount {amount:f} was rounded to {taken.format('en')}.",
        )
    ]


def line_key(told: tuple[str, ...], ordinal: int) -> str:
    """The key of a line, made of what it says and of how many equal ones come before it."""
    return hashlib.sha256("\x1f".join((*told, str(ordinal))).encode()).hexdigest()


def behind(line: StatementLine, equal: int) -> StatementLine:
    """The line with so many more equal ones before it."""
    ordinal = line.ordinal + equal
    return replace(line, ordinal=ordinal, idempotency_key=line_key(line.told, ordinal))


@dataclass
class LineMaker:
    """Makes the lines of one file, so that equal ones are told apart by their order."""

    unique_references: bool = True
    """Whether the bank's reference tells bookings of a day and amount apart."""
    _seen: Counter[tuple[str, ...]] = field(default_factory=Counter, init=False)
    _referenced: Counter[tuple[str, ...]] = field(default_factory=Counter, init=False)

    def begin(self, *, balanced: bool) -> None:
        """Begin a statement: the same reference in two statements names the same booking.

        Args:
            balanced: Whether it states both balances. These tell later whether it continues
                another statement, so that equal lines without a reference are counted anew too.
        """
        self._referenced.clear()
        if balanced:
            self._seen.clear()

    def line(
        self,
        *,
        account: str,
        booked_on: date,
        amount: Money,
        value_on: date | None = None,
        counterparty: str = "",
        counterparty_iban: str = "",
        remittance: str = "",
        creditor_reference: str = "",
        end_to_end_id: str = "",
        bank_reference: str = "",
        reversal: bool = False,
    ) -> StatementLine:
        """A line with its key.

        The key is made of account, booking day, amount and the bank's reference; where there is
        none, or it tells nothing apart, also of everything else the line says. Equal lines of a
        statement are counted: the second of two is the second in every file that holds the day.
        Day and amount belong to it even with a reference, because banks give one reference to all
        payments of a batch and use them again later.
        """
        said: tuple[str, ...] = (bank_reference,)
        referenced = bool(bank_reference and self.unique_references)
        if not referenced:
            said += (end_to_end_id, creditor_reference, counterparty_iban, remittance)
        told = tuple(
            re.sub(r"\s", "", part).upper()
            for part in (
                *(account, booked_on.isoformat(), str(amount.minor), amount.currency),
                *said,
            )
        )
        seen = self._referenced if referenced else self._seen
        ordinal = seen[told]
        seen[told] += 1
        return StatementLine(
            account=account,
            booked_on=booked_on,
            value_on=value_on,
            amount=amount,
            counterparty=counterparty,
            counterparty_iban=counterparty_iban,
            remittance=remittance,
            creditor_reference=creditor_reference,
            end_to_end_id=end_to_end_id,
            bank_reference=bank_reference,
            reversal=reversal,
            idempotency_key=line_key(told, ordinal),
            told=() if referenced else told,
            ordinal=ordinal,
        )
