"""The periods of a recurring fee: a pure rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from acctflows.clock import add_months

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class FeePeriod:
    """A period of a recurring fee, both days included."""

    first: date
    last: date


def periods_due(
    *, starts_on: date, ends_on: date | None, months: int, in_advance: bool, today: date
) -> Iterator[FeePeriod]:
    """The periods of a fee to be invoiced by today, oldest first, whether they were or not.

    Args:
        starts_on: First day of the first period.
        ends_on: A day of the last period; None while it goes on.
        months: Length of a period.
        in_advance: Due on the first day of the period instead of on the day after its last.
        today: The agency's date.
    """
    number = 0
    while True:
        first = add_months(starts_on, number * months)
        last = add_months(starts_on, (number + 1) * months) - ONE_DAY
        over = ends_on is not None and first > ends_on
        if over or (first if in_advance else last + ONE_DAY) > today:
            return
        yield FeePeriod(first, last)
        number += 1


def whole_run(*, starts_on: date, ends_on: date | None, months: int) -> FeePeriod:
    """All periods of a fee as one: to the end of the period its last day lies in.

    Args:
        starts_on: First day of the first period.
        ends_on: A day of the last period; None while it goes on.
        months: Length of a period.
    """
    if ends_on is None:
        return FeePeriod(starts_on, date.max)
    last, number = starts_on - ONE_DAY, 0
    while last < ends_on:
        number += 1
        last = add_months(starts_on, number * months) - ONE_DAY
    return FeePeriod(starts_on, last)
