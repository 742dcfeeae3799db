"""What a file holds: sheets of rows of cells, numbered as the spreadsheet program shows them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from acctflows.agency.problems import Problem, printable
from acctflows.errors import InputError

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


def check_size(rows: int, columns: int, *, where: str) -> None:
    """Refuse tables no list of an agency's records has.

    Raises:
        InputError: When there are too many rows or columns.
    """
    if rows > MAX_ROWS:
        raise InputError(
            f"more than {MAX_ROWS:,} rows", where=where, todo="split the list into several files"
        )
    if columns > MAX_COLUMNS:
        raise InputError(
            f"more than {MAX_COLUMNS} columns", where=where, todo="leave out the empty columns"
        )
