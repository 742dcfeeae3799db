"""Reminders: as many as the policy says, until there is an answer or an objection."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey, SurveyLink
from acctflows.db.session import Database
from acctflows.satisfaction.answering import find_survey, object_to_surveys
from acctflows.satisfaction.inviting import Considered
from acctflows.satisfaction.job import Standing
from acctflows.satisfaction.reminding import consider_reminder, due_reminders, remind
from tests.factories import NOW
from tests.racing import race
from tests.satisfaction.stories import JOB, WEEK, answer, asked, mails_of, peaceful, token_in

DUE = NOW + WEEK


def again(session: Session, survey: Survey, at: datetime = DUE) -> Considered | None:
    return remind(session, survey.id, job=JOB, standing_of=peaceful, moment=at, now=at)


def test_a_reminder_comes_a_week_later_with_a_link_of_its_own(session: Session) -> None:
    survey, token = asked(session)
    assert due_reminders(session, JOB, moment=DUE - timedelta(days=1)) == []
    assert due_reminders(session, JOB, moment=DUE) == [survey.id]
    reminded = again(session, survey)
    assert reminded is not None
    assert reminded.decision.allowed
    mails = mails_of(session, survey)
    assert [mail.template for mail in mails] == ["survey_invitation", "survey_reminder"]
    assert token_in(mails[1]) != token
    assert find_survey(session, token_in(mails[1]), now=DUE) is survey
    assert find_survey(session, token, now=DUE) is survey


def test_the_last_reminder_is_followed_by_none(session: Session) -> None:
    survey, _token = asked(session)
    again(session, survey)
    mails_of(session, survey)[1].state = MailState.SENT
    assert due_reminders(session, JOB, moment=DUE + WEEK) == []
    assert again(session, survey, DUE + WEEK) is None
    assert "Danach fragen wir" in mails_of(session, survey)[1].raw.decode().replace("=\r\n", "")


def test_an_answer_ends_the_reminders(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 9)
    assert due_reminders(session, JOB, moment=DUE) == []
    assert again(session, survey) is None


def test_an_objection_ends_the_reminders(session: Session) -> None:
    survey, token = asked(session)
    object_to_surveys(session, token, now=NOW)
    assert due_reminders(session, JOB, moment=DUE) == []
    assert again(session, survey) is None


@pytest.mark.parametrize("state", [MailState.FAILED, MailState.CANCELLED, MailState.QUEUED])
def test_nobody_is_reminded_of_a_mail_that_did_not_arrive(
    session: Session, state: MailState
) -> None:
    survey, _token = asked(session)
    mails_of(session, survey)[0].state = state
    session.flush()
    assert due_reminders(session, JOB, moment=DUE) == []


def test_what_came_up_since_the_invitation_counts(session: Session) -> None:
    survey, _token = asked(session)
    survey.contact.survey_basis = ""
    quarrel = Standing(dispute="RE-2026-0004")
    considered = consider_reminder(
        session, survey.id, job=JOB, standing_of=lambda *_: quarrel, moment=DUE
    )
    assert [each.code for each in considered.decision.refusals] == ["no_basis", "dispute"]
    reminded = again(session, survey)
    assert reminded is not None
    assert not reminded.decision.allowed
    assert len(mails_of(session, survey)) == 1


def test_runs_at_once_remind_once(database: Database) -> None:
    with database.transaction() as session:
        survey, _token = asked(session)

    def run(_caller: int) -> bool:
        with database.transaction() as session:
            return again(session, session.get_one(Survey, survey.id)) is not None

    done, failed = race(8, run)
    assert (failed, sum(done)) == ([], 1)
    with database.reading() as session:
        for table in (SurveyLink, OutboxMail):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 2
