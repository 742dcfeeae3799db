"""Writes differences as Word's tracked changes (ECMA-376 part 1, 17.13.5).

What was added stays where it is in the new version and is marked; what is gone is written again
from the old one as plain text with its look. So accepting gives the new version as it was, with
all its fields, notes and pictures, and rejecting gives the old text.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.text import clean_text
from acctflows.documents.wordml.alignment import Piece
from acctflows.documents.wordml.file import WordFile, children, value
from acctflows.documents.wordml.styles import Styles
from acctflows.documents.wordml.text import RunText, new_run, read_runs, split_run

_LAST_IN_PARAGRAPH = (W + "sectPr", W + "pPrChange")


_WITH_ID = (W + "bookmarkStart", W + "bookmarkEnd", W + "commentRangeStart", W + "permStart")


class Tracker:
    """Marks the changes of one file.

    Args:
        file: The new version, in which they are marked.
        author: Whom Word names beside each change.
        at: When; aware.
    """

    def __init__(self, file: WordFile, *, author: str, at: datetime) -> None:
        self._styles = Styles(file.styles)
        lists = () if file.numbering is None else file.numbering.iter(W + "num")
        self._lists = {each.get(W + "numId") for each in lists}
        used = {each.get(W + "id") for each in file.body.iter(*_WITH_ID)}
        self._ids = (number for number in map(str, count(1)) if number not in used)
        self._author = clean_text(author)
        self._date = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def mark_end(self, paragraph: etree._Element, kind: str) -> None:
        """Mark the paragraph's end as added (``ins``) or gone (``del``)."""
        properties = _first(paragraph, "pPr")
        look = properties.find(W + "rPr")
        if look is None:
            look = etree.Element(W + "rPr")
            after = [each for each in properties if each.tag in _LAST_IN_PARAGRAPH]
            if after:
                after[0].addprevious(look)
            else:
                properties.append(look)
        look.insert(0, self._mark(kind))

    def mark_row(self, row: etree._Element, kind: str) -> None:
        """Mark a row as added or gone."""
        properties = row.find(W + "trPr")
        if properties is None:
            properties = etree.Element(W + "trPr")
            row.insert(1 if row.find(W + "tblPrEx") is not None else 0, properties)
        properties.append(self._mark(kind))

    def added_runs(self, paragraph: etree._Element) -> None:
        """Mark all that stands in the paragraph as added."""
        self._wrap([run for run, _ in read_runs(paragraph)])

    def added_rows(self, rows: Sequence[etree._Element]) -> None:
        """Mark rows with all that stands in them as added."""
        for row in rows:
            self.mark_row(row, "ins")
            for cell in children(row, "tc"):
                self.added(tuple(children(cell, "p", "tbl")))

    def added(self, blocks: Sequence[etree._Element]) -> None:
        """Mark paragraphs and tables as added, the paragraphs with their ends."""
        for block in blocks:
            if block.tag == W + "p":
                self.added_runs(block)
                self.mark_end(block, "ins")
            else:
                self.added_rows(tuple(children(block, "tr")))

    def change(
        self, paragraph: etree._Element, old: etree._Element, pieces: Sequence[Piece]
    ) -> None:
        """Mark in a paragraph how its text differs from the old one's."""
        runs = _cut(read_runs(paragraph), pieces)
        old_runs = read_runs(old)
        at = at_old = 0
        for kind, text in pieces:
            if kind == "removed":
                gone = self._deleted(_between(old_runs, at_old, at_old + len(text)))
                _put(gone, paragraph, runs, at)
            elif kind == "added":
                self._wrap([run for run, _ in _within(runs, at, at + len(text))])
            at += len(text) if kind != "removed" else 0
            at_old += len(text) if kind != "added" else 0

    def gone(self, block: etree._Element) -> etree._Element:
        """The old paragraph or table as a deleted one."""
        if block.tag == W + "p":
            copy = self.gone_text(block, block)
            self.mark_end(copy, "del")
            return copy
        table = etree.Element(W + "tbl")
        table.extend(self._kept(block, "tblPr", "tblGrid"))
        table.extend(self.gone_row(row) for row in children(block, "tr"))
        return table

    def gone_row(self, row: etree._Element) -> etree._Element:
        """The old row as a deleted one."""
        copy = etree.Element(W + "tr")
        copy.extend(self._kept(row, "tblPrEx", "trPr"))
        self.mark_row(copy, "del")
        for cell in children(row, "tc"):
            inside = etree.SubElement(copy, W + "tc")
            inside.extend(self._kept(cell, "tcPr"))
            inside.extend(self.gone(block) for block in children(cell, "p", "tbl"))
        return copy

    def gone_text(self, paragraph: etree._Element, like: etree._Element) -> etree._Element:
        """A paragraph of the kind of ``like`` with the deleted text of an old one."""
        copy = etree.Element(W + "p")
        copy.extend(self._kept(like, "pPr"))
        texts = [each for each in read_runs(paragraph) if each.text]
        if texts:
            copy.append(self._deleted(texts))
        return copy

    def _deleted(self, texts: Sequence[RunText]) -> etree._Element:
        deleted = self._mark("del")
        for run, text in texts:
            look = next(self._kept(run, "rPr"), None)
            deleted.append(new_run(text, look, name="delText"))
        return deleted

    def _wrap(self, runs: Sequence[etree._Element]) -> None:
        """Put runs into marks of what was added, neighbours into one."""
        mark: etree._Element | None = None
        for run in runs:
            if mark is None or run.getprevious() is not mark:
                mark = self._mark("ins")
                run.addprevious(mark)
            mark.append(run)

    def _mark(self, kind: str) -> etree._Element:
        mark = etree.Element(W + kind)
        mark.set(W + "id", next(self._ids))
        mark.set(W + "author", self._author)
        mark.set(W + "date", self._date)
        return mark

    def _kept(self, element: etree._Element, *names: str) -> Iterator[etree._Element]:
        """Copies of an old element's properties, without what the new file does not know."""
        for name in names:
            found = element.find(W + name)
            if found is not None:
                copy = deepcopy(found)
                self._clean(copy)
                yield copy

    def _clean(self, properties: etree._Element) -> None:
        for style in list(properties.iter(W + "pStyle", W + "rStyle", W + "tblStyle")):
            if style.get(W + "val") not in self._styles:
                _remove(style)
        for place in list(properties.iter(W + "numPr")):
            if value(place, "numId") not in {*self._lists, None, "0"}:
                _remove(place)
        for section in list(properties.iter(W + "sectPr")):
            _remove(section)  # it would point to headers by the old file's names


