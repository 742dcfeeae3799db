"""Which kind of record a sheet holds, and which of its columns is which field."""

import re
from collections import Counter
from collections.abc import Container, Sequence
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
    names: dict[int, Column]
    """Index of a column with the name of what another one holds the number of."""
    spares: dict[int, Column]
    """Index of a column to the field it is read for where that field's own column is empty."""
    rests: dict[int, Column]
    """Index of a column to the field whose text it ends."""
    headings: dict[str, str]
    """Field to its heading as the file writes it."""
    texts: dict[int, str]
    """Index of a column to its heading."""
    others: dict[str, tuple[str, ...]]
    """Name of another kind the list fits too, to headings that mean something there only."""
    unknown: tuple[str, ...]
    """Headings (or letters of columns without one) that mean nothing to us; not imported."""

    @property
    def read(self) -> dict[int, Column]:
        """Every column that means something, those that lead first."""
        return self.columns | self.rests | self.spares | self.names


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
            kind = _choose(sheet, fitting, number)
            return _layout(sheet, kind, number, cells)
    raise ProblemsError([_no_headings(sheet, kinds)], where=sheet.label)


def _choose(sheet: Sheet, fitting: list[RecordKind], row: int) -> RecordKind:
    cells = sheet.rows[row]
    for name in (sheet.name, PurePath(sheet.file).stem):
        for parts in ([name], re.split(r"[\W\d_]+", name)):
            named = [kind for kind in fitting if any(map(kind.is_named, filter(None, parts)))]
            if len(named) == 1:
                return named[0]
    most = max(len(_fields(kind, cells)) for kind in fitting)
    best = [kind for kind in fitting if len(_fields(kind, cells)) == most]
    if len(best) > 1:
        kinds = Message(*(", ".join(k.title(language) for k in best) for language in ("en", "de")))
        facts = {"kinds": kinds, "row": row}
        raise ProblemsError([Problem("", "kind_unclear", facts)], where=sheet.label)
    return best[0]


def _layout(sheet: Sheet, kind: RecordKind, number: int, cells: Sequence[Cell]) -> Layout:
    matches = _matches(kind, cells)
    rests = _rests(kind, cells)
    names, spares = _seconds(matches, cells, "keys"), _seconds(matches, cells, "spare")
    columns = {index: c for index, c in matches.items() if index not in names | spares}
    problems = _repeated(columns, cells, number)
    if "family_name" in kind.form.model_fields and "family_name" not in _fields(kind, cells):
        problems += [
            Problem("", "heading_name", {"row": number, "column": column_letter(index)})
            for index, cell in enumerate(cells)
            if _folded(cell) == "name"
        ]
    if problems:
        raise ProblemsError(problems, where=f"{sheet.label}, row {number}")
    others = _others(kind, cells, matches | rests)
    elsewhere = {heading for headings in others.values() for heading in headings}
    unknown = tuple(
        str(cell)
        for index, cell in enumerate(cells)
        if _folded(cell) and index not in matches | rests and str(cell) not in elsewhere
    )
    return Layout(
        kind=kind,
        row=number,
        width=len(cells),
        columns=columns,
        names=names,
        spares=spares,
        rests=rests,
        headings={column.field: str(cells[index]) for index, column in columns.items()},
        texts={index: str(cells[index]) for index in matches | rests},
        others=others,
        unknown=unknown + _without_heading(sheet, number, cells),
    )


def _matches(kind: RecordKind, cells: Sequence[Cell]) -> dict[int, Column]:
    known = _columns_by_heading(kind.name)
    rests = _rests(kind, cells)
    found = {
        index: known[_folded(cell)]
        for index, cell in enumerate(cells)
        if _folded(cell) in known and index not in rests
    }
    fields = {column.field for column in found.values()}
    if "given_name" in fields and "family_name" not in fields:
        # “Name, Vorname” is how German lists are headed: beside a given name it is the family name.
        family = kind.column("family_name")
        found |= {i: family for i, c in enumerate(cells) if family and _folded(c) == "name"}
    return found


def _rests(kind: RecordKind, cells: Sequence[Cell]) -> dict[int, Column]:
    """The columns that end the text of another one, such as house numbers.

    A heading that could mean something else too (“Nr.”) does so unless it stands right behind.
    """
    known = _columns_by_heading(kind.name)
    fields = [known.get(_folded(cell)) for cell in cells]
    return {
        index: column
        for column in kind.columns
        if column.rest and column in fields
        for index, cell in enumerate(cells)
        if _folded(cell) in map(fold, column.rest.split("|"))
        and (_folded(cell) not in known or (index and fields[index - 1] is column))
    }


def _seconds(matches: dict[int, Column], cells: Sequence[Cell], role: str) -> dict[int, Column]:
    """The columns that stand back behind another one of their field.

    Args:
        matches: What the headings mean.
        cells: The headings.
        role: ``keys``: names behind a number; ``spare``: spares behind the column itself.
    """
    found: dict[int, Column] = {}
    for column in dict.fromkeys(matches.values()):
        same = [index for index, other in matches.items() if other is column]
        special = set(map(fold, getattr(column, role).split("|")))
        apart = {index for index in same if _folded(cells[index]) in special}
        leading = apart if role == "keys" else set(same) - apart
        if len(leading) == 1:
            found |= {index: column for index in same if index not in leading}
    return found


def _fields(kind: RecordKind, cells: Sequence[Cell]) -> set[str]:
    return {column.field for column in _matches(kind, cells).values()}


def _folded(cell: Cell) -> str:
    text = cell if isinstance(cell, str) else ""
    return fold(text) or text.strip()


def _others(
    kind: RecordKind, cells: Sequence[Cell], read: Container[int]
) -> dict[str, tuple[str, ...]]:
    """Other kinds whose records the same rows give, as when each client stands with its contact.

    One heading alone says little: a “Status” can be that of anything.
    """
    fitting = [other for other in KINDS.values() if other is not kind]
    found = {
        other.name: tuple(str(cells[i]) for i in _matches(other, cells) if i not in read)
        for other in fitting
        if not other.lacks(_fields(other, cells))
    }
    return {name: headings for name, headings in found.items() if len(headings) > 1}


def _repeated(columns: dict[int, Column], cells: Sequence[Cell], row: int) -> list[Problem]:
    problems = []
    for field, count in Counter(column.field for column in columns.values()).items():
        same = [index for index, column in columns.items() if column.field == field]
        headings = " / ".join(f"{column_letter(index)} “{cells[index]}”" for index in same)
        if count > 1:
            facts = {"headings": headings, "row": row, "column": column_letter(same[1])}
            problems.append(Problem("", "heading_twice", facts))
    return problems


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
