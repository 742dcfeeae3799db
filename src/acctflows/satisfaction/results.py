"""Reads what was asked and answered, for figures and for the desk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from acctflows.db.models.agency import Project
from acctflows.db.models.surveys import Survey
from acctflows.errors import NotFoundError
from acctflows.satisfaction.job import SurveyJob
from acctflows.satisfaction.policy import local_day
from acctflows.satisfaction.questionnaire import as_asked
from acctflows.satisfaction.result import Invited, Result, evaluate
from acctflows.satisfaction.saying import Said, said

_PEOPLE = (joinedload(Survey.project).joinedload(Project.client), joinedload(Survey.contact))

PERIOD = timedelta(days=365)
"""Figures tell of the year up to today: older answers say little about the agency of now."""


def read_result(session: Session, job: SurveyJob, *, today: date) -> Result:
    """The figures of everybody who was invited in the year up to that day.

    Args:
        session: For looking only.
        job: The survey.
        today: Last day of the period, the agency's.
    """
    since = today - PERIOD + timedelta(days=1)
    begin, end = (
        datetime.combine(day, time(), tzinfo=job.zone).astimezone(UTC)
        for day in (since, today + timedelta(days=1))
    )
    rows = session.execute(
        sa.select(Survey.answered_at, Survey.answers, Survey.questions)
        .where(
            Survey.questionnaire == job.name, Survey.invited_at >= begin, Survey.invited_at < end
        )
        .order_by(Survey.invited_at, Survey.id)
    ).all()
    invited = [
        Invited(
            as_asked(row.questions, job.questionnaire),
            local_day(row.answered_at, job.zone) if row.answered_at is not None else None,
            row.answers,
        )
        for row in rows
    ]
    return evaluate(job.questionnaire, invited, since=since, until=today)


@dataclass(frozen=True)
class Heard:
    """One answer with who gave it.

    Args:
        survey_id: Of its survey.
        at: When it came.
        client: Legal name.
        project: Number and title.
        contact: Full name.
        said: What was said, in words.
    """

    survey_id: int
    at: datetime
    client: str
    project: str
    contact: str
    said: Said


def latest_answers(session: Session, job: SurveyJob, *, language: str, limit: int) -> list[Heard]:
    """The newest answers, newest first.

    Args:
        session: For looking only.
        job: The survey.
        language: ``de`` or ``en``, of our words.
        limit: Most of them.
    """
    query = (
        sa.select(Survey)
        .where(Survey.questionnaire == job.name, Survey.answered_at.is_not(None))
        .options(*_PEOPLE)
        .order_by(Survey.answered_at.desc(), Survey.id.desc())
        .limit(limit)
    )
    return [heard(each, job, language) for each in session.scalars(query)]


def find_answered(session: Session, survey_id: int) -> Survey:
    """The survey of that id, answered, with project, client and contact.

    Raises:
        NotFoundError: When there is none, or no answer yet.
    """
    survey = session.get(Survey, survey_id, options=_PEOPLE)
    if survey is None or survey.answered_at is None:
        raise NotFoundError(f"there is no answered survey {survey_id}")
    return survey


def heard(survey: Survey, job: SurveyJob, language: str) -> Heard:
    """An answered survey as people read it, in the words of the questions it was sent with."""
    if survey.answered_at is None:
        raise ValueError(f"survey {survey.id} was not answered")
    questionnaire = as_asked(survey.questions, job.questionnaire)
    # Where the questions were not kept, the one that was scored may have another id now.
    answers = {questionnaire.score_question: survey.score} | survey.answers
    return Heard(
        survey_id=survey.id,
        at=survey.answered_at,
        client=survey.project.client.legal_name,
        project=f"{survey.project.number} {survey.project.title}",
        contact=survey.contact.full_name,
        said=said(questionnaire, answers, language),
    )
