"""What a file holds: sheets of rows of cells, numbered as the spreadsheet program shows them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from acctflows.agency.problems import Problem, ProblemsError, printable

Cell: TypeAlias = str | Decimal | bool | date | None
"""Text, a number, yes or no, a day, or nothing."""

MAX_BYTES = 25 * 1024 * 1024
"""Largest file taken; 20,000 clients are about 3 MB."""
MAX_ROWS = 100_000
MAX_COLUMNS = 200


@dataclass(frozen=True)
class Sheet:
    """One table of a file; rows count from 1, columns from 0."""

    file: str
    """Name of the file, without its folder."""
    name: str
    """Name of the sheet; empty for CSV."""
    rows: dict[int, list[Cell]]
    """Row number to cells; rows without any content are left out."""
    percent: frozenset[tuple[int, int]] = frozenset()
    """Places (row, column) of numbers that the spreadsheet shows as a percentage."""
    faults: dict[tuple[int, int], Problem] = field(default_factory=dict)
    """Places (row, column) of cells that cannot be read, with the reason."""
    notes: tuple[Problem, ...] = ()
    """What a person should know about the sheet."""
    kind: str = ""
    """Name of the kind of record, where the person said it."""
    assumed: bool = False
    """Whether the text was taken for Windows-1252, since the file does not say its encoding."""
    refused: tuple[Problem, ...] = ()
    """Why the file cannot be read at all; there are no rows then."""

    @property
    def label(self) -> str:
        """File and sheet, as a person would name the place."""
        return printable(f"{self.file} › {self.name}" if self.name else self.file)


def column_letter(index: int) -> str:
    """The letters a spreadsheet program shows above a column: 0 is A, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def check_size(row: int, columns: int, *, where: str) -> None:
    """Refuse content so far down or to the right that no list of an agency's records has it.

    Args:
        row: Number of a row that holds something.
        columns: How many columns it has up to the last that holds something.
        where: File and sheet.

    Raises:
        ProblemsError: When it is too far.
    """
    if row > MAX_ROWS:
        facts = {"most": f"{MAX_ROWS:,}", "row": row}
        raise ProblemsError([Problem("", "too_many_rows", facts)], where=where)
    if columns > MAX_COLUMNS:
        facts = {"most": MAX_COLUMNS, "row": row, "column": column_letter(columns - 1)}
        raise ProblemsError([Problem("", "too_many_columns", facts)], where=where)
