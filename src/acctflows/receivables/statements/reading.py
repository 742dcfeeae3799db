"""One entry for bank files of every format, alone or packed in a ZIP."""

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from acctflows.errors import InputError
from acctflows.receivables.statements import camt, mt940, payments_csv
from acctflows.receivables.statements.model import Statement

MAX_BYTES = 50 * 1024 * 1024
"""Largest file, and largest sum of what a ZIP unpacks to; a year of a firm is about 20 MB."""
MAX_PARTS = 2000
"""Most files in a ZIP: five years of daily statements."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Format:
    """How the files of a format are known and read."""

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[..., list[Statement]]


FORMATS: dict[str, Format] = {
    "camt": Format("CAMT.052/053/054", camt.sniff, camt.read),
    "mt940": Format("MT940/MT942", mt940.sniff, mt940.read),
    "csv": Format("CSV", payments_csv.sniff, payments_csv.read),
}
"""Formats in the order in which they are tried."""


def read_statements(data: bytes, *, file_name: str) -> list[Statement]:
    """The statements of a bank file, whole or not at all.

    A ZIP may hold several files, also of the same day: use ``distinct_lines`` before storing.

    Args:
        data: The bytes of the file.
        file_name: Its name, for messages; the format is told by the content.

    Raises:
        InputError: When the format is unknown, the file is damaged or too large, or anything in it
            cannot be read; a file without any statement is refused as well.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(file_name)
    if data.startswith(_ZIP):
        return _read_zip(data, file_name=file_name)
    if not data.strip():
        raise InputError("the file is empty", where=file_name, todo="download it again")
    for name, format_ in FORMATS.items():
        if format_.sniff(data):
            read = format_.read(data, file_name=file_name)
            return [replace(statement, format=name) for statement in read]
    raise InputError(
        "this is no bank statement of a known format",
        where=file_name,
        todo="export CAMT.053 (XML), MT940 or CSV from the online banking",
    )


def _too_large(where: str) -> InputError:
    return InputError(
        f"the file is larger than {MAX_BYTES // 2**20} MB",
        where=where,
        todo="export a shorter period",
    )


def _read_zip(data: bytes, *, file_name: str) -> list[Statement]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _unpack(archive, file_name=file_name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise InputError(
            "the ZIP file is damaged", where=file_name, todo="download it again"
        ) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise InputError(
            "the ZIP file is protected by a password", where=file_name, todo="unpack it first"
        ) from error
    if not parts:
        raise InputError("the ZIP file is empty", where=file_name, todo="download it again")
    return [
        statement
        for name, part in parts
        for statement in read_statements(part, file_name=f"{file_name} › {name}")
    ]


def _unpack(archive: zipfile.ZipFile, *, file_name: str) -> list[tuple[str, bytes]]:
    """The files of the archive in the order of their names; sizes are measured, not believed."""
    infos = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if len(infos) > MAX_PARTS:
        raise InputError(f"the ZIP file holds more than {MAX_PARTS} files", where=file_name)
    left = MAX_BYTES
    parts = []
    for info in sorted(infos, key=lambda each: each.filename):
        with archive.open(info) as source:
            part = source.read(left + 1)
        left -= len(part)
        if left < 0:
            raise _too_large(file_name)
        if part.startswith(_ZIP):
            raise InputError("a ZIP file within a ZIP file is not opened", where=file_name)
        parts.append((PurePosixPath(info.filename).name, part))
    return parts
