"""Makes good: a low score tells the manager at once and opens an action with owner and deadline."""

from datetime import date, datetime
from typing import Any

import holidays
import sqlalchemy as sa
from babel.dates import format_date
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Specialist
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.surveys import Survey
from acctflows.dispatch.closing import HELLO
from acctflows.dispatch.letters import local_moment
from acctflows.documents import work_items
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender
from acctflows.money import LOCALES, NBSP
from acctflows.satisfaction.job import LOW_SCORE, SurveyJob
from acctflows.satisfaction.policy import recovery_due_on, recovery_owner
from acctflows.satisfaction.posting import matter
from acctflows.satisfaction.saying import Said, said

KIND = "recovery"
"""Kind of the work item; the desk has words for it."""


def recovery_key(survey_id: int) -> str:
    """The business key of the recovery action of a survey's answer."""
    return f"{KIND}/{survey_id}"


def survey_of(key: str) -> int:
    """The id of the survey whose recovery action has that key."""
    return int(key.removeprefix(f"{KIND}/"))


def open_recovery(session: Session, survey: Survey, *, job: SurveyJob, now: datetime) -> WorkItem:
    """The action that makes good for a low score, and the mails that tell of it, once each.

    The project's manager hears of it in any case, also where the policy names another owner.

    Args:
        session: Open transaction, that of the answer.
        survey: Answered with a low score.
        job: The survey's.
        now: The present moment.
    """
    manager = survey.project.manager
    owner = _owner(session, job, manager)
    due_on = recovery_due_on(
        now,
        job.questionnaire.policy,
        zone=job.zone,
        holidays=_public_holidays(job.office.agency, now.year),
    )
    heard = said(job.questionnaire, survey.answers, job.office.agency.language)
    item = work_items.open_item(
        session,
        key=recovery_key(survey.id),
        kind=KIND,
        detail=heard.sentence,
        version=None,
        owner_id=owner.id,
        due_on=due_on,
        now=now,
        project=survey.project,
    )
    for person in {owner.id: owner, manager.id: manager}.values():
        _tell(session, survey, person, owner=owner, due_on=due_on, heard=heard, job=job, now=now)
    return item


def _owner(session: Session, job: SurveyJob, manager: Specialist) -> Specialist:
    """Who owns it; the manager where the address of the policy is nobody's here (any more)."""
    address = recovery_owner(job.questionnaire.policy, manager=manager.email)
    query = sa.select(Specialist).where(
        sa.func.lower(Specialist.email) == address.lower(), Specialist.archived_at.is_(None)
    )
    return session.scalars(query).one_or_none() or manager


def _tell(
    session: Session,
    survey: Survey,
    person: Specialist,
    *,
    owner: Specialist,
    due_on: date,
    heard: Said,
    job: SurveyJob,
    now: datetime,
) -> None:
    language, contact = job.office.agency.language, survey.contact
    sender = agency_sender(job.office.agency, language=language)
    context: dict[str, Any] = {
        "sender": sender,
        "greeting": f"{HELLO[language]} {person.given_name or person.full_name}",
        "client": survey.project.client.legal_name,
        "contact": contact.full_name,
        "contact_email": contact.email,
        "contact_phone": contact.phone,
        "project": survey.project.title,
        "question": heard.question(job.office.agency.short_name, survey.project.title),
        "score": heard.score,
        "highest": heard.highest,
        "reason": heard.reason,
        "comment": heard.comment,
        "may_contact": heard.may_contact,
        "answered_at": local_moment(now, job.office.agency, language),
        "owner": owner.full_name,
        "due": _weekday(due_on, language),
        "link": f"{job.office.portal_url}/desk/satisfaction/{survey.id}",
    }
    outbox.enqueue(
        session,
        key=f"{matter(survey)}/low-score/{person.id}",
        template=LOW_SCORE,
        matter=matter(survey),
        sender=sender,
        recipient=(person.full_name, person.email),
        message=compose(
            LOW_SCORE, language=language, context=context, templates=job.office.templates
        ),
        now=now,
        reply_to=(contact.full_name, contact.email) if heard.may_contact else None,
    )


def _weekday(day: date, language: str) -> str:
    """``Donnerstag, 26. November 2026``, unbreakable but after the comma."""
    words = str(format_date(day, "full", locale=LOCALES[language]))
    name, comma, rest = words.partition(", ")
    return f"{name}{comma}{rest.replace(' ', NBSP)}"


def _public_holidays(agency: AgencyProfile, year: int) -> frozenset[date]:
    """Those of this year and the next at the agency's seat."""
    try:
        found = holidays.country_holidays(
            agency.country, subdiv=agency.state or None, years=(year, year + 1)
        )
    except NotImplementedError:  # a wrong Land in agency.yaml must not cost a client's answer
        return frozenset()
    return frozenset(found)
