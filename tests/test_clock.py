"""The clock: the agency's day begins and ends where the agency is."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from acctflows.clock import Clock, utc_now

BERLIN = ZoneInfo("Europe/Berlin")


def at(moment: datetime, zone: ZoneInfo = BERLIN) -> Clock:
    return Clock(zone=zone, now=lambda: moment)


def test_now_is_aware_and_in_utc() -> None:
    before, now, after = datetime.now(UTC), utc_now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "today"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_day_changes_at_the_agencys_midnight(moment: datetime, today: date) -> None:
    assert at(moment).today() == today


def test_it_is_another_day_elsewhere() -> None:
    moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert at(moment).today() == date(2026, 11, 24)
    assert at(moment, ZoneInfo("America/New_York")).today() == date(2026, 11, 23)


def test_the_hour_that_is_told_twice_is_told_apart() -> None:
    """25 October 2026, 02:30 in Berlin: first in summer time, an hour later in winter time."""
    first = at(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    second = at(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    local = [clock.local(clock.now()) for clock in (first, second)]
    assert [moment.strftime("%H:%M %Z") for moment in local] == ["02:30 CEST", "02:30 CET"]
    assert first.today() == second.today() == date(2026, 10, 25)


def test_the_hour_that_is_left_out_does_not_confuse_the_day() -> None:
    clock = at(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert clock.local(clock.now()).strftime("%H:%M %Z") == "03:00 CEST"


def test_a_moment_told_in_any_zone_is_the_same_moment() -> None:
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    tokyo = moment.astimezone(timezone(timedelta(hours=9)))
    assert at(tokyo).local(tokyo) == moment
    assert at(tokyo).today() == at(moment).today()


def test_the_machines_clock_is_the_default() -> None:
    assert Clock(zone=BERLIN).now is utc_now
