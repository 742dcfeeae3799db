from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
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
