"""What endangers a project's dates and budget, as facts: values in, risks out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from acctflows.delivery.reports.policy import ReportPolicy
from acctflows.delivery.reports.snapshot import BudgetLine, NextStep, Risk


def find_risks(
    *,
    steps: Iterable[NextStep],
    worked_on: frozenset[str],
    budget: Sequence[BudgetLine],
    used_percent: Decimal | None,
    time_percent: Decimal | None,
    ends_on: date | None,
    as_of: date,
    policy: ReportPolicy,
) -> tuple[Risk, ...]:
    """All risks the records show, dates first.

    Args:
        steps: The milestones that come next (`sums.coming`).
        worked_on: Titles of the milestones for which any work is recorded.
        budget: Plan and use per service.
        used_percent: Share of the whole budget that is used; None where nothing is counted.
        time_percent: Share of the project's time that is over; None where it is not planned.
        ends_on: The project's planned last day.
        as_of: The day the report tells of.
        policy: From when on the pace of the budget is a risk.
    """
    return (
        *_dates(steps, worked_on, ends_on, as_of),
        *_services(budget),
        *_pace(used_percent, time_percent, policy),
    )


def _dates(
    steps: Iterable[NextStep], worked_on: frozenset[str], ends_on: date | None, as_of: date
) -> Iterator[Risk]:
    for step in steps:
        days = (step.due_on - as_of).days
        if step.overdue:
            yield Risk(kind="overdue", subject=step.title, day=step.due_on, days=-days)
        elif not step.in_progress and step.title not in worked_on:
            yield Risk(kind="idle", subject=step.title, day=step.due_on, days=days)
    if ends_on and ends_on < as_of:
        yield Risk(kind="late", day=ends_on, days=(as_of - ends_on).days)


def _services(budget: Iterable[BudgetLine]) -> Iterator[Risk]:
    for line in budget:
        if line.used_percent is not None and line.used_percent > 100:
            yield Risk(kind="exceeded", subject=line.title, used_percent=line.used_percent)


def _pace(
    used_percent: Decimal | None, time_percent: Decimal | None, policy: ReportPolicy
) -> Iterator[Risk]:
    if used_percent is None or time_percent is None or used_percent < policy.budget_from_percent:
        return
    if used_percent - time_percent >= policy.budget_ahead_points:
        yield Risk(kind="ahead", used_percent=used_percent, time_percent=time_percent)
