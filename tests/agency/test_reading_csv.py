"""CSV as people have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.agency.importing import read_bytes, read_file
from acctflows.agency.importing.csv_files import read_csv
from acctflows.agency.importing.sheets import MAX_BYTES, MAX_COLUMNS, Sheet
from acctflows.agency.problems import ProblemsError
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


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("Bäckerei", "mac_roman", "“BŠckerei”, which probably means “Bäckerei”"),
        ("Müller", "mac_roman", "“MŸller”, which probably means “Müller”"),
        ("Köln", "mac_roman", "“Kšln”, which probably means “Köln”"),
        ("ÄRZTE; MÖWE", "mac_roman", "“M…WE”, which probably means “MÖWE”"),
        ("Gießen", "cp850", "“Gieáen”, which probably means “Gießen”"),
        ("Ärzte", "cp850", "“Žrzte”, which probably means “Ärzte”"),
        ("Москва", "cp1251", "“Ìîñêâà”"),
        ("Αθήνα", "cp1253", "“ÁèÞíá”"),
        ("Łódź", "cp1250", "“£ódŸ”"),
        ("95 €", "iso8859-15", "“¤”"),
        ("René", "mac_roman", "“RenŽ”"),
    ],
)
def test_letters_nobody_writes_are_refused_with_what_was_read_and_meant(
    text: str, encoding: str, shown: str
) -> None:
    with pytest.raises(ProblemsError, match="encoding is unclear") as refused:
        read(f"Firma;Ort\nTidenhub;Kiel\n{text};Kiel\n".encode(encoding))
    (problem,) = refused.value.problems
    assert shown in problem.text("en")
    assert problem.facts["row"] == 3
    assert "als „CSV UTF-8“ speichern" in problem.text("de")


@pytest.mark.parametrize(
    "name",
    ["Möwe", "García Muñoz", "Miloš Žižek", "„Alpha“ GmbH", "Café…Bar", "Mode™ & Co®", "120 m²",
     "ProÄrzte", "ÄÖÜ äöüß", "O´Neill", "l’Été", "Sørensen", "Sœur", "São João", "TÜV NORD",
     "Škoda", "Mo–Fr", "François Noël"],
)  # fmt: skip
def test_names_of_western_europe_are_read_and_shown_to_be_looked_at(name: str) -> None:
    sheet = read(f"Firma;Ort\n{name};Kiel\n".encode("cp1252"))
    assert sheet.rows[2][0] == name
    (note,) = sheet.notes
    assert note.code == "encoding_assumed"
    assert next(word for word in name.split() if not word.isascii()) in note.text("de")


def test_a_file_that_says_its_encoding_is_not_asked_about() -> None:
    assert read("Firma;Ort\nBŠckerei Ìîñêâà;¤\n").notes == ()
    assert read(b"Firma;Ort\nTidenhub;Kiel\n").notes == ()


@given(
    st.lists(
        st.sampled_from(["Bäckerei", "Müller", "Köln", "Straße", "Größe", "Äpfel", "Weiß"]),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["mac_roman", "cp850"]),
)
def test_german_words_of_another_encoding_never_pass(words: list[str], encoding: str) -> None:
    text = "Firma;Ort\n" + "".join(f"{word};Kiel\n" for word in words)
    with pytest.raises(ProblemsError):
        read(text.encode(encoding))
    assert read(text.encode("cp1252")).rows[2][0] == words[0]


def test_who_reads_other_lists_is_told_only_that_the_encoding_was_assumed() -> None:
    sheet = read_csv("Zweck\nM‡ller B„cker ¤\n".encode("cp1252"), file="a.csv", known=len)
    assert (sheet.rows[2], sheet.assumed) == (["M‡ller B„cker ¤"], True)


def test_far_cells_without_content_do_not_count() -> None:
    far = ";" * 500
    rows = read(f"Firma;Ort{far}\nMöwe;Köln{far}\n" + f"{far}\n" * 1000).rows
    assert {number: cells[:3] for number, cells in rows.items()} == {
        1: ["Firma", "Ort", ""],
        2: ["Möwe", "Köln", ""],
    }
    with pytest.raises(InputError, match="something stands in column SH"):
        read(f"Firma;Ort\nMöwe{far};x\n")


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
