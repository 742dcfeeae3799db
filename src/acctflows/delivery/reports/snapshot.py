"""The frozen facts a status report is made from; the document is built from nothing else."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from acctflows.db.models.agency import Discipline, Unit
from acctflows.dispatch.parties import AgencyParty, ClientParty, Frozen, Person
from acctflows.money import Money, round_half_up


class Amount(Frozen):
    """So much of a unit."""

    quantity: Decimal
    unit: Unit


class DoneService(Frozen):
    """What was done for one service in the period, each note once in the order of days."""

    title: str
    """Empty for work on no service of the catalogue."""
    discipline: Discipline | None
    amounts: tuple[Amount, ...]
    notes: tuple[str, ...]


class ReachedStep(Frozen):
    """A milestone that was reached in the period."""

    title: str
    done_on: date


class NextStep(Frozen):
    """A milestone that is not reached yet and comes next."""

    title: str
    due_on: date
    in_progress: bool
    overdue: bool


class BudgetLine(Frozen):
    """A service's plan and how much of it is used since the project began.

    Amounts are minor units of the report's currency. What the client does not pay for counts as
    hours, never as budget.
    """

    title: str
    """Empty for work on no service of the catalogue."""
    planned: Amount | None
    """None for work that is not in the project's plan."""
    planned_minor: int | None
    used: Decimal | None
    """In the unit of the plan; None where the work cannot be counted in it, as hours of a fixed
    price."""
    used_minor: int | None
    other: tuple[Amount, ...]
    """Billable work recorded in other units."""
    unbilled: tuple[Amount, ...]
    hours_before: Decimal
    """All hours recorded before the period, billed or not."""
    hours_now: Decimal
    """All hours recorded in the period, billed or not."""

    @property
    def used_percent(self) -> Decimal | None:
        """Share of the plan that is used, in whole percent; above 100 is possible."""
        if self.used is None or self.planned is None or not self.planned.quantity:
            return None
        return round_half_up(100 * self.used / self.planned.quantity, 0)


class Risk(Frozen):
    """A fact that endangers date or budget.

    ``overdue``: a milestone is past its day. ``idle``: one is due soon, and nothing was recorded
    for it. ``ahead``: the budget is used faster than the time goes. ``exceeded``: more of a service
    is used than was planned. ``late``: the project's planned end has passed.
    """

    kind: Literal["overdue", "idle", "ahead", "exceeded", "late"]
    subject: str = ""
    """Title of the milestone or service."""
    day: date | None = None
    days: int = 0
    """Since or until the day."""
    used_percent: Decimal | None = None
    time_percent: Decimal | None = None


class WaitingDocument(Frozen):
    """A document the client has not answered yet."""

    kind: str
    number: str
    answer_by: date
    """Last day on which its link takes an answer."""


class OpenInvoice(Frozen):
    """An invoice of which something is open; minor units of its own currency."""

    number: str
    due_on: date
    open_minor: int
    currency: str
    overdue: bool

    @property
    def amount(self) -> Money:
        """What is open."""
        return Money(self.open_minor, self.currency)


class ReportSnapshot(Frozen):
    """Everything a status report says, frozen when it is drafted."""

    form: Literal[1] = 1
    """Version of this structure, for readers of old rows."""
    number: str
    language: Literal["de", "en"]
    currency: str
    project_number: str
    project_title: str
    agency: AgencyParty
    client: ClientParty
    recipient: Person
    manager: Person
    period_from: date
    period_to: date
    as_of: date
    """The day whose plan, risks and debts it tells."""
    done: tuple[DoneService, ...]
    reached: tuple[ReachedStep, ...]
    next: tuple[NextStep, ...]
    budget: tuple[BudgetLine, ...]
    time_percent: Decimal | None
    """Share of the project's planned time that is over; None where no start and end are known."""
    risks: tuple[Risk, ...]
    risk_words: tuple[str, ...]
    """What the manager wrote, a paragraph each."""
    next_words: tuple[str, ...]
    documents: tuple[WaitingDocument, ...]
    invoices: tuple[OpenInvoice, ...]
    sources: tuple[str, ...] = ()
    """References of all work records that were counted: every figure can be traced to its rows."""

    @property
    def hours_now(self) -> Decimal:
        """Hours recorded in the period."""
        return sum((line.hours_now for line in self.budget), Decimal())

    @property
    def hours_total(self) -> Decimal:
        """Hours recorded since the project began."""
        return self.hours_now + sum((line.hours_before for line in self.budget), Decimal())

    @property
    def counted(self) -> tuple[BudgetLine, ...]:
        """The services that make up the budget as a whole."""
        return counted_lines(self.budget)

    @property
    def has_fixed(self) -> bool:
        """Whether a planned service is left out of the budget: nobody counts how far it is."""
        return any(line.planned and line.used is None for line in self.budget)

    @property
    def planned_minor(self) -> int:
        """Planned budget of the services that are counted."""
        return sum(line.planned_minor or 0 for line in self.counted)

    @property
    def used_minor(self) -> int:
        """Used budget of the services that are counted."""
        return sum(line.used_minor or 0 for line in self.counted)

    @property
    def used_percent(self) -> Decimal | None:
        """Share of the budget that is used, in whole percent; None where nothing is counted."""
        return used_share(self.budget)

    def money(self, minor: int) -> Money:
        """An amount of this report."""
        return Money(minor, self.currency)


def counted_lines(budget: Iterable[BudgetLine]) -> tuple[BudgetLine, ...]:
    """The planned services of which is known how much is used."""
    return tuple(line for line in budget if line.used_percent is not None)


def used_share(budget: Iterable[BudgetLine]) -> Decimal | None:
    """Used share of the counted services' budget, in whole percent; None where none is counted."""
    counted = counted_lines(budget)
    planned = sum(line.planned_minor or 0 for line in counted)
    used = sum(line.used_minor or 0 for line in counted)
    return round_half_up(Decimal(100 * used) / planned, 0) if planned else None
