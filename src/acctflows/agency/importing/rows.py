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
    read_number,
)
from acctflows.agency.importing.headings import Layout
from acctflows.agency.importing.sheets import Cell, Sheet
from acctflows.agency.problems import Problem, fault
from acctflows.agency.rules import unguard_formula

_NUMBERS = frozenset({Reads.NUMBER, Reads.PERCENT, Reads.WHOLE})
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
        for index, column in self.layout.columns.items():
            value = cells[index] if index < len(cells) else None
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                said[column.field] = self._value(value, (number, index), column)
            except PydanticCustomError as error:
                problems.append(Problem(column.field, error.type, error.context or {}))
        return said, problems

    def _faults(self, number: int, cells: list[Cell]) -> list[Problem]:
        """What the file itself made unreadable in this row, and cells beyond the headings."""
        problems = []
        for index, column in self.layout.columns.items():
            fault = self.sheet.faults.get((number, index))
            if fault is not None:
                problems.append(Problem(column.field, fault.code, fault.facts))
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
            case Decimal(), Reads.NUMBER | Reads.PERCENT | Reads.WHOLE | Reads.HOURS:
                return value
            case Decimal(), Reads.TEXT | Reads.YES_NO:
                return f"{value:f}"
            case (_, Reads.DAY) if not isinstance(value, Decimal | bool):
                return value
        raise _misplaced(value, column)

    def _from_text(self, text: str, index: int, column: Column) -> Any:
        if text in ERASERS:
            return text
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
