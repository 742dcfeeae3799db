"""Surveys are data: the shipped one is right, a wrong one says where, answers are checked."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import ConfigurationError
from acctflows.satisfaction.kinds import KINDS, AnswerProblem
from acctflows.satisfaction.questionnaire import (
    AnswersError,
    Questionnaire,
    load_questionnaire,
    preselected_score,
    read_answers,
    say,
)
from tests.conftest import ROOT

FILE = ROOT / "templates" / "surveys" / "project.yaml"
SHIPPED = load_questionnaire(FILE)
ALL_KINDS: dict[str, Any] = {
    "nps": {"low": {"de": "nein", "en": "no"}, "high": {"de": "ja", "en": "yes"}},
    "csat": {"low": {"de": "nein", "en": "no"}, "high": {"de": "ja", "en": "yes"}},
    "ces": {"low": {"de": "nein", "en": "no"}, "high": {"de": "ja", "en": "yes"}},
    "choice": {
        "options": [
            {"code": "one", "text": {"de": "eins", "en": "one"}},
            {"code": "two", "text": {"de": "zwei", "en": "two"}},
        ]
    },
    "text": {"max_length": 5},
    "consent": {},
}


OPTION = {"code": "one", "text": {"de": "eins", "en": "one"}}


def survey(**changes: Any) -> Any:
    """The shipped file as data, its keys changed."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8")) | changes


def write(folder: Path, data: Any) -> Path:
    file = folder / "survey.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return file


def one_of_each() -> Questionnaire:
    """A survey with a question of every kind, called as its kind; only the NPS is required."""
    words = {"de": "Frage", "en": "question"}
    questions = [
        {"id": kind, "kind": kind, "text": words, "required": kind == "nps", **keys}
        for kind, keys in ALL_KINDS.items()
    ]
    return Questionnaire.model_validate(survey(score_question="nps", questions=questions))


def refused(form: dict[str, str], questionnaire: Questionnaire) -> dict[str, str]:
    with pytest.raises(AnswersError) as caught:
        read_answers(form, questionnaire)
    return {problem.question: problem.code for problem in caught.value.problems}


def test_shipped_survey_is_short() -> None:
    asked = [question.kind for question in SHIPPED.questions]
    assert asked == ["nps", "choice", "csat", "text", "consent", "consent"]


def test_every_survey_of_the_installation_loads() -> None:
    files = sorted((ROOT / "templates" / "surveys").glob("*.yaml"))
    assert FILE in files
    assert all(load_questionnaire(file).score.bounds for file in files)


def test_this_test_knows_every_kind() -> None:
    assert set(ALL_KINDS) == set(KINDS)


def change(data: Any, path: tuple[int | str, ...], value: Any) -> Any:
    """The data with one place changed, or removed where the value is None."""
    *way, last = path
    place = data
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("questions", 1, "text", "en"), None, "“reason”, text: the text in “en” is missing"),
        (("questions", 0, "low", "de"), " ", "question “score”, low: the text in “de” is missing"),
        (
            *(("questions", 1, "options", 3, "text", "en"), None),
            "question “reason”, option “price”, text: the text in “en” is missing",
        ),
        (("intro", "en"), None, "intro: the text in “en” is missing"),
        (("title", "fr"), "Comment", "title: “fr” is no language of the house"),
        (("thanks", "de"), "Danke {name}", "thanks: in “de”: {name} is not filled in"),
        (("thanks", "de"), "Danke {", "thanks: in “de”: "),
        (("questions", 0, "kind"), "stars", "question “score”: “stars” is no kind of question"),
        (("questions", 3, "max_length"), None, "“comment”: a question of the kind text needs"),
        (("questions", 3, "options"), [{}], "question “comment”, option “1”"),
        (("questions", 1, "options", 1, "code"), "results", "“reason”: a choice has at least two"),
        (("questions", 1, "options"), [OPTION], "question “reason”: a choice has at least two"),
        (("questions", 0, "max_length"), 3, "“score”: a question of the kind nps takes no"),
        (("questions", 4, "required"), True, "question “contact_me”: a consent cannot be required"),
        (("questions", 1, "id"), "score", "two questions have the id “score”"),
        (("questions", 1, "id"), "lang", "“lang” is a field of the page itself"),
        (("questions", 1, "id"), "Big id", "question “Big id”, id: "),
        (("questions", 1, "colour"), "red", "question “reason”, colour: Extra inputs"),
        (("score_question",), "comment", "score_question: “comment” is no scale"),
        (("score_question",), "stars", "score_question: there is no question “stars”"),
        (("questions", 0, "required"), False, "“score” is no scale that is required"),
        (("questions",), [], "questions: "),
    ],
)  # fmt: skip
def test_wrong_survey_is_refused_and_says_where(
    path: tuple[int | str, ...], value: Any, words: str, tmp_path: Path
) -> None:
    file = write(tmp_path, change(survey(), path, value))

    with pytest.raises(ConfigurationError) as error:
        load_questionnaire(file)

    assert words in error.value.what
    assert error.value.where == str(file)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    data = change(survey(), ("title", "en"), None)
    data = change(data, ("questions", 3, "text", "de"), None)

    with pytest.raises(ConfigurationError, match=r"title: .*; question “comment”, text: "):
        load_questionnaire(write(tmp_path, data))


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list", "", "text", "\x00"])
def test_what_is_no_survey_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "survey.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        load_questionnaire(file)
    with pytest.raises(ConfigurationError, match="the survey is missing"):
        load_questionnaire(tmp_path / "none.yaml")


