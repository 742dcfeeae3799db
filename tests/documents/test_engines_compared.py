"""Both engines over our own templates: what docs/engines.md says and a machine can see."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pypdfium2
import pytest

from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.convert.libreoffice import LibreOfficeConverter, stop_libreoffice
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.kinds import LANGUAGES
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.word import render_word
from acctflows.word_templates import SAMPLES
from tests.conftest import ROOT, missing


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontSet:
    return install_fonts(tmp_path_factory.mktemp("fonts"), machine_folders=())


@pytest.fixture(scope="module")
def libreoffice(
    tmp_path_factory: pytest.TempPathFactory, fonts: FontSet
) -> Iterator[LibreOfficeConverter]:
    program = find_soffice(None)
    if program is None:
        missing("LibreOffice")
    assert program is not None
    home = tmp_path_factory.mktemp("home")
    converter = LibreOfficeConverter(program, home=home, fonts=fonts, listeners=1)
    yield converter
    converter.close()
    stop_libreoffice(home)


@pytest.mark.libreoffice
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_same_pages_same_words_in_the_same_order_in_the_same_faces(
    libreoffice: LibreOfficeConverter, fonts: FontSet, kind: str, language: str
) -> None:
    template = ROOT / "templates" / "documents" / kind / f"{language}.docx"
    sample = SAMPLES[kind](language)
    created = datetime(2026, 11, 27, tzinfo=UTC)
    docx = render_word(template, sample, created=created, title="T", author="A").content
    best, other = libreoffice.convert(docx), DxpdfConverter(fonts).convert(docx)
    assert running_text(best) == running_text(other)
    first, second = (check_pdf(pdf, must_appear=()) for pdf in (best, other))
    assert first.pages == second.pages
    assert first.problems == second.problems == ()
    assert {*first.fonts} == {name.split("+")[-1] for name in second.fonts}


def running_text(pdf: bytes) -> str:
    """The words of all pages in reading order, without white space, headers and footers.

    The head of a table that the page cuts off after it (dxpdf) counts once.
    """
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range().splitlines() for page in document]
    document.close()
    bodies = [page[1 if number else 0 : -2] for number, page in enumerate(pages)]
    for before, after in pairwise(bodies):
        if before[-1] == after[0]:
            before.pop()
    return "".join("".join(line.split()) for body in bodies for line in body)
