"""Invites the client to answer: a link of their own and the mail that carries it, together."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.letters import (
    attach,
    facts,
    greeting,
    local_moment,
    mail_key,
    mail_language,
    matter,
    read_snapshot,
    responsible_manager,
)
from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.documents import acceptance
from acctflows.documents.versions import lock_version
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender

TEMPLATE = "contract_invitation"


def queue_invitation(
    session: Session,
    version: DocumentVersion,
    *,
    agency: AgencyProfile,
    templates: Path,
    portal_url: str,
    now: datetime,
    attach_pdf: bytes | None,
) -> OutboxMail:
    """The invitation to the signer: found, or link and mail made in one, once per version.

    The version counts as sent from here on.

    Args:
        session: Open transaction; link, mail and state are kept together or not at all.
        version: An approved version of a contract.
        agency: Whom the mail is from.
        templates: The installation's templates folder.
        portal_url: Address of the portal, without a trailing slash.
        now: The present moment; the link's days begin here.
        attach_pdf: The PDF; attached when it is not too large. The link always goes along.

    Raises:
        ConflictError: When the version is not approved, or its signer left.
    """
    lock_version(session, version)
    contact = _signer(session, version)
    key = mail_key(version, f"invitation/{contact.id}")
    existing = session.scalar(sa.select(OutboxMail).where(OutboxMail.dedup_key == key))
    if existing is not None:
        return existing
    snapshot, manager = read_snapshot(version), responsible_manager(version)
    link, token = acceptance.invite(
        session, version, contact, now=now, valid_days=snapshot.terms.answer_days
    )
    language = mail_language(contact.language, snapshot.language)
    sender = agency_sender(
        agency,
        language=language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    attachments = attach(version, attach_pdf)
    context = facts(version, language) | {
        "sender": sender,
        "greeting": greeting(contact, language),
        "deadline": local_moment(link.expires_at, agency, language),
        "link": f"{portal_url}/d/{token}",
        "attached": bool(attachments),
    }
    return outbox.enqueue(
        session,
        key=key,
        template=TEMPLATE,
        matter=matter(version),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(TEMPLATE, language=language, context=context, templates=templates),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
        expires_at=link.expires_at,
    )


def _signer(session: Session, version: DocumentVersion) -> Contact:
    signer = read_snapshot(version).signer
    contact = session.get(Contact, signer.id)
    if contact is None or contact.archived_at is not None:
        raise ConflictError(
            f"{signer.name} is no contact of the client any more",
            where=version.document.number,
            todo="draft the contract again with another signer",
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
