"""A period's figures: who counts, what is told of few answers, and how it is printed."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.pdf.faces import load_faces
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.errors import NotFoundError
from acctflows.satisfaction.result import GivenAnswer, Result, evaluate
from acctflows.satisfaction.result_pdf import render_result
from acctflows.satisfaction.results import Heard, find_answered, latest_answers, read_result
from acctflows.satisfaction.saying import said
from tests.documents.pdf.reading import read_pages
from tests.factories import NOW, TODAY
from tests.satisfaction.stories import JOB, answer, asked

SINCE = date(2025, 11, 24)


def figures(answers: list[dict[str, object]], *, asked: int = 12) -> Result:
    given = [
        GivenAnswer(SINCE + timedelta(days=30 * number), each)
        for number, each in enumerate(answers)
    ]
    return evaluate(JOB.questionnaire, given, asked=asked, since=SINCE, until=TODAY)


def test_figures_of_enough_answers() -> None:
    answers = [{"score": 9, "satisfied": 5}] * 6 + [{"score": 3, "satisfied": 2}] * 2
    result = figures([*answers, {"score": 7}])
    assert result.sentences("en") == [
        "NPS\u00a0+44, between −17 and +80, 9 answers of 12 asked",
        "CSAT\u00a075%, between 41% and 93%, 8 answers of 12 asked",
    ]
    assert result.scores == (9, 9, 9, 9, 9, 9, 3, 3, 7)
    assert not result.has_trend


def test_few_answers_are_only_counted() -> None:
    result = figures([{"score": 9, "reason": "results", "satisfied": None}])
    assert [sentence.split(":")[0] for sentence in result.sentences("de")] == [
        "NPS ab 5 Antworten; bisher 1 Antwort bei 12 Einladungen (1 Promotor, 0 Passive, "
        "0 Kritiker)",
        "CSAT ab 5 Antworten; bisher 0 Antworten bei 12 Einladungen",
    ]
    assert [(each.reason, each.unhappiness) for each in result.drivers] == [("results", None)]


def test_the_year_up_to_the_day_is_counted(session: Session) -> None:
    for days, score in ((0, 9), (364, 8), (365, 2)):
        _survey, token = asked(
            session,
            at=NOW - timedelta(days=days),
            closed_on=TODAY - timedelta(days=days + 3),
            contact={"survey_basis_on": None},
        )
        answer(session, token, score, at=NOW - timedelta(days=days))
    asked(session)
    result = read_result(session, JOB, today=TODAY)
    assert (result.since, result.asked) == (date(2025, 11, 24), 3)
    assert sorted(result.scores) == [8, 9]


def test_the_newest_answers_come_first(session: Session) -> None:
    for hours, score in ((0, 9), (1, 3)):
        survey, token = asked(session)
        answer(session, token, score, at=NOW + timedelta(hours=hours), comment="Danke")
    heard = latest_answers(session, JOB, language="en", limit=5)
    assert [each.said.sentence for each in heard] == [
        "3 of 10 points\nDanke",
        "9 of 10 points\nDanke",
    ]
    assert heard[0].survey_id == survey.id
    assert len(latest_answers(session, JOB, language="en", limit=1)) == 1


def test_only_an_answered_survey_has_a_page(session: Session) -> None:
    survey, token = asked(session)
    for wrong in (survey.id, survey.id + 1):
        with pytest.raises(NotFoundError):
            find_answered(session, wrong)
    answer(session, token, 5)
    assert find_answered(session, survey.id) is survey


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontSet:
    return install_fonts(tmp_path_factory.mktemp("fonts"))


def printed(fonts: FontSet, language: str, comment: str = "Nie wieder") -> bytes:
    answers = {"score": 3, "reason": "deadlines", "comment": comment}
    heard = Heard(
        survey_id=1,
        at=datetime.combine(TODAY, datetime.min.time(), tzinfo=JOB.zone),
        client="Möwe & Söhne GmbH",
        project="P-2026-004 Relaunch",
        contact="Käthe Brünning",
        said=said(JOB.questionnaire, answers, language),
    )
    return render_result(
        figures([answers] * 5 + [{"score": 9, "satisfied": 4}]),
        [heard],
        questionnaire=JOB.questionnaire,
        agency=JOB.office.agency,
        language=language,
        stationery=Stationery(load_faces(fonts.folder), "#1f4e5f", b""),
        fonts=fonts,
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            ["Kundenzufriedenheit", "Eingeladen vom 24. November 2025", "Termintreue",
             "100 %, zwischen 57 % und 100 %", "3 von 10 Punkten · Termintreue", "Seite 1 von 1"],
        ),
        (
            "en",
            ["Client satisfaction", "Invited from 24 November 2025", "Meeting deadlines",
             "100%, between 57% and 100%", "3 of 10 points · Meeting deadlines", "Page 1 of 1"],
        ),
    ],
)  # fmt: skip
def test_the_result_is_printed(fonts: FontSet, language: str, words: list[str]) -> None:
    pdf = printed(fonts, language)
    text = " ".join(read_pages(pdf)).replace("\u00a0", " ")
    said_by = "Käthe Brünning, Möwe & Söhne GmbH · P-2026-004 Relaunch"
    for word in (*words, said_by, "Nie wieder"):
        assert word in text
    assert printed(fonts, language) == pdf


def test_a_comment_in_any_script_is_printed_as_far_as_it_can(fonts: FontSet) -> None:
    assert "gut \ufffd\ufffd!" in " ".join(read_pages(printed(fonts, "de", "gut 日本!")))
