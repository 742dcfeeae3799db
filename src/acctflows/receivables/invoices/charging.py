"""What an accepted act charges: a pure rule, values in and values out.

The contract says: work is invoiced after its acceptance or partial acceptance, services monthly in
arrears. What cannot be priced from what was agreed is named, never charged as zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from acctflows.clock import add_months
from acctflows.db.models.agency import Unit
from acctflows.documents.wording import quantity as quantity_words
from acctflows.money import Money
from acctflows.receivables.invoices.fee_periods import ONE_DAY, FeePeriod
from acctflows.receivables.invoices.invoice_snapshot import SupplyPeriod


@dataclass(frozen=True)
class Charge:
    """A line to be invoiced; the price in minor units of the invoice's currency."""

    service: str
    title: str
    quantity: Decimal
    unit: Unit
    unit_price_minor: int
    tax_percent: Decimal
    description: str = ""

    def net(self, currency: str) -> Money:
        """Quantity times price, rounded once."""
        return Money(self.unit_price_minor, currency).times(self.quantity)


@dataclass(frozen=True)
class ReportedLine:
    """A line of an accepted act.

    Args:
        service: Code of the service; empty for work on none.
        title: What the act calls it.
        quantity: How much of it.
        unit: Of the quantity.
        billable: Whether it is to be charged at all.
        unit_price_minor: The agreed price the client accepted with the act; None where the agreed
            price is for another unit, or where there are several.
        tax_percent: VAT rate of the service; None for work on none.
        days: The days on which it was done.
    """

    service: str
    title: str
    quantity: Decimal
    unit: Unit
    billable: bool
    unit_price_minor: int | None
    tax_percent: Decimal | None
    days: AbstractSet[date]


@dataclass(frozen=True)
class MonthsCharged:
    """What an earlier invoice charged of a monthly price: how many months, and when supplied."""

    number: str
    supplied: SupplyPeriod
    quantity: Decimal


@dataclass(frozen=True)
class WorkToCharge:
    """Everything that decides what an act charges.

    Args:
        lines: What the act reports.
        agreed: The project's plan by code of the service, a charge for each price.
        charged: How much of each service earlier invoices of the project have charged, by its code
            and price.
        reported: Services that other accepted acts of the project have reported without a price.
        unfinished: Services with work recorded for a milestone that is still to be accepted.
        fees: When a recurring fee pays for a service, by its code.
        final: Whether no milestone of the project is left to be accepted.
        months: The whole months the act is about; none for any other period.
        months_charged: What earlier invoices charged of a monthly price, by code of the service.
    """

    lines: Sequence[ReportedLine]
    agreed: Mapping[str, Sequence[Charge]]
    charged: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    reported: AbstractSet[str] = frozenset()
    unfinished: AbstractSet[str] = frozenset()
    fees: Mapping[str, Sequence[FeePeriod]] = field(default_factory=dict)
    final: bool = False
    months: Sequence[SupplyPeriod] = ()
    months_charged: Mapping[str, Sequence[MonthsCharged]] = field(default_factory=dict)


@dataclass(frozen=True)
class Charged:
    """What an act charges, what is charged otherwise or later, and what lacks a price.

    The reasons are sentences in English, for the report of the run.
    """

    charges: tuple[Charge, ...] = ()
    left: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    waits: bool = False
    """Whether any of it is charged with a later act."""


def charge_work(work: WorkToCharge) -> Charged:
    """What the act charges.

    A lump sum comes whole with the first act that reports work on it, unless work on it is recorded
    for a milestone still to be accepted: then with that one. A monthly price is charged once for
    each whole month. What a recurring fee covers is left to the fee.
    """
    lines = [line for line in work.lines if line.billable]
    own = [line for line in lines if not _days_paid(work, line)]
    priced = [charge for line in own if (charge := _priced(line))]
    unpriced = [line for line in own if _priced(line) is None]
    parts = [
        Charged(tuple(priced)),
        *(_by_fee(work, line) for line in lines),
        *_lump_sums(work, priced, unpriced),
        *_monthly(work, priced, unpriced),
        *(_without_price(work, line) for line in unpriced),
    ]
    return Charged(
        charges=tuple(charge for part in parts for charge in part.charges),
        left=tuple(dict.fromkeys(reason for part in parts for reason in part.left)),
        missing=tuple(dict.fromkeys(reason for part in parts for reason in part.missing)),
        waits=any(part.waits for part in parts),
    )


def _priced(line: ReportedLine) -> Charge | None:
    if line.unit_price_minor is None or line.tax_percent is None:
        return None
    return Charge(
        service=line.service,
        title=line.title,
        quantity=line.quantity,
        unit=line.unit,
        unit_price_minor=line.unit_price_minor,
        tax_percent=line.tax_percent,
    )


def _days_paid(work: WorkToCharge, line: ReportedLine) -> list[date]:
    """The days of the line's work that a recurring fee pays for, in order."""
    fees = work.fees.get(line.service, ())
    return sorted(day for day in line.days if any(fee.first <= day <= fee.last for fee in fees))


