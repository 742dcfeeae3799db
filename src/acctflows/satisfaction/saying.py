"""What a contact said, as people read it: score, reason, comment, permission to speak of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acctflows.satisfaction.questionnaire import Question, Questionnaire, say

MAY_CONTACT = "contact_me"
"""Id of the consent to be spoken to about the answer; without it nobody is."""

_YES_NO = {"de": {True: "ja", False: "nein"}, "en": {True: "yes", False: "no"}}
_WORDS = {"de": "{score} von {highest} Punkten", "en": "{score} of {highest} points"}


@dataclass(frozen=True)
class Said:
    """An answer in words of one language; empty where nothing was said.

    Args:
        asked: The question that was scored.
        score: The number chosen.
        reason: The option chosen, in words.
        comment: The client's own words.
        may_contact: Whether the contact may be spoken to about the answer.
        language: ``de`` or ``en``, of the words that are ours.
    """

    asked: Question
    score: int
    reason: str
    comment: str
    may_contact: bool
    language: str

    @property
    def highest(self) -> int:
        """The best score there is."""
        return (self.asked.bounds or (0, 0))[1]

    @property
    def sentence(self) -> str:
        """``3 of 10 points · Meeting deadlines``, and the comment below it."""
        points = _WORDS[self.language].format(score=self.score, highest=self.highest)
        first = " · ".join(filter(None, (points, self.reason)))
        return "\n".join(filter(None, (first, self.comment)))

    def question(self, agency: str, project: str) -> str:
        """The question that was scored, with the names filled in."""
        return say(self.asked.text, self.language, agency=agency, project=project)


def said(questionnaire: Questionnaire, answers: Mapping[str, Any], language: str) -> Said:
    """Reads stored answers with the questions they answered.

    Args:
        questionnaire: As it was asked.
        answers: Of an answered survey, by id of the question.
        language: ``de`` or ``en``.
    """
    reason, comment = questionnaire.first("choice"), questionnaire.first("text")
    given = answers.get(reason.id) if reason else None
    options = {option.code: option.text[language] for option in reason.options} if reason else {}
    return Said(
        asked=questionnaire.score,
        score=answers[questionnaire.score_question],
        reason=options.get(given, given or "") if isinstance(given, str) else "",
        comment=(answers.get(comment.id) or "") if comment else "",
        may_contact=answers.get(MAY_CONTACT) is True,
        language=language,
    )


def spoken(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    language: str,
    *,
    agency: str,
    project: str,
) -> list[tuple[str, str]]:
    """Each question with its answer in words; what was left out is empty.

    Args:
        questionnaire: As it was asked.
        answers: Of an answered survey, by id of the question.
        language: ``de`` or ``en``.
        agency: The agency's short name.
        project: Title of the project.
    """
    return [
        (
            say(question.text, language, agency=agency, project=project),
            _answer_words(question, answers.get(question.id), language),
        )
        for question in questionnaire.questions
    ]


def _answer_words(question: Question, answer: Any, language: str) -> str:
    if isinstance(answer, bool):
        return _YES_NO[language][answer]
    if isinstance(answer, int):
        highest = (question.bounds or (0, 0))[1]
        return _WORDS[language].format(score=answer, highest=highest)
    options = {option.code: option.text[language] for option in question.options}
    return options.get(answer, answer or "")
