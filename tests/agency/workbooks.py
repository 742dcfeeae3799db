"""XLSX files for tests: made with openpyxl, or by hand where openpyxl is too well behaved."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def workbook(
    *sheets: tuple[str, list[list[Any]]], change: Callable[[Worksheet], None] | None = None
) -> bytes:
    """The bytes of a workbook; ``change`` may alter its first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book.worksheets[0])
    return saved(book)


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def replace_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one of its parts changed, or added where it is missing."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        parts = {part.filename: old.read(part) for part in old.infolist()}
        parts[name] = change(parts.get(name, b""))
        for part, data in parts.items():
            new.writestr(part, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_shared_strings(content: bytes, sheet: str, strings: str) -> bytes:
    """The package with that XML as rows of its first sheet and as its shared strings."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rows = f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>".encode()
    content = replace_part(content, "xl/worksheets/sheet1.xml", lambda _: rows)
    return replace_part(content, "xl/sharedStrings.xml", lambda _: strings.encode())
