"""One worksheet of an XLSX file: its XML to cells, faults and notes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import IO, TypedDict

from lxml import etree
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import from_excel

from acctflows.agency.importing.sheets import Cell, Sheet, check_size
from acctflows.agency.problems import Problem

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[\$[^]]*\]')
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class _ParserOptions(TypedDict):
    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    huge_tree: bool


SAFE: _ParserOptions = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}
"""Parser options under which a file can neither reach the network nor grow in memory."""


@dataclass(frozen=True)
class Book:
    """What the sheets of a workbook share."""

    strings: list[str]
    formats: list[str]
    """Number format by style index."""
    epoch: datetime

    @cached_property
    def date_styles(self) -> frozenset[int]:
        """Styles that show a number as a date or time."""
        return frozenset(i for i, code in enumerate(self.formats) if is_date_format(code))

    def shows_time(self, style: int, days: float) -> bool:
        """Whether the style shows so many days as hours and minutes alone, as time sheets do."""
        code = _LITERAL.sub("", self.formats[style].lower())
        return "h" in code and not set("dy") & set(code) and (0 <= days < 1 or "[h" in code)


def read_worksheet(source: IO[bytes], book: Book, *, file: str, name: str) -> Sheet:
    """The cells of a sheet; formulas by their stored value, dates as days.

    Raises:
        ProblemsError: When the sheet has more rows or columns than any list.
    """
    reading = _Reading(book, where=f"{file} › {name}")
    for _, element in etree.iterparse(source, tag=("{*}row", "{*}mergeCell", "{*}col"), **SAFE):
        reading.take(element)
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return Sheet(
        file=file,
        name=name,
        rows=reading.rows,
        percent=frozenset(reading.percent),
        faults=reading.faults,
        notes=reading.notes(),
    )


def text_of(item: etree._Element) -> str:
    """The text of a string item: its runs joined, phonetic hints left out, escapes undone."""
    texts = (
        element.text or ""
        for element in item.iter("{*}t")
        if etree.QName(element.getparent()).localname != "rPh"
    )
    return _unescape("".join(texts))


class _Reading:
    """What was found so far while the XML of a sheet goes by."""

    def __init__(self, book: Book, *, where: str) -> None:
        self.book = book
        self.where = where
        self.rows: dict[int, list[Cell]] = {}
        self.percent: set[tuple[int, int]] = set()
        self.faults: dict[tuple[int, int], Problem] = {}
        self._row = 0
        self._hidden_rows = 0
        self._hidden_columns = False

    def take(self, element: etree._Element) -> None:
        """Read a row, or note what makes the sheet look otherwise than it is."""
        hidden = element.get("hidden") in ("1", "true")
        match etree.QName(element).localname:
            case "row":
                self._row = int(element.get("r") or self._row + 1)
                if self._take_row(element):
                    self._hidden_rows += hidden
            case "mergeCell":
                self._take_merged(element.get("ref", ""))
            case "col":
                self._hidden_columns |= hidden

    def notes(self) -> tuple[Problem, ...]:
        """What a person should know who sees less than we read."""
        rows = [Problem("", "hidden_rows", {"count": self._hidden_rows})]
        columns = [Problem("", "hidden_columns")]
        return (*rows[: self._hidden_rows], *columns[: self._hidden_columns])

    def _take_row(self, row: etree._Element) -> bool:
        """Whether the row holds anything."""
        cells: list[Cell] = []
        for index, cell in _placed(row):
            place = (self._row, index)
            value = self._value(cell, place)
            if value in (None, "") and place not in self.faults:
                continue  # a cell may be there for its colour only, however far out
            check_size(self._row, index + 1, where=self.where)
            cells += [None] * (index + 1 - len(cells))
            cells[index] = value
        if cells:
            self.rows[self._row] = cells
        return bool(cells)

    def _value(self, cell: etree._Element, place: tuple[int, int]) -> Cell:
        raw = cell.findtext("{*}v")
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return text_of(cell)
        if raw:
            return self._stored(raw, kind, int(cell.get("s", 0)), place)
        if kind != "str" and cell.find("{*}f") is not None:
            self.faults[place] = Problem("", "formula")
        return None

    def _stored(self, raw: str, kind: str, style: int, place: tuple[int, int]) -> Cell:
        """The value stored in a cell of a type (ECMA-376, 18.18.11)."""
        value: Cell = None
        match kind:
            case "s":
                value = self.book.strings[int(raw)]
            case "str":
                value = _unescape(raw)
            case "b":
                value = raw in ("1", "true")
            case "e":
                self.faults[place] = Problem("", "cell_error", {"value": raw})
            case "d":
                value = self._day(datetime.fromisoformat(raw), place)
            case _:
                value = self._number(raw, style, place)
        return value

    def _number(self, raw: str, style: int, place: tuple[int, int]) -> Cell:
        if style in self.book.date_styles:
            days = float(raw)
            if self.book.shows_time(style, days):
                return _clock(days)
            return self._day(from_excel(days, self.book.epoch), place)
        # Fifteen digits are what spreadsheet programs show; the rest is noise of binary fractions.
        value = Decimal(format(float(raw), ".15g"))
        if not value.is_finite():
            raise ValueError(f"{raw[:20]} is no number of a spreadsheet")
        formats = self.book.formats
        code = formats[style] if style < len(formats) else "General"
        if re.fullmatch("0{2,}", code) and value == value.to_integral_value():
            return f"{int(value):0{len(code)}d}"
        if "%" in code:
            self.percent.add(place)
        return value

    def _day(self, moment: object, place: tuple[int, int]) -> date | None:
        """The day of a moment without a time of day; a time is a fault, never cut off."""
        if isinstance(moment, datetime) and moment.time() == time():
            return moment.date()
        self.faults[place] = Problem("", "no_date", {"value": moment})
        return None

    def _take_merged(self, reference: str) -> None:
        """Mark every row of a merged range: its value stands in the first cell only."""
        ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
        if len(ends) != 2 or not (ends[0] and ends[1]):
            return
        column, first, last = _column(ends[0][1]), int(ends[0][2]), int(ends[1][2])
        for row in self.rows:
            if first <= row <= last:
                self.faults[(row, column)] = Problem("", "merged", {"cells": reference})


def _clock(days: float) -> str:
    """A part of a day as the cell shows it: 0.0625 is 1:30; seconds only where there are any."""
    minutes, seconds = divmod(round(days * 24 * 60 * 60), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _placed(row: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    """The cells of a row with their column, which may be left to their order."""
    index = -1
    for cell in row.iterchildren("{*}c"):
        match = _REFERENCE.fullmatch(cell.get("r", ""))
        index = _column(match[1]) if match else index + 1
        yield index, cell


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _unescape(text: str) -> str:
    """Characters XML cannot hold are written ``_x000D_`` in a workbook (ECMA-376, 22.4.2.4)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
