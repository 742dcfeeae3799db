"""From the cells of a row to what its form is given, with a problem for each cell that resists."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from acctflows.agency.columns import Column, Reads
from acctflows.agency.forms.fields import ERASERS
from acctflows.agency.importing.cells import (
    Convention,
    day_orders,
    decimal_marks,
    read_day,
    read_days,
    read_number,
)
from acctflows.agency.importing.headings import Layout
from acctflows.agency.importing.sheets import Cell, Sheet
from acctflows.agency.problems import Problem, fault
from acctflows.agency.rules import unguard_formula

_NUMBERS = frozenset({Reads.NUMBER, Reads.PERCENT, Reads.WHOLE, Reads.DAYS})
_NO = {Reads.DAY: "no_date", Reads.YES_NO: "no_yes_or_no", Reads.HOURS: "no_hours"}


class RowReader:
    """Reads the rows of one sheet.

    How numbers and dates are written is decided once per column, by the texts that can only be read
    one way; where a column of numbers decides nothing, the other number columns do.
    """

    def __init__(self, sheet: Sheet, layout: Layout) -> None:
        self.sheet = sheet
        self.layout = layout
        self._conventions = self._decide()

    def __len__(self) -> int:
        return sum(number > self.layout.row for number in self.sheet.rows)

    def rows(self) -> Iterator[tuple[int, dict[str, Any], list[Problem]]]:
        """Row number, what was said by field, and what could not be read."""
        for number, cells in self.sheet.rows.items():
            if number > self.layout.row:
                yield number, *self._read(number, cells)

    def texts(self, field: str) -> list[str]:
        """The texts of a field's column, without white space around; none where it is missing."""
        columns = self.layout.columns.items()
        index = next((index for index, column in columns if column.field == field), None)
        return [] if index is None else [text.strip() for text in self._texts(index)]

    def _read(self, number: int, cells: list[Cell]) -> tuple[dict[str, Any], list[Problem]]:
        said: dict[str, Any] = {}
        problems = self._faults(number, cells)
        layout = self.layout
        for index, column in layout.read.items():
            value = cells[index] if index < len(cells) else None
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            if column.field in said and index not in layout.rests:
                continue  # what leads has spoken
            try:
                read = self._value(value, (number, index), column)
            except PydanticCustomError as error:
                facts = (error.context or {}) | {"heading": layout.texts[index]}
                problems.append(Problem(column.field, error.type, facts))
                continue
            begun = said.get(column.field) if index in layout.rests else None
            said[column.field] = f"{begun} {read}" if begun else read
        return said, problems

    def names(self, number: int) -> Iterator[tuple[str, str, str]]:
        """What a row calls those whose number it gives too: field, name, heading of the name."""
        cells = self.sheet.rows[number]
        for index, column in self.layout.names.items():
            name = cells[index] if index < len(cells) else None
            if isinstance(name, str) and name.strip():
                yield column.field, unguard_formula(name.strip()), self.layout.texts[index]

    def _faults(self, number: int, cells: list[Cell]) -> list[Problem]:
        """What the file itself made unreadable in this row, and cells beyond the headings."""
        problems = []
        for index, column in self.layout.read.items():
            fault = self.sheet.faults.get((number, index))
            if fault is not None:
                facts = {**fault.facts, "heading": self.layout.texts[index]}
                problems.append(Problem(column.field, fault.code, facts))
        beyond = cells[self.layout.width :] if not self.sheet.name else []
        stray = next((cell for cell in beyond if isinstance(cell, str) and cell.strip()), None)
        return problems + ([Problem("", "too_many_cells", {"value": stray})] if stray else [])

    def _value(self, value: Cell, place: tuple[int, int], column: Column) -> Any:
        match value, column.reads:
            case str(), _:
                return self._from_text(unguard_formula(value.strip()), place[1], column)
            case bool(), Reads.YES_NO:
                return value
            case Decimal(), Reads.PERCENT if place in self.sheet.percent:
                return value * 100
            case Decimal(), _ if column.reads in _NUMBERS | {Reads.HOURS}:
                return value
            case Decimal(), Reads.TEXT | Reads.YES_NO:
                return f"{value:f}"
            case (_, Reads.DAY) if not isinstance(value, Decimal | bool):
                return value
        raise _misplaced(value, column)

    def _from_text(self, text: str, index: int, column: Column) -> Any:
        if text in ERASERS:
            return text
        if column.reads is Reads.DAYS:
            return read_days(text)
        if column.reads in _NUMBERS:
            return read_number(text, self._conventions[index])
        if column.reads is Reads.DAY:
            return read_day(text, self._conventions[index])
        return text

    def _decide(self) -> dict[int, Convention]:
        texts = {index: self._texts(index) for index in self.layout.columns}
        marks = {
            index: decimal_marks(texts[index])
            for index, column in self.layout.columns.items()
            if column.reads in _NUMBERS
        }
        all_marks = frozenset[str]().union(*marks.values())
        everywhere = all_marks if len(all_marks) == 1 else frozenset[str]()
        return {
            index: Convention(
                decimals=marks.get(index) or everywhere,
                day_first=day_orders(texts[index]),
            )
            for index in self.layout.columns
        }

    def _texts(self, index: int) -> list[str]:
        cells = (
            values[index]
            for number, values in self.sheet.rows.items()
            if number > self.layout.row and index < len(values)
        )
        return [cell for cell in cells if isinstance(cell, str)]


def _misplaced(value: Cell, column: Column) -> PydanticCustomError:
    """Why a real date, number or tick of a spreadsheet does not belong into that column."""
    if isinstance(value, date):
        return fault("date_in_text", value=value.isoformat())
    code = _NO.get(column.reads, "no_text")
    return fault("no_number" if column.reads in _NUMBERS else code, value=value)
