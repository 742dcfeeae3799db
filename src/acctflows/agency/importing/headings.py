"""Which kind of record a sheet holds, and which of its columns is which field."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import PurePath

from acctflows.agency.columns import Column
from acctflows.agency.importing.sheets import MAX_COLUMNS, Cell, Sheet, column_letter
from acctflows.agency.kinds import KINDS, RecordKind
from acctflows.agency.messages import Message
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.rules import fold

_LOOK_AT = 20
"""Filled rows among which the headings must be; lists often open with a title."""


@dataclass(frozen=True)
class Layout:
    """How a sheet is to be read."""

    kind: RecordKind
    row: int
    """Number of the row with the headings."""
    width: int
    """How many columns the row of headings has."""
    columns: dict[int, Column]
    """Index of a column to the field it holds."""
    headings: dict[str, str]
    """Field to its heading as the file writes it."""
    unknown: tuple[str, ...]
    """Headings (or letters of columns without one) that mean nothing to us; not imported."""


@cache
def _columns_by_heading(kind_name: str) -> dict[str, Column]:
    """Folded spelling of a heading to its column."""
    return {
        fold(spelling) or spelling: column
        for column in KINDS[kind_name].columns
        for spelling in column.spellings()
    }


def count_known(cells: Sequence[Cell]) -> int:
    """How many of the cells are headings of the kind they fit best."""
    return max(len(_matches(kind, cells)) for kind in KINDS.values())


def recognise(sheet: Sheet) -> Layout:
    """Find the row of headings and the kind of record.

    The kind is the one said, else that of the sheet's or file's name, else that whose headings fit.

    Raises:
        ProblemsError: When the file was refused already, no kind fits, several fit equally, or two
            columns mean the same.
    """
    if sheet.refused:
        raise ProblemsError(sheet.refused, where=sheet.label)
    kinds = [KINDS[sheet.kind]] if sheet.kind else list(KINDS.values())
    for number, cells in islice(sheet.rows.items(), _LOOK_AT):
        fitting = [kind for kind in kinds if not kind.lacks(_fields(kind, cells))]
        if fitting:
            kind = _choose(sheet, fitting, cells)
            return _layout(sheet, kind, number, cells)
    raise ProblemsError([_no_headings(sheet, kinds)], where=sheet.label)


def _choose(sheet: Sheet, fitting: list[RecordKind], cells: Sequence[Cell]) -> RecordKind:
    names = (sheet.name, PurePath(sheet.file).stem)
    for name in names:
        named = [kind for kind in fitting if name and kind.is_named(name)]
        if named:
            return named[0]
    most = max(len(_fields(kind, cells)) for kind in fitting)
    best = [kind for kind in fitting if len(_fields(kind, cells)) == most]
    if len(best) > 1:
        kinds = Message(*(", ".join(k.title(language) for k in best) for language in ("en", "de")))
        raise ProblemsError([Problem("", "kind_unclear", {"kinds": kinds})], where=sheet.label)
    return best[0]


def _layout(sheet: Sheet, kind: RecordKind, number: int, cells: Sequence[Cell]) -> Layout:
    columns = _matches(kind, cells)
    problems = _repeated(columns, cells)
    if "family_name" in kind.form.model_fields and "family_name" not in _fields(kind, cells):
        problems += [Problem("", "heading_name", {}) for cell in cells if _folded(cell) == "name"]
    if problems:
        raise ProblemsError(problems, where=f"{sheet.label}, row {number}")
    unknown = tuple(
        str(cell) for index, cell in enumerate(cells) if _folded(cell) and index not in columns
    )
    return Layout(
        kind=kind,
        row=number,
        width=len(cells),
        columns=columns,
        headings={column.field: str(cells[index]) for index, column in columns.items()},
        unknown=unknown + _without_heading(sheet, number, cells),
    )


def _matches(kind: RecordKind, cells: Sequence[Cell]) -> dict[int, Column]:
    known = _columns_by_heading(kind.name)
    found = {index: known[_folded(c)] for index, c in enumerate(cells) if _folded(c) in known}
    if any(column.field == "given_name" for column in found.values()):
        # “Name, Vorname” is how German lists are headed: beside a given name it is the family name.
        family = kind.column("family_name")
        found |= {i: family for i, c in enumerate(cells) if family and _folded(c) == "name"}
    return found


def _fields(kind: RecordKind, cells: Sequence[Cell]) -> set[str]:
    return {column.field for column in _matches(kind, cells).values()}


def _folded(cell: Cell) -> str:
    text = cell if isinstance(cell, str) else ""
    return fold(text) or text.strip()


def _repeated(columns: dict[int, Column], cells: Sequence[Cell]) -> list[Problem]:
    counts = Counter(column.field for column in columns.values())
    return [
        Problem("", "heading_twice", {"headings": " / ".join(
            f"{column_letter(index)} “{cells[index]}”"
            for index, column in columns.items() if column.field == field
        )})
        for field, count in counts.items() if count > 1
    ]  # fmt: skip


def _without_heading(sheet: Sheet, number: int, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Letters of the columns that hold something below, but have no heading.

    In CSV a cell beyond the headings is a mistake of its row, told by the reader of rows.
    """
    headed = {index for index, cell in enumerate(cells) if _folded(cell)}
    if not sheet.name:
        headed.update(range(len(cells), MAX_COLUMNS))
    bare = {
        index
        for row, values in sheet.rows.items()
        if row > number
        for index, value in enumerate(values)
        if index not in headed and value not in (None, "")
    }
    return tuple(column_letter(index) for index in sorted(bare))


def _no_headings(sheet: Sheet, kinds: list[RecordKind]) -> Problem:
    if not sheet.rows:
        return Problem("", "empty_sheet", {})
    number, cells = max(
        islice(sheet.rows.items(), _LOOK_AT), key=lambda row: (count_known(row[1]), -row[0])
    )
    closest = max(kinds, key=lambda kind: len(_matches(kind, cells)))
    missing = closest.lacks(_fields(closest, cells))
    columns = [column for column in closest.columns if column.field in missing]
    return Problem(
        "",
        "no_headings",
        {
            "closest": number,
            "found": ", ".join(str(cell) for cell in cells if cell is not None),
            "kind": Message(closest.en, closest.de),
            "missing": ", ".join(f"“{column.de}” / “{column.en}”" for column in columns),
        },
    )
