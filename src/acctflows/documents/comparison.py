"""Placeholder until merged."""

from dataclasses import dataclass
from datetime import datetime

from acctflows.documents.clauses import read_clauses


@dataclass(frozen=True)
class ChangedBlock:
    """A changed clause."""

    number: str
    heading: str
    kind: str
    pieces: tuple[tuple[str, str], ...]


def compare_word(old: bytes, new: bytes, *, author: str, at: datetime) -> bytes:
    """Tracked."""
    del old, author, at
    return new


def compare_blocks(old: bytes, new: bytes) -> tuple[ChangedBlock, ...]:
    """Changed."""
    before = {c.text for c in read_clauses(old)}
    return tuple(
        ChangedBlock(c.number, c.heading, "changed", (("added", c.text),))
        for c in read_clauses(new)
        if c.text not in before
    )


def word_changes(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Words."""
    return (("removed", old), ("added", new))
