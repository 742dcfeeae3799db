"""What a bank statement says, whatever file it came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from acctflows.money import Money


class StatementKind(StrEnum):
    """How final the lines of a statement are; all of them are booked."""

    STATEMENT = "statement"
    """End of day or period, with balances: CAMT.053, MT940."""
    REPORT = "report"
    """During the day: CAMT.052, MT942."""
    NOTIFICATION = "notification"
    """Details of single bookings, often of a batch: CAMT.054."""
    LIST = "list"
    """A list of payments as people export it: CSV."""


@dataclass(frozen=True)
class Note:
    """What a person should know about a statement that was taken nevertheless."""

    code: str
    """``balance``, ``rounded``, ``batch``, ``details``, ``pending`` or ``currency``."""
    de: str
    en: str


@dataclass(frozen=True)
class StatementLine:
    """One booked movement; a batch booking is one line for each of its payments."""

    account: str
    """Our account: its IBAN, or the bank's own number where the file has no IBAN."""
    booked_on: date
    value_on: date | None
    amount: Money
    """Positive: money came in; negative: money went out."""
    counterparty: str
    """Name of the payer (money in) or payee (money out); empty where the bank gives none."""
    counterparty_iban: str
    """Without spaces; empty where the bank gives no valid IBAN."""
    remittance: str
    """The whole text of the payment as one line, all parts joined."""
    creditor_reference: str
    """Structured reference (ISO 11649 or the bank's own kind); empty where there is none."""
    end_to_end_id: str
    """The payer's reference for the payment; empty where not provided."""
    bank_reference: str
    """The bank's own reference of the booking; empty where there is none."""
    reversal: bool
    """Whether this takes back an earlier booking: returned, reversed or refused."""
    idempotency_key: str
    """The same for the same booking in every file of its kind, different for any two bookings."""
    told: tuple[str, ...] = ()
    """What tells a line without a reference of its own apart; empty where a reference does."""
    ordinal: int = 0
    """How many equal lines of the statement come before it."""


@dataclass(frozen=True)
class Statement:
    """The booked lines of one account over one period."""

    kind: StatementKind
    account: str
    id: str
    """The bank's number or id of the statement; empty where there is none."""
    from_on: date | None
    to_on: date | None
    opening: Money | None
    closing: Money | None
    currency: str
    """Currency of the account (ISO 4217)."""
    lines: tuple[StatementLine, ...]
    warnings: tuple[Note, ...] = ()
    format: str = ""
    """Key in ``FORMATS``; ``read_statements`` sets it."""


def distinct_lines(statements: Iterable[Statement]) -> list[StatementLine]:
    """The lines of all statements, each booking once: statements of several files may overlap."""
    found: dict[str, StatementLine] = {}
    for statement in statements:
        for line in statement.lines:
            found.setdefault(line.idempotency_key, line)
    return list(found.values())


def balance_note(opening: Money | None, closing: Money | None, booked: list[Money]) -> list[Note]:
    """A warning where opening balance and bookings do not give the closing balance.

    Nothing is said where a balance is missing or the currencies differ: nothing can be added up.
    """
    if opening is None or closing is None:
        return []
    if {amount.currency for amount in [closing, *booked]} - {opening.currency}:
        return []
    reached = sum(booked, opening)
    if reached == closing:
        return []
    return [
        Note(
            "balance",
            f"Anfangssaldo und Buchungen ergeben {reached.format('de')}, "
            f"die Bank nennt als Endsaldo {closing.format('de')}.",
            f"Opening balance and bookings give {reached.format('en')}, "
            f"the bank states {closing.format('en')} as the closing balance.",
        )
    ]
