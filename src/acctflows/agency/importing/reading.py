"""From a file to its sheets, whatever program wrote it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from acctflows.agency.importing.csv_files import read_csv
from acctflows.agency.importing.headings import count_known
from acctflows.agency.importing.plausible import find_doubt, sample
from acctflows.agency.importing.sheets import MAX_BYTES, Sheet, column_letter
from acctflows.agency.importing.workbook import is_workbook, read_workbook
from acctflows.agency.kinds import KINDS
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.errors import InputError


def read_files(paths: Iterable[Path], *, kind: str = "") -> list[Sheet]:
    """The sheets of several files; one that cannot be used is a sheet that says why.

    Raises:
        InputError: When a file is missing, or there is no such kind of record.
    """
    found = (_or_reason(path.name, partial(read_file, path, kind=kind)) for path in paths)
    return [sheet for sheets in found for sheet in sheets]


def read_pasted(rows: str, *, kind: str = "") -> list[Sheet]:
    """As `read_files`, from rows copied out of a spreadsheet."""
    name = "pasted rows"
    data = rows.encode(errors="replace")
    return _or_reason(name, partial(read_bytes, data, file=name, kind=kind))


def read_file(path: Path, *, kind: str = "") -> list[Sheet]:
    """The sheets of a CSV or XLSX file.

    Args:
        path: The file; its content decides what it is, not its ending.
        kind: Name of the kind of record (a key of KINDS) where headings leave it open.

    Raises:
        InputError: When the file is missing.
        ProblemsError: When it is too large, damaged, or neither CSV nor XLSX.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", where=str(path), todo="check its name"
        ) from error
    if size > MAX_BYTES:
        too_large = Problem("", "file_too_large", {"most": MAX_BYTES // 2**20})
        raise ProblemsError([too_large], where=path.name)
    return read_bytes(data, file=path.name, kind=kind)


def read_bytes(data: bytes, *, file: str, kind: str = "") -> list[Sheet]:
    """As `read_file`, from bytes that came another way."""
    if kind and kind not in KINDS:
        raise InputError(f"“{kind}” is no kind of record", todo=f"use one of {', '.join(KINDS)}")
    if is_workbook(data):
        sheets = read_workbook(data, file=file)
    else:
        sheets = [_with_sample(read_csv(data, file=file, known=count_known))]
    return [replace(sheet, kind=kind) for sheet in sheets]


def _or_reason(name: str, read: Callable[[], list[Sheet]]) -> list[Sheet]:
    try:
        return read()
    except ProblemsError as error:
        return [Sheet(name, "", {}, refused=tuple(error.problems))]


def _with_sample(sheet: Sheet) -> Sheet:
    """The sheet, with a note of how it was read where its encoding was only assumed.

    Raises:
        ProblemsError: When it hardly was that encoding: a name damaged here would stand so on every
            contract.
    """
    words = sample(sheet.rows) if sheet.assumed else []
    if not words:
        return sheet
    doubt = find_doubt(sheet.rows)
    if doubt:
        code = "encoding_other" if doubt.meant else "encoding_unclear"
        place = {"row": doubt.row, "column": column_letter(doubt.column)}
        facts = place | {"value": doubt.word, "meant": doubt.meant}
        raise ProblemsError([Problem("", code, facts)], where=sheet.file)
    note = Problem("", "encoding_assumed", {"words": tuple(words)})
    return replace(sheet, notes=(*sheet.notes, note))
