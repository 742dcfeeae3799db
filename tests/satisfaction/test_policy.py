"""Settings are checked when they are read; days are the agency's, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from acctflows.errors import ConfigurationError
from acctflows.satisfaction.policy import (
    SurveyPolicy,
    expires_at,
    is_expired,
    is_low,
    last_day,
    local_day,
    recovery_due_on,
    recovery_owner,
)
from acctflows.satisfaction.questionnaire import load_questionnaire
from tests.conftest import ROOT

FILE = ROOT / "templates" / "surveys" / "project.yaml"
POLICY = load_questionnaire(FILE).policy
BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changed(**settings: Any) -> SurveyPolicy:
    return SurveyPolicy.model_validate(POLICY.model_dump() | settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"reminders": 3}, "policy, reminders: "),
        ({"reminders": 2.0}, "policy, reminders: "),
        ({"quiet_days": 7}, "policy, quiet_days: "),
        ({"quiet_days": "180"}, "policy, quiet_days: "),
        ({"days_after_close": -1}, "policy, days_after_close: "),
        ({"latest_days_after_close": 2}, "policy: latest_days_after_close comes before"),
        ({"reminders": 2, "days_between": 11}, "policy: the last reminder would come when"),
        ({"expires_after_days": 7}, "policy: the last reminder would come when"),
        ({"low_score_at_most": 10}, "policy: low_score_at_most is not from 0 to 9"),
        ({"recovery_owner": "Lena"}, "policy, recovery_owner: “Lena” is neither"),
        ({"recovery_owner": "@x"}, "policy, recovery_owner: “@x” is neither"),
        ({"colour": "red"}, "policy, colour: "),
    ],
)
def test_wrong_settings_are_refused_and_named(
    settings: dict[str, Any], words: str, tmp_path: Path
) -> None:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    data["policy"] |= settings
    file = tmp_path / "survey.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")

    with pytest.raises(ConfigurationError) as error:
        load_questionnaire(file)

    assert words in error.value.what


def test_no_setting_has_a_hidden_default_but_the_owner(tmp_path: Path) -> None:
    for setting in SurveyPolicy.model_fields:
        data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        del data["policy"][setting]
        file = tmp_path / "survey.yaml"
        file.write_text(yaml.safe_dump(data), encoding="utf-8")
        if setting == "recovery_owner":
            assert load_questionnaire(file).policy.recovery_owner == "manager"
        else:
            with pytest.raises(ConfigurationError, match=f"policy, {setting}: "):
                load_questionnaire(file)


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        ("2026-12-01T23:59:59", False),
        ("2026-12-22T22:59:59", False),  # 23:59:59 in Berlin, on the last day
        ("2026-12-22T23:00:00", True),
    ],
)
def test_link_takes_answers_until_midnight_of_the_last_day(now: str, expired: bool) -> None:
    invited = at("2026-11-30T23:30:00")  # already the first of December in Berlin

    assert last_day(invited, POLICY, zone=BERLIN) == date(2026, 12, 22)
    assert is_expired(invited, POLICY, now=at(now), zone=BERLIN) is expired
    assert (at(now) >= expires_at(invited, POLICY, zone=BERLIN)) is expired


def test_day_is_the_agencys() -> None:
    moment = at("2026-11-30T23:30:00")
    assert local_day(moment, BERLIN) == date(2026, 12, 1)
    assert local_day(moment, ZoneInfo("UTC")) == date(2026, 11, 30)
    with pytest.raises(ValueError, match="no time zone"):
        local_day(datetime(2026, 12, 1), BERLIN)  # noqa: DTZ001 — the careless caller


def test_change_of_the_clocks_moves_no_day() -> None:
    invited = at("2026-10-10T10:00:00")  # summer time; the link ends in winter time
    policy = changed(expires_after_days=21)

    assert expires_at(invited, policy, zone=BERLIN) == at("2026-10-31T23:00:00")
    assert expires_at(invited, policy, zone=AUCKLAND) == at("2026-10-31T11:00:00")
    assert not is_expired(invited, policy, now=at("2026-10-31T22:59:59"), zone=BERLIN)


def test_low_scores_end_at_the_threshold() -> None:
    assert [is_low(score, POLICY) for score in (0, 6, 7, 10)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("answered", "due"),
    [
        ("2026-11-23T10:00:00", date(2026, 11, 25)),  # Monday
        ("2026-11-26T10:00:00", date(2026, 11, 30)),  # Thursday: over the weekend
        ("2026-11-28T10:00:00", date(2026, 12, 1)),  # Saturday
        ("2026-11-22T23:30:00", date(2026, 11, 25)),  # Sunday in UTC, Monday in Berlin
        ("2026-12-23T10:00:00", date(2026, 12, 28)),  # Wednesday before Christmas
    ],
)
def test_recovery_is_due_after_working_days(answered: str, due: date) -> None:
    christmas = frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    assert recovery_due_on(at(answered), POLICY, zone=BERLIN, holidays=christmas) == due


def test_recovery_is_due_on_a_working_day_whatever_the_answer() -> None:
    for hours in range(0, 24 * 15, 7):
        answered = at("2026-11-20T00:00:00") + timedelta(hours=hours)
        due = recovery_due_on(answered, POLICY, zone=BERLIN)
        assert due.weekday() < 5
        assert 2 <= (due - local_day(answered, BERLIN)).days <= 4


def test_owner_is_the_manager_unless_the_survey_names_one() -> None:
    assert recovery_owner(POLICY, manager="lena@agency.example") == "lena@agency.example"
    other = changed(recovery_owner="jonas@agency.example")
    assert recovery_owner(other, manager="lena@agency.example") == "jonas@agency.example"
