"""Reminds those who have not answered, as often as the policy says, until they answer or object."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from acctflows.db.models.agency import Project
from acctflows.db.models.mail import MailState
from acctflows.db.models.surveys import Survey
from acctflows.satisfaction.asking import Invitation, is_reminder_due, may_remind
from acctflows.satisfaction.facts import gather
from acctflows.satisfaction.inviting import Considered
from acctflows.satisfaction.job import StandingOf, SurveyJob
from acctflows.satisfaction.posting import latest_mail_state, queue_letter

_ARRIVED = (MailState.SENT, MailState.UNKNOWN)
"""Nobody is reminded of a mail that is still on its way, was refused or was taken back."""


def due_reminders(session: Session, job: SurveyJob, *, moment: datetime) -> list[int]:
    """Ids of the surveys of which a reminder is due, oldest first.

    Args:
        session: For looking only.
        job: The survey.
        moment: The moment for which to look.
    """
    unanswered = (
        sa.select(Survey)
        .where(
            Survey.questionnaire == job.name,
            Survey.answered_at.is_(None),
            Survey.unsubscribed_at.is_(None),
            Survey.expires_at > moment,
        )
        .options(selectinload(Survey.links))
        .order_by(Survey.invited_at, Survey.id)
    )
    return [each.id for each in session.scalars(unanswered) if _due(session, each, job, moment)]


def consider_reminder(
    session: Session,
    survey_id: int,
    *,
    job: SurveyJob,
    standing_of: StandingOf,
    moment: datetime,
) -> Considered:
    """Whether the contact would be reminded; nothing is changed.

    Args:
        session: For looking only.
        survey_id: One of `due_reminders`.
        job: The survey.
        standing_of: Tells of the client.
        moment: The moment for which to decide.
    """
    people = (joinedload(Survey.project).joinedload(Project.client), joinedload(Survey.contact))
    survey = session.get_one(Survey, survey_id, options=people)
    return _considered(session, survey, job=job, standing_of=standing_of, moment=moment)


def remind(
    session: Session,
    survey_id: int,
    *,
    job: SurveyJob,
    standing_of: StandingOf,
    moment: datetime,
    now: datetime,
) -> Considered | None:
    """Queue the reminder unless something speaks against it; None when none is due any more.

    Args:
        session: Open transaction; whoever sends, answers or objects at the same time waits for it.
        survey_id: One of `due_reminders`.
        job: The survey.
        standing_of: Tells of the client.
        moment: The moment for which to decide, on the day the run is for.
        now: The present moment.
    """
    survey = session.scalars(
        sa.select(Survey)
        .where(Survey.id == survey_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not _due(session, survey, job, moment):
        return None
    considered = _considered(session, survey, job=job, standing_of=standing_of, moment=moment)
    if considered.decision.allowed:
        number = len(survey.links)
        queue_letter(session, survey, number=number, job=job, moment=moment, now=now)
    return considered


def _due(session: Session, survey: Survey, job: SurveyJob, moment: datetime) -> bool:
    invitation = Invitation(
        invited_at=survey.invited_at,
        reminded_at=tuple(link.created_at for link in survey.links if link.number),
        answered_at=survey.answered_at,
        opted_out=survey.unsubscribed_at is not None,
    )
    due = is_reminder_due(invitation, job.questionnaire.policy, now=moment, zone=job.zone)
    return due and latest_mail_state(session, survey) in _ARRIVED


def _considered(
    session: Session,
    survey: Survey,
    *,
    job: SurveyJob,
    standing_of: StandingOf,
    moment: datetime,
) -> Considered:
    project, contact = survey.project, survey.contact
    facts = gather(
        session,
        project,
        contact,
        questionnaire=job.name,
        standing=standing_of(session, project.client_id),
    )
    return Considered(
        client=project.client.legal_name,
        project=f"{project.number} {project.title}",
        contact=contact.full_name,
        decision=may_remind(facts, now=moment, zone=job.zone),
    )
