"""Reminds whoever is to sign and has not answered, on the days the agency's policy names."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.business_days import BusinessCalendar
from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.dispatch.jobs import DocumentJob
from acctflows.dispatch.letters import (
    Office,
    facts,
    local_moment,
    mail_key,
    mail_language,
    write_to_client,
)
from acctflows.dispatch.sending import latest_invitation
from acctflows.dispatch.signing_policy import SigningPolicy
from acctflows.documents.invitations import Invitation, add_reminder, invitations
from acctflows.documents.versions import lock_version

MAIL = "signing_reminder"

_ARRIVED = (MailState.SENT, MailState.UNKNOWN)
"""Nobody is reminded of a mail that is still on its way, was refused or was taken back."""
_LOST = (MailState.FAILED, MailState.CANCELLED)
"""Until a person has the mail sent after all, or invites again, no reminder will follow."""


@dataclass(frozen=True)
class Planned:
    """When the signer whose turn it is was and will be reminded.

    Args:
        mails: The reminders so far, oldest first.
        next_on: The day of the next; None when none will follow.
    """

    mails: list[OutboxMail]
    next_on: date | None


def to_remind(
    session: Session,
    kinds: Collection[str],
    *,
    policy: SigningPolicy,
    office: Office,
    now: datetime,
) -> list[int]:
    """Ids of the versions whose signer is to be reminded now, oldest first.

    Args:
        session: For looking only.
        kinds: Of documents that clients answer.
        policy: The agency's.
        office: Its clock and its holidays.
        now: The present moment.
    """
    if not _may_write(policy, office, now):
        return []
    links = sa.select(AccessLink.id).where(
        AccessLink.version_id == DocumentVersion.id,
        AccessLink.revoked_at.is_(None),
        AccessLink.expires_at > now,
    )
    query = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(Document.kind.in_(kinds), DocumentVersion.state == VersionState.SENT, links.exists())
        .order_by(DocumentVersion.id)
    )
    return [
        version.id
        for version in session.scalars(query)
        if _due(session, version, policy=policy, office=office, now=now)
    ]


def remind(
    session: Session,
    version: DocumentVersion,
    *,
    job: DocumentJob,
    policy: SigningPolicy,
    office: Office,
    now: datetime,
) -> OutboxMail | None:
    """Queue the reminder that is due, once; None when none is (any more).

    Args:
        session: Open transaction; whoever answers or invites at the same time waits for it.
        version: One of `to_remind`.
        job: Of its kind.
        policy: The agency's.
        office: Who writes.
        now: The present moment.
    """
    lock_version(session, version)
    if version.state is not VersionState.SENT or not _may_write(policy, office, now):
        return None
    due = _due(session, version, policy=policy, office=office, now=now)
    return _queue(session, *due, job=job, office=office, now=now) if due else None


def planned(
    session: Session,
    version: DocumentVersion,
    *,
    policy: SigningPolicy,
    office: Office,
    now: datetime,
) -> Planned:
    """When the signer whose turn it is was and will be reminded, for the desk."""
    asked = _open_invitation(session, version, now)
    if asked is None:
        return Planned([], None)
    query = sa.select(OutboxMail).where(
        OutboxMail.dedup_key.startswith(_key(asked, ""), autoescape=True)
    )
    mails = list(session.scalars(query.order_by(OutboxMail.id)))
    invited = latest_invitation(session, version)
    if invited is None or invited.state in _LOST:
        return Planned(mails, None)
    return Planned(mails, _next_day(asked, policy, office, now))


def _next_day(
    asked: Invitation, policy: SigningPolicy, office: Office, now: datetime
) -> date | None:
    today, last = _local(now, office), _local(asked.links[-1].created_at, office)
    days = [day for day in _days(asked, policy, office) if day > last]
    if any(day <= today for day in days):  # missed ones are made up for on the next business day
        return _calendar(office).on_or_after(today)
    return next(iter(days), None)


def still_wanted(session: Session, mail: OutboxMail) -> bool:
    """Whether a reminder may still go out: its version waits for the answer of just this contact.

    Asked right before it is sent; that the link has not expired, the outbox sees to.

    Args:
        session: For looking only.
        mail: A mail that `remind` made.
    """
    link = session.get(AccessLink, int(mail.dedup_key.split("/")[-2]))
    if link is None or link.revoked_at is not None or link.version.state is not VersionState.SENT:
        return False
    newest = invitations(session, link.version)[-1]
    here = link.contact.archived_at is None
    return here and newest.link is link and not newest.is_signed(link.version)


def _due(
    session: Session,
    version: DocumentVersion,
    *,
    policy: SigningPolicy,
    office: Office,
    now: datetime,
) -> tuple[Invitation, date] | None:
    """What to remind of, and the day the policy names for it; a missed day is made up for once."""
    asked = _open_invitation(session, version, now)
    if asked is None:
        return None
    today = _local(now, office)
    days = [day for day in _days(asked, policy, office) if day <= today]
    if not days or _local(asked.links[-1].created_at, office) >= days[-1]:
        return None
    mail = latest_invitation(session, version)
    return (asked, days[-1]) if mail is not None and mail.state in _ARRIVED else None


def _open_invitation(
    session: Session, version: DocumentVersion, now: datetime
) -> Invitation | None:
    """What waits for an answer; None where nothing does, or the next signer was not asked yet."""
    newest = next(iter(invitations(session, version)[-1:]), None)
    if newest is None or not newest.is_open(now) or newest.is_signed(version):
        return None
    return newest if newest.link.contact.archived_at is None else None


def _days(asked: Invitation, policy: SigningPolicy, office: Office) -> list[date]:
    return policy.documents[asked.link.version.document.kind].reminder_days(
        invited_on=_local(asked.link.created_at, office),
        ends_on=_local(asked.link.expires_at, office),
        calendar=_calendar(office),
    )


def _may_write(policy: SigningPolicy, office: Office, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(office.agency.timezone))
    business = _calendar(office).is_business_day(local.date())
    return business and local.hour >= policy.reminders_from_hour


def _calendar(office: Office) -> BusinessCalendar:
    return BusinessCalendar(office.agency.country, office.agency.state)


def _local(moment: datetime, office: Office) -> date:
    return moment.astimezone(ZoneInfo(office.agency.timezone)).date()


def _key(asked: Invitation, day: str) -> str:
    return mail_key(asked.link.version, f"reminder/{asked.link.id}/{day}")


def _queue(
    session: Session,
    asked: Invitation,
    day: date,
    *,
    job: DocumentJob,
    office: Office,
    now: datetime,
) -> OutboxMail:
    link, token = add_reminder(session, asked, by="acctflows", now=now)
    version, contact = link.version, link.contact
    language = mail_language(contact.language, version.document.language)
    no_silence = {"deemed": False, "consumer": False}  # for kinds that silence never accepts
    context = {**no_silence, **facts(job, version, language)} | {
        "kind": job.kind.title(language),
        "deadline": local_moment(link.expires_at, office.agency, language),
        "link": f"{office.portal_url}/d/{token}",
    }
    return write_to_client(
        session,
        version,
        contact,
        template=MAIL,
        key=_key(asked, day.isoformat()),
        language=language,
        context=context,
        job=job,
        office=office,
        now=now,
        expires_at=link.expires_at,
    )
