import re
from contextlib import closing
from datetime import date, timedelta

import pytest
from pypdfium2 import PdfDocument

from acctflows.delivery.presenting import must_appear
from acctflows.delivery.sample import sample_snapshot
from acctflows.documents.convert import Converter
from acctflows.documents.pdfcheck import check_pdf
from tests.conftest import Golden
from tests.contracts.test_pdf import converter
from tests.delivery.variants import KINDS, LANGUAGES, make_snapshot, write_word
from tests.documents.pdf.reading import read_as_text

__all__ = ["converter"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_pdf_shows_what_must_be_read_in_the_house_typeface(
    converter: Converter, kind: str, language: str
) -> None:
    snapshot = sample_snapshot(kind, language)

    report = check_pdf(converter.convert(write_word(snapshot)), must_appear=must_appear(snapshot))

    assert report.problems == ()
    assert report.pages == 2
    assert all("SourceSansPro" in font for font in report.fonts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_act_reads_as_it_always_did(
    converter: Converter, kind: str, language: str, golden: Golden
) -> None:
    pdf = converter.convert(write_word(sample_snapshot(kind, language)))
    golden(f"acts/{kind}.{language}.txt", read_as_text(pdf))


def test_a_month_full_of_work_keeps_every_entry_under_its_head(converter: Converter) -> None:
    record = sample_snapshot("activity", "de").records[0].model_dump()
    days = [date(2026, 11, 1) + timedelta(days=n % 30) for n in range(120)]
    records = [
        record | {"done_on": day, "note": f"Aufgabe {n:03}"} for n, day in enumerate(days, 1)
    ]
    snapshot = make_snapshot("activity", "de", records=records)

    with closing(PdfDocument(converter.convert(write_word(snapshot)))) as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]

    holding = [text for text in pages if "Aufgabe" in text]
    assert len(holding) > 2
    assert all("Datum" in text and "Menge" in text for text in holding)
    assert [n for n in range(1, 121) if f"Aufgabe {n:03}" not in "".join(pages)] == []


@pytest.mark.parametrize("count", range(1, 12))
def test_no_heading_stands_alone_at_the_end_of_a_page(converter: Converter, count: int) -> None:
    record = sample_snapshot("acceptance", "de").records[0].model_dump()
    snapshot = make_snapshot("acceptance", "de", records=[record] * count * 3)

    with closing(PdfDocument(converter.convert(write_word(snapshot)))) as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]

    for heading, follows in (
        ("Einzelnachweis", "03.11.2026"),
        ("Abnahme", "Der Auftraggeber prüft"),
        ("Beseitigte Mängel", "Warenkorb"),
    ):
        parts = [re.split(rf"(?m)^{heading}\s*$", page) for page in pages]
        ((_before, after),) = [part for part in parts if len(part) == 2]
        assert follows in after
