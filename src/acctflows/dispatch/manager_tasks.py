"""What a document leaves to its manager: a rework to do, a silence to judge. Each once."""

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.documents import access_links, work_items
from acctflows.documents.invitations import invitations
from acctflows.documents.versions import lock_version

REWORK, NO_ANSWER = "rework", "no_answer"
OBJECTIONS = "objections"
"""The task about a version the client objected to."""


def to_rework(session: Session, kinds: Collection[str]) -> list[int]:
    """Ids of the newest versions that were sent back and are nobody's task yet, oldest first."""
    newer = aliased(DocumentVersion)
    replaced = sa.exists().where(
        newer.document_id == DocumentVersion.document_id, newer.version > DocumentVersion.version
    )
    query = _in_state(VersionState.REWORK, kinds).where(~replaced, ~_tasks(REWORK).exists())
    return list(session.scalars(query))


def unanswered(session: Session, kinds: Collection[str], *, now: datetime) -> list[int]:
    """Ids of versions whose last link has expired and that are nobody's task since, oldest first.

    Args:
        session: For reading.
        kinds: Of documents, those a client answers.
        now: The present moment.
    """
    links = sa.select(AccessLink.id).where(AccessLink.version_id == DocumentVersion.id)
    still_open = links.where(AccessLink.revoked_at.is_(None), AccessLink.expires_at > now)
    last = sa.select(sa.func.max(AccessLink.expires_at)).where(
        AccessLink.version_id == DocumentVersion.id
    )
    since = _tasks(NO_ANSWER).where(WorkItem.created_at >= last.scalar_subquery())
    query = _in_state(VersionState.SENT, kinds)
    return list(session.scalars(query.where(links.exists(), ~still_open.exists(), ~since.exists())))


def hand_back(
    session: Session, version: DocumentVersion, *, today: date, now: datetime
) -> WorkItem:
    """The approver's comment as a task of the project's manager, due at once."""
    comment = version.approval.comment if version.approval else ""
    key = f"rework/{_name(version)}"
    return _open(session, version, REWORK, key=key, detail=comment, today=today, now=now)


def note_silence(
    session: Session, version: DocumentVersion, *, today: date, now: datetime
) -> WorkItem | None:
    """A task of the project's manager, because the client's link has expired.

    None when that is no longer so: it was answered after all, or the client invited again. Each
    time it is asked for in vain makes a task of its own.
    """
    lock_version(session, version)
    if version.state is not VersionState.SENT or access_links.open_until(session, version, now=now):
        return None
    times = len(invitations(session, version))
    again = f"/{times}" if times > 1 else ""
    key = f"no-answer/{_name(version)}{again}"
    return _open(session, version, NO_ANSWER, key=key, detail="", today=today, now=now)


def settle_silence(
    session: Session, version: DocumentVersion, *, by: str, outcome: str, now: datetime
) -> None:
    """Close the tasks about a silence that is judged, or asked about again."""
    kind = f"{version.document.kind}_{NO_ANSWER}"
    _settle(session, version, kind, by=by, outcome=outcome, now=now)


def settle_objections(
    session: Session, version: DocumentVersion, *, by: str, now: datetime
) -> None:
    """Close the task about objections, because each is answered."""
    _settle(session, version, OBJECTIONS, by=by, outcome="answered", now=now)


def _settle(
    session: Session, version: DocumentVersion, kind: str, *, by: str, outcome: str, now: datetime
) -> None:
    open_tasks = sa.select(WorkItem.id).where(
        WorkItem.version_id == version.id, WorkItem.kind == kind, WorkItem.settled_at.is_(None)
    )
    for item_id in session.scalars(open_tasks).all():
        work_items.settle_item(session, item_id, by=by, outcome=outcome, now=now)


def _in_state(state: VersionState, kinds: Collection[str]) -> sa.Select[tuple[int]]:
    return (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .where(Document.kind.in_(kinds), DocumentVersion.state == state)
        .order_by(DocumentVersion.id)
    )


def _tasks(what: str) -> sa.Select[tuple[int]]:
    return sa.select(WorkItem.id).where(
        WorkItem.version_id == DocumentVersion.id, WorkItem.kind == Document.kind + f"_{what}"
    )


def _name(version: DocumentVersion) -> str:
    return f"{version.document.number}/v{version.version}"


def _open(
    session: Session,
    version: DocumentVersion,
    what: str,
    *,
    key: str,
    detail: str,
    today: date,
    now: datetime,
) -> WorkItem:
    document, project = version.document, version.document.project
    return work_items.open_item(
        session,
        key=key,
        kind=f"{document.kind}_{what}",
        detail=detail,
        version=version,
        owner_id=project.manager_id if project else None,
        due_on=today,
        now=now,
    )
