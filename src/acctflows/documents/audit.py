"""The audit trail: what happened to each document, by whom and when; append-only, hash-chained."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AuditEntry, AuditHead
from acctflows.documents.chain import (
    BEGINNING,
    Anchor,
    AuditFault,
    StoredEntry,
    anchor_fault,
    entry_fault,
    entry_hash,
    head_fault,
    shortened_fault,
)
from acctflows.errors import ConfigurationError

PAGE = 1000
"""Entries the verifier reads at a time."""

BEFORE_ALL = -(2**63)
"""Less than any number an entry may have been given behind our back."""


def record(
    session: Session, *, subject: str, event: str, actor: str, now: datetime, data: dict[str, Any]
) -> AuditEntry:
    """Append an entry in the caller's transaction.

    The end of the chain stays locked until the transaction ends: lock everything else before.

    Args:
        session: The transaction in which the thing itself happens.
        subject: What it happened to, such as ``document/V-2026-0001``.
        event: What happened, such as ``approval.asked``.
        actor: Who did it, readable in ten years' time.
        now: When.
        data: The facts: JSON without floats.

    Raises:
        InputError: When the data has no canonical JSON.
        ConfigurationError: When the chain's head is missing from the database.
    """
    head = _locked_head(session)
    said: dict[str, Any] = {
        "seq": head.seq + 1,
        "subject": subject,
        "event": event,
        "actor": actor,
        "at": now,
        "data": data,
        "previous_hash": head.hash,
    }
    entry = AuditEntry(**said, hash=entry_hash(**said))
    session.add(entry)
    session.flush()  # the database lets the head move only to an entry that is there
    session.execute(update(AuditHead).values(seq=entry.seq, hash=entry.hash))
    return entry


def trail(session: Session, subject: str) -> list[AuditEntry]:
    """All that happened to the subject, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
    return list(session.scalars(query))


@dataclass(frozen=True)
class AuditReport:
    """What `verify` found.

    Args:
        intact: The last entry up to which all is well; worth noting outside of the database.
        fault: The first fault, None when the whole trail is intact.
    """

    intact: Anchor
    fault: AuditFault | None


def verify(session: Session, *, anchor: Anchor | None = None, page: int = PAGE) -> AuditReport:
    """Recompute the whole chain, a page at a time, and name the first entry that is not right.

    Args:
        session: For reading; what others append meanwhile is checked too.
        anchor: What an earlier report called intact. Only this unmasks a chain that somebody with
            all rights rewrote from some entry to the end, head included.
        page: How many entries are held in memory at a time.
    """
    last = BEGINNING
    count = session.scalars(select(func.count()).select_from(AuditEntry)).one()
    while True:
        for entry in _stored(session, after=last.seq or BEFORE_ALL, page=page):
            here = Anchor(entry.seq, entry.hash)
            fault = entry_fault(entry, last, count=count) or anchor_fault(anchor, here)
            if fault is not None:
                return AuditReport(last, fault)
            last = here
        head = _read_head(session)
        if head is None or head.seq <= last.seq or not _goes_on(session, last.seq):
            return AuditReport(last, head_fault(head, last) or shortened_fault(anchor, last))


def _locked_head(session: Session) -> AuditHead:
    query = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(query).one_or_none()
    if head is None:
        raise ConfigurationError(
            "the audit trail has lost its head", todo="run `acctflows document verify`"
        )
    return head


def _stored(session: Session, *, after: int, page: int) -> Iterator[StoredEntry]:
    """All entries after that one, in order, as raw as the database gives them."""
    entry = AuditEntry
    columns = (entry.seq, entry.subject, entry.event, entry.actor, cast(entry.at, Text))
    rest = (cast(entry.data, Text), entry.previous_hash, entry.hash)
    query = select(*columns, *rest).order_by(entry.seq)
    while True:
        try:
            rows = session.execute(query.where(entry.seq > after).limit(page)).all()
        except DBAPIError:  # SQLite keeps bytes that are no text, and then cannot read them
            if page == 1:
                yield StoredEntry(after + 1, *[None] * 7)
                return
            page = 1  # to find the one
            continue
        if not rows:
            return
        yield from (StoredEntry(*row) for row in rows)
        after = rows[-1][0]


def _read_head(session: Session) -> Anchor | None:
    row = session.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    return None if row is None else Anchor(*row)


def _goes_on(session: Session, seq: int) -> bool:
    query = select(AuditEntry.seq).where(AuditEntry.seq > seq).limit(1)
    return session.scalars(query).first() is not None
