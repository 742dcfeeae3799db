"""Walks through two versions of a Word file and has their differences marked in the new one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.alignment import Line, Pair, align, diff_words
from acctflows.documents.wordml.blocks import read_blocks
from acctflows.documents.wordml.file import WordFile, children
from acctflows.documents.wordml.text import paragraph_text
from acctflows.documents.wordml.tracked import Tracker

_PARAGRAPH_END, _CELL_END, _ROW_END = "\x1f", "\x1e", "\x1d"
"""Between texts of which one may itself hold line ends."""


def mark_changes(old: WordFile, new: WordFile, tracker: Tracker) -> None:
    """Mark in the body of the new version all that differs in the text of the old one."""
    _Comparison(tracker).compare(_body_lines(old), _body_lines(new), new.body)


@dataclass(frozen=True)
class _Located:
    """A line of the comparison and the paragraph, table or row it stands for."""

    line: Line
    element: etree._Element

    @property
    def is_paragraph(self) -> bool:
        return bool(self.element.tag == W + "p")


class _Comparison:
    """Walks through both versions and has each difference marked in the new one."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def compare(
        self, old: Sequence[_Located], new: Sequence[_Located], holder: etree._Element
    ) -> None:
        """Compare the paragraphs and tables of a body or a cell, its holder."""
        aligned = align([each.line for each in old], [each.line for each in new])
        place = _Place(holder, new)
        for stretch in _between_tables(aligned, old, new):
            self._compare_stretch(_with_paired_ends(stretch, old, new), old, new, place)

    def _compare_stretch(
        self,
        pairs: Sequence[Pair],
        old: Sequence[_Located],
        new: Sequence[_Located],
        place: "_Place",
    ) -> None:
        lenders = dict(_lenders(pairs, old, new))
        for position, (i, j) in enumerate(pairs):
            lender = lenders.get(position)
            if j is not None:
                place.last = new[j].element
            if i is not None and j is not None:
                self._change(old[i], new[j])
            elif i is not None and lender is not None:
                place.put(self._tracker.gone_text(old[i].element, lender))
                self._tracker.mark_end(lender, "del")
            elif i is not None:
                place.put(self._tracker.gone(old[i].element))
            elif j is not None and lender is not None:
                self._tracker.added_runs(new[j].element)
                self._tracker.mark_end(lender, "ins")
            elif j is not None:
                self._tracker.added([new[j].element])

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


def _between_tables(
    pairs: Sequence[Pair], old: Sequence[_Located], new: Sequence[_Located]
) -> Iterator[list[Pair]]:
    """Stretches of paragraphs, and each table by itself."""
    stretch: list[Pair] = []
    for pair in pairs:
        i, j = pair
        if (i is None or old[i].is_paragraph) and (j is None or new[j].is_paragraph):
            stretch.append(pair)
            continue
        yield from ([stretch] if stretch else [])
        yield [pair]
        stretch = []
    yield from ([stretch] if stretch else [])


def _with_paired_ends(
    pairs: Sequence[Pair], old: Sequence[_Located], new: Sequence[_Located]
) -> list[Pair]:
    """The last paragraphs of both as one: their end can be neither added nor removed.

    A paragraph whose end goes is joined with the next one; before a table, or at the end of a cell
    or document, there is none.
    """
    fixed, rest = _split_at_end(pairs)
    gone = [i for i, _ in rest if i is not None and old[i].is_paragraph]
    came = [j for _, j in rest if j is not None and new[j].is_paragraph]
    if not gone or not came:
        return list(pairs)
    last: Pair = (gone.pop(), came.pop())
    return [*fixed, *((i, None) for i in gone), *((None, j) for j in came), last]


def _lenders(
    pairs: Sequence[Pair], old: Sequence[_Located], new: Sequence[_Located]
) -> Iterator[tuple[int, etree._Element]]:
    """Where a paragraph keeps its end because the one before the stretch lends its own.

    So does Word when somebody writes on: the end that was there moves down.

    Yields:
        The position of the last paragraph of what was added or removed, and the lender: before a
        table and at the very end; and where words were added to the lender too, since LibreOffice
        takes what was added in a row as one piece, with the end that lies within.
    """
    kept = [position for position, pair in enumerate(pairs) if None not in pair]
    for position, following in pairwise([*kept, len(pairs)]):
        i, j = pairs[position]
        last = following - 1
        if last == position or i is None or j is None:
            continue
        lender = new[j].element
        if lender.find(f"{W}pPr/{W}sectPr") is not None:
            continue
        if following == len(pairs) or _is_written_on(
            pairs[position + 1 : following], old[i], new, j
        ):
            yield last, lender


def _is_written_on(
    rest: Sequence[Pair], old: _Located, new: Sequence[_Located], position: int
) -> bool:
    """Whether a paragraph got further words at its end, and further paragraphs of its kind."""
    came = [j for i, j in rest if i is None and j is not None]
    if len(came) < len(rest) or old.line.text == new[position].line.text:
        return False
    pieces = diff_words(old.line.text, new[position].line.text)
    kinds = [_kind_of(new[each].element) for each in (position, came[-1])]
    return pieces[-1].kind == "added" and kinds[0] == kinds[1]


def _kind_of(paragraph: etree._Element) -> bytes:
    properties = paragraph.find(W + "pPr")
    return b"" if properties is None else etree.tostring(properties)


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
