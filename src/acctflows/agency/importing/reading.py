"""From a file to its sheets, whatever program wrote it."""

from dataclasses import replace
from pathlib import Path

from acctflows.agency.importing.csv_files import read_csv
from acctflows.agency.importing.headings import count_known
from acctflows.agency.importing.sheets import MAX_BYTES, Sheet
from acctflows.agency.importing.workbook import is_workbook, read_workbook
from acctflows.agency.kinds import KINDS
from acctflows.errors import InputError


def read_file(path: Path, *, kind: str = "") -> list[Sheet]:
    """The sheets of a CSV or XLSX file.

    Args:
        path: The file; its content decides what it is, not its ending.
        kind: Name of the kind of record (a key of KINDS) where headings leave it open.

    Raises:
        InputError: When the file is missing, too large, damaged, or neither CSV nor XLSX.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", where=str(path), todo="check its name"
        ) from error
    if size > MAX_BYTES:
        raise InputError(
            f"the file is larger than {MAX_BYTES // 2**20} MB",
            where=path.name,
            todo="split the list into several files",
        )
    return read_bytes(data, file=path.name, kind=kind)


def read_bytes(data: bytes, *, file: str, kind: str = "") -> list[Sheet]:
    """As `read_file`, from bytes that came another way."""
    if kind and kind not in KINDS:
        raise InputError(f"“{kind}” is no kind of record", todo=f"use one of {', '.join(KINDS)}")
    if is_workbook(data):
        sheets = read_workbook(data, file=file)
    else:
        sheets = [read_csv(data, file=file, known=count_known)]
    return [replace(sheet, kind=kind) for sheet in sheets]
