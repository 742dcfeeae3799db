"""XLSX as spreadsheet programs write it, and as attackers would."""

# ruff: noqa: DTZ001 — cells of a spreadsheet know no time zone

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from acctflows.agency.importing import read_bytes
from acctflows.agency.importing.sheets import Sheet
from acctflows.errors import InputError
from tests.agency.workbooks import replace_part, saved, with_shared_strings, workbook

HEADINGS = ["Firma", "PLZ", "Ort"]
FIRST_SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes) -> Sheet:
    (sheet,) = read_bytes(content, file="kunden.xlsx")
    return sheet


def codes(sheet: Sheet) -> list[str]:
    return [note.code for note in sheet.notes]


def test_real_dates_numbers_and_ticks_keep_their_type() -> None:
    sheet = read(
        workbook(("Projekte", [["Titel", "Beginn", "Menge", "Abnahme"],
                               ["Relaunch", date(2026, 12, 31), 1250.1, True],
                               ["Pflege", datetime(2027, 1, 4), 3, False]]))
    )  # fmt: skip
    assert sheet.rows[2] == ["Relaunch", date(2026, 12, 31), Decimal("1250.1"), True]
    assert sheet.rows[3] == ["Pflege", date(2027, 1, 4), Decimal(3), False]


def test_noise_of_binary_fractions_is_not_read() -> None:
    sheet = read(workbook(("A", [["Preis"], [0.1 + 0.2], [1250.4999999999998]])))
    assert [row[0] for row in sheet.rows.values()] == ["Preis", Decimal("0.3"), Decimal("1250.5")]


def test_several_sheets_are_read_with_their_names() -> None:
    sheets = read_bytes(
        workbook(("Kunden", [HEADINGS]), ("Leer", []), ("Projekte", [["Titel"]])), file="a.xlsx"
    )
    assert [sheet.label for sheet in sheets] == ["a.xlsx › Kunden", "a.xlsx › Projekte"]


def test_hidden_sheets_are_left_out_and_said_so() -> None:
    book = Workbook()
    book.worksheets[0].append(HEADINGS)
    secret = book.create_sheet("Alt")
    secret.append(HEADINGS)
    secret.sheet_state = "veryHidden"
    sheet = read(saved(book))
    assert codes(sheet) == ["hidden_sheets"]
    assert "Alt" in sheet.notes[0].text("de")


def test_hidden_rows_and_columns_are_read_and_said_so() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True

    sheet = read(workbook(("Kunden", [HEADINGS, ["Möwe", "28195", "Bremen"]]), change=hide))
    assert sheet.rows[2] == ["Möwe", "28195", "Bremen"]
    assert sorted(codes(sheet)) == ["hidden_columns", "hidden_rows"]


def test_merged_cells_are_a_fault_of_every_row_they_cover() -> None:
    sheet = read(
        workbook(
            ("Kunden", [HEADINGS, ["Möwe", "28195", "Bremen"], [None, "20457", "Hamburg"]]),
            change=lambda sheet: sheet.merge_cells("A2:A3"),
        )
    )
    assert sorted(sheet.faults) == [(2, 0), (3, 0)]
    assert "A2:A3" in sheet.faults[(3, 0)].text("de")


def test_postal_code_shown_with_leading_zero_keeps_it() -> None:
    def five_digits(sheet: Worksheet) -> None:
        sheet["B2"].number_format = "00000"

    sheet = read(workbook(("Kunden", [HEADINGS, ["Möwe", 1067, "Dresden"]]), change=five_digits))
    assert sheet.rows[2][1] == "01067"


def test_percentage_is_known_by_its_format() -> None:
    def as_percent(sheet: Worksheet) -> None:
        sheet["A2"].number_format = "0%"

    sheet = read(workbook(("Leistungen", [["USt"], [0.19], [19]]), change=as_percent))
    assert sheet.percent == {(2, 0)}


def test_formula_is_read_by_its_stored_value_and_refused_without_one() -> None:
    content = workbook(("Kunden", [HEADINGS, ["Möwe", "=B3", "=1/0"], ["Tidenhub", "=B2", "x"]]))
    stored = replace_part(
        content,
        FIRST_SHEET,
        lambda xml: xml.replace(
            b'<c r="B2"><f>B3</f><v></v></c>', b'<c r="B2" t="str"><f>B3</f><v>28195</v></c>'
        ).replace(
            b'<c r="C2"><f>1/0</f><v></v></c>', b'<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        ),
    )
    sheet = read(stored)
    assert sheet.rows[2][:2] == ["Möwe", "28195"]
    assert sheet.faults[(2, 2)].facts == {"value": "#DIV/0!"}
    assert sheet.faults[(3, 1)].code == "formula"


def test_time_of_day_is_a_fault_never_cut_off() -> None:
    sheet = read(workbook(("Projekte", [["Beginn"], [datetime(2027, 1, 4, 14, 30)]])))
    assert sheet.faults[(2, 0)].code == "no_date"


def test_calendar_of_old_macs_is_understood() -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)
    book.worksheets[0].append([date(2026, 12, 31)])
    assert read(saved(book)).rows[1] == [date(2026, 12, 31)]


