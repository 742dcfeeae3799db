"""The report in Word and PDF: complete in both languages, with its chart, and nothing invented."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from PIL import Image

from acctflows.delivery.reports.chart import MOST_ROWS, SIZE, budget_chart
from acctflows.delivery.reports.presenting import must_appear, word_context
from acctflows.delivery.reports.sample import sample_context, sample_snapshot
from acctflows.delivery.reports.snapshot import ReportSnapshot
from acctflows.documents.convert import Converter
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.drawing import DPI
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.lint import check_template
from acctflows.documents.pdfcheck import check_pdf
from tests.contracts.test_word import HOSTILE
from tests.contracts.variants import LANGUAGES, TEMPLATES, read_word
from tests.delivery.reports.variants import NOTHING, make_report, write_word

CHOICES: dict[str, dict[str, Any]] = {
    "everything": {},
    "nothing": NOTHING,
    "nothing done": NOTHING | {"budget": sample_snapshot("de").budget},
    "only words": NOTHING | {"risk_words": ["Ein Risiko"], "next_words": ["Ein Schritt"]},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def fonts(home: Path) -> FontSet:
    return install_fonts(home)


@pytest.fixture(scope="module")
def converter(fonts: FontSet) -> Converter:
    """The engine every installation has."""
    return DxpdfConverter(fonts)


def text_of(snapshot: ReportSnapshot, fonts: FontSet) -> str:
    return "\n".join(read_word(write_word(snapshot, fonts)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_templates_pass_their_own_check(language: str) -> None:
    template = TEMPLATES / "documents" / "report" / f"{language}.docx"

    assert check_template(template, sample_context(language)) == []


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_is_complete_in_word_and_pdf(
    converter: Converter, fonts: FontSet, language: str, choice: str
) -> None:
    snapshot = make_report(language, **CHOICES[choice])
    word = write_word(snapshot, fonts)

    text = "\n".join(read_word(word))
    report = check_pdf(converter.convert(word), must_appear=must_appear(snapshot))

    assert not [mark for mark in ("{{", "{%", "None", "True", "False", "  ") if mark in text]
    assert report.problems == ()
    assert report.pages <= 2
    assert all("SourceSansPro" in font for font in report.fonts)


def test_where_nothing_is_recorded_the_report_says_so(fonts: FontSet) -> None:
    text = text_of(make_report("de", **NOTHING), fonts)

    for sentence in (
        "Zurzeit nichts, vielen Dank.",
        "In diesem Zeitraum ist keine Arbeit erfasst.",
        "Für dieses Projekt ist noch nichts geplant und erfasst.",
        "In den nächsten Wochen ist kein Meilenstein fällig.",
        "Zurzeit sehen wir keine.",
    ):
        assert sentence in text


def test_the_report_tells_its_facts_in_the_readers_language(fonts: FontSet) -> None:
    german, english = (text_of(sample_snapshot(language), fonts) for language in LANGUAGES)

    for sentence in (
        "Kalenderwoche 47/2026 (16.–22. November 2026)",
        "Leistungsnachweis L-2026-0012: Ihre Antwort bis 4. Dezember 2026",
        "Rechnung RE-2026-0017: 1.190,00 €, überfällig seit 15. November 2026",
        "Zahlungen der letzten Tage sind vielleicht noch nicht berücksichtigt.",
        "1,33 Stunden",
        "ohne Festpreise",
        "1,5 Stunden ohne Berechnung",
        "Festpreis",
        "3.543,30 €",
        "81 % des Budgets sind genutzt, aber erst 58 % der Projektzeit vergangen.",
        "Die Zugangsdaten zum Kassensystem fehlen uns noch.",
    ):
        assert sentence in german
    for sentence in ("Week 47, 2026 (16–22 November 2026)", "€3,543.30", "1.5 hours not billed"):
        assert sentence in english


def test_the_chart_is_in_the_file_with_its_words(fonts: FontSet) -> None:
    snapshot = sample_snapshot("de")
    content = write_word(snapshot, fonts)

    with zipfile.ZipFile(BytesIO(content)) as archive:
        pictures = [archive.read(n) for n in archive.namelist() if n.startswith("word/media/")]
    assert budget_chart(snapshot, fonts=fonts) in pictures
    (shape,) = Document(BytesIO(content)).inline_shapes
    words = shape._inline.docPr.get("descr").replace("\N{NO-BREAK SPACE}", " ")
    assert words.startswith("Stunden und Budget je Leistung. SEO-Betreuung: 42,5 Stunden, davon")
    assert "Pflege nach Aufwand: 8,83 Stunden, davon 1,33 Stunden im Zeitraum, 73 % des" in words
    assert shape.width / shape.height == pytest.approx(SIZE[0] / SIZE[1], rel=1e-3)


def test_equal_facts_give_the_same_chart_of_one_size(fonts: FontSet) -> None:
    line = sample_snapshot("de").budget[1]
    many = [line.model_copy(update={"title": f"${n}$ {HOSTILE}"}) for n in range(MOST_ROWS + 3)]
    few, more = sample_snapshot("de"), make_report("de", budget=many)

    assert budget_chart(few, fonts=fonts) == budget_chart(sample_snapshot("de"), fonts=fonts)
    sizes = {Image.open(BytesIO(budget_chart(each, fonts=fonts))).size for each in (few, more)}
    assert sizes == {(round(SIZE[0] * DPI), round(SIZE[1] * DPI))}


def test_sixty_services_keep_every_line(converter: Converter, fonts: FontSet) -> None:
    line, done = sample_snapshot("de").budget[1], sample_snapshot("de").done[0]
    snapshot = make_report(
        "de",
        budget=[line.model_copy(update={"title": f"Leistung {n}"}) for n in range(60)],
        done=[done.model_copy(update={"title": f"Arbeit {n}"}) for n in range(60)],
    )
    titles = [f"{what} {n}" for what in ("Leistung", "Arbeit") for n in range(60)]

    pdf = converter.convert(write_word(snapshot, fonts))

    assert check_pdf(pdf, must_appear=[*must_appear(snapshot), *titles]).problems == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_data_of_clients_arrive_literally(fonts: FontSet, language: str) -> None:
    done = sample_snapshot(language).done[0]
    snapshot = make_report(
        language,
        project_title=HOSTILE,
        client=sample_snapshot(language).client.model_copy(update={"legal_name": HOSTILE}),
        done=[done.model_copy(update={"title": HOSTILE, "notes": (HOSTILE, HOSTILE)})],
        next=[sample_snapshot(language).next[0].model_copy(update={"title": HOSTILE})],
        risk_words=[HOSTILE],
        next_words=[HOSTILE],
    )

    assert text_of(snapshot, fonts).count(HOSTILE) == 8


def test_the_template_computes_nothing() -> None:
    assert _kinds(word_context(sample_snapshot("de"), version=1)) == {str, bool}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_snapshot_is_json_without_floats_and_comes_back_the_same(language: str) -> None:
    snapshot = sample_snapshot(language)
    stored = json.loads(json.dumps(snapshot.model_dump(mode="json"), allow_nan=False))

    assert float not in _kinds(stored)
    assert ReportSnapshot.model_validate(stored) == snapshot


def _kinds(value: Any) -> set[type]:
    if isinstance(value, dict):
        return set().union(*map(_kinds, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(_kinds, value))
    return {type(value)}
