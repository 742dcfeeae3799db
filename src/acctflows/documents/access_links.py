"""A client's link to a version of a document: given out, found again, and ended."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import AccessLink, DocumentVersion, VersionState
from acctflows.documents.versions import lock_version, name, record_event, require_state
from acctflows.errors import ConflictError, NotFoundError

TOKEN_BYTES = 24
"""192 random bits, 32 characters in a link."""


def invite(
    session: Session,
    version: DocumentVersion,
    contact: Contact,
    *,
    now: datetime,
    valid_days: int,
    asks_code: bool = False,
    by: str = "acctflows",
) -> tuple[AccessLink, str]:
    """A new link for the contact; the version counts as sent from here on.

    Call it in the transaction that queues the mail: the token is in no database, so a link whose
    mail is lost is lost too. Earlier links stay as they are.

    Returns:
        The link, and its token for the address in the mail.

    Raises:
        ConflictError: When the version is not approved, or the contact is another client's.
    """
    lock_version(session, version)
    require_state(version, VersionState.APPROVED, VersionState.SENT, todo="have it approved first")
    if contact.client_id != version.document.client_id:
        raise ConflictError(
            f"{contact.full_name} is no contact of this client", where=name(version)
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = AccessLink(
        token_sha256=token_hash(token),
        version=version,
        contact=contact,
        created_at=now,
        expires_at=now + timedelta(days=valid_days),
        asks_code=asks_code,
    )
    version.state = VersionState.SENT
    session.add(link)
    session.flush()
    record_event(
        session,
        version,
        "invitation.issued",
        actor=by,
        now=now,
        recipient=contact.email,
        expires_at=link.expires_at.isoformat(),
    )
    return link, token


def find_link(session: Session, token: str, *, now: datetime) -> AccessLink:
    """The link of that token.

    Raises:
        NotFoundError: When it is unknown, expired, revoked or superseded, always in the same words.
    """
    query = select(AccessLink).where(AccessLink.token_sha256 == token_hash(token))
    link = session.scalars(query).one_or_none()
    if link is None or not opens(link, now) or _is_replaced(session, link.version):
        raise no_such_link()
    return link


def find_ended_link(session: Session, token: str) -> AccessLink | None:
    """The link of that token to a version that was withdrawn, or whose successor was sent.

    Whoever holds it was invited once and is told so; they learn nothing else of it.
    """
    query = select(AccessLink).where(AccessLink.token_sha256 == token_hash(token))
    link = session.scalars(query).one_or_none()
    if link is None:
        return None
    ended = link.version.state in (VersionState.SUPERSEDED, VersionState.WITHDRAWN)
    return link if ended or _is_replaced(session, link.version) else None


def _is_replaced(session: Session, version: DocumentVersion) -> bool:
    """Whether the client was invited to a later version, after refusing or changing this one."""
    later = select(AccessLink.id).join(AccessLink.version)
    later = later.where(
        DocumentVersion.document_id == version.document_id,
        DocumentVersion.version > version.version,
    )
    return session.scalars(later.limit(1)).first() is not None


def find_expired_link(session: Session, token: str, *, now: datetime) -> AccessLink | None:
    """The link of that token whose time is over; None for one that was taken back or never was.

    Whoever holds it was invited, and is told until when it worked and whom to ask.
    """
    query = select(AccessLink).where(AccessLink.token_sha256 == token_hash(token))
    link = session.scalars(query).one_or_none()
    over = link is not None and link.revoked_at is None and link.expires_at <= now
    return link if over else None


def links_to(session: Session, version: DocumentVersion) -> list[AccessLink]:
    """All links to the version, whether they work or not, oldest first."""
    query = select(AccessLink).where(AccessLink.version_id == version.id)
    return list(session.scalars(query.order_by(AccessLink.id)))


def open_until(session: Session, version: DocumentVersion, *, now: datetime) -> datetime | None:
    """Until when the client can still answer; None when no link works (any more)."""
    query = select(func.max(AccessLink.expires_at)).where(
        AccessLink.version_id == version.id,
        AccessLink.revoked_at.is_(None),
        AccessLink.expires_at > now,
    )
    return session.scalar(query)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def opens(link: AccessLink, now: datetime) -> bool:
    """Whether the link still leads to something that may be answered."""
    ended = link.version.state in (VersionState.SUPERSEDED, VersionState.WITHDRAWN)
    return link.revoked_at is None and now < link.expires_at and not ended


def no_such_link() -> NotFoundError:
    """What is raised for every link that does not work."""
    # One text for every reason: who tries links must not learn which ones once existed.
    return NotFoundError(
        "this link does not work (any more)", todo="ask your contact at the agency for a new one"
    )
