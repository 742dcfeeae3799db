"""Invites the client to answer: a link of their own and the mail that carries it, together."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch.jobs import Addressed, DocumentJob
from acctflows.dispatch.letters import (
    Office,
    attach,
    facts,
    greeting,
    local_moment,
    mail_key,
    mail_language,
    matter,
    responsible_manager,
)
from acctflows.documents import acceptance
from acctflows.documents.versions import lock_version
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender


def queue_invitation(
    session: Session,
    version: DocumentVersion,
    *,
    job: DocumentJob,
    office: Office,
    now: datetime,
    attach_pdf: bytes | None,
) -> OutboxMail:
    """The invitation to the signer: found, or link and mail made in one, once per version.

    The version counts as sent from here on.

    Args:
        session: Open transaction; link, mail and state are kept together or not at all.
        version: An approved version.
        job: Of its kind.
        office: Who writes.
        now: The present moment; the link's days begin here.
        attach_pdf: The PDF; attached when it is not too large. The link always goes along.

    Raises:
        ConflictError: When the version is not approved, or its signer left.
    """
    lock_version(session, version)
    addressed = job.addressed(version)
    contact = _contact(session, version, addressed)
    key = mail_key(version, f"invitation/{contact.id}")
    existing = session.scalar(sa.select(OutboxMail).where(OutboxMail.dedup_key == key))
    if existing is not None:
        return existing
    manager = responsible_manager(version)
    link, token = acceptance.invite(
        session, version, contact, now=now, valid_days=addressed.answer_days
    )
    language = mail_language(contact.language, addressed.language)
    sender = agency_sender(
        office.agency,
        language=language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    attachments = attach(version, attach_pdf)
    context = facts(job, version, language) | {
        "sender": sender,
        "greeting": greeting(contact, language),
        "deadline": local_moment(link.expires_at, office.agency, language),
        "link": f"{office.portal_url}/d/{token}",
        "attached": bool(attachments),
    }
    return outbox.enqueue(
        session,
        key=key,
        template=job.invitation,
        matter=matter(version),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(
            job.invitation, language=language, context=context, templates=office.templates
        ),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
        expires_at=link.expires_at,
    )


def _contact(session: Session, version: DocumentVersion, addressed: Addressed) -> Contact:
    contact = session.get(Contact, addressed.contact_id)
    if contact is None or contact.archived_at is not None:
        raise ConflictError(
            f"{addressed.name} is no contact of the client any more",
            where=version.document.number,
            todo="draft it again for another contact",
        )
    return contact


def still_wanted(session: Session, mail: OutboxMail) -> bool:
    """Whether an invitation may still go out: its version waits for the client's answer.

    Asked right before it is sent; a version superseded or answered since makes it wrong.

    Args:
        session: For looking only.
        mail: A mail that `queue_invitation` made.
    """
    sent = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(DocumentVersion.state == VersionState.SENT)
    )
    number = mail.matter.removeprefix("document/")
    waiting = session.scalars(sent.where(Document.number == number))
    return any(mail.dedup_key.startswith(mail_key(version, "invitation/")) for version in waiting)
