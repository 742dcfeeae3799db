"""What differs between two versions of a document, as Word with tracked changes and for a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lxml import etree

from acctflows.documents.tags import W, part_name, read_parts
from acctflows.documents.wordml.accepted import accept_changes
from acctflows.documents.wordml.alignment import Line, Pair, Piece, align, diff_words
from acctflows.documents.wordml.blocks import Block, read_blocks
from acctflows.documents.wordml.file import WordFile, children
from acctflows.documents.wordml.text import CELL_BETWEEN, paragraph_text, plain
from acctflows.documents.wordml.tracked import Tracker

__all__ = ["ChangedBlock", "Piece", "changed_parts", "compare_blocks", "compare_word"]

_VERSION = re.compile(r"\b(Version|Fassung|Revision|версия|редакция)(\s+)\d+", re.IGNORECASE)
_PARAGRAPH_END, _CELL_END, _ROW_END = "\x1f", "\x1e", "\x1d"
"""Between texts of which one may itself hold line ends."""
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


@dataclass(frozen=True)
class _Located:
    """A line of the comparison and the paragraph, table or row it stands for."""

    line: Line
    element: etree._Element

    @property
    def is_paragraph(self) -> bool:
        return bool(self.element.tag == W + "p")


def compare_word(old: bytes, new: bytes, *, author: str, at: datetime) -> bytes:
    """The new version with its differences to the old one as tracked changes.

    Accepting all gives the new version, rejecting all gives the old text. Paragraphs and cells are
    compared by whole words and numbers; what was moved is removed here and added there. Look,
    pictures, formulas, and whatever stands outside of the body are those of the new version; see
    ``changed_parts`` for the latter.

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
    comparison = _Comparison(Tracker(after, author=author, at=at))
    comparison.compare(_body_lines(before), _body_lines(after), after.body)
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
    """Where text differs outside of the body, which ``compare_word`` does not mark.

    Returns:
        Of ``header``, ``footer``, ``footnotes`` and ``endnotes`` those that differ in more than the
        version's number; in this order.

    Raises:
        InputError: One of them is no readable Word file.
    """
    WordFile(old), WordFile(new)
    before, after = _texts_elsewhere(old), _texts_elsewhere(new)
    parts = ("header", "footer", "footnotes", "endnotes")
    return tuple(part for part in parts if before.get(part) != after.get(part))


