"""What every step about a version shares: its lock, its name, its line in the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.documents import audit
from acctflows.errors import ConflictError

UNDECIDED = (
    VersionState.DRAFT,
    VersionState.IN_APPROVAL,
    VersionState.APPROVED,
    VersionState.SENT,
)
"""States in which a version waits for something; a newer version then takes its place."""


def subject(document: Document) -> str:
    """What the audit trail and the mails call a document: ``document/V-2026-0001``."""
    return f"document/{document.number}"


def name(version: DocumentVersion) -> str:
    """What people call a version: ``V-2026-0001 v2``."""
    return f"{version.document.number} v{version.version}"


def shown_before(session: Session, version: DocumentVersion) -> DocumentVersion | None:
    """The version the client saw before this one, with which they will compare it."""
    query = (
        select(DocumentVersion)
        .where(
            DocumentVersion.document_id == version.document_id,
            DocumentVersion.version < version.version,
            exists().where(AccessLink.version_id == DocumentVersion.id),
        )
        .order_by(DocumentVersion.version.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def lock_document(session: Session, document: Document) -> None:
    """Wait until no other transaction changes the document, then see it as it is now.

    Every step that changes a document or its versions begins with this lock and comes to the
    audit trail last, so that no two steps can wait for each other.
    """
    session.refresh(document, with_for_update={"key_share": True})
    session.expire(document, ["versions"])


def lock_version(session: Session, version: DocumentVersion) -> None:
    """Lock the version's document (see `lock_document`) and see the version as it is now."""
    lock_document(session, version.document)
    session.refresh(version)
    session.expire(version, ["approval", "decision", "consents", "sealed"])


def require_state(version: DocumentVersion, *states: VersionState, todo: str) -> None:
    """Go on only when the version is in one of these states.

    Raises:
        ConflictError: Otherwise; ``todo`` says what the person can do instead.
    """
    if version.state not in states:
        raise ConflictError(
            f"the version is in state “{version.state}”", where=name(version), todo=todo
        )


def record_event(
    session: Session,
    version: DocumentVersion,
    event: str,
    *,
    actor: str,
    now: datetime,
    **facts: Any,
) -> None:
    """Enter in the audit trail what happened to a version."""
    audit.record(
        session,
        subject=subject(version.document),
        event=event,
        actor=actor,
        now=now,
        data={"version": version.version, **facts},
    )