def _first(holder: etree._Element, name: str) -> etree._Element:
    """The properties at an element's begin, made where there are none."""
    found = holder.find(W + name)
    if found is None:
        found = etree.Element(W + name)
        holder.insert(0, found)
    return found


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _cut(runs: Sequence[RunText], pieces: Sequence[Piece]) -> list[RunText]:
    """The runs, cut wherever a piece begins or ends."""
    cuts: list[int] = []
    at = 0
    for piece in pieces:
        at += len(piece.text) if piece.kind != "removed" else 0
        cuts.append(at)
    result: list[RunText] = []
    start = 0
    waiting = iter(cuts)
    cut = next(waiting, None)
    for run, text in runs:
        rest, shown = run, text
        while cut is not None and cut < start + len(shown):
            if cut > start:
                result.append(RunText(rest, shown[: cut - start]))
                rest = split_run(rest, cut - start)
                shown = shown[cut - start :]
                start = cut
            cut = next(waiting, None)
        result.append(RunText(rest, shown))
        start += len(shown)
    return result


def _within(runs: Sequence[RunText], start: int, end: int) -> list[RunText]:
    """The runs with text between two positions, between which they are cut."""
    found: list[RunText] = []
    at = 0
    for each in runs:
        if each.text and start <= at < end:
            found.append(each)
        at += len(each.text)
    return found


def _between(runs: Sequence[RunText], start: int, end: int) -> list[RunText]:
    """What each run shows of the text between two positions."""
    found: list[RunText] = []
    at = 0
    for run, text in runs:
        shown = text[max(0, start - at) : max(0, end - at)]
        if shown:
            found.append(RunText(run, shown))
        at += len(text)
    return found


def _put(
    mark: etree._Element, paragraph: etree._Element, runs: Sequence[RunText], position: int
) -> None:
    """Set what is gone after the text before it, or else before the text after it."""
    texts = [each.run for each in runs if each.text]
    if position:
        anchor = _last_before(runs, position)
        parent = anchor.getparent()
        outer = parent if parent is not None and parent.tag == W + "ins" else anchor
        outer.addnext(mark)
    elif texts:
        texts[0].addprevious(mark)
    else:
        paragraph.append(mark)


def _last_before(runs: Sequence[RunText], position: int) -> etree._Element:
    at = 0
    last = runs[0].run
    for run, text in runs:
        if text:
            last = run
        at += len(text)
        if at >= position:
            break
    return last
