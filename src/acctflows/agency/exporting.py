"""Export of all records as lists that can be edited and imported again."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.choices import YES_NO, label
from acctflows.agency.columns import Column, Reads
from acctflows.agency.kinds import KINDS, RecordKind
from acctflows.agency.rules import guard_formula
from acctflows.db.models.agency import ContactRole
from acctflows.errors import InputError

_MOST_IN_CELL = 32_767
"""Characters an XLSX cell can hold."""
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def export_csv(session: Session, *, language: str) -> dict[str, bytes]:
    """File name to content, one file per kind of record, also for kinds without any.

    UTF-8 with byte order mark, so that spreadsheet programs see the umlauts; ``;`` and decimal
    comma in German, ``,`` and decimal point in English.
    """
    return {f"{kind.title(language)}.csv": _csv(session, kind, language) for kind in KINDS.values()}


def export_xlsx(session: Session, *, language: str) -> bytes:
    """One XLSX file with a sheet per kind of record.

    Raises:
        InputError: When a text is longer than a cell can hold.
    """
    book = Workbook(write_only=True)
    sheets = {kind: book.create_sheet(kind.title(language)) for kind in KINDS.values()}
    # All cells before the first is written: openpyxl cannot give up a sheet it has begun.
    tables = [_xlsx_rows(sheets[kind], session, kind, language) for kind in sheets]
    for (kind, sheet), rows in zip(sheets.items(), tables, strict=True):
        sheet.freeze_panes = "A2"
        for number, column in enumerate(kind.columns, 1):
            width = 40 if column.field in ("legal_name", "title", "email") else 20
            sheet.column_dimensions[get_column_letter(number)].width = width
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _xlsx_rows(sheet: Any, session: Session, kind: RecordKind, language: str) -> list[list[Any]]:
    """The cells of a sheet, headings first."""
    heads = [WriteOnlyCell(sheet, column.heading(language)) for column in kind.columns]
    for head in heads:
        head.font = Font(bold=True)
    rows = [heads]
    for values in _records(session, kind):
        pairs = zip(kind.columns, values, strict=True)
        rows.append([_xlsx_cell(sheet, column, value, language) for column, value in pairs])
    return rows


def _records(session: Session, kind: RecordKind) -> Iterator[list[Any]]:
    """The values of each record in the order of the kind's columns."""
    for row in session.scalars(select(kind.model).order_by(kind.model.id)):
        fields = kind.fields(row)
        yield [fields[column.field] for column in kind.columns]


def _csv(session: Session, kind: RecordKind, language: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=";" if language == "de" else ",",
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL,  # a program that expects another delimiter must not split cells
    )
    writer.writerow(column.heading(language) for column in kind.columns)
    for values in _records(session, kind):
        pairs = zip(kind.columns, values, strict=True)
        writer.writerow(_csv_cell(column, value, language) for column, value in pairs)
    return text.getvalue().encode("utf-8-sig", "replace")


def _csv_cell(column: Column, value: Any, language: str) -> str:
    match value:
        case Decimal():
            return _number(value, language)
        case bool() | date():
            return _words(column, value, language)
        case int():
            return str(value)
    return guard_formula(_words(column, value, language))


def _xlsx_cell(sheet: Any, column: Column, value: Any, language: str) -> Any:
    cell = WriteOnlyCell(sheet)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        cell.value = value
        formats = {
            Reads.NUMBER: "#,##0.00#",
            Reads.HOURS: "0.00#",
            Reads.PERCENT: "0.##",
        }
        cell.number_format = formats.get(column.reads, "0")
        return cell
    if isinstance(value, date):
        cell.value = value
        cell.number_format = "DD.MM.YYYY" if language == "de" else "YYYY-MM-DD"
        return cell
    text = _UNWRITABLE.sub("\ufffd", _words(column, value, language))
    text = _ESCAPE.sub("_x005F_", guard_formula(text))
    if len(text) > _MOST_IN_CELL:
        raise InputError(
            f"a text of {len(text):,} characters fits into no XLSX cell",
            where=column.heading(language),
            todo="export as CSV instead",
        )
    cell.value = text or None
    cell.number_format = "@"  # so that an edited postal code stays text
    cell.alignment = Alignment(wrap_text="\n" in text, vertical="top")
    return cell


def _words(column: Column, value: Any, language: str) -> str:
    """A value in words; no is left blank where a yes stands out and must never be taken back."""
    if value is None or (value is False and column.field in ("archived", "opted_out")):
        return ""
    match value:
        case bool():
            return YES_NO[value].de if language == "de" else YES_NO[value].en
        case StrEnum():
            return label(value, language)
        case date():
            return value.strftime("%d.%m.%Y") if language == "de" else value.isoformat()
        case list():
            return ", ".join(_listed(column, item, language) for item in value)
    return str(value)


def _listed(column: Column, item: str, language: str) -> str:
    return label(ContactRole(item), language) if column.field == "roles" else item


def _number(value: Decimal, language: str) -> str:
    """A number that reads back one way only: three decimals get a zero, 1,125 becomes 1,1250."""
    whole, point, places = f"{value.normalize():f}".partition(".")
    if not point:
        return whole
    places = f"{places}0" if len(places) == 3 else places.ljust(2, "0")
    return f"{whole}{',' if language == 'de' else '.'}{places}"
