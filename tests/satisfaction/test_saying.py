"""What a contact said, in words of either language, also when the questions have changed since."""

from typing import Any

import pytest

from acctflows.satisfaction.saying import said, spoken
from tests.satisfaction.stories import JOB

ANSWERS: dict[str, Any] = {
    "score": 3,
    "reason": "deadlines",
    "satisfied": 2,
    "comment": "Zu spät.",
    "contact_me": True,
    "quote_me": False,
}


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("de", "3 von 10 Punkten · Termintreue\nZu spät.",
         ["3 von 10 Punkten", "Termintreue", "2 von 5 Punkten", "Zu spät.", "ja", "nein"]),
        ("en", "3 of 10 points · Meeting deadlines\nZu spät.",
         ["3 of 10 points", "Meeting deadlines", "2 of 5 points", "Zu spät.", "yes", "no"]),
    ],
)  # fmt: skip
def test_an_answer_in_words(language: str, sentence: str, words: list[str]) -> None:
    assert said(JOB.questionnaire, ANSWERS, language).sentence == sentence
    told = spoken(JOB.questionnaire, ANSWERS, language, agency="Möwe {x}", project="Relaunch")
    assert [answer for _question, answer in told] == words
    assert "Möwe {x}" in told[0][0]


def test_what_was_left_out_is_empty() -> None:
    heard = said(JOB.questionnaire, {"score": 0, "reason": None, "comment": None}, "en")
    assert (heard.sentence, heard.may_contact) == ("0 of 10 points", False)
    told = spoken(JOB.questionnaire, {"score": 0}, "en", agency="Möwe", project="Relaunch")
    assert [answer for _question, answer in told] == ["0 of 10 points", "", "", "", "", ""]


def test_an_option_that_is_offered_no_more_keeps_its_code() -> None:
    answers = {"score": 3, "reason": "weather"}
    assert said(JOB.questionnaire, answers, "en").reason == "weather"
