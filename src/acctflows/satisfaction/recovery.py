"""Makes good: a low score tells the manager at once and opens an action with owner and deadline."""

from dataclasses import dataclass
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
from acctflows.satisfaction.questionnaire import as_asked
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
        _tell(session, survey, item, _specialist(person), heard=heard, job=job, now=now)
    return item


@dataclass(frozen=True)
class Late:
    """A recovery action that is past its day, and who owns it."""

    client: str
    owner: str
    due_on: date


def late_actions(session: Session, *, today: date) -> list[int]:
    """Ids of the recovery actions whose day is over, most urgent first."""
    items = work_items.open_items(session)
    return [i.id for i in items if i.kind == KIND and i.due_on is not None and i.due_on < today]


def escalate(session: Session, item_id: int, *, job: SurveyJob, now: datetime) -> Late | None:
    """Tell owner, manager and the agency's own address that nothing came of it yet, once each.

    Args:
        session: Open transaction; whoever closes the action at the same time waits for it.
        item_id: One of `late_actions`.
        job: The survey, for who writes.
        now: The present moment.

    Returns:
        What is late; None when it was settled meanwhile.
    """
    query = sa.select(WorkItem).where(WorkItem.id == item_id).with_for_update()
    item = session.scalars(query.execution_options(populate_existing=True)).one()
    if item.settled_at is not None:
        return None
    survey = session.get_one(Survey, survey_of(item.key))
    heard = said(
        as_asked(survey.questions, job.questionnaire), survey.answers, job.office.agency.language
    )
    agency = job.office.agency
    people = [_specialist(each) for each in (item.owner, survey.project.manager) if each]
    people.append(_Told("agency", agency.short_name, agency.short_name, agency.email))
    for person in {each.email.lower(): each for each in reversed(people)}.values():
        _tell(session, survey, item, person, heard=heard, job=job, now=now, late=True)
    return late(session, item_id)


def late(session: Session, item_id: int) -> Late:
    """What is to be said of a late action; nothing is changed."""
    item = session.get_one(WorkItem, item_id)
    survey = session.get_one(Survey, survey_of(item.key))
    if item.due_on is None:
        raise ValueError(f"{item.key} has no day by which it is due")
    owner = item.owner.full_name if item.owner else ""
    return Late(survey.project.client.legal_name, owner, item.due_on)


@dataclass(frozen=True)
class _Told:
    """Who is told of it."""

    key: str
    """Makes the mail once."""
    name: str
    called: str
    """After the greeting."""
    email: str


def _specialist(person: Specialist) -> _Told:
    called = person.given_name or person.full_name
    return _Told(str(person.id), person.full_name, called, person.email)


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
    item: WorkItem,
    person: _Told,
    *,
    heard: Said,
    job: SurveyJob,
    now: datetime,
    late: bool = False,
) -> None:
    language, contact = job.office.agency.language, survey.contact
    sender = agency_sender(job.office.agency, language=language)
    context: dict[str, Any] = {
        "sender": sender,
        "greeting": f"{HELLO[language]} {person.called}",
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
        "answered_at": local_moment(survey.answered_at or now, job.office.agency, language),
        "owner": item.owner.full_name if item.owner else "",
        "due": _weekday(item.due_on, language) if item.due_on else "",
        "late": late,
        "link": f"{job.office.portal_url}/desk/satisfaction/{survey.id}",
    }
    outbox.enqueue(
        session,
        key=f"{matter(survey)}/{'late' if late else 'low-score'}/{person.key}",
        template=LOW_SCORE,
        matter=matter(survey),
        sender=sender,
        recipient=(person.name, person.email),
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
