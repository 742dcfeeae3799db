from contextlib import closing

import pytest
from pypdfium2 import PdfDocument

from acctflows.contracts.presenting import must_appear
from acctflows.contracts.sample import sample_snapshot
from acctflows.documents.convert import Converter
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdfcheck import check_pdf
from tests.conftest import Golden
from tests.contracts.test_word import HOSTILE
from tests.contracts.variants import LANGUAGES, make_line, make_snapshot, write_word
from tests.documents.pdf.reading import read_as_text


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Converter:
    """The engine every installation has."""
    return DxpdfConverter(install_fonts(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_shows_what_must_be_read_in_the_house_typeface(
    converter: Converter, language: str
) -> None:
    snapshot = sample_snapshot(language)

    report = check_pdf(converter.convert(write_word(snapshot)), must_appear=must_appear(snapshot))

    assert report.problems == ()
    assert report.pages == 5
    assert all("SourceSansPro" in font for font in report.fonts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contract_reads_as_it_always_did(
    converter: Converter, language: str, golden: Golden
) -> None:
    pdf = converter.convert(write_word(sample_snapshot(language)))
    golden(f"contracts/{language}.txt", read_as_text(pdf))


def test_client_data_can_be_read_in_the_pdf(converter: Converter) -> None:
    # dxpdf prints joined Arabic letters rightly, but they cannot be searched for in its PDF.
    name = HOSTILE.replace("عليكم", "").strip()
    snapshot = make_snapshot(
        "de",
        lines=[make_line(title=HOSTILE)],
        client={"legal_name": name},
        signer={"name": "Zoë Łukasiewicz-Ðorđević Щукина"},
    )

    report = check_pdf(converter.convert(write_word(snapshot)), must_appear=must_appear(snapshot))

    assert report.problems == ()


def test_forty_lines_and_long_names_keep_every_amount(converter: Converter) -> None:
    name = (
        "Vereinigte Manufaktur- und Handelsgesellschaft Petersen-Lüttjohann & Söhne GmbH & Co. KG"
    )
    lines = [
        make_line(position=n, title=f"Leistung {n}", unit_price_minor=123_456_700 + n)
        for n in range(1, 41)
    ]
    snapshot = make_snapshot("de", lines=lines, client={"legal_name": name})
    amounts = [snapshot.money(line.net_minor).format("de") for line in lines]

    report = check_pdf(
        converter.convert(write_word(snapshot)), must_appear=[*must_appear(snapshot), *amounts]
    )

    assert report.problems == ()


@pytest.mark.parametrize("count", range(11, 19, 2))
def test_the_signature_block_stays_on_one_page(converter: Converter, count: int) -> None:
    agreements = "\n".join(f"Vereinbarung {n} gilt." for n in range(count))
    snapshot = make_snapshot("de", terms={"special_agreements": agreements})

    with closing(PdfDocument(converter.convert(write_word(snapshot)))) as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]

    block = ("Bei Annahme in Papierform", "Ort, Datum", "Unterschrift: Jonas Petersen")
    holding = [{number for number, text in enumerate(pages) if part in text} for part in block]
    assert len(holding[0]) == 1
    assert holding[0] == holding[1] == holding[2]