def _by_fee(work: WorkToCharge, line: ReportedLine) -> Charged:
    paid = _days_paid(work, line)
    if not paid:
        return Charged()
    if len(paid) == len(line.days):
        return Charged(left=(f"“{line.title}” is charged by its recurring fee",))
    return Charged(
        missing=(
            f"“{line.title}” was done on {len(line.days)} days, and its recurring fee pays for "
            f"{len(paid)} of them ({paid[0]} to {paid[-1]}): what the act reports cannot be "
            "divided",
        )
    )


def _lump_sums(
    work: WorkToCharge, priced: Sequence[Charge], unpriced: Sequence[ReportedLine]
) -> Iterator[Charged]:
    """The lump sums of what this act, or an earlier one, reports without a price."""
    before = sorted(work.reported) if work.final else []
    for service in dict.fromkeys([*(line.service for line in unpriced), *before]):
        plan = work.agreed.get(service, ())
        rest = _rest(work, priced, service) if plan and plan[0].unit is Unit.LUMP_SUM else ()
        if rest and (work.final or service not in work.unfinished):
            yield Charged(tuple(rest))
        elif rest:
            reason = (
                f"work on “{plan[0].title}” is recorded for a milestone still to be accepted: its "
                "lump sum comes with that"
            )
            yield Charged(left=(reason,), waits=True)


def _rest(work: WorkToCharge, priced: Iterable[Charge], service: str) -> list[Charge]:
    """What is planned of a service less what was charged, which may have been at an older price."""
    done: dict[int, Decimal] = defaultdict(Decimal)
    for (code, price), quantity in work.charged.items():
        done[price] += quantity if code == service else 0
    for charge in priced:
        done[charge.unit_price_minor] += charge.quantity if charge.service == service else 0
    rest = []
    for line in work.agreed[service]:
        taken = min(line.quantity, done[line.unit_price_minor])
        done[line.unit_price_minor] -= taken
        rest.append(replace(line, quantity=line.quantity - taken))
    spare = sum(done.values(), Decimal(0))
    for number, line in enumerate(rest):
        taken = min(line.quantity, spare)
        spare -= taken
        rest[number] = replace(line, quantity=line.quantity - taken)
    return [line for line in rest if line.quantity > 0]


def _monthly(
    work: WorkToCharge, priced: Sequence[Charge], unpriced: Sequence[ReportedLine]
) -> Iterator[Charged]:
    """The monthly prices of what was reported in another unit, once for each month."""
    for service in dict.fromkeys(line.service for line in unpriced):
        plan = work.agreed.get(service, ())
        if len(plan) != 1 or plan[0].unit is not Unit.MONTH or not work.months:
            continue
        title, free, doubtful = plan[0].title, Decimal(0), None
        for month in work.months:
            before = [each for each in work.months_charged.get(service, ()) if _meets(each, month)]
            doubtful = doubtful or next((each for each in before if not _fills(each, month)), None)
            free += 0 if before else 1
        free -= sum(each.quantity for each in priced if each.service == service)
        if doubtful:
            reason = (
                f"{doubtful.number} charges {doubtful.quantity.normalize():f} months of “{title}” "
                f"for {doubtful.supplied.first} to {doubtful.supplied.last}: whether that covers "
                "what this act reports is for a person to say"
            )
            yield Charged(missing=(reason,))
        elif free > 0:
            yield Charged((replace(plan[0], quantity=free),))
        else:
            yield Charged(left=(f"the monthly price of “{title}” is charged already",))


def _meets(charged: MonthsCharged, month: SupplyPeriod) -> bool:
    return charged.supplied.first <= month.last and month.first <= charged.supplied.last


def _fills(charged: MonthsCharged, month: SupplyPeriod) -> bool:
    """Whether the month is surely among those that were charged."""
    supplied = charged.supplied
    within = supplied.first <= month.first and month.last <= supplied.last
    return within and charged.quantity == len(whole_months(supplied.first, supplied.last))


def _without_price(work: WorkToCharge, line: ReportedLine) -> Charged:
    """What is missing for a line that is no part of a lump sum or monthly price."""
    plan = work.agreed.get(line.service, ())
    if not plan:
        return Charged(missing=(f"{_much(line)} of “{line.title}” has no agreed price",))
    if len(plan) > 1 and (line.unit is plan[0].unit or plan[0].unit is not Unit.LUMP_SUM):
        return Charged(
            missing=(
                f"{_much(line)} of “{line.title}” cannot be priced: the project plans it at "
                f"{len(plan)} prices; make them services of their own in the catalogue",
            )
        )
    if plan[0].unit is Unit.LUMP_SUM or (plan[0].unit is Unit.MONTH and work.months):
        return Charged()
    sentence = f"“{line.title}” is agreed per {plan[0].unit.value}, the act reports {_much(line)}"
    return Charged(missing=(sentence,))


def _much(line: ReportedLine) -> str:
    return quantity_words(line.quantity, line.unit, "en")


def whole_months(first: date, last: date) -> tuple[SupplyPeriod, ...]:
    """The months from the first to the last day, such as 1 to 30 November or 15 May to 14 June.

    Empty where they do not come out even: such a period is no number of months.
    """
    months: list[SupplyPeriod] = []
    begins = first
    while begins <= last:
        ends = add_months(first, len(months) + 1) - ONE_DAY
        months.append(SupplyPeriod(first=begins, last=ends))
        begins = ends + ONE_DAY
    return tuple(months) if months and months[-1].last == last else ()
