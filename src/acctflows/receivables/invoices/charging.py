"""What an accepted act charges: a pure rule, values in and values out.

The contract says: work is invoiced after its acceptance or partial acceptance, services monthly in
arrears. What cannot be priced from what was agreed is named, never charged as zero.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from acctflows.db.models.agency import Unit
from acctflows.documents.wording import quantity as quantity_words
from acctflows.money import Money


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
            price is for another unit.
        tax_percent: VAT rate of the service; None for work on none.
    """

    service: str
    title: str
    quantity: Decimal
    unit: Unit
    billable: bool
    unit_price_minor: int | None
    tax_percent: Decimal | None


@dataclass(frozen=True)
class WorkToCharge:
    """Everything that decides what an act charges.

    Args:
        lines: What the act reports.
        agreed: The project's plan, by code of the service.
        charged: How much of each service earlier invoices of the project have charged.
        reported: Services that other accepted acts of the project have reported without a price.
        unfinished: Services with work recorded for a milestone that is still to be accepted.
        by_fee: Services the project pays a recurring fee for.
        final: Whether no milestone of the project is left to be accepted.
        whole_months: How many whole months the act is about; 0 for any other period.
    """

    lines: Sequence[ReportedLine]
    agreed: Mapping[str, Charge]
    charged: Mapping[str, Decimal] = field(default_factory=dict)
    reported: AbstractSet[str] = frozenset()
    unfinished: AbstractSet[str] = frozenset()
    by_fee: AbstractSet[str] = frozenset()
    final: bool = False
    whole_months: int = 0


@dataclass(frozen=True)
class Charged:
    """What an act charges, what is charged otherwise or later, and what lacks a price.

    The reasons are sentences in English, for the report of the run.
    """

    charges: tuple[Charge, ...]
    left: tuple[str, ...]
    missing: tuple[str, ...]
    waits: bool = False
    """Whether any of it is charged with a later act."""


def charge_work(work: WorkToCharge) -> Charged:
    """What the act charges.

    A lump sum comes whole with the first act that reports work on it, unless work on it is recorded
    for a milestone still to be accepted: then with that one. A monthly price is charged for whole
    months. What a recurring fee covers is left to the fee.
    """
    lines = [line for line in work.lines if line.billable]
    own = [line for line in lines if not line.service or line.service not in work.by_fee]
    by_fee = [line for line in lines if line not in own]
    charges = [charge for line in own if (charge := _priced(line))]
    unpriced = [line for line in own if _priced(line) is None]
    left = [f"“{line.title}” is charged by its recurring fee" for line in by_fee]
    missing: list[str] = []
    waits = False
    for service in _lump_sums(work, unpriced):
        agreed = work.agreed[service]
        rest = _rest(work, charges, service)
        if rest > 0 and (work.final or service not in work.unfinished):
            charges.append(replace(agreed, quantity=rest))
        elif rest > 0:
            waits = True
            left.append(
                f"work on “{agreed.title}” is recorded for a milestone still to be accepted: its "
                "lump sum comes with that"
            )
    for line in unpriced:
        known = work.agreed.get(line.service)
        if known is None:
            missing.append(f"{_much(line)} of “{line.title}” has no agreed price")
        elif known.unit is Unit.MONTH and work.whole_months:
            charges.append(replace(known, quantity=Decimal(work.whole_months)))
        elif known.unit is not Unit.LUMP_SUM:
            missing.append(
                f"“{line.title}” is agreed per {known.unit.value}, the act reports {_much(line)}"
            )
    return Charged(tuple(charges), tuple(dict.fromkeys(left)), tuple(missing), waits)


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


def _lump_sums(work: WorkToCharge, unpriced: Sequence[ReportedLine]) -> list[str]:
    """Services agreed as a lump sum that this act, or an earlier one, reports without a price."""
    before = sorted(work.reported) if work.final else []
    services = dict.fromkeys([*(line.service for line in unpriced), *before])
    return [
        service
        for service in services
        if service in work.agreed and work.agreed[service].unit is Unit.LUMP_SUM
    ]


def _rest(work: WorkToCharge, charges: Sequence[Charge], service: str) -> Decimal:
    now = sum((each.quantity for each in charges if each.service == service), Decimal(0))
    return work.agreed[service].quantity - work.charged.get(service, Decimal(0)) - now


def _much(line: ReportedLine) -> str:
    return quantity_words(line.quantity, line.unit, "en")


def whole_months(first: date, last: date) -> int:
    """How many months from the first day of one to the last day of another; 0 for other periods."""
    if first.day != 1 or last.day != monthrange(last.year, last.month)[1] or last < first:
        return 0
    return (last.year - first.year) * 12 + last.month - first.month + 1
