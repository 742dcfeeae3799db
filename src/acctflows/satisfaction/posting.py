"""Queues the invitation and the reminders of a survey, each with a link of its own."""

import hashlib
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey, SurveyLink
from acctflows.dispatch.letters import greeting, mail_language
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.deliver import Wait
from acctflows.mail.sender import agency_sender
from acctflows.satisfaction.asking import may_remind
from acctflows.satisfaction.facts import gather
from acctflows.satisfaction.job import INVITATION, REMINDER, StandingOf, SurveyJob
from acctflows.satisfaction.letters import survey_context
from acctflows.satisfaction.policy import local_day
from acctflows.satisfaction.questionnaire import as_asked

TOKEN_BYTES = 24
"""192 random bits, 32 characters in a link."""


def token_hash(token: str) -> str:
    """What is stored of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def matter(survey: Survey) -> str:
    """The thread of all mails of the survey."""
    return f"survey/{survey.id}"


def mail_key(survey: Survey, number: int) -> str:
    """The business key of a mail: 0 for the invitation, then the reminders, once each."""
    return f"{matter(survey)}/{number}"


def queue_letter(
    session: Session,
    survey: Survey,
    *,
    number: int,
    job: SurveyJob,
    moment: datetime,
    now: datetime,
) -> OutboxMail:
    """A new link and the mail that carries it, signed by the project's manager.

    Args:
        session: Open transaction, in which nobody else sends a mail of this survey.
        survey: Flushed.
        number: 0 for the invitation, 1 for the first reminder and so on.
        job: The survey's.
        moment: The moment the letter counts from, on the day the run is for.
        now: The present moment.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SurveyLink(number=number, token_sha256=token_hash(token), created_at=moment)
    survey.links.append(link)
    contact, manager = survey.contact, survey.project.manager
    language = mail_language(contact.language, job.office.agency.language)
    template = REMINDER if number else INVITATION
    unsubscribe = f"{job.office.portal_url}/u/{token}"
    sender = agency_sender(
        job.office.agency,
        language=language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    context = survey_context(
        as_asked(survey.questions, job.questionnaire),
        language=language,
        greeting=greeting(contact, language),
        agency=job.office.agency.short_name,
        project=survey.project.title,
        link=f"{job.office.portal_url}/s/{token}",
        unsubscribe_link=unsubscribe,
        last_day=local_day(survey.expires_at - timedelta(seconds=1), job.zone),
    ) | {"sender": sender, "last": number >= job.questionnaire.policy.reminders}
    return outbox.enqueue(
        session,
        key=mail_key(survey, number),
        template=template,
        matter=matter(survey),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(
            template, language=language, context=context, templates=job.office.templates
        ),
        now=now,
        reply_to=(manager.full_name, manager.email),
        expires_at=survey.expires_at,
        headers=_unsubscribing(unsubscribe),
    )


def _unsubscribing(link: str) -> dict[str, str]:
    """The headers from which mail programs make their button.

    One that posts without asking anybody is for https only (RFC 8058, section 3.1); without it they
    open the page behind the link.
    """
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {"List-Unsubscribe": f"<{link}>"} | (one_click if link.startswith("https:") else {})


def still_wanted(
    session: Session, mail: OutboxMail, *, standing_of: StandingOf, now: datetime, zone: ZoneInfo
) -> bool | Wait:
    """Whether a mail of a survey may still go out: nobody answered, and nothing speaks against it.

    Asked right before it is sent, for it may have waited long: every use of the address needs its
    legal basis then. In a quarrel that began meanwhile it waits, day by day until it expires.

    Args:
        session: For looking only.
        mail: A mail that `queue_letter` made.
        standing_of: Tells of the client.
        now: The present moment.
        zone: The agency's time zone.
    """
    survey = session.get_one(Survey, int(mail.matter.removeprefix("survey/")))
    if survey.answered_at is not None:
        return False
    project = survey.project
    facts = gather(
        session,
        project,
        survey.contact,
        questionnaire=survey.questionnaire,
        standing=standing_of(session, project.client_id),
    )
    decision = may_remind(facts, now=now, zone=zone)
    if decision.allowed or not decision.may_pass:
        return decision.allowed
    return Wait(until=now + timedelta(days=1), words=decision.text("en"))


def latest_mail_state(session: Session, survey: Survey) -> MailState | None:
    """What became of the latest mail of the survey."""
    return session.scalar(
        sa.select(OutboxMail.state)
        .where(OutboxMail.matter == matter(survey), OutboxMail.template.in_((INVITATION, REMINDER)))
        .order_by(OutboxMail.id.desc())
        .limit(1)
    )
