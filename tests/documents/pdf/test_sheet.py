from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acctflows.documents.pdf.faces import BOLD, Faces
from acctflows.documents.pdf.flow import writing_letter
from acctflows.documents.pdf.letterhead import BODY_TOP, Letterhead
from acctflows.documents.pdf.logo import prepare_logo
from acctflows.documents.pdf.sheet import MM, Sheet, writing
from acctflows.documents.pdf.table import Cell, Column, Row, draw_table
from acctflows.documents.pdfcheck import check_pdf
from acctflows.errors import ConfigurationError, InputError
from tests.conftest import ROOT
from tests.documents.pdf.reading import picture, read_pages

LETTERHEAD = Letterhead(
    sender="Nordlicht Digital GmbH · Speicherstraße 14 · 20457 Hamburg",
    address=("Möwe Handel GmbH", "Am Markt 3", "28195 Bremen"),
    information=(("Nummer", "1"), ("Datum", "24.11.2026")),
    running_title="Brief 1 · Möwe Handel GmbH",
    footer=(("Nordlicht Digital GmbH",), ("Tel. 1",), ("HRB 123987",)),
    colour="#1f4e5f",
    logo=b"",
    name="Nordlicht Digital",
)


def letter(faces: Faces, text: str, letterhead: Letterhead = LETTERHEAD) -> bytes:
    with writing_letter(
        faces, letterhead, title="Brief", language="de", number="Seite {} von {}".format
    ) as flow:
        flow.paragraph(text)
    return flow.pdf


def test_nothing_but_our_embedded_typefaces_is_in_the_file(faces: Faces) -> None:
    pdf = letter(faces, "Grüße nach Київ und Αθήνα 🚀")

    report = check_pdf(pdf, must_appear=["Grüße nach Київ und Αθήνα 🚀"])

    assert report.problems == ()
    assert report.fonts == ("NotoEmoji-Regular", "SourceSansPro-Regular", "SourceSansPro-Semibold")
    assert b"Helvetica" not in pdf


def test_emoji_can_be_copied_from_the_page(faces: Faces) -> None:
    assert "Start 🚀 los" in read_pages(letter(faces, "Start 🚀 los"))[0]


def test_the_same_input_gives_the_same_bytes(faces: Faces) -> None:
    assert letter(faces, "gleich 🚀") == letter(faces, "gleich 🚀")


def test_threads_do_not_disturb_each_other(faces: Faces) -> None:
    texts = [f"Brief {chr(0x410 + number)} {number} 🚀 " * (number * 20 + 1) for number in range(8)]
    alone = [letter(faces, text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: letter(faces, text), texts))

    assert together == alone


def test_a_failed_document_leaves_the_next_unharmed(faces: Faces) -> None:
    before = letter(faces, "gut")
    with pytest.raises(InputError):
        letter(faces, "日本")
    assert letter(faces, "gut") == before


def test_each_page_says_which_of_how_many_it_is(faces: Faces) -> None:
    pages = read_pages(letter(faces, "Wort " * 3000))
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert f"Seite {number} von {len(pages)}" in text
        assert "HRB 123987" in text
    assert "Brief 1 · Möwe Handel GmbH" in pages[1]


def test_the_address_stands_in_the_window_of_form_b(faces: Faces) -> None:
    image = picture(letter(faces, ""), scale=2)
    millimetre = 2 * MM

    def is_blank(left: float, top: float, right: float, bottom: float) -> bool:
        area = tuple(round(value * millimetre) for value in (left, top, right, bottom))
        return image.crop(area).getextrema()[0] > 250

    assert not is_blank(25, 62.7, 105, 80)  # the address itself
    assert is_blank(20, 81, 105, 97)  # and nothing of it below the window
    assert is_blank(106, 40, 124, 97)  # nor between window and information block
    assert not is_blank(125, 50, 190, 62)


def test_an_address_too_long_for_the_window_is_refused(faces: Faces) -> None:
    changed = {**LETTERHEAD.__dict__, "address": ("Wort " * 600,)}
    with pytest.raises(InputError, match="window"):
        letter(faces, "", Letterhead(**changed))


def test_a_long_address_is_set_smaller_and_arrives_whole(faces: Faces) -> None:
    name = "Gesellschaft für " * 20 + "Ende"
    changed = {**LETTERHEAD.__dict__, "address": (name, "Am Markt 3", "28195 Bremen")}
    assert check_pdf(letter(faces, "", Letterhead(**changed)), must_appear=[name]).problems == ()


def test_a_logo_is_placed_and_a_broken_one_named(faces: Faces) -> None:
    logo = (ROOT / "templates" / "agency" / "logo.png").read_bytes()
    pdf = letter(faces, "", Letterhead(**{**LETTERHEAD.__dict__, "logo": logo}))
    assert b"/DCTDecode" in pdf
    assert prepare_logo(logo) is prepare_logo(Path(ROOT / "templates/agency/logo.png").read_bytes())
    with pytest.raises(ConfigurationError, match="logo"):
        prepare_logo(b"no picture")


def test_a_matrix_is_drawn_as_it_is(faces: Faces) -> None:
    modules = [[(row * column) % 3 == 0 for column in range(21)] for row in range(21)]

    def draw(sheet: Sheet) -> None:
        sheet.matrix(modules, 100, 100, 210)

    with writing(faces, title="", author="", language="en", number="{}/{}".format) as written:
        draw(written.sheet)
    image = picture(written.pdf, scale=2)
    seen = [
        [image.getpixel((210 + column * 20, 210 + row * 20)) < 128 for column in range(21)]
        for row in range(21)
    ]
    assert seen == modules


def test_a_long_table_repeats_its_head_and_carries_the_sum(faces: Faces) -> None:
    rows = [Row((Cell(f"Zeile {n}", weight=BOLD), Cell(str(n))), n) for n in range(1, 101)]
    with writing_letter(
        faces, LETTERHEAD, title="", language="de", number="Seite {} von {}".format
    ) as flow:
        columns = [Column("Kopf", flow.width / 2), Column("Zahl", flow.width / 2, number=True)]
        draw_table(
            flow,
            columns,
            rows,
            tail=30,
            carried=lambda total: f"={total}",
            carried_label="Übertrag",
        )
        assert flow.y > BODY_TOP
    pages = read_pages(flow.pdf)
    assert len(pages) > 2
    last_rows = []
    for number, text in enumerate(pages):
        shown = [n for n in range(1, 101) if f"Zeile {n} {n}\n" in text + "\n"]
        assert text.count("Kopf") == 1
        if number:
            assert f"Übertrag ={sum(range(1, shown[0]))}" in text
        if number < len(pages) - 1:
            assert f"Übertrag ={sum(range(1, shown[-1] + 1))}" in text
        last_rows += shown
    assert last_rows == list(range(1, 101))


def test_where_nothing_is_summed_up_rows_take_the_place_of_what_is_carried(faces: Faces) -> None:
    rows = [Row((Cell(f"Zeile {n}"), Cell("x")), 0) for n in range(1, 101)]
    on_second_page = []
    for carried in (None, str):
        with writing_letter(
            faces, LETTERHEAD, title="", language="de", number="Seite {} von {}".format
        ) as flow:
            columns = [Column("Kopf", flow.width / 2), Column("Wort", flow.width / 2)]
            draw_table(flow, columns, rows, carried=carried)
        on_second_page.append(read_pages(flow.pdf)[1].count("Zeile"))
    without, with_sum = on_second_page
    assert without == with_sum + 2
