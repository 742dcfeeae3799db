"""A period's figures: who counts, what is told of few answers, and how it is printed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.pdf.faces import load_faces
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.documents.work_items import open_items
from acctflows.errors import NotFoundError
from acctflows.satisfaction.questionnaire import Questionnaire
from acctflows.satisfaction.result import Invited, Result, evaluate
from acctflows.satisfaction.result_pdf import render_result
from acctflows.satisfaction.results import Heard, find_answered, latest_answers, read_result
from acctflows.satisfaction.saying import said
from tests.conftest import Golden
from tests.documents.pdf.reading import read_as_text, read_pages
from tests.factories import NOW, TODAY
from tests.satisfaction.stories import JOB, answer, asked, changed

SINCE = date(2025, 11, 24)


def figures(answers: list[dict[str, object]], *, asked: int = 12) -> Result:
    given = [
        Invited(JOB.questionnaire, SINCE + timedelta(days=30 * number), each)
        for number, each in enumerate(answers)
    ]
    silent = [Invited(JOB.questionnaire)] * (asked - len(given))
    return evaluate(JOB.questionnaire, [*given, *silent], since=SINCE, until=TODAY)


def test_figures_of_enough_answers() -> None:
    answers = [{"score": 9, "satisfied": 5}] * 6 + [{"score": 3, "satisfied": 2}] * 2
    result = figures([*answers, {"score": 7}])
    assert result.sentences("en") == [
        "NPS\u00a0+44, between −17 and +80, 9 answers of 12 asked "
        "(6 promoters, 1 passive, 2 detractors)",
        "CSAT\u00a075%, between 41% and 93%, 8 answers of 12 asked (6 satisfied, 2 not)",
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


NAMED_ANEW = changed(id="recommend")
OTHER_SCALE = changed(kind="csat")


def told(session: Session, now_asked: Questionnaire) -> tuple[list[str], list[str], list[str]]:
    """Figures, what is left out of them, and each answer, once the file has changed."""
    job = replace(JOB, questionnaire=now_asked)
    result = read_result(session, job, today=TODAY)
    latest = latest_answers(session, job, language="en", limit=99)
    figures = [sentence.replace("\u00a0", " ") for sentence in result.sentences("en")]
    return figures, result.left_out("en"), [each.said.sentence for each in latest]


def test_a_question_named_anew_is_the_same_question(session: Session) -> None:
    for questionnaire in (JOB.questionnaire, NAMED_ANEW):
        _survey, token = asked(session, job=replace(JOB, questionnaire=questionnaire))
        answer(session, token, 9, reason="results")
    for now_asked in (JOB.questionnaire, NAMED_ANEW):
        figures, left_out, answers = told(session, now_asked)
        assert "so far 2 answers of 2 asked (2 promoters" in figures[0]
        assert left_out == []
        assert answers == ["9 of 10 points · Quality of the results"] * 2


def test_answers_on_another_scale_are_left_out_and_counted(session: Session) -> None:
    for score in (9, 3):
        answer(session, asked(session)[1], score, reason="price", satisfied=4)
    other = replace(JOB, questionnaire=OTHER_SCALE)
    asked(session, job=other)
    survey, token = asked(session, job=other)
    answer(session, token, 2, reason="price")
    assert len(open_items(session)) == 2  # 3 of 10, and 2 of 5, each low on its own scale

    figures, left_out, answers = told(session, JOB.questionnaire)
    assert figures == [
        "NPS from 5 answers on; so far 2 answers of 2 asked (1 promoter, 0 passives, 1 detractor)",
        "CSAT from 5 answers on; so far 2 answers of 4 asked (2 satisfied, 0 not)",
    ]
    assert left_out == [
        "Not in the NPS: 1 answer to other questions.",
        "Not in the reasons: 1 answer to other questions.",
    ]
    assert answers[0] == "2 of 5 points · Value for money"

    figures, left_out, again = told(session, OTHER_SCALE)
    assert figures == [
        "NPS from 5 answers on; so far 2 answers of 2 asked (1 promoter, 0 passives, 1 detractor)",
        "CSAT from 5 answers on; so far 1 answer of 2 asked (0 satisfied, 1 not)",
    ]
    assert left_out == [
        "Not in the NPS: 1 answer to other questions.",
        "Not in the CSAT: 2 answers to other questions.",
        "Not in the reasons: 1 answer to other questions.",
    ]
    assert again == answers
    assert survey.score == 2


def test_without_kept_questions_no_number_outside_the_scale_is_counted(session: Session) -> None:
    survey, token = asked(session)
    answer(session, token, 9)
    survey.questions = None
    session.flush()
    now_asked = changed(kind="csat", id="recommend")
    figures, left_out, _answers = told(session, now_asked)
    assert figures == ["CSAT from 5 answers on; so far 0 answers of 1 asked"]
    assert left_out == ["Not in the CSAT: 1 answer to other questions."]


KINDS = {"nps": 10, "csat": 5}


@given(
    st.lists(
        st.tuples(st.sampled_from(("nps", "csat")), st.none() | st.integers(0, 5), st.booleans())
    ),
    st.sampled_from(("nps", "csat")),
)
def test_each_answer_is_counted_in_its_figure_or_left_out(
    people: list[tuple[str, int | None, bool]], now_asked: str
) -> None:
    versions = {kind: changed(kind=kind) for kind in KINDS}
    invited = [
        Invited(versions[kind], None if score is None else TODAY, {"score": KINDS[kind] - score % 5}
                if score is not None else {})
        for kind, score, _ in people
    ]  # fmt: skip
    result = evaluate(versions[now_asked], invited, since=SINCE, until=TODAY)
    answered = sum(each.on is not None for each in invited)
    assert result.asked == len(invited)
    if result.nps is not None:
        assert result.nps.counts.answers + result.nps_asked.left_out == answered
        assert result.nps.counts.answers <= result.nps_asked.people
    else:
        assert not any(kind == "nps" for kind, _, _ in people)


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
def test_the_result_is_printed(
    fonts: FontSet, language: str, words: list[str], golden: Golden
) -> None:
    pdf = printed(fonts, language)
    golden(f"surveys/result.{language}.txt", read_as_text(pdf))
    text = " ".join(read_pages(pdf)).replace("\u00a0", " ")
    said_by = "Käthe Brünning, Möwe & Söhne GmbH · P-2026-004 Relaunch"
    for word in (*words, said_by, "Nie wieder"):
        assert word in text
    assert printed(fonts, language) == pdf


def test_a_comment_in_any_script_is_printed_as_far_as_it_can(fonts: FontSet) -> None:
    assert "gut \ufffd\ufffd!" in " ".join(read_pages(printed(fonts, "de", "gut 日本!")))
