"""XLSX: the parts of the package, and its visible sheets (ECMA-376, SpreadsheetML).

Read here rather than by openpyxl because its fast mode hides what an import must know: merged and
hidden cells, formulas without a value, and number formats such as 00000 for postal codes.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.importing.worksheet import SAFE, Book, read_worksheet, text_of
from acctflows.agency.problems import Problem, ProblemsError

MAX_UNPACKED = 150 * 1024 * 1024
"""Largest sum of the unpacked parts; 100,000 rows of clients are about 100 MB."""
_OLE = b"\xd0\xcf\x11\xe0"
_RELATION_ID = re.compile(r"\{.*/relationships\}id")


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are a ZIP package or an old Excel file, rather than text."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE))


def read_workbook(data: bytes, *, file: str) -> list[Sheet]:
    """The visible sheets of an XLSX file that hold anything.

    Raises:
        ProblemsError: When it is no XLSX file, is damaged, protected, or unpacks to too much.
    """
    if data.startswith(_OLE):
        raise ProblemsError([Problem("", "old_workbook")], where=file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_package(archive, file=file)
            return _sheets(archive, file=file)
    except ProblemsError:
        raise
    except Exception as error:  # whatever damaged bytes make the readers raise is the file's fault
        raise ProblemsError([Problem("", "damaged_workbook")], where=file) from error


def _check_package(archive: zipfile.ZipFile, *, file: str) -> None:
    if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
        facts = {"most": MAX_UNPACKED // 2**20}
        raise ProblemsError([Problem("", "unpacks_to_too_much", facts)], where=file)
    if "xl/workbook.xml" not in archive.namelist():
        raise ProblemsError([Problem("", "no_workbook")], where=file)


def _sheets(archive: zipfile.ZipFile, *, file: str) -> list[Sheet]:
    workbook = _parse(archive, "xl/workbook.xml")
    targets = _relations(archive)
    dates_1904 = any(
        element.get("date1904") in ("1", "true") for element in workbook.iter("{*}workbookPr")
    )
    book = Book(
        strings=_shared_strings(archive),
        formats=_formats(archive),
        epoch=CALENDAR_MAC_1904 if dates_1904 else CALENDAR_WINDOWS_1900,
    )
    sheets, hidden = [], []
    for element in workbook.iter("{*}sheet"):
        name = element.get("name", "")
        if element.get("state", "visible") != "visible":
            hidden.append(name)
            continue
        relation = next(
            str(value) for key, value in element.items() if _RELATION_ID.fullmatch(str(key))
        )
        with archive.open(targets[relation]) as source:
            sheets.append(read_worksheet(source, book, file=file, name=name))
    return _with_hidden([sheet for sheet in sheets if sheet.rows], hidden, file=file)


def _with_hidden(sheets: list[Sheet], hidden: list[str], *, file: str) -> list[Sheet]:
    """The sheets, the first with a note that hidden ones were left out."""
    if not sheets:
        raise ProblemsError([Problem("", "no_sheets")], where=file)
    if not hidden:
        return sheets
    note = Problem("", "hidden_sheets", {"names": ", ".join(hidden)})
    return [replace(sheets[0], notes=(*sheets[0].notes, note)), *sheets[1:]]


def _relations(archive: zipfile.ZipFile) -> dict[str, str]:
    """Relation id to the path of the part within the package."""
    root = _parse(archive, "xl/_rels/workbook.xml.rels")
    return {
        element.get("Id", ""): posixpath.normpath(
            posixpath.join("/xl", element.get("Target", ""))
        ).lstrip("/")
        for element in root.iter("{*}Relationship")
    }


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    with archive.open("xl/sharedStrings.xml") as source:
        return list(_strings(source))


def _strings(source: IO[bytes]) -> Iterator[str]:
    for _, item in etree.iterparse(source, tag="{*}si", **SAFE):
        yield text_of(item)
        item.clear()


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format of each cell style, by its index."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    styles = _parse(archive, "xl/styles.xml")
    own = {int(f.get("numFmtId", 0)): f.get("formatCode", "") for f in styles.iter("{*}numFmt")}
    cells = next(styles.iter("{*}cellXfs"), ())
    ids = [int(style.get("numFmtId", 0)) for style in cells]
    return [own.get(number, BUILTIN_FORMATS.get(number, "General")) for number in ids]


def _parse(archive: zipfile.ZipFile, path: str) -> etree._Element:
    parser = etree.XMLParser(**SAFE)
    return etree.fromstring(archive.read(path), parser)
