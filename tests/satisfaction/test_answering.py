"""One answer per survey, an objection for ever, and what a low score sets going."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WorkItem
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.db.session import Database
from acctflows.documents.work_items import open_items, settle_item
from acctflows.errors import NotFoundError
from acctflows.satisfaction import recovery
from acctflows.satisfaction.answering import (
    find_subscription,
    find_survey,
    object_to_surveys,
    record_answer,
)
from tests.factories import NOW, make_specialist
from tests.racing import race
from tests.satisfaction.stories import JOB, answer, asked, mails_of

UNHAPPY: dict[str, Any] = {
    "reason": "deadlines",
    "comment": "Sechs Wochen zu spät.",
    "contact_me": True,
}


def test_an_answer_is_kept(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 9, reason="results", satisfied=5)
    assert (survey.score, survey.answered_at) == (9, NOW)
    assert survey.answers == {"score": 9, "reason": "results", "satisfied": 5}
    assert open_items(session) == []
    assert len(mails_of(session, survey)) == 1


def test_the_first_of_many_answers_counts(database: Database) -> None:
    with database.transaction() as session:
        survey, token = asked(session)

    def post(caller: int) -> bool:
        with database.transaction() as session:
            found = find_survey(session, token, now=NOW)
            return record_answer(session, found.id, {"score": caller % 4}, job=JOB, now=NOW)

    done, failed = race(20, post)
    assert (failed, sum(done)) == ([], 1)
    with database.reading() as session:
        kept = session.get_one(Survey, survey.id)
        assert kept.score == done.index(True) % 4
        assert len(open_items(session)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 2


def test_unknown_and_expired_links_are_told_alike(session: Session) -> None:
    survey, token = asked(session)
    words = set()
    for wrong, now in (("x" * 32, NOW), (token, survey.expires_at), ("", NOW)):
        with pytest.raises(NotFoundError) as refused:
            find_survey(session, wrong, now=now)
        words.add(str(refused.value))
    assert len(words) == 1
    assert find_survey(session, token, now=survey.expires_at - timedelta(seconds=1)) is survey


def test_an_objection_holds_for_ever_and_can_be_made_at_any_time(session: Session) -> None:
    survey, token = asked(session)
    late = survey.expires_at + timedelta(days=400)
    object_to_surveys(session, token, now=late)
    object_to_surveys(session, token, now=late + timedelta(days=1))
    assert survey.contact.opted_out_at == survey.unsubscribed_at == late
    assert find_subscription(session, token) is survey
    with pytest.raises(NotFoundError):
        object_to_surveys(session, "x" * 32, now=NOW)


def test_who_objected_may_still_answer(session: Session) -> None:
    _survey, token = asked(session)
    object_to_surveys(session, token, now=NOW)
    assert answer(session, token, 9).score == 9


def test_a_low_score_tells_the_manager_and_opens_an_action(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 3, **UNHAPPY)
    [item] = open_items(session)
    manager = survey.project.manager
    assert (item.key, item.kind, item.owner, item.project) == (
        f"recovery/{survey.id}",
        "recovery",
        manager,
        survey.project,
    )
    assert item.due_on == date(2026, 11, 25)  # Monday's answer, two working days
    assert item.detail == "3 von 10 Punkten · Termintreue\nSechs Wochen zu spät."
    mail = mails_of(session, survey)[1]
    assert (mail.template, mail.recipient) == ("survey_low_score", manager.email)
    assert mail.subject.startswith("3 von 10 Punkten von Möwe Handel")
    assert f"https://portal.example/desk/satisfaction/{survey.id}" in mail.raw.decode().replace(
        "=\r\n", ""
    )


def test_weekend_and_holidays_do_not_count(session: Session) -> None:
    _survey, token = asked(session, at=NOW + timedelta(days=17))
    answer(session, token, 0, at=NOW + timedelta(days=31))  # 24 December
    assert session.scalars(sa.select(WorkItem.due_on)).one() == date(2026, 12, 29)


def test_without_the_consent_nobody_is_told_to_call(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 6)
    text = mails_of(session, survey)[1].raw.decode()
    assert "Reply-To" not in text
    assert "nicht erlaubt" in text.replace("=\r\n", "")


def test_an_owner_of_the_policy_is_told_beside_the_manager(session: Session) -> None:
    care = make_specialist(session, email="care@nordlicht-digital.example")
    policy = JOB.questionnaire.policy.model_copy(update={"recovery_owner": care.email.upper()})
    questionnaire = JOB.questionnaire.model_copy(update={"policy": policy})
    survey, token = asked(session)
    job = type(JOB)(JOB.name, questionnaire, JOB.office)
    found = find_survey(session, token, now=NOW)
    assert record_answer(session, found.id, {"score": 2}, job=job, now=NOW)
    [item] = open_items(session)
    assert item.owner is care
    told = {mail.recipient for mail in mails_of(session, survey)[1:]}
    assert told == {care.email, survey.project.manager.email}


def test_a_late_action_is_told_of_once_until_it_has_an_outcome(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 3, **UNHAPPY)
    [item] = open_items(session)
    assert item.due_on is not None
    assert recovery.late_actions(session, today=item.due_on) == []
    later, day = NOW + timedelta(days=3), item.due_on + timedelta(days=1)
    assert recovery.late_actions(session, today=day) == [item.id]
    for _ in range(2):
        told = recovery.escalate(session, item.id, job=JOB, now=later)
        assert told == recovery.Late(survey.project.client.legal_name, "Lena Hansen", item.due_on)
    mails = mails_of(session, survey)[2:]
    manager, agency = survey.project.manager, JOB.office.agency
    assert {mail.recipient for mail in mails} == {manager.email, agency.email}
    assert len(mails) == 2
    assert (
        mails[0]
        .subject.replace("\u00a0", " ")
        .startswith("Überfällig seit Mittwoch, 25. November 2026: 3 von 10 Punkten")
    )
    settle_item(session, item.id, by="Lena", outcome="angerufen", now=later)
    assert recovery.late_actions(session, today=day) == []
    assert recovery.escalate(session, item.id, job=JOB, now=later) is None


@pytest.mark.parametrize("length", [2_000, 10_000])
def test_a_long_comment_with_emoji_reaches_desk_and_mail_whole(
    session: Session, length: int
) -> None:
    survey, token = asked(session)
    comment = ("Zu spät \N{PILE OF POO}\u200d {{ 7*7 }} & <b> \u05e9\u05dc\u05d5\u05dd\n" * length)[
        :length
    ]
    answer(session, token, 3, comment=comment)
    [item] = open_items(session)
    assert item.detail.endswith(comment)
    mail = message_from_bytes(mails_of(session, survey)[1].raw, policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert comment.splitlines()[0] in text.get_content()
    assert text.get_content().count("\N{PILE OF POO}") == comment.count("\N{PILE OF POO}")


@pytest.mark.parametrize(("score", "opens"), [(6, True), (7, False)])
def test_where_low_begins(session: Session, score: int, opens: bool) -> None:
    _survey, token = asked(session)
    answer(session, token, score)
    assert bool(open_items(session)) is opens
