"""Sends an approved report: one mail with the document attached, and nothing to answer."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.delivery.reports import presenting, wording
from acctflows.delivery.reports.job import KIND, read_snapshot
from acctflows.dispatch.letters import (
    Office,
    greeting,
    mail_key,
    mail_language,
    matter,
    responsible_manager,
)
from acctflows.documents import register
from acctflows.documents.versions import lock_version, require_state
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.outbox import Attachment
from acctflows.mail.sender import agency_sender

MAIL = "project_report"


def reports_in_state(session: Session, state: VersionState) -> list[int]:
    """Ids of the versions of reports in that state, oldest first."""
    query = (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .where(Document.kind == KIND.name, DocumentVersion.state == state)
        .order_by(DocumentVersion.id)
    )
    return list(session.scalars(query))


def queue_report(
    session: Session,
    version: DocumentVersion,
    *,
    office: Office,
    attachment: Attachment,
    now: datetime,
) -> OutboxMail:
    """The mail with the report: found, or queued once per version, which counts as sent then.

    Args:
        session: Open transaction; mail and state are kept together or not at all.
        version: An approved report.
        office: Who writes.
        attachment: The approved file.
        now: The present moment.

    Raises:
        ConflictError: When it is not approved, or its reader is no contact any more.
    """
    lock_version(session, version)
    key = mail_key(version, "report")
    queued = session.scalar(sa.select(OutboxMail).where(OutboxMail.dedup_key == key))
    if queued is not None:
        return queued
    require_state(version, VersionState.APPROVED, todo="have it approved first")
    snapshot = read_snapshot(version)
    contact = session.get(Contact, snapshot.recipient.id)
    if contact is None or contact.archived_at is not None:
        raise ConflictError(
            f"{snapshot.recipient.name} is no contact of the client any more",
            where=snapshot.number,
            todo="report on the project again",
        )
    manager = responsible_manager(version)
    language = mail_language(contact.language, snapshot.language)
    sender = agency_sender(
        office.agency,
        language=language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    context = {
        "sender": sender,
        "greeting": greeting(contact, language),
        "number": snapshot.number,
        "project": snapshot.project_title,
        "period": wording.period_words(snapshot.period_from, snapshot.period_to, language),
        "asks": wording.asks(snapshot, language),
        **presenting.glance(snapshot, language),
    }
    mail = outbox.enqueue(
        session,
        key=key,
        template=MAIL,
        matter=matter(version),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(MAIL, language=language, context=context, templates=office.templates),
        attachments=[attachment],
        now=now,
        reply_to=(manager.full_name, manager.email),
    )
    register.mark_sent(session, version, actor="acctflows", now=now)
    return mail
