"""Takes an offer back and tells the client who has seen it."""

from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.dispatch import manager_tasks
from acctflows.dispatch.jobs import DocumentJob
from acctflows.dispatch.letters import (
    Office,
    mail_key,
    mail_language,
    write_to_client,
)
from acctflows.documents import access_links
from acctflows.documents import withdrawing as documents

MAIL = "document_withdrawn"


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
    for contact in {link.contact for link in access_links.links_to(session, version)}:
        language = mail_language(contact.language, version.document.language)
        write_to_client(
            session,
            version,
            contact,
            template=MAIL,
            key=mail_key(version, f"withdrawn/{contact.id}"),
            language=language,
            context={"kind": job.kind.title(language)},
            job=job,
            office=office,
            now=now,
        )
