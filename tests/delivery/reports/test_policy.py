"""When a week is reported, and which period a report is about."""

from datetime import date

import pytest

from acctflows.delivery.reports.policy import (
    Approver,
    MadeOn,
    ReportPolicy,
    load_policy,
    newest_week,
    parse_week,
    period_key,
    week_of,
)
from acctflows.delivery.subject import Period
from acctflows.errors import ConfigurationError, InputError
from tests.conftest import ROOT

WEEK_47 = Period(date(2026, 11, 16), date(2026, 11, 22))
POLICY = load_policy(ROOT / "templates")


def made_on(day: str) -> ReportPolicy:
    return POLICY.model_copy(update={"made_on": MadeOn(day)})


def test_the_policy_of_the_house_asks_the_manager() -> None:
    assert POLICY.approved_by is Approver.MANAGER
    assert POLICY.made_on is MadeOn.FOLLOWING_MONDAY


def test_a_policy_with_a_mistake_names_it(tmp_path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "standard.yaml").write_text("approved_by: everybody\n", "utf-8")

    with pytest.raises(ConfigurationError, match=r"approved_by.*made_on"):
        load_policy(tmp_path)


@pytest.mark.parametrize(
    ("day", "today", "monday"),
    [
        ("following monday", date(2026, 11, 22), date(2026, 11, 9)),
        ("following monday", date(2026, 11, 23), date(2026, 11, 16)),
        ("following monday", date(2026, 11, 27), date(2026, 11, 16)),
        ("following tuesday", date(2026, 11, 23), date(2026, 11, 9)),
        ("following tuesday", date(2026, 11, 24), date(2026, 11, 16)),
        ("friday", date(2026, 11, 19), date(2026, 11, 9)),
        ("friday", date(2026, 11, 20), date(2026, 11, 16)),
        ("thursday", date(2026, 11, 19), date(2026, 11, 16)),
    ],
)
def test_a_week_is_reported_from_its_day_on(day: str, today: date, monday: date) -> None:
    week = newest_week(today, made_on(day))

    assert week.first == monday
    assert week_of(week)


@pytest.mark.parametrize("text", ["2026-W47", " 2026w47 ", "2026W47"])
def test_a_week_is_written_as_iso_8601_has_it(text: str) -> None:
    assert parse_week(text) == WEEK_47


@pytest.mark.parametrize("text", ["2026-W54", "2026-W00", "0000-W01", "47", "W47", "2026-47", ""])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no week → write it like 2026-W47"):
        parse_week(text)


def test_the_first_week_may_begin_in_the_old_year() -> None:
    assert parse_week("2026-W01").first == date(2025, 12, 29)
    assert period_key(parse_week("2026-W01")) == "2026-W01"


def test_any_other_period_is_known_by_its_days() -> None:
    november = Period.month("2026-11")

    assert week_of(november) is None
    assert period_key(november) == "2026-11-01--2026-11-30"
    assert period_key(Period(date(2026, 11, 17), date(2026, 11, 23))) == "2026-11-17--2026-11-23"
