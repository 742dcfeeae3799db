"""What every mail about a document shares: whom it greets, what it names, what goes along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Contact, Specialist
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch.jobs import DocumentJob
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.outbox import Attachment
from acctflows.mail.sender import agency_sender
from acctflows.money import LOCALES, NBSP

MOST_ATTACHED = 10_000_000
"""Bytes; base64 makes a third more of them, and many servers refuse mails above 15 to 20 MB."""

_SALUTATIONS = {
    "de": {"Ms": "Frau", "Mrs": "Frau", "Miss": "Frau", "Mr": "Herr"},
    "en": {"Frau": "Ms", "Herr": "Mr"},
}
_MOMENTS = {"de": "EEEE, d. MMMM y, HH:mm 'Uhr'", "en": "EEEE, d MMMM y, HH:mm"}


@dataclass(frozen=True)
class Office:
    """The agency as it writes.

    Args:
        agency: Whom the mails are from.
        templates: The installation's templates folder.
        portal_url: Address of the portal, without a trailing slash.
    """

    agency: AgencyProfile
    templates: Path
    portal_url: str


def greeting(contact: Contact, language: str) -> str:
    """How a mail begins: ``Guten Tag Frau Brünning`` or ``Dear Ms Brünning``, without a comma."""
    title, *rest = contact.salutation.split() or [""]
    title = _SALUTATIONS[language].get(title, title)
    words = [title, *rest, contact.family_name] if title else [contact.full_name]
    return " ".join(["Guten Tag" if language == "de" else "Dear", *words])


def mail_language(preferred: str, fallback: str) -> str:
    """The language of a mail: the reader's own where there are templates in it."""
    return preferred if preferred in LOCALES else fallback


def local_moment(moment: datetime, agency: AgencyProfile, language: str) -> str:
    """A moment on the agency's wall clock: ``Montag, 7. Dezember 2026, 10:00 Uhr``."""
    local = moment.astimezone(ZoneInfo(agency.timezone))
    words = format_datetime(local, _MOMENTS[language], locale=LOCALES[language])
    return str(words).replace(". ", f".{NBSP}").replace(" Uhr", f"{NBSP}Uhr")


def responsible_manager(version: DocumentVersion) -> Specialist:
    """Who answers for the document now: the manager of its project.

    Raises:
        ConflictError: When the document belongs to no project.
    """
    project = version.document.project
    if project is None:
        raise ConflictError("the document belongs to no project", where=version.document.number)
    return project.manager


def matter(version: DocumentVersion) -> str:
    """The thread of all mails about the document."""
    return f"document/{version.document.number}"


def mail_key(version: DocumentVersion, fact: str) -> str:
    """The business key of a mail: this fact about this version, once."""
    document = version.document
    return f"{document.kind}/{document.number}/v{version.version}/{fact}"


def attach(version: DocumentVersion, pdf: bytes | None) -> list[Attachment]:
    """The PDF as an attachment, unless there is none or it is too large for mail servers."""
    if pdf is None or len(pdf) > MOST_ATTACHED:
        return []
    name = f"{version.document.number}-v{version.version}.pdf"
    return [Attachment(name=name, content=pdf, media_type="application/pdf")]


def facts(job: DocumentJob, version: DocumentVersion, language: str) -> dict[str, Any]:
    """What every mail names: number, version, and what its kind adds."""
    named = {"number": version.document.number, "version": version.version}
    return named | job.mail_facts(version, language)


def write_to_client(
    session: Session,
    version: DocumentVersion,
    contact: Contact,
    *,
    template: str,
    key: str,
    language: str,
    context: Mapping[str, Any],
    job: DocumentJob,
    office: Office,
    now: datetime,
    attachments: Sequence[Attachment] = (),
    expires_at: datetime | None = None,
) -> OutboxMail:
    """Queue a mail about a document to a contact of the client, in the manager's name, once.

    Args:
        session: The transaction of what the mail tells of.
        version: What it is about.
        contact: Whom it greets; answers go to the responsible manager.
        template: Name of the mail.
        key: Its business key, from `mail_key`.
        language: What it is written in.
        context: What it is given besides sender, greeting and `facts`.
        job: Of the document's kind.
        office: Who writes.
        now: The present moment.
        attachments: Files that go along.
        expires_at: After this moment it is not sent any more.

    Raises:
        ConflictError: When the document belongs to no project.
    """
    manager = responsible_manager(version)
    sender = agency_sender(
        office.agency,
        language=language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    named = {"sender": sender, "greeting": greeting(contact, language)}
    given = {**facts(job, version, language), **named, **context}
    return outbox.enqueue(
        session,
        key=key,
        template=template,
        matter=matter(version),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(template, language=language, context=given, templates=office.templates),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
        expires_at=expires_at,
    )
