"""What matching is given and what it decides."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from acctflows.money import Money
from acctflows.receivables.payments.allocation import Rule
from acctflows.receivables.payments.matching_evidence import Evidence


@dataclass(frozen=True)
class OpenItem:
    """An invoice that still claims something, with what is known of who pays it."""

    invoice_id: str
    number: str
    rf_reference: str
    client_id: str
    open: Money
    gross: Money
    due_on: date
    ibans: frozenset[str] = frozenset()
    """Accounts the client is known to pay from, without spaces."""
    names: tuple[str, ...] = ()
    discount: Money | None = None
    """Agreed early-payment discount (Skonto) on what is open."""
    discount_until: date | None = None


class Decision(StrEnum):
    """What to do with a line."""

    BOOK = "book"
    """Certain enough to book without a person."""
    PROPOSE = "propose"
    """A person must confirm; ``doubts`` says why."""
    REVERSAL = "reversal"
    """Takes back an earlier line, whose allocations re-open their invoices."""
    NONE = "none"
    """Nothing to do with open invoices as far as can be seen."""


@dataclass(frozen=True)
class Share:
    """What of the line goes to one invoice."""

    invoice_id: str
    amount: Money
    discount: Money
    """What the invoice is settled by besides the money: the agreed discount, or nothing."""
    rule: Rule = Rule.DESIGNATED
    """Why it goes there; an amount that fits designates as well (§ 366(1) BGB)."""


@dataclass(frozen=True)
class Match:
    """The decision on a line; shares and what is left over sum to its amount where it is booked."""

    decision: Decision
    shares: tuple[Share, ...] = ()
    left_over: Money | None = None
    """Money no share takes up; None where nothing is proposed."""
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[Evidence, ...] = ()
    reversed_key: str = ""
    """Idempotency key of the line that a reversal takes back."""