class _Comparison:
    """Walks through both versions and has each difference marked in the new one."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def compare(
        self, old: Sequence[_Located], new: Sequence[_Located], holder: etree._Element
    ) -> None:
        """Compare the paragraphs and tables of a body or a cell, its holder."""
        aligned = align([each.line for each in old], [each.line for each in new])
        pairs = _with_paired_ends(aligned, old, new)
        kept = _before_open_end(pairs, old, new)
        place = _Place(holder, new)
        for position, (i, j) in enumerate(pairs):
            is_open = kept is not None and position == len(pairs) - 1
            if i is not None and j is not None:
                self._change(old[i], new[j])
            elif i is not None:
                gone = old[i].element
                like = kept if is_open and kept is not None else None
                place.put(
                    self._tracker.gone(gone)
                    if like is None
                    else self._tracker.gone_text(gone, like)
                )
            elif j is not None and is_open:
                self._tracker.added_runs(new[j].element)
            elif j is not None:
                self._tracker.added([new[j].element])
            if j is not None:
                place.last = new[j].element
        if kept is not None:
            self._tracker.mark_end(kept, "ins" if pairs[-1][0] is None else "del")

    def _change(self, old: _Located, new: _Located) -> None:
        if old.line.text == new.line.text:
            return
        if new.element.tag == W + "tbl":
            self._compare_tables(old.element, new.element)
            return
        pieces = diff_words(old.line.text, new.line.text)
        self._tracker.change(new.element, old.element, pieces)

    def _compare_tables(self, old: etree._Element, new: etree._Element) -> None:
        before, after = _row_lines(old), _row_lines(new)
        place = _Place(new, after)
        for i, j in align([each.line for each in before], [each.line for each in after]):
            if i is not None and j is not None:
                if before[i].line.text != after[j].line.text:
                    self._compare_cells(before[i].element, after[j].element)
            elif i is not None:
                place.put(self._tracker.gone_row(before[i].element))
            elif j is not None:
                self._tracker.added_rows([after[j].element])
            if j is not None:
                place.last = after[j].element

    def _compare_cells(self, old: etree._Element, new: etree._Element) -> None:
        for before, after in zip(children(old, "tc"), children(new, "tc"), strict=True):
            self.compare(_cell_lines(before), _cell_lines(after), after)


class _Place:
    """Where in the new version the next old thing is put: after the last one passed."""

    def __init__(self, holder: etree._Element, new: Sequence[_Located]) -> None:
        self._holder = holder
        self._first = new[0].element if new else None
        self.last: etree._Element | None = None

    def put(self, element: etree._Element) -> None:
        if self.last is not None:
            self.last.addnext(element)
        elif self._first is not None:
            self._first.addprevious(element)
        else:
            self._holder.append(element)
        self.last = element


def _with_paired_ends(
    pairs: Sequence[Pair], old: Sequence[_Located], new: Sequence[_Located]
) -> list[Pair]:
    """The last paragraphs of both as one: its end can be neither added nor gone."""
    fixed, rest = _split_at_end(pairs)
    gone = [i for i, _ in rest if i is not None]
    came = [j for _, j in rest if j is not None]
    if gone and came and old[gone[-1]].is_paragraph and new[came[-1]].is_paragraph:
        last: Pair = (gone.pop(), came.pop())
        return [*fixed, *((i, None) for i in gone), *((None, j) for j in came), last]
    return list(pairs)


def _before_open_end(
    pairs: Sequence[Pair], old: Sequence[_Located], new: Sequence[_Located]
) -> etree._Element | None:
    """The paragraph after which paragraphs were added or removed up to the very end.

    As in Word, its end is what was added or removed then, and the end of the last one stays.
    """
    fixed, rest = _split_at_end(pairs)
    if not rest or not fixed:
        return None
    kept = next(new[j] for _, j in fixed[-1:] if j is not None)
    others = [
        *(old[i] for i, _ in rest if i is not None),
        *(new[j] for _, j in rest if j is not None),
    ]
    if not all(each.is_paragraph for each in (kept, *others)):
        return None
    return None if kept.element.find(f"{W}pPr/{W}sectPr") is not None else kept.element


def _split_at_end(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The pairs up to the last of both sides, and those after it."""
    full = [n for n, pair in enumerate(pairs) if None not in pair]
    cut = full[-1] + 1 if full else 0
    return list(pairs[:cut]), list(pairs[cut:])


def _body_lines(file: WordFile) -> list[_Located]:
    return [_located(block.element, block.number) for block in read_blocks(file)]


def _cell_lines(cell: etree._Element) -> list[_Located]:
    return [_located(each, "") for each in children(cell, "p", "tbl")]


def _located(element: etree._Element, number: str) -> _Located:
    if element.tag == W + "p":
        return _Located(Line("paragraph", paragraph_text(element), number), element)
    rows = (each.line.text for each in _row_lines(element))
    return _Located(Line("table", _ROW_END.join(rows), "table"), element)


def _row_lines(table: etree._Element) -> list[_Located]:
    """Rows; only those of as many cells can be compared."""
    lines: list[_Located] = []
    for row in children(table, "tr"):
        texts = [
            _PARAGRAPH_END.join(each.line.text for each in _cell_lines(cell))
            for cell in children(row, "tc")
        ]
        place = texts[0] if texts else ""
        lines.append(_Located(Line(f"row of {len(texts)}", _CELL_END.join(texts), place), row))
    return lines


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
    """What headers, footers and notes say, by the kind of part."""
    texts: dict[str, list[str]] = {}
    for member, tree in read_parts(content):
        part = part_name(member)
        if part != "body":
            accept_changes(tree)
            said = (plain(paragraph_text(each)) for each in tree.iter(W + "p"))
            texts.setdefault(part, []).extend(_without_version(each) for each in said if each)
    return texts
