"""Whatever bytes are given: sheets or an error a person can act on, never a traceback."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from acctflows.agency.exporting import export_xlsx
from acctflows.agency.importing import plan_import, read_bytes
from acctflows.db.base import Base
from acctflows.errors import InputError
from tests.agency.conftest import DEMO
from tests.agency.workbooks import replace_part
from tests.factories import NOW, make_project

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ENGINE = create_engine("sqlite://")
Base.metadata.create_all(ENGINE)
FILES = [path.read_bytes() for path in sorted(DEMO.glob("*.csv"))]
PARTS = ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet3.xml"]


def exported() -> bytes:
    with Session(ENGINE) as session:
        make_project(session)
        return export_xlsx(session, language="de")


BOOK = exported()


def take(data: bytes) -> None:
    """Read and plan; the report must be printable in both languages."""
    try:
        sheets = read_bytes(data, file="liste")
    except InputError as error:
        str(error).encode()
        return
    with Session(ENGINE) as session:
        report = plan_import(session, sheets, now=NOW)
    for language in ("de", "en"):
        assert report.markdown(language).encode()


@FEW
@given(st.binary(max_size=400))
@example(b"PK\x03\x04")
@example(b"\xff\xfe\x00")
@example(b"\xff\xfeF\x00\x00\xd8")
@example(b"sep=")
@example(b"sep=\n\n")
@example(b'Firma;Land\n"')
@example(b"\0" * 50)
def test_random_bytes(data: bytes) -> None:
    take(data)


@FEW
@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "utf-16-be"]))
@example("Firma;Land\n\ud800;DE\n", "utf-8")
@example("Firma;Land;Zahlungsziel\nx;DE;" + "9" * 5000, "utf-8")
@example("Projekt;Meilenstein;Termin\nx;y;99/99/9999\n", "utf-8")
@example("Projekt;Meilenstein;Termin\nx;y;1 Jan 0000\n", "utf-8")
def test_random_text(text: str, encoding: str) -> None:
    take(text.encode(encoding, "surrogatepass"))


@FEW
@given(st.sampled_from(FILES), st.data())
def test_good_file_with_damage(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        piece = data.draw(
            st.sampled_from([b"", b'"', b";", b"\n", b"\0", b"\xff", b"\xc3", b"=", b"'"])
        )
        damaged[place : place + data.draw(st.integers(0, 3))] = piece
    take(bytes(damaged))


@FEW
@given(st.data())
def test_good_workbook_with_damaged_bytes(data: st.DataObject) -> None:
    damaged = bytearray(BOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    take(
        bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
        if len(damaged) % 3
        else bytes(damaged)
    )


@FEW
@given(st.sampled_from(PARTS), st.data())
def test_good_workbook_with_damaged_xml(part: str, data: st.DataObject) -> None:
    def damage(xml: bytes) -> bytes:
        place = data.draw(st.integers(0, len(xml)))
        return xml[:place] + data.draw(
            st.sampled_from([b"", b"<", b">", b"&", b"9", b'"', b"/", b"-1", b"e9", b"\xff"])
        ) + xml[place + data.draw(st.integers(0, 4)) :]  # fmt: skip

    take(replace_part(BOOK, part, damage))


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "a\0b.csv", "<b>.csv", "=x.csv", "\x1b[31m.csv"]
)
def test_file_name_never_becomes_a_path_or_markup(name: str) -> None:
    sheets = read_bytes("Firma;Land\nMöwe;XX\n".encode(), file=name)
    with Session(ENGINE) as session:
        shown = plan_import(session, sheets, now=NOW).markdown("de")
    assert "<b>" not in shown
    assert "\x1b" not in shown


def test_stored_instead_of_packed_parts_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(BOOK)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part), zipfile.ZIP_STORED)
    stored = read_bytes((tmp_path / "b.xlsx").read_bytes(), file="book.xlsx")
    packed = read_bytes(BOOK, file="book.xlsx")
    assert packed
    assert [list(sheet.rows) for sheet in stored] == [list(sheet.rows) for sheet in packed]
