from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.business_days import BusinessCalendar
from acctflows.errors import ConfigurationError

DAYS = st.dates(date(2000, 1, 1), date(2035, 12, 31))
BERLIN = BusinessCalendar("DE", "BE")
BAVARIA = BusinessCalendar("DE", "BY")


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("BY", date(2026, 1, 6)),  # Epiphany
        ("BE", date(2027, 3, 8)),  # Women's Day
        ("NW", date(2026, 6, 4)),  # Corpus Christi
        ("SN", date(2026, 11, 18)),  # Day of Repentance
        ("BB", date(2025, 10, 31)),  # Reformation Day
        ("TH", date(2027, 9, 20)),  # Children's Day
        ("SL", date(2028, 8, 15)),  # Assumption
    ],
)
def test_a_holiday_of_one_land_is_a_business_day_elsewhere(state: str, day: date) -> None:
    assert not BusinessCalendar("DE", state).is_business_day(day)
    assert BusinessCalendar("DE", "").is_business_day(day)


@pytest.mark.parametrize(
    "day",
    [date(2026, 4, 3), date(2026, 5, 14), date(2026, 5, 25), date(2025, 10, 3), date(2026, 12, 25)],
)
@pytest.mark.parametrize("state", ["", "BY", "BE", "HH", "SN"])
def test_nationwide_holidays_are_kept_in_every_land(state: str, day: date) -> None:
    assert not BusinessCalendar("DE", state).is_business_day(day)


def test_austria_and_switzerland_have_their_own_holidays() -> None:
    assert not BusinessCalendar("AT").is_business_day(date(2026, 10, 26))
    assert not BusinessCalendar("CH", "ZH").is_business_day(date(2025, 8, 1))
    assert BERLIN.is_business_day(date(2026, 10, 26))


def test_what_falls_on_a_weekend_is_due_on_the_next_business_day() -> None:
    assert BERLIN.on_or_after(date(2026, 11, 21)) == date(2026, 11, 23)
    assert BERLIN.on_or_after(date(2026, 4, 3)) == date(2026, 4, 7)  # the whole of Easter
    assert BERLIN.on_or_after(date(2026, 11, 24)) == date(2026, 11, 24)


def test_the_business_day_before_christmas_is_found_from_between_the_years() -> None:
    assert BERLIN.on_or_before(date(2026, 12, 27)) == date(2026, 12, 24)
    assert BERLIN.before(date(2026, 12, 28)) == date(2026, 12, 24)
    assert BERLIN.after(date(2026, 12, 24)) == date(2026, 12, 28)


def test_business_days_are_added_and_taken_away_around_holidays() -> None:
    assert BERLIN.add(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert BAVARIA.add(date(2026, 1, 5), 1) == date(2026, 1, 7)
    assert BERLIN.add(date(2026, 1, 5), 1) == date(2026, 1, 6)
    assert BERLIN.add(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert BERLIN.add(date(2026, 11, 21), 0) == date(2026, 11, 21)


def test_business_days_are_counted_without_the_first_day() -> None:
    assert BERLIN.between(date(2026, 11, 20), date(2026, 11, 23)) == 1
    assert BERLIN.between(date(2026, 11, 20), date(2026, 11, 22)) == 0
    assert BERLIN.between(date(2026, 11, 20), date(2026, 11, 20)) == 0
    assert BERLIN.between(date(2026, 11, 23), date(2026, 11, 20)) == 0


@given(day=DAYS, count=st.integers(1, 30))
def test_as_many_business_days_lie_between_as_were_added(day: date, count: int) -> None:
    later = BAVARIA.add(day, count)

    assert BAVARIA.is_business_day(later)
    assert BAVARIA.between(day, later) == count


@given(day=DAYS)
def test_no_business_day_lies_between_a_day_and_the_one_found(day: date) -> None:
    found = BAVARIA.on_or_after(day)

    skipped = [day + timedelta(days=n) for n in range((found - day).days)]
    assert BAVARIA.is_business_day(found)
    assert not any(BAVARIA.is_business_day(each) for each in skipped)


@pytest.mark.parametrize(("country", "state"), [("DE", "XX"), ("XX", "")])
def test_an_unknown_place_is_refused_instead_of_having_no_holidays(
    country: str, state: str
) -> None:
    with pytest.raises(ConfigurationError, match="not known"):
        BusinessCalendar(country, state)
