from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdfcheck import check_pdf


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = install_fonts(tmp_path_factory.mktemp("home")).folder
    pdfmetrics.registerFont(TTFont("DejaVu", folder / "DejaVuSans.ttf"))
    return "DejaVu"


def pdf_of(face: str, *pages: list[str]) -> bytes:
    made = BytesIO()
    canvas = Canvas(made)
    for lines in pages:
        canvas.setFont(face, 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 780 - 15 * number, line)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def test_a_sound_pdf_has_no_problems(face: str) -> None:
    pdf = pdf_of(face, ["Vertrag V-2026-0001", "Möwe Handel GmbH"], ["Summe 1.000,00\u00a0€"])
    report = check_pdf(pdf, must_appear=["V-2026-0001", "Möwe Handel GmbH", "1.000,00 €"])
    assert report.problems == ()
    assert report.pages == 2
    assert [name.split("+")[-1] for name in report.fonts] == ["DejaVuSans"]


def test_what_is_missing_is_named(face: str) -> None:
    pdf = pdf_of(face, ["Summe 1.000,00 €"])
    report = check_pdf(pdf, must_appear=["10.000,00 €", "Möwe"])
    assert report.problems == (
        "“10.000,00 €” does not appear in the PDF.",
        "“Möwe” does not appear in the PDF.",
    )


def test_a_typeface_that_is_not_embedded_is_named() -> None:
    report = check_pdf(pdf_of("Helvetica", ["Vertrag"]), must_appear=["Vertrag"])
    assert report.problems == ("The typeface Helvetica is not embedded.",)


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["Gesellschaft für", "Müll und Ver-", "wertung"], "Gesellschaft für Müll und Verwertung"),
        (["Müller-", "Lüdenscheidt"], "Müller-Lüdenscheidt"),
        (["Ober\u00adfläche"], "Oberfläche"),
        (["ﬁnanz oﬀen"], "finanz offen"),
        (["a\u200bb"], "ab"),
        (["Saldo -5,00"], "-5,00"),
        (["5,00 %"], "5,00\u202f%"),
    ],
)
def test_line_breaks_ligatures_and_invisible_marks_do_not_matter(
    face: str, lines: list[str], value: str
) -> None:
    assert check_pdf(pdf_of(face, lines), must_appear=[value]).problems == ()


def test_a_long_text_may_run_over_the_end_of_a_page(face: str) -> None:
    words = " ".join(f"Wort{number}" for number in range(60))
    middle = len(words) // 2
    pages = ["Kopf", words[:middle], "Seite 1"], ["Kopf", words[middle:], "Seite 2"]
    pdf = pdf_of(face, *pages)
    assert check_pdf(pdf, must_appear=[words]).problems == ()
    assert check_pdf(pdf, must_appear=[words.replace("Wort4", "Satz4")]).problems != ()


NAME = "Gesellschaft für Müllverwertung und Kreislaufwirtschaft Nord mbH & Co. KG"


@pytest.mark.parametrize("pages", [1, 4, 12])
def test_a_long_name_that_is_nowhere_is_missed_in_a_pdf_of_any_length(
    face: str, pages: int
) -> None:
    pdf = pdf_of(face, *[["Kopf", "Text", f"Seite {page}"] for page in range(pages)])
    assert check_pdf(pdf, must_appear=[NAME]).problems == (f"“{NAME}” does not appear in the PDF.",)


@pytest.mark.parametrize(
    ("pages", "value"),
    [
        ([["Summe", "Seite 1"], ["1.000,00 €"]], "11.000,00\u00a0€"),
        ([["Pos. 4"], ["2 Wochen"]], "42 Wochen"),
        ([["Möwe"], [""], ["Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Möwe"], ["Hafen"], ["Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Möwe", "x" * 300], ["Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Möwe"], ["x" * 300, "Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Möwe und so"], ["Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Handel GmbH"], ["Möwe"]], "Möwe Handel GmbH"),
    ],
)
def test_pieces_that_no_page_break_tore_are_no_value(
    face: str, pages: list[list[str]], value: str
) -> None:
    assert check_pdf(pdf_of(face, *pages), must_appear=[value]).problems != ()


