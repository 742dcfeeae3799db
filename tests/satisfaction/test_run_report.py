"""What a run tells: who was asked, who was not and why, in words that break no table."""

from datetime import date

import pytest

from acctflows.satisfaction.asking import Decision, Refusal
from acctflows.satisfaction.inviting import Considered
from acctflows.satisfaction.result import Invited, evaluate
from acctflows.satisfaction.run_report import LONGEST_LIST, RunReport
from tests.factories import TODAY
from tests.satisfaction.stories import JOB, changed

SINCE = date(2025, 11, 24)


def considered(*codes: str, client: str = "Möwe | <Söhne>") -> Considered:
    decision = Decision(tuple(Refusal(code) for code in codes))
    return Considered(client, "P-2026-004 Relaunch", "Käthe Brünning", decision)


def told(report: RunReport, language: str = "en", scores: tuple[int, ...] = ()) -> str:
    given = [Invited(JOB.questionnaire, TODAY, {"score": score}) for score in scores]
    result = evaluate(JOB.questionnaire, given, since=SINCE, until=TODAY)
    return report.markdown(
        result,
        day="23 November 2026",
        chart=lambda: b"PNG",
        desk="https://portal.example/desk",
        language=language,
    )


def one_of_each() -> RunReport:
    report = RunReport()
    report.note(considered(), report.asked)
    report.note(considered(), report.reminded)
    report.note(considered("no_basis", "dispute"), report.asked)
    report.note(considered("dispute"), report.reminded)
    report.problems.append("K-1 | has no <address>")
    return report


def test_everybody_stands_in_one_list() -> None:
    report = RunReport()
    report.add(one_of_each())
    assert report.sentence("en") == "1 asked, 1 reminded, 2 not asked, 1 problems."
    assert report.sentence("de") == "1 eingeladen, 1 erinnert, 2 nicht gefragt, 1 Fehler."
    assert RunReport().sentence("de") == "Niemand ist zu fragen oder zu erinnern."
    assert RunReport(dry_run=True, asked=report.asked).sentence("en") == "1 would be asked."


def test_the_reasons_are_told_in_words_that_break_no_table() -> None:
    text = told(one_of_each())
    assert (
        "| Möwe \\| &lt;Söhne> | Käthe Brünning | P-2026-004 Relaunch | No legal basis for surveys "
        "is recorded (§ 7 UWG). There is an open dispute with the client. |"
    ) in text
    assert "- K-1 \\| has no &lt;address>" in text
    assert (
        "[Answers, reasons and PDF on the desk](https://portal.example/desk/satisfaction)" in text
    )


@pytest.mark.parametrize(("language", "words"), [("de", "bisher 1 Antwort"), ("en", "1 answer")])
def test_figures_stand_first_and_the_picture_only_with_answers(language: str, words: str) -> None:
    text = told(RunReport(), language, scores=(9,))
    assert words in text
    assert "(data:image/png;base64,UE5H)" in text
    assert "data:image" not in told(RunReport(), language)


def test_reasons_stand_with_the_figures() -> None:
    given = [Invited(JOB.questionnaire, TODAY, {"score": 3, "reason": "price"})] * 5
    given += [Invited(changed(kind="csat"), TODAY, {"score": 3})]
    result = evaluate(JOB.questionnaire, given, since=SINCE, until=TODAY)
    text = RunReport().markdown(result, day="", chart=bytes, desk="", language="en")
    assert "5 answers of 5 asked (0 promoters, 0 passives, 5 detractors)" in text
    assert (
        "| Main reason | Answers | on average | Detractors |\n| --- | --- | --- | --- |\n"
        "| Value for money | 5 | 3 | 100%, between 57% and 100% |"
    ) in text
    assert "Not in the NPS: 1 answer to other questions." in text


def test_a_long_list_is_cut_and_says_so() -> None:
    report = RunReport(asked=[considered() for _ in range(LONGEST_LIST + 3)])
    text = told(report)
    assert text.count("Käthe Brünning") == LONGEST_LIST
    assert "3 more are not listed here." in text
