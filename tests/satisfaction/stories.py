"""Closed projects, contacts who may be asked, and what came of asking them."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import load_agency
from acctflows.db.models.agency import Client, Contact, Project, Stage
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.dispatch.letters import Office
from acctflows.satisfaction.answering import find_survey, record_answer
from acctflows.satisfaction.inviting import Candidate, Considered, candidates, invite
from acctflows.satisfaction.job import Standing, SurveyJob
from acctflows.satisfaction.questionnaire import Questionnaire, as_asked, load_questionnaire
from tests.conftest import ROOT
from tests.factories import NOW, make_client, make_contact, make_project

CLOSED_ON = date(2026, 11, 20)
JOB = SurveyJob(
    name="project",
    questionnaire=load_questionnaire(ROOT / "templates" / "surveys" / "project.yaml"),
    office=Office(
        agency=load_agency(ROOT / "templates" / "agency" / "agency.yaml"),
        templates=ROOT / "templates",
        portal_url="https://portal.example",
    ),
)
WEEK = timedelta(days=7)


def changed(**score: Any) -> Questionnaire:
    """The questionnaire after somebody has edited the question that is scored."""
    questionnaire = JOB.questionnaire
    question = questionnaire.score.model_copy(update=score)
    edited = questionnaire.model_copy(
        update={
            "score_question": question.id,
            "questions": (question, *questionnaire.questions[1:]),
            "policy": questionnaire.policy.model_copy(update={"low_score_at_most": 2}),
        }
    )
    return Questionnaire.model_validate(edited.model_dump(mode="json"))


def peaceful(_session: Session, _client_id: int) -> Standing:
    """A client of whom no other room has anything to tell."""
    return Standing()


def make_asked_contact(session: Session, client: Client, **given: Any) -> Contact:
    """A contact for surveys who has consented."""
    values: dict[str, Any] = {
        "roles": ["survey"],
        "survey_basis": "consent",
        "survey_evidence": "Form of 3 March 2026",
        "survey_basis_on": date(2026, 3, 3),
    }
    return make_contact(session, client, **values | given)


def closed_project(session: Session, **given: Any) -> Project:
    """A project that closed three days ago, with one contact for surveys unless it has any."""
    client = given.pop("client", None) or make_client(session)
    if not client.contacts:
        make_asked_contact(session, client, **given.pop("contact", {}))
        session.expire(client, ["contacts"])
    values: dict[str, Any] = {"stage": Stage.CLOSED, "closed_on": CLOSED_ON}
    return make_project(session, client=client, **values | given)


def ask(
    session: Session,
    project: Project,
    *,
    at: datetime = NOW,
    standing: Any = peaceful,
    job: SurveyJob = JOB,
) -> Considered:
    """Ask the project's one contact, as the run of that day would."""
    [candidate] = [
        each for each in candidates(session, job, today=at.date()) if each.project_id == project.id
    ]
    return invite(session, candidate, job=job, standing_of=standing, moment=at, now=at)


def asked(
    session: Session, *, at: datetime = NOW, job: SurveyJob = JOB, **given: Any
) -> tuple[Survey, str]:
    """A survey whose invitation was sent, and the token of its link."""
    project = closed_project(session, **given)
    assert ask(session, project, at=at, job=job).decision.allowed
    survey = session.scalars(sa.select(Survey).where(Survey.project_id == project.id)).one()
    [mail] = mails_of(session, survey)
    mail.state, mail.sent_at = MailState.SENT, at
    session.flush()
    return survey, token_in(mail)


def answer(
    session: Session, token: str, score: int, *, at: datetime = NOW, **answers: Any
) -> Survey:
    """Answer through the link as the page would, with the questions that were sent."""
    survey = find_survey(session, token, now=at)
    job = replace(JOB, questionnaire=as_asked(survey.questions, JOB.questionnaire))
    given = {job.questionnaire.score_question: score} | answers
    assert record_answer(session, survey.id, given, job=job, now=at)
    session.refresh(survey)
    return survey


def mails_of(session: Session, survey: Survey) -> list[OutboxMail]:
    """All mails of the survey, oldest first."""
    query = sa.select(OutboxMail).where(OutboxMail.matter == f"survey/{survey.id}")
    return list(session.scalars(query.order_by(OutboxMail.id)))


def token_in(mail: OutboxMail) -> str:
    """The token of the link in a mail."""
    found = re.search(r"/s/([\w-]+)", mail.raw.decode().replace("=\r\n", ""))
    assert found
    return found[1]


__all__ = [
    "CLOSED_ON",
    "JOB",
    "WEEK",
    "Candidate",
    "answer",
    "ask",
    "asked",
    "changed",
    "closed_project",
    "mails_of",
    "make_asked_contact",
    "peaceful",
    "token_in",
]  # fmt: skip
