"""When a recurring fee is due, and for which period."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.clock import add_months
from acctflows.receivables.invoices.fee_periods import ONE_DAY, FeePeriod, periods_due, whole_run


def due(today: str, **changes: object) -> list[FeePeriod]:
    values: dict[str, object] = {
        "starts_on": date(2026, 9, 1),
        "ends_on": None,
        "months": 1,
        "in_advance": False,
    }
    return list(periods_due(today=date.fromisoformat(today), **values | changes))  # type: ignore[arg-type]  # the changes of a test


def test_a_period_is_due_on_the_day_after_its_last() -> None:
    assert due("2026-09-30") == []
    assert due("2026-10-01") == [FeePeriod(date(2026, 9, 1), date(2026, 9, 30))]


def test_in_advance_it_is_due_on_its_first_day() -> None:
    assert due("2026-08-31", in_advance=True) == []
    assert due("2026-09-01", in_advance=True) == [FeePeriod(date(2026, 9, 1), date(2026, 9, 30))]


def test_missed_periods_are_caught_up_in_order() -> None:
    assert [each.first.month for each in due("2026-12-15")] == [9, 10, 11]


def test_nothing_is_due_after_the_last_period() -> None:
    ended = due("2027-12-31", ends_on=date(2027, 2, 28), months=3)
    assert ended == [
        FeePeriod(date(2026, 9, 1), date(2026, 11, 30)),
        FeePeriod(date(2026, 12, 1), date(2027, 2, 28)),
    ]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2027-01-31", 1, "2027-02-28"),
        ("2027-01-31", 2, "2027-03-31"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2028-02-29", 12, "2029-02-28"),
    ],
)
def test_months_are_added_as_the_law_counts_them(day: str, months: int, later: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(later)


@given(
    start=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    months=st.sampled_from([1, 3, 6, 12]),
    days=st.integers(0, 1500),
)
def test_periods_follow_each_other_without_gap(start: date, months: int, days: int) -> None:
    periods = list(
        periods_due(
            starts_on=start,
            ends_on=None,
            months=months,
            in_advance=True,
            today=start + timedelta(days=days),
        )
    )
    for before, after in pairwise(periods):
        assert before.last + ONE_DAY == after.first


@given(
    starts_on=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 2000),
    months=st.sampled_from([1, 3, 6, 12]),
)
def test_a_fee_runs_to_the_end_of_its_last_period(starts_on: date, days: int, months: int) -> None:
    ends_on = starts_on + timedelta(days=days)
    run = whole_run(starts_on=starts_on, ends_on=ends_on, months=months)
    periods = list(
        periods_due(
            starts_on=starts_on, ends_on=ends_on, months=months, in_advance=True, today=ends_on
        )
    )
    assert run == FeePeriod(periods[0].first, periods[-1].last)


def test_a_fee_without_end_runs_for_ever() -> None:
    run = whole_run(starts_on=date(2026, 9, 1), ends_on=None, months=1)
    assert run == FeePeriod(date(2026, 9, 1), date.max)
