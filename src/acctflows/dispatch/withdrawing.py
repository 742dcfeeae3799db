"""Takes an offer back and tells the client who has seen it."""

from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.dispatch import manager_tasks
from acctflows.dispatch.jobs import DocumentJob
from acctflows.dispatch.letters import (
    Office,
    facts,
    greeting,
    mail_key,
    mail_language,
    matter,
    responsible_manager,
)
from acctflows.documents import access_links
from acctflows.documents import withdrawing as documents
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender


def withdraw(
    session: Session,
    version: DocumentVersion,
    *,
    job: DocumentJob,
    office: Office,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    """Withdraw a version, with a mail to everybody who was invited to it.

    The reason stays in the house: what to tell the client is the manager's to write.

    Raises:
        InputError: When the reason is missing or too long.
        ConflictError: When it was accepted, or waits for nothing any more.
    """
    if not documents.withdraw(session, version, by=by, reason=reason, now=now):
        return
    manager_tasks.settle_silence(session, version, by=by, outcome=reason, now=now)
    manager = responsible_manager(version)
    for contact in {link.contact for link in access_links.links_to(session, version)}:
        language = mail_language(contact.language, version.document.language)
        sender = agency_sender(
            office.agency,
            language=language,
            name=manager.full_name,
            phone=manager.phone,
            email=manager.email,
        )
        context = facts(job, version, language) | {
            "sender": sender,
            "greeting": greeting(contact, language),
            "kind": job.kind.title(language),
        }
        template = "document_withdrawn"
        outbox.enqueue(
            session,
            key=mail_key(version, f"withdrawn/{contact.id}"),
            template=template,
            matter=matter(version),
            sender=sender,
            recipient=(contact.full_name, contact.email),
            message=compose(
                template, language=language, context=context, templates=office.templates
            ),
            now=now,
            reply_to=(manager.full_name, manager.email),
        )
