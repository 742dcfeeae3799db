"""Prints a survey's result for a meeting: figures, charts, reasons, and what clients said."""

from collections.abc import Sequence
from io import BytesIO
from zoneinfo import ZoneInfo

from reportlab.lib.utils import ImageReader

from acctflows.agency.profile import AgencyProfile
from acctflows.documents.fonts import FontSet
from acctflows.documents.pdf.faces import BOLD
from acctflows.documents.pdf.flow import Flow, writing_letter
from acctflows.documents.pdf.letterhead import LEFT, TEXT_WIDTH, Letterhead, Stationery
from acctflows.documents.pdf.sheet import GREY, MM
from acctflows.documents.pdf.table import Cell, Column, Row, draw_table
from acctflows.documents.wording import long_date
from acctflows.satisfaction.policy import local_day
from acctflows.satisfaction.result import Result
from acctflows.satisfaction.result_chart import distribution_chart, trend_chart
from acctflows.satisfaction.result_words import WORDS, driver_words
from acctflows.satisfaction.results import Heard

_ROW = 22.0
"""Height of a row of the table, for keeping it on one page."""


def render_result(
    result: Result,
    answers: Sequence[Heard],
    *,
    agency: AgencyProfile,
    language: str,
    stationery: Stationery,
    fonts: FontSet,
) -> bytes:
    """The result as a PDF, byte for byte the same for the same input.

    Args:
        result: The figures.
        answers: What to quote, newest first.
        agency: Whose result it is.
        language: ``de`` or ``en``.
        stationery: Typefaces, colour and logo.
        fonts: The typefaces of the charts.
    """
    words = WORDS[language]
    with writing_letter(
        stationery.faces,
        _letterhead(result, agency, language, stationery),
        title=_title(result, language),
        language=language,
        number=words["page"].format,
    ) as flow:
        _draw_figures(flow, result, language)
        if result.nps is not None:
            chart = distribution_chart(
                result.scores, asked=result.nps_asked.people, language=language, fonts=fonts
            )
            _draw_chart(flow, chart)
        _draw_reasons(flow, result, language)
        if result.has_trend:
            _draw_chart(flow, trend_chart(result.quarters, language=language, fonts=fonts))
        _draw_answers(flow, answers, language, ZoneInfo(agency.timezone))
    return flow.pdf


def _title(result: Result, language: str) -> str:
    days = (long_date(day, language) for day in (result.since, result.until))
    return WORDS[language]["title"].format(*days)


def _letterhead(
    result: Result, agency: AgencyProfile, language: str, stationery: Stationery
) -> Letterhead:
    return Letterhead(
        sender="",
        address=(),
        information=(),
        running_title=_title(result, language),
        footer=((agency.legal_name,), (WORDS[language]["internal"],)),
        colour=stationery.colour,
        logo=stationery.logo,
        name=agency.short_name,
    )


def _draw_figures(flow: Flow, result: Result, language: str) -> None:
    words = WORDS[language]
    days = (long_date(day, language) for day in (result.since, result.until))
    _heading(flow, words["heading"], size=18)
    flow.paragraph(words["period"].format(*days), colour=GREY, after=10)
    for sentence in result.sentences(language):
        flow.paragraph(sentence, size=12, leading=17, weight=BOLD, after=2)
    for sentence in result.left_out(language):
        flow.paragraph(sentence, after=2)
    flow.paragraph(words["interval"], size=9, leading=12, colour=GREY, after=10)


def _heading(flow: Flow, text: str, *, size: float = 13) -> None:
    flow.need(size * 5)  # a heading stands with what follows it
    flow.paragraph(text, size=size, leading=size * 1.3, weight=BOLD, colour=flow.colour, after=6)


def _draw_chart(flow: Flow, png: bytes) -> None:
    picture = ImageReader(BytesIO(png))
    wide, high = picture.getSize()
    height = TEXT_WIDTH * high / wide
    flow.need(height)
    flow.sheet.image(picture, LEFT, flow.y, TEXT_WIDTH, height)
    flow.y += height + 4 * MM


def _draw_reasons(flow: Flow, result: Result, language: str) -> None:
    words = WORDS[language]
    if not result.drivers:
        return
    rows = [driver_words(each, result.reasons, language) for each in result.drivers]
    flow.need(65 + _ROW * len(rows))
    _heading(flow, words["reasons"])
    columns = [
        Column(words["reason"], 65 * MM),
        Column(words["answers"], 22 * MM, number=True),
        Column(words["mean"], 28 * MM, number=True),
        Column(words["detractors"], 50 * MM, number=True),
    ]
    cells = [Row(tuple(Cell(text) for text in row), 0) for row in rows]
    # It stays on its page, so that nothing is ever carried over.
    draw_table(flow, columns, cells)
    flow.y += 4 * MM


def _draw_answers(flow: Flow, answers: Sequence[Heard], language: str, zone: ZoneInfo) -> None:
    words, settable = WORDS[language], flow.sheet.faces.settable
    _heading(flow, words["latest"])
    if not answers:
        flow.paragraph(words["none"])
    for each in answers:
        said = each.said
        day = long_date(local_day(each.at, zone), language)
        points = words["points"].format(said.score, said.highest)
        flow.need(45)
        flow.paragraph(
            settable(" · ".join(filter(None, (points, said.reason)))), weight=BOLD, after=0
        )
        who = f"{each.contact}, {each.client} · {each.project} · {day}"
        flow.paragraph(settable(who), size=9, leading=12, colour=GREY, after=2)
        if said.comment:
            flow.paragraph(settable(said.comment), after=2)
        flow.y += 7
