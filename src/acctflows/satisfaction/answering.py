"""What comes back through a survey's link: one answer, or an objection to all surveys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from acctflows.db.models.agency import Project
from acctflows.db.models.surveys import Survey, SurveyLink
from acctflows.errors import NotFoundError
from acctflows.satisfaction.facts import same_address
from acctflows.satisfaction.job import SurveyJob
from acctflows.satisfaction.kinds import Answer
from acctflows.satisfaction.policy import is_low
from acctflows.satisfaction.posting import token_hash
from acctflows.satisfaction.recovery import open_recovery


def find_survey(session: Session, token: str, *, now: datetime) -> Survey:
    """The survey whose link this is, answered or not.

    Raises:
        NotFoundError: In the same words for a link that is unknown and one that expired.
    """
    survey = _by_token(session, token)
    if survey is None or survey.expires_at <= now:
        raise NotFoundError("this link leads nowhere (any more)")
    return survey


def record_answer(
    session: Session,
    survey_id: int,
    answers: Mapping[str, Answer],
    *,
    job: SurveyJob,
    now: datetime,
) -> bool:
    """Keep the answer, once; a low score tells the manager and opens a recovery action with it.

    Args:
        session: Open transaction; answer, mail and action are kept together or not at all.
        survey_id: Of a survey whose link was found in this transaction.
        answers: What `read_answers` read.
        job: The survey's.
        now: The present moment.

    Returns:
        Whether this was the answer; False when there was one before.
    """
    score = answers[job.questionnaire.score_question]
    if not isinstance(score, int):
        raise TypeError(f"the score question was answered with {score!r}")  # a scale is required
    statement = (
        sa.update(Survey)
        .where(Survey.id == survey_id, Survey.answered_at.is_(None))
        .values(answered_at=now, answers=dict(answers), score=score)
    )
    if not cast("sa.CursorResult[Any]", session.execute(statement)).rowcount:
        return False
    if is_low(score, job.questionnaire.policy):
        survey = session.get_one(Survey, survey_id, populate_existing=True)
        open_recovery(session, survey, job=job, now=now)
    return True


def find_subscription(session: Session, token: str) -> Survey:
    """The survey through whose link a contact may object; at any time, so that it never expires.

    Raises:
        NotFoundError: When there is no such link.
    """
    survey = _by_token(session, token)
    if survey is None:
        raise NotFoundError("this link leads nowhere")
    return survey


def object_to_surveys(session: Session, token: str, *, now: datetime) -> None:
    """Note that the contact wants no surveys any more; again, it changes nothing.

    It holds for the address, at whichever client it is on file (Art. 21 (2) and (3) GDPR).

    Raises:
        NotFoundError: When there is no such link.
    """
    survey = find_subscription(session, token)
    for record in same_address(session, survey.contact, lock=True):
        record.opted_out_at = record.opted_out_at or now
    survey.unsubscribed_at = survey.unsubscribed_at or now
    session.flush()


def _by_token(session: Session, token: str) -> Survey | None:
    return session.scalars(
        sa.select(Survey)
        .join(Survey.links)
        .where(SurveyLink.token_sha256 == token_hash(token))
        .options(joinedload(Survey.project).joinedload(Project.manager), joinedload(Survey.contact))
    ).one_or_none()
