"""Who is invited when a project closes: once each, on a recorded basis, by one mail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Stage
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.surveys import Survey, SurveyLink
from acctflows.db.session import Database
from acctflows.mail.deliver import Wait
from acctflows.satisfaction import posting
from acctflows.satisfaction.answering import object_to_surveys
from acctflows.satisfaction.inviting import Candidate, candidates, consider, invite
from acctflows.satisfaction.job import Standing
from tests.factories import NOW, TODAY, make_client, make_contact
from tests.racing import race
from tests.satisfaction.stories import (
    CLOSED_ON,
    JOB,
    answer,
    ask,
    asked,
    closed_project,
    mails_of,
    make_asked_contact,
    peaceful,
    token_in,
)


def count(session: Session, table: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_closed_project_brings_survey_link_and_mail(session: Session) -> None:
    project = closed_project(session)
    considered = ask(session, project)
    survey = session.scalars(sa.select(Survey)).one()
    [mail] = mails_of(session, survey)
    assert considered.decision.allowed
    assert (survey.project, survey.contact.full_name) == (project, "Käthe Brünning")
    assert (survey.basis, survey.evidence) == ("consent", "Form of 3 March 2026")
    assert (survey.invited_at, survey.expires_at) == (NOW, datetime(2026, 12, 14, 23, tzinfo=UTC))
    assert (mail.recipient, mail.expires_at) == (survey.contact.email, survey.expires_at)
    assert [link.token_sha256 for link in survey.links] == [posting.token_hash(token_in(mail))]
    assert candidates(session, JOB, today=TODAY) == []


def test_the_mail_can_be_unsubscribed_from_by_one_click(session: Session) -> None:
    """RFC 8058: both headers stand on one line each, in plain ASCII, whatever their length."""
    survey, token = asked(session)
    [mail] = mails_of(session, survey)
    head = mail.raw.decode().split("\r\n\r\n")[0].split("\r\n")
    assert f"List-Unsubscribe: <https://portal.example/u/{token}>" in head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    read = message_from_bytes(mail.raw, policy=policy.default)
    assert read["List-Unsubscribe"] == f"<https://portal.example/u/{token}>"


def test_no_token_is_stored(session: Session) -> None:
    _survey, token = asked(session)
    stored = session.scalars(sa.select(SurveyLink.token_sha256)).one()
    assert len(token) == 32
    assert token not in stored


@pytest.mark.parametrize(
    ("project", "listed"),
    [
        ({}, True),
        ({"closed_on": TODAY}, True),  # too early, and said so
        ({"closed_on": TODAY - timedelta(days=31)}, False),
        ({"closed_on": None}, False),
        ({"stage": Stage.DELIVERED}, False),
    ],
)
def test_who_is_thought_of(session: Session, project: dict[str, Any], listed: bool) -> None:
    closed_project(session, **project)
    assert bool(candidates(session, JOB, today=TODAY)) is listed


def test_every_contact_for_surveys_is_asked(session: Session) -> None:
    client = make_client(session)
    for name in ("Brünning", "Ahrens"):
        make_asked_contact(session, client, family_name=name)
    make_asked_contact(session, client, archived_at=NOW)
    make_contact(session, client)
    session.expire(client, ["contacts"])
    closed_project(session, client=client)
    assert len(candidates(session, JOB, today=TODAY)) == 2


def test_a_client_without_a_contact_for_surveys_is_named(session: Session) -> None:
    project = closed_project(session, contact={"roles": ["signer"]})
    [candidate] = candidates(session, JOB, today=TODAY)
    assert candidate == Candidate(project.id, None)
    considered = ask(session, project)
    assert considered.contact == ""
    assert "Survey" in considered.decision.text("en")


def codes(session: Session, standing: Any = peaceful, **project: Any) -> list[str]:
    considered = ask(session, closed_project(session, **project), standing=standing)
    assert count(session, Survey) == count(session, OutboxMail) == 0
    return [refusal.code for refusal in considered.decision.refusals]


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        ({"survey_basis": ""}, "no_basis"),
        ({"survey_evidence": ""}, "no_evidence"),
        ({"survey_basis": "existing_customer", "survey_evidence": ""}, "no_notice"),
        ({"opted_out_at": NOW}, "opted_out"),
    ],
)
def test_nobody_is_asked_without_a_basis(
    session: Session, contact: dict[str, Any], code: str
) -> None:
    assert codes(session, contact=contact) == [code]


@pytest.mark.parametrize(
    ("standing", "code"),
    [(Standing(dispute="act L-2026-0004 was refused"), "dispute"),
     (Standing(dunning_level=2), "dunning")],
)  # fmt: skip
def test_no_client_is_asked_in_a_quarrel(session: Session, standing: Standing, code: str) -> None:
    assert codes(session, standing=lambda _session, _client: standing) == [code]


def test_the_notice_in_the_contract_is_the_evidence(session: Session) -> None:
    existing = {"survey_basis": "existing_customer", "survey_evidence": ""}
    project = closed_project(session, contact=existing)
    notice = Standing(notice="V-2026-0001 of 3 March 2026")
    assert ask(session, project, standing=lambda *_: notice).decision.allowed
    assert session.scalars(sa.select(Survey.evidence)).one() == notice.notice


def test_a_contact_is_left_in_peace_after_a_survey(session: Session) -> None:
    survey, _token = asked(session)
    again = closed_project(session, client=survey.project.client)
    assert [each.code for each in ask(session, again).decision.refusals] == ["quiet"]


def test_objection_and_quiet_period_belong_to_the_address(session: Session) -> None:
    survey, token = asked(session, contact={"email": "kb@moewe.example"})
    elsewhere = closed_project(session, contact={"email": "KB@moewe.example"})
    assert [each.code for each in ask(session, elsewhere).decision.refusals] == ["quiet"]
    object_to_surveys(session, token, now=NOW)
    refusals = ask(session, elsewhere).decision.refusals
    assert [each.code for each in refusals] == ["opted_out", "quiet"]
    assert survey.unsubscribed_at == NOW


def test_considering_changes_nothing(session: Session) -> None:
    closed_project(session)
    [candidate] = candidates(session, JOB, today=TODAY)
    considered = consider(session, candidate, job=JOB, standing_of=peaceful, moment=NOW)
    assert considered.decision.allowed
    assert count(session, Survey) == 0


def test_runs_at_once_ask_a_contact_once(database: Database) -> None:
    """Two projects of the same contact closed: the quiet period holds between two runs as well."""
    with database.transaction() as session:
        first = closed_project(session)
        closed_project(session, client=first.client)
    with database.reading() as session:
        found = candidates(session, JOB, today=TODAY)

    def run(caller: int) -> bool:
        with database.transaction() as session:
            each = found[caller % len(found)]
            considered = invite(session, each, job=JOB, standing_of=peaceful, moment=NOW, now=NOW)
            return considered.decision.allowed

    done, failed = race(8, run)
    assert (len(found), failed, sum(done)) == (2, [], 1)
    with database.reading() as session:
        assert count(session, Survey) == count(session, SurveyLink) == 1
        assert count(session, OutboxMail) == 1


def test_a_run_for_another_day_gives_a_link_that_can_be_answered_today(session: Session) -> None:
    closed_on, always = CLOSED_ON - timedelta(days=365), {"survey_basis_on": None}
    project = closed_project(session, closed_on=closed_on, contact=always)
    moment = NOW - timedelta(days=365)
    [candidate] = candidates(session, JOB, today=moment.date())
    invite(session, candidate, job=JOB, standing_of=peaceful, moment=moment, now=NOW)
    survey = session.scalars(sa.select(Survey).where(Survey.project_id == project.id)).one()
    assert survey.invited_at == moment
    assert survey.expires_at > NOW + timedelta(days=20)


def wanted(session: Session, survey: Survey, standing: Standing | None = None) -> bool | Wait:
    """Whether the invitation may go out now, some days after it was queued."""
    return posting.still_wanted(
        session,
        mails_of(session, survey)[0],
        standing_of=lambda *_: standing or Standing(),
        now=NOW + timedelta(days=5),
        zone=JOB.zone,
    )


def test_a_mail_is_held_back_when_its_reason_is_gone(session: Session) -> None:
    survey, token = asked(session)
    assert wanted(session, survey)
    answer(session, token, 9)
    assert not wanted(session, survey)


def test_a_mail_is_held_back_after_an_objection(session: Session) -> None:
    survey, token = asked(session)
    object_to_surveys(session, token, now=NOW)
    assert not wanted(session, survey)


@pytest.mark.parametrize(
    "contact",
    [
        {"survey_basis": ""},
        {"survey_evidence": ""},
        {"archived_at": NOW},
    ],
)
def test_a_mail_is_held_back_when_its_basis_is_gone(
    session: Session, contact: dict[str, Any]
) -> None:
    survey, _token = asked(session)
    for name, value in contact.items():
        setattr(survey.contact, name, value)
    session.flush()
    assert not wanted(session, survey)


def test_a_mail_waits_while_there_is_a_quarrel(session: Session) -> None:
    survey, _token = asked(session)
    for quarrel in (Standing(dispute="RE-2026-0004"), Standing(dunning_level=2)):
        waits = wanted(session, survey, quarrel)
        assert isinstance(waits, Wait)
        assert waits.until == NOW + timedelta(days=6)
    survey.contact.survey_basis_on = TODAY + timedelta(days=30)
    session.flush()
    assert isinstance(wanted(session, survey), Wait)
    survey.contact.survey_basis = ""
    session.flush()
    assert wanted(session, survey, Standing(dunning_level=2)) is False


def test_a_mail_is_held_back_when_the_project_goes_on(session: Session) -> None:
    survey, _token = asked(session)
    survey.project.stage = Stage.ACTIVE
    session.flush()
    assert not wanted(session, survey)


def test_without_https_no_mail_program_is_told_to_post(session: Session) -> None:
    """RFC 8058, 3.1: one click is for https; the link to the page stays."""
    job = replace(JOB, office=replace(JOB.office, portal_url="http://portal.example"))
    survey, token = asked(session, job=job)
    head = mails_of(session, survey)[0].raw.decode().split("\r\n\r\n")[0].split("\r\n")
    assert f"List-Unsubscribe: <http://portal.example/u/{token}>" in head
    assert not any(line.startswith("List-Unsubscribe-Post") for line in head)
