"""Adds up recorded work against a project's plan: what was done, hours and budget used."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from acctflows.agency.prices import line_price
from acctflows.db.models.agency import Discipline, Milestone, MilestoneState, Project, Service, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.delivery.reports.snapshot import (
    Amount,
    BudgetLine,
    DoneService,
    NextStep,
    ReachedStep,
)
from acctflows.delivery.subject import Period
from acctflows.delivery.work import agreed_price
from acctflows.errors import InputError
from acctflows.money import Money, round_half_up

REACHED = (MilestoneState.DONE, MilestoneState.ACCEPTED)
COUNTABLE = (Unit.HOUR, Unit.DAY, Unit.PIECE)
"""Units whose use is what was recorded in them. Months and lump sums pass without records."""


def done_in(
    records: Iterable[WorkRecord], period: Period, language: str
) -> tuple[DoneService, ...]:
    """The work of the period, by service; work on none by the specialist's discipline."""
    groups: dict[tuple[str, Discipline | None], list[WorkRecord]] = defaultdict(list)
    for record in records:
        if period.first <= record.done_on <= period.last:
            groups[_title(record.service, language), _discipline(record)].append(record)
    return tuple(
        DoneService(
            title=title,
            discipline=discipline,
            amounts=amounts(group),
            notes=tuple(dict.fromkeys(record.note for record in group if record.note.strip())),
        )
        for (title, discipline), group in groups.items()
    )


def amounts(records: Iterable[WorkRecord]) -> tuple[Amount, ...]:
    """The sums per unit, in the order in which the units come first."""
    sums: dict[Unit, Decimal] = defaultdict(Decimal)
    for record in records:
        sums[record.unit] += record.quantity
    return tuple(Amount(quantity=_stored(total), unit=unit) for unit, total in sums.items())


def budget_of(
    project: Project, records: Sequence[WorkRecord], period: Period, *, language: str, currency: str
) -> tuple[BudgetLine, ...]:
    """Plan and use of each service up to the end of the period, planned services first.

    Raises:
        InputError: A planned service has a price in another currency.
    """
    by_service: dict[int | None, list[WorkRecord]] = defaultdict(list)
    services: dict[int | None, Service | None] = {}
    for line in project.services:
        by_service[line.service_id] = []
        services[line.service_id] = line.service
    for record in records:
        if record.done_on <= period.last:
            by_service[record.service_id].append(record)
            services[record.service_id] = record.service
    return tuple(
        _budget_line(project, services[key], done, period, language=language, currency=currency)
        for key, done in by_service.items()
    )


def _budget_line(
    project: Project,
    service: Service | None,
    records: list[WorkRecord],
    period: Period,
    *,
    language: str,
    currency: str,
) -> BudgetLine:
    planned, planned_minor = _plan_of(project, service, currency)
    unit = _counted_unit(service, records) if planned else None
    billable = [record for record in records if record.billable]
    used = _sum(record for record in billable if record.unit is unit) if unit else None
    hours = [record for record in records if record.unit is Unit.HOUR]
    return BudgetLine(
        title=_title(service, language),
        planned=planned,
        planned_minor=planned_minor,
        used=used,
        used_minor=_worth(project, service, used, planned, planned_minor),
        other=amounts(record for record in billable if record.unit is not unit),
        unbilled=amounts(record for record in records if not record.billable),
        hours_before=_sum(record for record in hours if record.done_on < period.first),
        hours_now=_sum(record for record in hours if record.done_on >= period.first),
    )


def _plan_of(
    project: Project, service: Service | None, currency: str
) -> tuple[Amount | None, int | None]:
    """Quantity and amount of all lines of that service in the plan."""
    lines = [line for line in project.services if service and line.service_id == service.id]
    if service is None or not lines:
        return None, None
    if service.currency != currency:
        raise InputError(
            f"{service.code} is priced in {service.currency}, other services in {currency}",
            where=f"project {project.number}",
            todo="a report has one currency: plan services of one",
        )
    quantity = _stored(sum((line.quantity for line in lines), Decimal()))
    amount = sum(
        Money(line_price(line), currency).times(Decimal(line.quantity)).minor for line in lines
    )
    return Amount(quantity=quantity, unit=service.unit), amount


def _counted_unit(service: Service | None, records: list[WorkRecord]) -> Unit | None:
    """The unit of the plan, where the records tell how much of it is used."""
    if service is None:
        return None
    recorded = any(record.unit is service.unit for record in records)
    return service.unit if recorded or service.unit in COUNTABLE else None


def _worth(
    project: Project,
    service: Service | None,
    used: Decimal | None,
    planned: Amount | None,
    planned_minor: int | None,
) -> int | None:
    """What was used, at the agreed price; planned at several prices, at the mean of them."""
    if service is None or used is None:
        return None
    price = agreed_price(service, project)
    if price is not None:
        return price.times(used).minor
    if planned is None or planned_minor is None:
        return None
    return Money(planned_minor, service.currency).times(used / planned.quantity).minor


def reached_in(milestones: Iterable[Milestone], period: Period) -> tuple[ReachedStep, ...]:
    """The milestones that were reached in the period."""
    return tuple(
        ReachedStep(title=step.title, done_on=step.done_on)
        for step in milestones
        if step.state in REACHED and step.done_on and period.first <= step.done_on <= period.last
    )


def coming(milestones: Iterable[Milestone], *, as_of: date, until: date) -> tuple[NextStep, ...]:
    """What is not reached yet and overdue, begun, or due until that day; the earliest first."""
    steps = [
        NextStep(
            title=step.title,
            due_on=step.due_on,
            in_progress=step.state is MilestoneState.IN_PROGRESS,
            overdue=step.due_on < as_of,
        )
        for step in milestones
        if step.state not in REACHED
    ]
    wanted = [step for step in steps if step.in_progress or step.due_on <= until]
    return tuple(sorted(wanted, key=lambda step: step.due_on))


def time_gone(first: date | None, last: date | None, as_of: date) -> Decimal | None:
    """The share of the days from first to last that are over, in whole percent, 0 to 100."""
    if first is None or last is None or last < first:
        return None
    whole = (last - first).days + 1
    over = min(max((as_of - first).days, 0), whole)
    return round_half_up(Decimal(100 * over) / whole, 0)


def _sum(records: Iterable[WorkRecord]) -> Decimal:
    return _stored(sum((record.quantity for record in records), Decimal()))


def _stored(quantity: Decimal) -> Decimal:
    # A value not yet read back from the database may have other trailing zeros: 6 is 6.000000.
    return round_half_up(Decimal(quantity), 6)


def _title(service: Service | None, language: str) -> str:
    return service.title(language) if service else ""


def _discipline(record: WorkRecord) -> Discipline | None:
    if record.service:
        return record.service.discipline
    return record.specialist.discipline if record.specialist else None