def test_cells_without_reference_and_inline_text_are_placed_in_order() -> None:
    xml = (
        '<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData>'
        '<row><c t="inlineStr"><is><r><t>Mö</t></r><rPh><t>x</t></rPh><r><t>we</t></r></is></c>'
        '<c t="d"><v>2026-12-31T00:00:00</v></c><c t="str"><v>a_x000A_b</v></c></row>'
        "</sheetData></worksheet>"
    )
    content = replace_part(workbook(("A", [[1]])), FIRST_SHEET, lambda _: xml.encode())
    assert read(content).rows == {1: ["Möwe", date(2026, 12, 31), "a\nb"]}


def test_shared_strings_are_joined_from_their_runs() -> None:
    content = with_shared_strings(
        workbook(("A", [["x"]])),
        '<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>',
        "<sst><si><t>Ort</t></si><si><r><t>Fir</t></r><r><t>ma</t></r></si></sst>",
    )
    assert read(content).rows == {1: ["Firma", "Ort"]}


def test_old_or_protected_excel_file_is_refused_with_the_cure() -> None:
    with pytest.raises(InputError, match=r"save it as \.xlsx without a password"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_other_package_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InputError, match="no XLSX file"):
        read(content.getvalue())


def test_file_without_visible_content_is_refused() -> None:
    with pytest.raises(InputError, match="no visible sheet"):
        read(workbook(("Leer", [])))


def test_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = replace_part(workbook(("A", [[1]])), FIRST_SHEET, lambda _: b" " * (160 * 2**20))
    assert len(bomb) < 2**20
    begin = time.perf_counter()
    with pytest.raises(InputError, match="unpacks to more than"):
        read(bomb)
    assert time.perf_counter() - begin < 1


def test_entity_bomb_and_outside_entities_come_to_nothing() -> None:
    doctype = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    hostile = with_shared_strings(
        workbook(("A", [["x"]])),
        '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>',
        f"{doctype}<sst><si><t>Firma</t></si><si><t>x&b;&f;</t></si></sst>",
    )
    assert read(hostile).rows == {1: ["Firma"], 2: ["x"]}


def test_far_cells_that_are_only_coloured_do_not_count() -> None:
    def colour(sheet: Worksheet) -> None:
        for place in ("AMJ2", "A150000", "XFD150000"):
            sheet[place].fill = PatternFill("solid", fgColor="FFFF00")

    sheet = read(workbook(("Kunden", [HEADINGS, ["Möwe", "28195", "Bremen"]]), change=colour))
    assert sheet.rows == {1: HEADINGS, 2: ["Möwe", "28195", "Bremen"]}


def test_content_far_to_the_right_is_refused_with_its_column() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["AMJ2"] = "x"

    with pytest.raises(InputError, match="something stands in column AMJ"):
        read(workbook(("Kunden", [HEADINGS]), change=fill))


def test_row_far_below_is_refused_not_filled_up() -> None:
    far = replace_part(
        workbook(("A", [["Firma"]])),
        FIRST_SHEET,
        lambda xml: xml.replace(b'r="1"', b'r="900000000"').replace(b'r="A1"', b'r="A900000"'),
    )
    begin = time.perf_counter()
    with pytest.raises(InputError, match="more than 100,000 rows"):
        read(far)
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (FIRST_SHEET, b"<v>7</v>", b"<v>seven</v>"),
        (FIRST_SHEET, b"<v>7</v>", b"<v>1e999999999</v>"),
        (FIRST_SHEET, b't="n"', b't="s"'),
        (FIRST_SHEET, b"</row>", b"</wor>"),
        (FIRST_SHEET, b'r="1"', b'r="x"'),
        ("xl/workbook.xml", b"rId1", b"rId9"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/", b"../../../etc/"),
        ("xl/styles.xml", b"<", b"<<"),
    ],
)
def test_damaged_package_is_refused_as_such(part: str, old: bytes, new: bytes) -> None:
    content = workbook(("A", [["Firma"], [7]]))
    with pytest.raises(InputError, match="damaged"):
        read(replace_part(content, part, lambda xml: xml.replace(old, new, 1)))
