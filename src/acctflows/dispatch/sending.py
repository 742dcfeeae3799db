"""Invites the client to answer: a link of their own and the mail that carries it, together."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch import manager_tasks
from acctflows.dispatch.jobs import Addressed, DocumentJob
from acctflows.dispatch.letters import (
    Office,
    attach,
    local_moment,
    mail_key,
    mail_language,
    write_to_client,
)
from acctflows.dispatch.signing_policy import load_signing_policy
from acctflows.documents import access_links
from acctflows.documents.invitations import invitations
from acctflows.documents.objections import clause_name
from acctflows.documents.register import end_links
from acctflows.documents.versions import lock_version, record_event, require_state, shown_before
from acctflows.errors import ConflictError


def queue_invitation(
    session: Session,
    version: DocumentVersion,
    *,
    job: DocumentJob,
    office: Office,
    now: datetime,
    attach_pdf: bytes | None,
) -> OutboxMail:
    """The invitation to whose turn it is: found, or link and mail made in one, once per signer.

    The version counts as sent from here on. Found is the newest, whatever became of it: only a
    person invites again.

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
    existing = latest_invitation(session, version)
    addressed = job.next_signer(version)
    if existing is not None and (addressed is None or _is_asked(session, version)):
        return existing
    if addressed is None:
        raise ConflictError("all have signed", where=version.document.number)
    contact = _contact(session, version, addressed)
    return _invite(
        session,
        version,
        contact,
        key=mail_key(version, f"invitation/{contact.id}"),
        job=job,
        office=office,
        by="acctflows",
        now=now,
        attach_pdf=attach_pdf,
    )


def invite_again(
    session: Session,
    version: DocumentVersion,
    contact: Contact,
    *,
    times: int,
    job: DocumentJob,
    office: Office,
    by: str,
    now: datetime,
    attach_pdf: bytes | None,
) -> OutboxMail:
    """A new invitation, because a person says that the one before was lost, late or misdirected.

    The new link takes the place of those before it, which work no more: they may be in the wrong
    hands. It is open for as many days as the first. The task about the silence so far is settled.

    Args:
        session: Open transaction; link, mail and states are kept together or not at all.
        version: At the client's, whether its link still works or not.
        contact: Of the client, at the address they have now.
        times: How often the client was invited, as the asking person saw it: asked twice for the
            same, the second finds the mail of the first.
        job: Of its kind.
        office: Who writes.
        by: Who asks for it.
        now: The present moment; the new link's days begin here.
        attach_pdf: The PDF; attached when it is not too large.

    Raises:
        ConflictError: When it does not wait for the client's answer, the client was invited again
            meanwhile, or the contact left or is another client's.
    """
    lock_version(session, version)
    key = mail_key(version, f"invitation/{contact.id}/{times + 1}")
    existing = session.scalar(sa.select(OutboxMail).where(OutboxMail.dedup_key == key))
    if existing is not None:
        return existing
    todo = "look at the document again"
    require_state(version, VersionState.SENT, todo=todo)
    number = version.document.number
    if times != len(invitations(session, version)):
        raise ConflictError("the client was invited again meanwhile", where=number, todo=todo)
    if contact.archived_at is not None or contact.client_id != version.document.client_id:
        words = f"{contact.full_name} is no contact of the client (any more)"
        raise ConflictError(words, where=number, todo="choose another")
    end_links(session, version, now=now)
    record_event(session, version, "invitation.replaced", actor=by, now=now)
    outcome = f"invited again: {contact.full_name} <{contact.email}>"
    manager_tasks.settle_silence(session, version, by=by, outcome=outcome, now=now)
    return _invite(
        session,
        version,
        contact,
        key=key,
        job=job,
        office=office,
        by=by,
        now=now,
        attach_pdf=attach_pdf,
    )


def latest_invitation(session: Session, version: DocumentVersion) -> OutboxMail | None:
    """The mail with the newest link to the version; None when the client was not invited."""
    prefix = mail_key(version, "invitation/")
    query = sa.select(OutboxMail).where(OutboxMail.dedup_key.startswith(prefix, autoescape=True))
    return session.scalars(query.order_by(OutboxMail.id.desc()).limit(1)).one_or_none()


def to_ask_next(session: Session, kinds: Collection[str]) -> list[int]:
    """Ids of versions a signer has signed and whose next one was not asked yet, oldest first."""
    query = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(
            Document.kind.in_(kinds),
            DocumentVersion.state == VersionState.SENT,
            DocumentVersion.consents.any(),
        )
    )
    partly_signed = session.scalars(query.order_by(DocumentVersion.id))
    return [version.id for version in partly_signed if not _is_asked(session, version)]


def _is_asked(session: Session, version: DocumentVersion) -> bool:
    """Whether whose turn it is was invited, be it long ago: the newest nobody has signed by."""
    newest = invitations(session, version)[-1:]
    return any(not each.is_signed(version) for each in newest)


def _invite(
    session: Session,
    version: DocumentVersion,
    contact: Contact,
    *,
    key: str,
    job: DocumentJob,
    office: Office,
    by: str,
    now: datetime,
    attach_pdf: bytes | None,
) -> OutboxMail:
    addressed = job.addressed(version)
    policy = load_signing_policy(office.templates).documents[job.kind.name]
    link, token = access_links.invite(
        session,
        version,
        contact,
        now=now,
        valid_days=addressed.answer_days,
        asks_code=policy.asks_code(job.amount(version)),
        by=by,
    )
    language = mail_language(contact.language, addressed.language)
    attachments = attach(version, attach_pdf)
    context = {
        "deadline": local_moment(link.expires_at, office.agency, language),
        "link": f"{office.portal_url}/d/{token}",
        "attached": bool(attachments),
        "answers": _answers(session, version),
    }
    return write_to_client(
        session,
        version,
        contact,
        template=job.invitation,
        key=key,
        language=language,
        context=context,
        job=job,
        office=office,
        now=now,
        attachments=attachments,
        expires_at=link.expires_at,
    )


def _answers(session: Session, version: DocumentVersion) -> list[dict[str, str]]:
    """What the agency answered to the objections to the version before."""
    before = shown_before(session, version)
    objections = before.decision.objections if before and before.decision else []
    return [
        {"clause": clause_name(each), "reply": each.reply or "", "text": each.reply_text}
        for each in objections
    ]


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

    Asked right before it is sent; a version superseded or answered since makes it wrong, and so
    does a newer invitation, which has ended its link.

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
    latest = (latest_invitation(session, version) for version in waiting)
    return mail.id in [invitation.id for invitation in latest if invitation]
