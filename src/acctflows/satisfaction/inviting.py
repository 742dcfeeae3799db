"""Invites the contacts of closed projects, each once, where nothing speaks against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from acctflows.db.models.agency import Client, Contact, ContactRole, Project, Stage
from acctflows.db.models.surveys import Survey
from acctflows.dispatch.parties import active_contacts
from acctflows.satisfaction.asking import Decision, Refusal, may_ask
from acctflows.satisfaction.facts import gather
from acctflows.satisfaction.job import Standing, StandingOf, SurveyJob
from acctflows.satisfaction.policy import expires_at
from acctflows.satisfaction.posting import queue_letter
from acctflows.satisfaction.questionnaire import keep_questions


@dataclass(frozen=True)
class Candidate:
    """Somebody to think of: a contact and the project that closed; no contact: nobody is named."""

    project_id: int
    contact_id: int | None


@dataclass(frozen=True)
class Considered:
    """What was decided about asking, or reminding, a contact."""

    client: str
    project: str
    """Number and title."""
    contact: str
    decision: Decision


def candidates(session: Session, job: SurveyJob, *, today: date) -> list[Candidate]:
    """The contacts for surveys of the projects that closed lately and were not asked about them.

    A project whose client names no such contact is listed too, so that somebody hears of it.

    Args:
        session: For looking only.
        job: The survey.
        today: The agency's day.
    """
    earliest = today - timedelta(days=job.questionnaire.policy.latest_days_after_close)
    projects = session.scalars(
        sa.select(Project)
        .where(Project.stage == Stage.CLOSED, Project.closed_on.between(earliest, today))
        .options(joinedload(Project.client).selectinload(Client.contacts))
        .order_by(Project.closed_on, Project.id)
    ).all()
    if not projects:
        return []
    asked = sa.select(Survey.project_id, Survey.contact_id).where(
        Survey.questionnaire == job.name, Survey.project_id.in_([each.id for each in projects])
    )
    known = {(row.project_id, row.contact_id) for row in session.execute(asked)}
    return [each for project in projects for each in _of(project, known)]


def consider(
    session: Session,
    candidate: Candidate,
    *,
    job: SurveyJob,
    standing_of: StandingOf,
    moment: datetime,
) -> Considered:
    """Whether the contact would be asked; nothing is changed.

    Args:
        session: For looking only.
        candidate: One of `candidates`.
        job: The survey.
        standing_of: Tells of the client.
        moment: The moment for which to decide.
    """
    project, contact = _load(session, candidate)
    standing = standing_of(session, project.client_id)
    decision = _decide(session, project, contact, standing, job=job, moment=moment, lock=False)
    return _considered(project, contact, decision)


def invite(
    session: Session,
    candidate: Candidate,
    *,
    job: SurveyJob,
    standing_of: StandingOf,
    moment: datetime,
    now: datetime,
) -> Considered:
    """Ask the contact unless something speaks against it: survey, link and mail in one.

    Args:
        session: Open transaction; whoever asks the same contact at the same time waits for it.
        candidate: One of `candidates`.
        job: The survey.
        standing_of: Tells of the client.
        moment: The moment for which to decide, on the day the run is for; the reminders count
            from it.
        now: The present moment; the link's days do not begin before it.
    """
    project, contact = _load(session, candidate)
    standing = standing_of(session, project.client_id)
    decision = _decide(session, project, contact, standing, job=job, moment=moment, lock=True)
    if contact is not None and decision.allowed:
        survey = Survey(
            questionnaire=job.name,
            project=project,
            contact=contact,
            invited_at=moment,
            expires_at=expires_at(max(moment, now), job.questionnaire.policy, zone=job.zone),
            basis=contact.survey_basis,
            basis_on=contact.survey_basis_on,
            evidence=contact.survey_evidence or standing.notice,
            questions=keep_questions(job.questionnaire),
        )
        session.add(survey)
        session.flush()
        queue_letter(session, survey, number=0, job=job, moment=moment, now=now)
    return _considered(project, contact, decision)


def _of(project: Project, known: set[tuple[int, int]]) -> Iterator[Candidate]:
    contacts = active_contacts(project.client, ContactRole.SURVEY)
    if not contacts and not any(project_id == project.id for project_id, _ in known):
        yield Candidate(project.id, None)
    for contact in contacts:
        if (project.id, contact.id) not in known:
            yield Candidate(project.id, contact.id)


def _load(session: Session, candidate: Candidate) -> tuple[Project, Contact | None]:
    people = (joinedload(Project.client), joinedload(Project.manager))
    project = session.get_one(Project, candidate.project_id, options=people)
    if candidate.contact_id is None:
        return project, None
    return project, session.get_one(Contact, candidate.contact_id)


def _decide(
    session: Session,
    project: Project,
    contact: Contact | None,
    standing: Standing,
    *,
    job: SurveyJob,
    moment: datetime,
    lock: bool,
) -> Decision:
    if contact is None:
        return Decision((Refusal("no_contact"),))
    facts = gather(session, project, contact, questionnaire=job.name, standing=standing, lock=lock)
    return may_ask(facts, job.questionnaire.policy, now=moment, zone=job.zone)


def _considered(project: Project, contact: Contact | None, decision: Decision) -> Considered:
    return Considered(
        client=project.client.legal_name,
        project=f"{project.number} {project.title}",
        contact=contact.full_name if contact else "",
        decision=decision,
    )
