"""What a dunning decision is made from and what it consists of."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from acctflows.db.models.receivables import StopKind
from acctflows.documents.canonical import canonical_sha256
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_policy import COURTESY, Approver
from acctflows.receivables.follow_up.dunning_reasons import Reason


@dataclass(frozen=True)
class Stop:
    """A hold or dispute, set by form or desk; it ends by itself.

    Args:
        kind: Hold or dispute.
        starts_on: First day on which nothing is sent.
        ends_on: Last such day.
    """

    kind: StopKind
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Promise:
    """The client's word to pay; until it is kept or broken nothing is sent (`OpenItem.unkept`).

    Args:
        given_on: Day it was given.
        pay_by: Promised day.
        open_when_given: What was open then.
        amount: Promised amount; None for all of it.
    """

    given_on: date
    pay_by: date
    open_when_given: Money
    amount: Money | None = None

    @property
    def promised(self) -> Money:
        """What is promised in figures."""
        return self.amount or self.open_when_given


@dataclass(frozen=True)
class SentStep:
    """A letter in which the invoice stood at a level.

    Args:
        level: 0 for the courtesy note, else the level.
        sent_on: Day it was sent.
        pay_by: Day the letter set; the due date in a courtesy note.
        delivered_on: Day its mail was handed over; None where that is not known.
    """

    level: int
    sent_on: date
    pay_by: date
    delivered_on: date | None = None

    @property
    def granted_until(self) -> date:
        """The last day the letter grants; late delivered, the day it arrived."""
        return max(self.pay_by, self.delivered_on or self.sent_on)


@dataclass(frozen=True)
class OpenItem:
    """An invoice, credit note or overpayment on the client's account.

    Args:
        number: The document's number; unique on the account.
        open: What is open now; below zero for credits, zero when paid.
        due_on: Day until which it is to be paid; None where there is no such day.
        first_sent_on: Day the invoice was first sent to the client; None: not yet.
        steps: All letters in which it stood at a new level.
        stops: Holds and disputes of this invoice.
        promises: Promises to pay it.
        money_waits: Days of payments that a person has yet to confirm and that may be for it.
    """

    number: str
    open: Money
    due_on: date | None
    first_sent_on: date | None
    steps: tuple[SentStep, ...] = ()
    stops: tuple[Stop, ...] = ()
    promises: tuple[Promise, ...] = ()
    money_waits: tuple[date, ...] = ()

    @property
    def reminders(self) -> tuple[SentStep, ...]:
        """The letters after the due date, in order of sending."""
        return tuple(
            sorted(
                (step for step in self.steps if step.level > COURTESY),
                key=lambda step: (step.sent_on, step.level),
            )
        )

    def unkept(self, on: date) -> list[Promise]:
        """The promises given by that day that what is open now does not keep, by promised day.

        Promises that run side by side are instalments: money counts for the earlier one first, so
        that all of them up to a promise must have arrived. One given only after the day of another
        stands in its place, for nobody pays the missed instalment a second time.
        """
        given = sorted((p for p in self.promises if p.given_on <= on), key=lambda p: p.pay_by)
        unkept = []
        for at, promise in enumerate(given):
            beside = [p for p in given[: at + 1] if p.pay_by >= promise.given_on]
            owed = max(p.open_when_given.minor for p in beside)
            together = owed - sum(p.promised.minor for p in beside)
            alone = promise.open_when_given.minor - promise.promised.minor
            if self.open.minor > max(0, min(together, alone)):
                unkept.append(promise)
        return unkept


@dataclass(frozen=True)
class ClientAccount:
    """All items of a client with something to say, and what applies to all of them.

    Args:
        client: The client's key.
        items: Open invoices and credits of all currencies.
        stops: Holds of the whole client.
        letters: Currency and day of the letters sent to the client, also about items paid since.
        notes: The same of courtesy notes, which demand nothing.
        pending: Currencies in which a letter awaits approval, or whose sending is uncertain.
    """

    client: str
    items: tuple[OpenItem, ...]
    stops: tuple[Stop, ...] = ()
    letters: tuple[tuple[str, date], ...] = ()
    notes: tuple[tuple[str, date], ...] = ()
    pending: frozenset[str] = frozenset()

    def last_letter_on(self, currency: str, *, or_note: bool) -> date | None:
        """The day of the newest letter in that currency, or of a courtesy note if that counts."""
        sent = (*self.letters, *self.notes) if or_note else self.letters
        days = [day for code, day in sent if code == currency]
        for item in self.items:
            if item.open.currency == currency:
                days += [step.sent_on for step in (item.steps if or_note else item.reminders)]
        return max(days, default=None)


class Role(StrEnum):
    """As what an item stands in a letter."""

    STEP = "step"
    COURTESY = "courtesy"
    OVERDUE = "overdue"
    NOT_DUE = "not_due"
    CREDIT = "credit"


class Action(StrEnum):
    """What happens with an item."""

    INCLUDE = "include"
    """It goes to its next level with this letter."""
    COURTESY = "courtesy"
    SHOW = "show"
    """It stands in the letter of the others without a new level."""
    NOT = "not"


@dataclass(frozen=True)
class Line:
    """An item as it stands in a letter.

    Args:
        number: The item's number.
        role: As what it stands there.
        level: The level it has with this letter; 0 before the first.
        amount: What is open; below zero for credits.
        due_on: Its due date; credits may have none.
    """

    number: str
    role: Role
    level: int
    amount: Money
    due_on: date | None


@dataclass(frozen=True)
class Letter:
    """One letter to one client in one currency.

    Args:
        client: The client's key.
        currency: ISO 4217.
        decided_on: The day it was decided.
        level: The highest new level in it, which sets its tone; 0 for a courtesy note.
        mail: Name of the mail template.
        approved_by: Who must approve it.
        show_interest: Whether interest is shown.
        pay_by: Day until which it asks for payment; None in a courtesy note, where the due dates
            stand.
        fee: Fee of the level; not part of ``to_pay``.
        to_pay: What is overdue less credits; in a courtesy note what falls due less credits.
        bank_data_as_of: Payments up to that day are considered.
        lines: The items.
    """

    client: str
    currency: str
    decided_on: date
    level: int
    mail: str
    approved_by: Approver
    show_interest: bool
    pay_by: date | None
    fee: Money
    to_pay: Money
    bank_data_as_of: date
    lines: tuple[Line, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that was decided, to which an approval is bound."""
        content: dict[str, Any] = {
            "client": self.client,
            "currency": self.currency,
            "decided_on": self.decided_on.isoformat(),
            "level": self.level,
            "mail": self.mail,
            "approved_by": self.approved_by.value,
            "show_interest": self.show_interest,
            "pay_by": self.pay_by.isoformat() if self.pay_by else None,
            "fee": self.fee.minor,
            "to_pay": self.to_pay.minor,
            "bank_data_as_of": self.bank_data_as_of.isoformat(),
            "lines": [
                {
                    "number": line.number,
                    "role": line.role.value,
                    "level": line.level,
                    "amount": line.amount.minor,
                    "due_on": line.due_on.isoformat() if line.due_on else None,
                }
                for line in self.lines
            ],
        }
        return canonical_sha256(content)


@dataclass(frozen=True)
class ItemDecision:
    """What happens with one item, and why.

    Args:
        number: The item's number.
        action: What happens.
        level: The level after this letter; the present one where it gets no new one.
        time_level: The highest level whose days after the due date have passed.
        step_on: First day of the next level; None where there is none.
        reasons: Why, the most important first; never empty.
    """

    number: str
    action: Action
    level: int
    time_level: int
    step_on: date | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Decision:
    """What is sent to one client on one day.

    Args:
        client: The client's key.
        today: The day.
        letters: One for each currency at most, in order of currency.
        items: Every item of the account, in its order.
    """

    client: str
    today: date
    letters: tuple[Letter, ...]
    items: tuple[ItemDecision, ...]
