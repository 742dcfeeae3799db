"""What differs between two versions of a document, as Word with tracked changes and for a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from acctflows.documents.tags import W, part_name
from acctflows.documents.wordml.alignment import Line, Piece, align, diff_words
from acctflows.documents.wordml.blocks import Block, read_blocks
from acctflows.documents.wordml.changes import mark_changes
from acctflows.documents.wordml.file import WordFile
from acctflows.documents.wordml.text import CELL_BETWEEN, paragraph_text, plain
from acctflows.documents.wordml.tracked import Tracker

__all__ = ["ChangedBlock", "Piece", "changed_parts", "compare_blocks", "compare_word"]

_VERSION = re.compile(r"\b(Version|Fassung|Revision|версия|редакция)(\s+)\d+", re.IGNORECASE)
_PARTS = ("header", "footer", "footnotes", "endnotes", "text boxes")
_LONGEST_HEAD = 12
"""Blocks at most among which the version's number is that of the document."""


@dataclass(frozen=True)
class ChangedBlock:
    """A clause or a row of a table that differs.

    Args:
        number: As a reader names it: ``§ 7 (2)``; the new one, or the old one where it is gone.
        heading: The heading above it, likewise; for a heading itself, its text.
        kind: What happened to it.
        pieces: Its text, each piece saying whether it stayed, was added or removed.
    """

    number: str
    heading: str
    kind: Literal["added", "removed", "changed"]
    pieces: tuple[Piece, ...]


def compare_word(old: bytes, new: bytes, *, author: str, at: datetime) -> bytes:
    """The new version with its differences to the old one as tracked changes.

    Accepting all gives the new version, rejecting all gives the old text. Paragraphs and cells are
    compared by whole words and numbers; what was moved is removed here and added there. Look,
    pictures, formulas, and whatever stands outside of the body's text are those of the new version;
    see ``changed_parts`` for the latter.

    Args:
        old: The earlier version, a ``.docx``.
        new: The later one.
        author: Whom Word names beside each change.
        at: When the comparison is made; aware.

    Returns:
        A ``.docx``; equal input gives equal bytes.

    Raises:
        InputError: One of them is no readable Word file.
    """
    before, after = WordFile(old), WordFile(new)
    mark_changes(before, after, Tracker(after, author=author, at=at))
    return after.packed()


def compare_blocks(old: bytes, new: bytes) -> tuple[ChangedBlock, ...]:
    """What differs between two versions, for a readable page.

    Clauses whose number alone changed are left out, and so is the version's number at the head of
    the document. Rows of tables are compared one by one.

    Args:
        old: The earlier version, a ``.docx``.
        new: The later one.

    Returns:
        In the order of the document; what is gone stands where it stood.

    Raises:
        InputError: One of them is no readable Word file.
    """
    before, after = read_blocks(WordFile(old)), read_blocks(WordFile(new))
    pairs = align([_block_line(each) for each in before], [_block_line(each) for each in after])
    head = _end_of_head(after)
    return tuple(
        change
        for i, j in pairs
        for change in _changes(None if i is None else before[i], None if j is None else after[j])
        if not (j is not None and j < head and _is_version(change))
    )


def changed_parts(old: bytes, new: bytes) -> tuple[str, ...]:
    """Where text differs outside of the body's own, which ``compare_word`` does not mark.

    Returns:
        Of ``header``, ``footer``, ``footnotes``, ``endnotes`` and ``text boxes`` those that differ
        in more than the version's number; in this order.

    Raises:
        InputError: One of them is no readable Word file.
    """
    before, after = _texts_elsewhere(old), _texts_elsewhere(new)
    return tuple(part for part in _PARTS if before.get(part) != after.get(part))


def _block_line(block: Block) -> Line:
    if block.kind == "table":
        return Line("table", block.text, "table")
    return Line(block.kind, plain(block.text), block.number)


def _changes(old: Block | None, new: Block | None) -> Iterator[ChangedBlock]:
    shown = new or old
    if shown is None:
        return
    if old is not None and new is not None and new.kind == "table":
        lines = (
            [Line("row", text, text.partition(CELL_BETWEEN)[0]) for text in each.text.split("\n")]
            for each in (old, new)
        )
        before, after = lines
        for i, j in align(before, after):
            yield from _change(
                shown,
                before[i].text if i is not None else "",
                after[j].text if j is not None else "",
            )
    else:
        yield from _change(shown, _text(old), _text(new))


def _change(block: Block, old: str, new: str) -> Iterator[ChangedBlock]:
    """The block with the difference between two texts, if there is any."""
    if old == new:
        return
    kind: Literal["added", "removed", "changed"] = (
        "added" if not old else "removed" if not new else "changed"
    )
    yield ChangedBlock(block.number, block.heading, kind, diff_words(old, new))


def _text(block: Block | None) -> str:
    if block is None:
        return ""
    return block.text if block.kind == "table" else plain(block.text)


def _end_of_head(blocks: Sequence[Block]) -> int:
    """How many blocks stand before the first number, a dozen at most."""
    numbered = (position for position, block in enumerate(blocks) if block.number)
    return min(next(numbered, _LONGEST_HEAD), _LONGEST_HEAD)


def _is_version(change: ChangedBlock) -> bool:
    """Whether the version's number is all that differs."""
    old = "".join(text for kind, text in change.pieces if kind != "added")
    new = "".join(text for kind, text in change.pieces if kind != "removed")
    return _without_version(old) == _without_version(new)


def _without_version(text: str) -> str:
    return _VERSION.sub(r"\1", text)


def _texts_elsewhere(content: bytes) -> dict[str, list[str]]:
    """What stands beside the text of the body, by the kind of part."""
    texts: dict[str, list[str]] = {}
    for member, tree in WordFile(content).filled_parts():
        part = part_name(member)
        for paragraph in tree.iter(W + "p"):
            boxed = next(paragraph.iterancestors(W + "txbxContent"), None) is not None
            if text := plain(paragraph_text(paragraph)):
                texts.setdefault("text boxes" if boxed else part, []).append(_without_version(text))
    return texts