@pytest.mark.parametrize(
    ("pages", "value"),
    [
        ([["Möwe"], ["Handel GmbH"]], "Möwe Handel GmbH"),
        ([["Müll und Ver-", "Seite 1"], ["Kopf", "wertung"]], "Müll und Verwertung"),
        ([["Müller-", "Seite 1"], ["Lüdenscheidt"]], "Müller-Lüdenscheidt"),
        ([["Wort -"], ["und Bild"]], "Wort - und Bild"),
        ([["x" * 40, "1 Stück 100,00 €", "Übertrag"], ["Kopf", "x" * 30]], "x" * 70),
    ],
)
def test_a_value_may_be_torn_where_a_line_may_end(
    face: str, pages: list[list[str]], value: str
) -> None:
    assert check_pdf(pdf_of(face, *pages), must_appear=[value]).problems == ()


WORDS = st.lists(st.text("abcdeäß", min_size=1, max_size=9), min_size=2, max_size=40)


@st.composite
def torn_values(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """The words of a value, and those that each of several pages in turn shows of it."""
    words = draw(WORDS)
    places = st.sets(st.integers(1, len(words) - 1), min_size=1, max_size=4)
    ends = [0, *sorted(draw(places)), len(words)]
    return words, [words[first:last] for first, last in pairwise(ends)]


def _laid_out(pieces: list[list[str]]) -> list[list[str]]:
    """Pages with header and footer, the pieces in lines of five words between."""
    pages = [["Kopf VERTRAG", f"Seite {page}"] for page in range(len(pieces))]
    for page, piece in zip(pages, pieces, strict=True):
        page[1:1] = [" ".join(piece[start : start + 5]) for start in range(0, len(piece), 5)]
    pages[0][1:1] = ["FILLING " * 8] * 9
    pages[-1][-1:-1] = ["OTHERWISE " * 8] * 9
    return pages


@given(torn=torn_values(), data=st.data())
def test_a_value_is_found_over_any_page_breaks_and_only_as_a_whole(
    face: str, torn: tuple[list[str], list[list[str]]], data: st.DataObject
) -> None:
    words, pieces = torn
    value = " ".join(words)
    assert check_pdf(pdf_of(face, *_laid_out(pieces)), must_appear=[value]).problems == ()

    page = data.draw(st.integers(0, len(pieces) - 1))
    word = data.draw(st.integers(0, len(pieces[page]) - 1))
    pieces[page][word] = pieces[page][word].replace(pieces[page][word][0], "Z")
    assert check_pdf(pdf_of(face, *_laid_out(pieces)), must_appear=[value]).problems != ()


@given(torn=torn_values(), data=st.data())
def test_pieces_far_from_the_break_are_not_joined(
    face: str, torn: tuple[list[str], list[list[str]]], data: st.DataObject
) -> None:
    words, pieces = torn
    pages = _laid_out(pieces)
    upper = data.draw(st.integers(0, len(pages) - 2))
    below = data.draw(st.booleans())
    far = [f"{'BETWEEN ' * 8}{number}" for number in range(4)]
    if below:
        pages[upper][-1:-1] = far
    else:
        pages[upper + 1][1:1] = far
    assert check_pdf(pdf_of(face, *pages), must_appear=[" ".join(words)]).problems != ()


def test_text_from_right_to_left_and_symbols_are_found_word_by_word(face: str) -> None:
    pdf = pdf_of(face, ["Firma ☎ Nord", "םולש"])
    assert check_pdf(pdf, must_appear=["Firma ☎ Nord"]).problems == ()
    assert check_pdf(pdf, must_appear=["Firma ☢ Nord"]).problems != ()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"Sehr geehrte Damen und Herren"])
def test_what_is_no_pdf_is_reported_and_not_raised(content: bytes) -> None:
    report = check_pdf(content, must_appear=["x"])
    assert report.pages == 0
    assert "cannot be opened" in report.problems[0]


def test_several_threads_may_look_at_once(face: str) -> None:
    pdfs = [pdf_of(face, [f"Nummer {number}!"]) for number in range(8)]

    def look(number: int) -> tuple[str, ...]:
        return check_pdf(pdfs[number % 8], must_appear=[f"Nummer {number % 8}!"]).problems

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(look, range(80))) == {()}


def test_the_check_reads_only_the_bytes_given(face: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf_of(face, ["x"]))
    assert check_pdf(str(path).encode(), must_appear=[]).pages == 0
