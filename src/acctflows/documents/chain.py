"""The rules of the audit chain: how an entry is hashed, and what is wrong with a stored one."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from acctflows.documents.canonical import canonical_sha256
from acctflows.errors import InputError

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class FaultKind(StrEnum):
    """How a trail differs from what was written."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT_OFF = "cut_off"
    HEAD_ALTERED = "head_altered"
    REWRITTEN = "rewritten"


@dataclass(frozen=True)
class AuditFault:
    """The first entry that is not as it was written, and why we say so."""

    seq: int
    kind: FaultKind
    detail: str


@dataclass(frozen=True)
class Anchor:
    """An entry's number and hash: everything up to it is fixed by these two."""

    seq: int
    hash: str


BEGINNING = Anchor(0, GENESIS)
"""Where every chain begins, before its first entry."""


@dataclass(frozen=True)
class StoredEntry:
    """An entry as the database holds it, moment and data unparsed: a forged one may hold anything.

    The fields are those of ``AuditEntry``, in its order.
    """

    seq: int
    subject: Any
    event: Any
    actor: Any
    at: Any
    data: Any
    previous_hash: Any
    hash: Any

    def holds_at(self, seq: int) -> bool:
        """Whether the entry's hash is right if its number is ``seq``."""
        try:
            at = datetime.fromisoformat(self.at)
            computed = entry_hash(
                at=at if at.tzinfo else at.replace(tzinfo=UTC),  # SQLite stores UTC without saying
                data=json.loads(self.data),
                seq=seq,
                subject=self.subject,
                event=self.event,
                actor=self.actor,
                previous_hash=self.previous_hash,
            )
        except (ValueError, TypeError, OverflowError, RecursionError, InputError):
            return False  # it cannot even be read
        return bool(computed == self.hash)


def entry_hash(*, at: datetime, **said: Any) -> str:
    """SHA-256 of the canonical JSON of everything an entry says, in hexadecimal.

    Args:
        at: When; hashed in UTC, to the microsecond.
        **said: ``seq``, ``subject``, ``event``, ``actor``, ``data`` and ``previous_hash``.

    Raises:
        InputError: When something of it has no canonical JSON.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return canonical_sha256({**said, "at": moment})


def entry_fault(entry: StoredEntry, last: Anchor, *, count: int) -> AuditFault | None:
    """What is wrong with the entry that stands next after ``last``, None when nothing is.

    Args:
        entry: As it is stored.
        last: The intact entry before it.
        count: How many entries there are; looked through for the place of one out of order.
    """
    expected = last.seq + 1
    if not entry.holds_at(entry.seq):
        home = next((seq for seq in range(1, count + 1) if entry.holds_at(seq)), None)
        if home is None:
            return AuditFault(entry.seq, FaultKind.CHANGED, f"entry {entry.seq} was changed")
        detail = f"entry {home} stands where entry {expected} belongs"
        return AuditFault(expected, FaultKind.REORDERED, detail)
    if entry.seq < expected:
        detail = f"an entry numbered {entry.seq} stands before the first"
        return AuditFault(entry.seq, FaultKind.REORDERED, detail)
    if entry.seq > expected:
        return AuditFault(expected, FaultKind.MISSING, _missing(expected, entry.seq - 1))
    if entry.previous_hash != last.hash:
        # The entry itself is whole, so it tells the truth about the hash before it.
        forged = max(last.seq, 1)
        detail = f"entry {forged} was changed and its hash made to fit"
        return AuditFault(forged, FaultKind.CHANGED, detail)
    return None


def head_fault(head: Anchor | None, last: Anchor) -> AuditFault | None:
    """What is wrong with the chain's head, given its last stored entry."""
    if head == last:
        return None
    if head is None:
        return AuditFault(last.seq, FaultKind.HEAD_ALTERED, "the head of the trail is gone")
    if head.seq > last.seq:
        detail = f"{_missing(last.seq + 1, head.seq)} at the end"
        return AuditFault(last.seq + 1, FaultKind.CUT_OFF, detail)
    says = f"ends with entry {head.seq}" if head.seq < last.seq else "ends with another hash"
    detail = f"the head was altered: it says that the trail, of {last.seq} entries, {says}"
    return AuditFault(head.seq, FaultKind.HEAD_ALTERED, detail)


def anchor_fault(anchor: Anchor | None, entry: Anchor) -> AuditFault | None:
    """What is wrong with an entry, given what was noted of it earlier."""
    if anchor is None or entry.seq != anchor.seq or entry.hash == anchor.hash:
        return None
    return AuditFault(
        entry.seq,
        FaultKind.REWRITTEN,
        f"the trail was rewritten: entry {entry.seq} has another hash than was noted",
    )


def shortened_fault(anchor: Anchor | None, last: Anchor) -> AuditFault | None:
    """What is wrong with the end of the chain, given how long it was noted to be earlier."""
    if anchor is None or anchor.seq <= last.seq:
        return None
    return AuditFault(
        last.seq + 1,
        FaultKind.REWRITTEN,
        f"the trail was rewritten: it once reached entry {anchor.seq}, and ends with {last.seq}",
    )


def _missing(first: int, last: int) -> str:
    return (
        f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    )
