"""The export: lists that spreadsheet programs open safely and that import again as they were."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from acctflows.agency.exporting import export_csv, export_xlsx
from acctflows.agency.importing import Status, apply_import, plan_import, read_bytes
from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.kinds import KINDS
from acctflows.agency.rules import read_line, read_text
from acctflows.db.base import Base
from acctflows.db.models.agency import Unit
from acctflows.errors import InputError
from tests.factories import (
    NOW,
    make_client,
    make_contact,
    make_project,
    make_service,
    make_specialist,
    make_work_record,
)

NASTY = [
    "=1+1", "A,=1+1", 'A; "=1', "A,'=1", "a\n=1",
    "+49 40 5550142", "-5", "@x", "'=1", "''x", "＝1", 'say "moin"; und, ja\tgut',
    "Zeile 1\nZeile 2", "Möwe & Söhne <GmbH>", "{{ 7*7 }}</w:t>", "🙂 مرحبا שלום",
    "_x0041_ _x000D_", "sep=,", "01067", "1.234", "31.12.2026", "TRUE", "NULL", "x" * 10_000,
]  # fmt: skip


@pytest.fixture
def elsewhere() -> Iterator[Session]:
    """Another, empty house to import into."""
    with empty_house() as session:
        yield session


def empty_house() -> Session:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Session(engine)


def sheets(session: Session, form: str, language: str) -> list[Sheet]:
    if form == "xlsx":
        return read_bytes(export_xlsx(session, language=language), file="a.xlsx")
    files = export_csv(session, language=language)
    return [sheet for name, data in files.items() for sheet in read_bytes(data, file=name)]


def contents(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Everything on file, as the forms have it."""
    return {
        kind.name: [
            kind.fields(row) for row in session.scalars(select(kind.model).order_by(kind.model.id))
        ]
        for kind in KINDS.values()
    }


def fill(session: Session) -> None:
    """Records with everything that is hard to write and read."""
    client = make_client(session, notes=NASTY[0], archived_at=NOW, payment_days=90)
    for n, text in enumerate(NASTY):
        line = read_line(text[:250])
        make_client(session, legal_name=f"{line} {n}", notes=text, street=line)
    make_contact(
        session, client, roles=["billing", "signer"], survey_basis="consent",
        survey_evidence="Formular; Seite 2", survey_basis_on=date(2026, 3, 2),
        opted_out_at=NOW, phone="+49 40 5550142", function="=Chef",
    )  # fmt: skip
    make_specialist(session, languages=[])
    make_service(session, unit_price_minor=123_400, tax_percent=Decimal("7.5"), currency="CHF")
    make_service(session, unit_price_minor=1, tax_percent=Decimal(0))
    project = make_project(session, client=client, goal="- erstens\n- zweitens", starts_on=None)
    for line, quantity in zip(project.services, ("1.125", "1234.567"), strict=True):
        line.quantity = Decimal(quantity)
    project.services[0].unit_price_minor = 100_000
    project.services[0].specialist = project.manager
    project.milestones[0].done_on = date(2027, 1, 14)
    make_work_record(session, project, quantity=Decimal("1.125"), note="=1+1", billable=False)
    make_work_record(
        session, project, quantity=Decimal("0.75"), unit=Unit.DAY, reference="=A1",
        service=project.services[0].service, specialist=project.manager,
        milestone=project.milestones[1],
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_imports_again_as_it_was(
    session: Session, elsewhere: Session, form: str, language: str
) -> None:
    fill(session)
    exported = sheets(session, form, language)
    report = plan_import(elsewhere, exported, now=NOW)
    assert [(p.row, p.heading, p.problem.text("en")) for p in report.problems] == []
    apply_import(elsewhere, exported, now=NOW)
    assert contents(elsewhere) == contents(session)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_imported_where_it_came_from_changes_nothing(session: Session, form: str) -> None:
    fill(session)
    report = plan_import(session, sheets(session, form, "de"), now=NOW)
    assert report.ok
    assert {line.status for line in report.lines} == {Status.UNCHANGED}
    assert report.notes == []


def test_no_cell_of_the_export_is_taken_for_a_formula(books: Session) -> None:
    fill(books)
    starts = tuple("=+-@\t\r＝＋－＠")
    for data in export_csv(books, language="de").values():
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"):
            assert not [cell for cell in row if cell.startswith(starts)]
    book = openpyxl.load_workbook(io.BytesIO(export_xlsx(books, language="en")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if str(cell.value).startswith(starts)]


@pytest.mark.parametrize(("language", "expected"), [("de", ","), ("en", ";")])
def test_no_cell_is_a_formula_where_another_delimiter_is_expected(
    books: Session, language: str, expected: str
) -> None:
    for name in ("A,=1+1 GmbH", "A;=1+1 GmbH", 'A, "=1+1" GmbH', "A;+1,-1,@x", "A,'=1"):
        make_client(books, legal_name=name, notes=f"{name}\n=1+1\n- zweitens", street=name)
    for data in export_csv(books, language=language).values():
        rows = data.decode("utf-8-sig").splitlines()
        cells = [cell.lstrip(' "') for row in rows for cell in row.split(expected)]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@"))]
    with empty_house() as there:
        apply_import(there, sheets(books, "csv", language), now=NOW)
        assert contents(there) == contents(books)


def test_numbers_and_dates_stay_numbers_and_dates(books: Session) -> None:
    fill(books)
    files = export_csv(books, language="de")
    assert ';"1234";"7,50";' in files["Leistungen.csv"].decode()
    assert ';"1,1250";"1000";' in files["Projektleistungen.csv"].decode()
    english = export_csv(books, language="en")["Project services.csv"].decode()
    assert ',"1.1250","1000",' in english
    book = openpyxl.load_workbook(io.BytesIO(export_xlsx(books, language="de")))
    first = [cell.value for cell in book["Projektleistungen"][2]]
    assert first[4:6] == [1.125, 1000]
    assert book["Meilensteine"]["D2"].is_date


def test_csv_opens_in_the_spreadsheet_program_of_the_language(books: Session) -> None:
    make_client(books, legal_name="Möwe; Köln, Kiel")
    german = export_csv(books, language="de")["Kunden.csv"]
    english = export_csv(books, language="en")["Clients.csv"]
    assert german.startswith(b'\xef\xbb\xbf"Kundennummer";"Firmenname";')
    assert english.startswith(b'\xef\xbb\xbf"Client number","Legal name",')
    assert "Unternehmen" in german.decode()
    assert "Business" in english.decode()


def test_text_too_long_for_a_cell_is_refused_not_cut(books: Session) -> None:
    make_client(books, notes="x" * 40_000)
    with pytest.raises(InputError, match="fits into no XLSX cell"):
        export_xlsx(books, language="de")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(min_size=1, max_size=80), form=st.sampled_from(["csv", "xlsx"]))
def test_any_text_that_a_form_takes_survives_the_round_trip(text: str, form: str) -> None:
    try:
        line, lines = read_line(text), read_text(text)
    except PydanticCustomError:  # refused by the form: nothing to export
        return
    if len(line) < 1 or line in ("-", "–", "—"):
        return
    with empty_house() as here, empty_house() as there:
        make_client(here, legal_name=line, notes=lines if lines not in ("-", "–", "—") else "")
        apply_import(there, sheets(here, form, "de"), now=NOW)
        assert contents(there) == contents(here)
