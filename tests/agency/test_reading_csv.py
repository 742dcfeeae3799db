"""CSV as people have it."""

import pytest

from acctflows.agency.importing import read_bytes, read_file
from acctflows.agency.importing.sheets import MAX_BYTES, MAX_COLUMNS, Sheet
from acctflows.errors import InputError

GERMAN = "Firma;PLZ;Ort\nMöwe GmbH;28195;Köln\n"


def read(data: bytes | str) -> Sheet:
    content = data.encode() if isinstance(data, str) else data
    (sheet,) = read_bytes(content, file="kunden.csv")
    return sheet


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_umlauts_survive_every_usual_encoding(encoding: str) -> None:
    assert read(GERMAN.encode(encoding)).rows[2] == ["Möwe GmbH", "28195", "Köln"]


def test_euro_sign_and_quotation_marks_of_windows_are_read() -> None:
    text = "Firma;Bemerkung\nMöwe GmbH;„1.000 €“ – gut\n"
    assert read(text.encode("cp1252")).rows[2][1] == "„1.000 €“ – gut"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiter_is_found_by_the_headings(delimiter: str) -> None:
    text = f'Firma{delimiter}Ort{delimiter}Notiz\nMöwe{delimiter}Köln{delimiter}"a;b,c|d\te"\n'
    assert read(text).rows[2] == ["Möwe", "Köln", "a;b,c|d\te"]


def test_delimiter_line_of_excel_is_understood_and_counted() -> None:
    assert read("sep=,\r\nFirma,Ort\r\nMöwe;Co,Köln\r\n").rows[3] == ["Möwe;Co", "Köln"]


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    text = 'Firma;Notiz\r\n\r\n"Möwe";"Zeile 1\nZeile 2"\r\n;\r\nTidenhub;"er sagte ""moin"""\r\n'
    assert read(text).rows == {
        1: ["Firma", "Notiz"],
        3: ["Möwe", "Zeile 1\nZeile 2"],
        5: ["Tidenhub", 'er sagte "moin"'],
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(end: str) -> None:
    assert len(read(end.join(["Firma;Ort", "Möwe;Köln", "Tidenhub;Kiel"])).rows) == 3


def test_unclosed_quotation_mark_is_refused_with_its_row() -> None:
    with pytest.raises(InputError, match="row 2 is broken"):
        read('Firma;Ort\n"Möwe;Köln\nTidenhub;Kiel\n')


def test_text_behind_a_closing_quotation_mark_is_refused_with_its_row() -> None:
    with pytest.raises(InputError, match="row 3 is broken"):
        read('Firma;Ort\nMöwe;Köln\n"Tiden"hub;Kiel\n')


def test_umlauts_of_the_dos_code_page_are_refused() -> None:
    with pytest.raises(InputError, match=r"encoding is unclear|neither UTF-8 nor"):
        read("Firma;Ort\nBäckerei Höft;Lüneburg\n".encode("cp850"))


def test_bytes_of_no_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(InputError, match="line 2 holds bytes"):
        read(b"Firma;Ort\nM\xf6we\x81;K\xf6ln\n")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n" + bytes(range(256)) * 4, b"\x89PNG\r\n\x1a\n" + bytes(200), b"\0" * 999]
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)


def test_empty_file_holds_no_rows() -> None:
    for data in (b"", b"\xef\xbb\xbf", b"\r\n\r\n", b";;;\n"):
        assert read(data).rows == {}


def test_too_many_columns_and_too_large_files_are_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with pytest.raises(InputError, match="more than 200 columns"):
        read(";".join(["Firma"] * (MAX_COLUMNS + 1)))
    large = tmp_path_factory.mktemp("large") / "large.csv"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than 25 MB"):
        read_file(large)
    with pytest.raises(InputError, match="cannot be read"):
        read_file(large.with_name("missing.csv"))
    with pytest.raises(InputError, match="cannot be read"):
        read_file(large.parent)
