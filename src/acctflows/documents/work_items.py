"""What a person must settle: a decline to answer, a rework to do. The desk lists it."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import Document, DocumentVersion
from acctflows.db.once import find_or_add
from acctflows.documents.text import clean_text
from acctflows.documents.versions import record_event
from acctflows.errors import ConflictError, InputError, NotFoundError


def open_item(
    session: Session,
    *,
    key: str,
    kind: str,
    detail: str,
    version: DocumentVersion | None,
    owner_id: int | None,
    due_on: date | None,
    now: datetime,
    project: Project | None = None,
) -> WorkItem:
    """The item of that business key: found as it is, or opened.

    Args:
        session: The transaction.
        key: Makes the item once, such as ``declined/V-2026-0001/v1``.
        kind: What is to be done, such as ``declined``; the desk has words for it.
        detail: The words a person wrote.
        version: What it is about, if it is about a document.
        owner_id: The specialist who should settle it; None: anybody.
        due_on: By when, in the agency's calendar.
        now: When it came up.
        project: What it is about, if it is about a project and no single document.
    """

    def make() -> WorkItem:
        return WorkItem(
            key=key,
            kind=kind,
            detail=clean_text(detail),
            version=version,
            project=project,
            owner_id=owner_id,
            due_on=due_on,
            created_at=now,
        )

    item, _new = find_or_add(session, select(WorkItem).where(WorkItem.key == key), make)
    return item


def settle_item(
    session: Session, item_id: int, *, by: str, outcome: str, now: datetime
) -> WorkItem:
    """Close the item with what came of it; the same outcome again changes nothing.

    Raises:
        InputError: When nothing is said of what came of it.
        NotFoundError: When there is no such item.
        ConflictError: When it was settled with another outcome.
    """
    outcome = clean_text(outcome).strip()
    if not outcome:
        raise InputError("a matter is settled with a word on what came of it", where="outcome")
    query = select(WorkItem).where(WorkItem.id == item_id).with_for_update()
    item = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if item is None:
        raise NotFoundError(f"there is no item {item_id}", todo="look at the desk again")
    if item.settled_at is not None:
        if item.outcome != outcome:
            raise ConflictError(
                f"{item.settled_by} settled it already: {item.outcome}", where=item.key
            )
        return item
    item.settled_at, item.settled_by, item.outcome = now, by, outcome
    session.flush()
    if item.version is not None:
        facts = {"item": item.key, "outcome": outcome}
        record_event(session, item.version, "item.settled", actor=by, now=now, **facts)
    return item


def open_items(session: Session, *, owner_id: int | None = None) -> list[WorkItem]:
    """What is to be settled, by this owner or by anybody, most urgent first.

    Items without a day come last, then the oldest first.
    """
    query = select(WorkItem).where(WorkItem.settled_at.is_(None))
    if owner_id is not None:
        query = query.where(WorkItem.owner_id == owner_id)
    query = query.order_by(WorkItem.due_on.is_(None), WorkItem.due_on, WorkItem.id)
    return list(session.scalars(query))


def open_items_of(session: Session, client_id: int, *kinds: str) -> list[WorkItem]:
    """What is to be settled with a client, of these kinds, oldest first."""
    version = select(DocumentVersion.id).join(DocumentVersion.document)
    query = select(WorkItem).where(
        WorkItem.settled_at.is_(None),
        WorkItem.kind.in_(kinds),
        WorkItem.version_id.in_(version.where(Document.client_id == client_id))
        | WorkItem.project_id.in_(select(Project.id).where(Project.client_id == client_id)),
    )
    return list(session.scalars(query.order_by(WorkItem.id)))