def test_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "survey.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(
        text.replace("  de: Wie war", "  en: Twice\n  de: Wie war", 1), encoding="utf-8"
    )

    line = text[: text.index("  de: Wie war")].count("\n") + 1
    with pytest.raises(ConfigurationError, match=f"“en” twice(?s:.*)line {line}"):
        load_questionnaire(file)


def test_answers_of_every_kind() -> None:
    form = {
        "nps": "10",
        "csat": " 5 ",
        "ces": "1",
        "choice": "two",
        "text": "Gut!\x00\r\n",
        "consent": "yes",
        "lang": "de",
    }
    assert read_answers(form, one_of_each()) == {
        "nps": 10,
        "csat": 5,
        "ces": 1,
        "choice": "two",
        "text": "Gut!",
        "consent": True,
    }


def test_what_was_left_out() -> None:
    assert read_answers({"nps": "0", "text": " \x07 "}, one_of_each()) == {
        "nps": 0,
        "csat": None,
        "ces": None,
        "choice": None,
        "text": None,
        "consent": False,
    }


def test_everything_wrong_is_told_at_once() -> None:
    form = {
        "nps": " ",
        "csat": "0",
        "ces": "8",
        "choice": "three",
        "text": "lang genug",
        "consent": "on",
    }
    assert refused(form, one_of_each()) == {
        "nps": "missing",
        "csat": "no_score",
        "ces": "no_score",
        "choice": "no_choice",
        "text": "too_long",
        "consent": "no_choice",
    }


@pytest.mark.parametrize("field", ["11", "-1", "+5", "5.0", "٣", "1e1", "010", "zehn", "5 5", "𝟗"])
def test_only_plain_numbers_of_the_scale_are_scores(field: str) -> None:
    assert refused({"score": field}, SHIPPED) == {"score": "no_score"}
    assert preselected_score(field, SHIPPED) is None


def test_link_of_the_mail_preselects() -> None:
    assert [preselected_score(str(score), SHIPPED) for score in range(11)] == list(range(11))
    assert preselected_score("", SHIPPED) is None


def test_longest_text_is_taken_after_cleaning() -> None:
    limit = SHIPPED.question("comment").max_length
    assert limit is not None
    form = {"score": "9", "comment": " \x01" + "ä" * limit + "\n"}

    assert read_answers(form, SHIPPED)["comment"] == "ä" * limit
    assert refused({**form, "comment": "ä" * (limit + 1)}, SHIPPED) == {"comment": "too_long"}


def test_problems_are_said_in_both_languages() -> None:
    problem = AnswerProblem("score", "no_score", {"low": 0, "high": 10})
    assert problem.text("de") == "Bitte wählen Sie eine Zahl von 0 bis 10."
    assert problem.text("en") == "Please choose a number from 0 to 10."


@given(st.dictionaries(st.sampled_from([*ALL_KINDS, "x"]), st.text(max_size=12)))
def test_no_form_passes_what_the_file_does_not_allow(form: dict[str, str]) -> None:
    try:
        answers = read_answers(form, one_of_each())
    except AnswersError as error:
        wrong = {each.question for each in error.problems}
        assert wrong <= set(ALL_KINDS)
        return
    assert answers["nps"] in range(11)
    assert answers["csat"] in (None, *range(1, 6))
    assert answers["choice"] in (None, "one", "two")
    assert len(str(answers["text"] or "")) <= 5
    assert answers["consent"] in (True, False)


def test_names_are_filled_in_and_never_read_as_placeholders() -> None:
    said = say(SHIPPED.intro, "de", agency="A", project="{agency} & <b>")
    assert said.startswith("Das Projekt „{agency} & <b>“ ist abgeschlossen.")
