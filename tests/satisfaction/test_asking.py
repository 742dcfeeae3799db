"""Who may be asked, when, and when a reminder is due: every reason, every boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acctflows.db.models.agency import Stage, SurveyBasis
from acctflows.satisfaction.asking import (
    _SENTENCES,
    AskFacts,
    Decision,
    Invitation,
    Refusal,
    is_reminder_due,
    may_ask,
    next_reminder,
)
from acctflows.satisfaction.policy import SurveyPolicy

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POLICY = SurveyPolicy(
    days_after_close=3,
    latest_days_after_close=30,
    quiet_days=180,
    reminders=2,
    days_between=5,
    expires_after_days=21,
    low_score_at_most=6,
    recovery_working_days=2,
)
FACTS = AskFacts(
    stage=Stage.CLOSED,
    closed_on=date(2026, 11, 20),
    already_asked=False,
    basis=SurveyBasis.CONSENT,
    evidence="Double opt-in of 3 March 2026",
    basis_on=date(2026, 3, 3),
    notice_in_contract=False,
    opted_out=False,
    active=True,
    last_asked_at=None,
    open_dispute=False,
    dunning_level=0,
)


def decide(now: datetime = NOW, **facts: Any) -> Decision:
    return may_ask(replace(FACTS, **facts), POLICY, now=now, zone=BERLIN)


def test_nothing_speaks_against_it() -> None:
    decision = decide()
    assert decision.allowed
    assert decision.possible_from is None
    assert decision.text("de") == ""


CUSTOMER = {"basis": SurveyBasis.EXISTING_CUSTOMER}


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        *[({"stage": stage}, ["not_closed"]) for stage in Stage if stage is not Stage.CLOSED],
        ({"closed_on": None}, ["no_close_day"]),
        ({"closed_on": date(2026, 11, 21)}, []),
        ({"closed_on": date(2026, 11, 22)}, ["too_early"]),
        ({"closed_on": date(2026, 10, 25)}, []),
        ({"closed_on": date(2026, 10, 24)}, ["too_late"]),
        ({"already_asked": True}, ["already_asked"]),
        ({"active": False}, ["inactive"]),
        ({"opted_out": True}, ["opted_out"]),
        ({"basis": SurveyBasis.NONE}, ["no_basis"]),
        ({"basis": SurveyBasis.NONE, "notice_in_contract": True}, ["no_basis"]),
        ({"evidence": " \n"}, ["no_evidence"]),
        ({"evidence": "", "notice_in_contract": True}, ["no_evidence"]),
        ({**CUSTOMER, "evidence": ""}, ["no_notice"]),
        ({**CUSTOMER, "evidence": "", "notice_in_contract": True}, []),
        ({**CUSTOMER, "evidence": "Offer of 1 March names the right to object"}, []),
        ({"basis_on": None}, []),
        ({"basis_on": date(2026, 11, 24)}, []),
        ({"basis_on": date(2026, 11, 25)}, ["basis_later"]),
        ({"open_dispute": True}, ["dispute"]),
        ({"dunning_level": 1}, []),
        ({"dunning_level": 2}, ["dunning"]),
        ({"dunning_level": 3}, ["dunning"]),
        ({"opted_out": True, "open_dispute": True, "active": False},
         ["inactive", "opted_out", "dispute"]),
    ],
)  # fmt: skip
def test_each_reason(facts: dict[str, Any], codes: list[str]) -> None:
    decision = decide(**facts)
    assert [refusal.code for refusal in decision.refusals] == codes
    assert decision.allowed is (not codes)


@pytest.mark.parametrize(
    ("last_asked", "now", "allowed"),
    [
        # 180 days after 28 May (in Berlin, where it is past midnight already) is 24 November.
        ("2026-05-27T22:30:00", "2026-11-23T22:59:59", False),
        ("2026-05-27T22:30:00", "2026-11-23T23:00:00", True),
        # Half an hour earlier in the night it still was 27 May: a day sooner.
        ("2026-05-27T21:59:59", "2026-11-22T22:59:59", False),
        ("2026-05-27T21:59:59", "2026-11-22T23:00:00", True),
    ],
)
def test_quiet_period_ends_at_midnight_of_the_agency(
    last_asked: str, now: str, allowed: bool
) -> None:
    then, moment = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (last_asked, now))
    decision = decide(moment, last_asked_at=then, closed_on=date(2026, 11, 10))
    assert decision.allowed is allowed
    assert [refusal.code for refusal in decision.refusals] == ([] if allowed else ["quiet"])


def test_first_day_begins_at_midnight_of_the_agency() -> None:
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # 23 November in Berlin
    assert decide(midnight).allowed
    assert not decide(midnight - timedelta(seconds=1)).allowed
    utc = may_ask(FACTS, POLICY, now=midnight, zone=ZoneInfo("UTC"))
    assert [refusal.code for refusal in utc.refusals] == ["too_early"]


def test_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        decide(NOW.replace(tzinfo=None))


def test_waiting_helps_only_where_nothing_else_is_wrong() -> None:
    recent = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    waiting = decide(closed_on=date(2026, 11, 24), last_asked_at=recent)
    assert waiting.possible_from == date(2027, 4, 30)
    assert decide(last_asked_at=recent, opted_out=True).possible_from is None


def test_every_reason_is_said_in_both_languages() -> None:
    for code, sentences in _SENTENCES.items():
        for language in ("de", "en"):
            day = date(2026, 12, 1) if "{day}" in sentences[language] else None
            text = Refusal(code, until=day).text(language)
            assert text.endswith("."), code
            assert "{" not in text, code
        assert ("{day}" in sentences["de"]) == ("{day}" in sentences["en"])


def test_day_is_written_as_the_language_does() -> None:
    decision = decide(closed_on=date(2026, 11, 28))
    german, english = (
        decision.text(language).replace("\N{NO-BREAK SPACE}", " ") for language in ("de", "en")
    )
    assert german == "Der Abschluss ist noch zu frisch: gefragt wird ab 1. Dezember 2026."
    assert english == "The project closed too recently: ask from 1 December 2026 on."


INVITED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 11, 7, 9, 0, tzinfo=UTC)
SECOND = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({}, date(2026, 11, 7)),
        ({"reminded_at": (FIRST,)}, date(2026, 11, 12)),
        ({"reminded_at": (FIRST, SECOND)}, None),
        ({"reminded_at": (datetime(2026, 11, 18, 9, 0, tzinfo=UTC),)}, date(2026, 11, 23)),
        ({"reminded_at": (datetime(2026, 11, 19, 9, 0, tzinfo=UTC),)}, None),  # after the last day
        ({"answered_at": FIRST}, None),
        ({"opted_out": True}, None),
        ({"bounced": True}, None),
        ({"invited_at": datetime(2026, 11, 2, 23, 30, tzinfo=UTC)}, date(2026, 11, 8)),
    ],
)
def test_next_reminder(state: dict[str, Any], due: date | None) -> None:
    invitation = replace(Invitation(INVITED), **state)
    assert next_reminder(invitation, POLICY, zone=BERLIN) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 6, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 6, 23, 0, tzinfo=UTC), True),  # the seventh in Berlin
        (datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC), True),  # late, but the link still lives
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), False),
    ],
)
def test_reminder_is_due_from_its_day_until_the_link_expires(now: datetime, due: bool) -> None:
    assert is_reminder_due(Invitation(INVITED), POLICY, now=now, zone=BERLIN) is due


def test_no_reminders_where_the_policy_wants_none() -> None:
    policy = POLICY.model_copy(update={"reminders": 0})
    assert next_reminder(Invitation(INVITED), policy, zone=BERLIN) is None
