"""What all answers of a period say: scores with their intervals, reasons, quarters.

Like is compared with like: each answer is read with the questions it answered. A figure takes those
who were asked its kind of question, on its scale, and says how many other answers it leaves out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from acctflows.satisfaction.drivers import Answered, Driver, Quarter, find_drivers, quarterly
from acctflows.satisfaction.questionnaire import LocalText, Question, Questionnaire
from acctflows.satisfaction.scores import (
    Csat,
    CsatCounts,
    Nps,
    NpsCounts,
    TooFew,
    count_csat,
    count_nps,
    score_csat,
    score_nps,
)
from acctflows.satisfaction.wording import csat_sentence, left_out_sentence, nps_sentence


@dataclass(frozen=True)
class Invited:
    """Somebody who was asked, as figures need it.

    Args:
        questionnaire: What they were asked.
        on: The agency's day of their answer; None without one.
        answers: By id of the question.
    """

    questionnaire: Questionnaire
    on: date | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """Whose answers a figure takes.

    Args:
        people: How many were asked its question.
        left_out: How many answers it leaves out, because they answer other questions.
    """

    people: int
    left_out: int


@dataclass(frozen=True)
class Result:
    """The figures of a period.

    Args:
        since: First day of the period.
        until: Its last day.
        asked: How many were invited in the period, whatever they were asked.
        scores: Every answer from 0 to 10.
        nps: Its score or, where they are few, its counts; None where nobody was asked it.
        nps_asked: Whose it is.
        csat: The same of the satisfaction from 1 to 5.
        csat_asked: Whose it is.
        drivers: The reasons, those of the unhappiest first.
        reasons: The words of each reason, by its code.
        reasons_left_out: How many answers they leave out, because those answer other questions.
        quarters: The NPS by quarter, oldest first.
    """

    since: date
    until: date
    asked: int
    scores: tuple[int, ...]
    nps: Nps | TooFew[NpsCounts] | None
    nps_asked: Asked
    csat: Csat | TooFew[CsatCounts] | None
    csat_asked: Asked
    drivers: tuple[Driver, ...]
    reasons: Mapping[str, LocalText]
    reasons_left_out: int
    quarters: tuple[Quarter, ...]

    @property
    def has_trend(self) -> bool:
        """Whether any quarter has enough answers for a score."""
        return any(isinstance(quarter.result, Nps) for quarter in self.quarters)

    def sentences(self, language: str) -> list[str]:
        """NPS and CSAT in a sentence each, as far as they were asked."""
        said = []
        if self.nps is not None:
            said.append(nps_sentence(self.nps, asked=self.nps_asked.people, language=language))
        if self.csat is not None:
            said.append(csat_sentence(self.csat, asked=self.csat_asked.people, language=language))
        return said

    def left_out(self, language: str) -> list[str]:
        """For each figure that leaves answers out, how many; nothing while all were asked alike."""
        missing = {
            "nps": self.nps_asked.left_out if self.nps is not None else 0,
            "csat": self.csat_asked.left_out if self.csat is not None else 0,
            "reasons": self.reasons_left_out if self.drivers else 0,
        }
        return [left_out_sentence(what, n, language) for what, n in missing.items() if n]


def evaluate(
    current: Questionnaire, invited: Sequence[Invited], *, since: date, until: date
) -> Result:
    """The figures of these people; what somebody left out counts as no answer to that question.

    Args:
        current: As it is now; its first NPS, CSAT and choice are counted. Where it has none, those
            that were asked last.
        invited: All of the period, oldest first.
        since: First day of the period.
        until: Its last day.
    """
    nps, csat, choice = (_collect(kind, current, invited) for kind in ("nps", "csat", "choice"))
    answered = [
        (Answered(each.on, score.value, reason.value), reason.question is not None)
        for each, score, reason in zip(invited, nps.given, choice.given, strict=True)
        if each.on is not None and score.value is not None
    ]
    scored = [one for one, _ in answered]
    scores = tuple(one.score for one in scored)
    satisfied = [each.value for each in csat.given if each.value is not None]
    return Result(
        since=since,
        until=until,
        asked=len(invited),
        scores=scores,
        nps=score_nps(count_nps(scores)) if nps.question else None,
        nps_asked=nps.asked,
        csat=score_csat(count_csat(satisfied)) if csat.question else None,
        csat_asked=csat.asked,
        drivers=tuple(find_drivers(one for one, has_reason in answered if has_reason)),
        reasons=choice.words,
        reasons_left_out=sum(
            score.left_out or (reason.left_out and score.value is not None)
            for score, reason in zip(nps.given, choice.given, strict=True)
        ),
        quarters=tuple(quarterly(scored)),
    )


@dataclass(frozen=True)
class _Given:
    """What one person gave to the question of a figure."""

    question: Question | None
    """As they were asked it; None where they were not."""
    value: Any
    """None where nothing comparable was answered."""
    left_out: bool
    """Whether there is an answer to the questionnaire, but none of this question's scale."""


@dataclass(frozen=True)
class _Collected:
    """Everybody's answers to the question of a figure; no question: nobody was ever asked it."""

    question: Question | None
    given: list[_Given]

    @property
    def asked(self) -> Asked:
        people = sum(each.question is not None for each in self.given)
        return Asked(people, sum(each.left_out for each in self.given))

    @property
    def words(self) -> dict[str, LocalText]:
        """What each option says, in its latest wording."""
        asked = [each.question for each in self.given if each.question] + [self.question]
        return {
            option.code: option.text
            for each in asked
            if each is not None
            for option in each.options
        }


def _collect(kind: str, current: Questionnaire, invited: Sequence[Invited]) -> _Collected:
    latest = (current, *(each.questionnaire for each in reversed(invited)))
    wanted = next(filter(None, (each.first(kind) for each in latest)), None)
    return _Collected(wanted, [_given(wanted, each) for each in invited])


def _given(wanted: Question | None, invited: Invited) -> _Given:
    question = _same(wanted, invited.questionnaire) if wanted else None
    answered = invited.on is not None
    if question is None:
        return _Given(None, None, left_out=answered)
    raw = invited.answers.get(question.id)
    low, high = question.bounds or (None, None)
    fits = raw is not None and (low is None or high is None or low <= raw <= high)
    skipped = raw is None and not question.required
    return _Given(question, raw if fits else None, left_out=answered and not (fits or skipped))


def _same(wanted: Question, questionnaire: Questionnaire) -> Question | None:
    """The same question in another version: of that kind, and its id or its words are the same."""
    return next(
        (
            each
            for each in questionnaire.questions
            if each.kind == wanted.kind and (each.id == wanted.id or each.text == wanted.text)
        ),
        None,
    )
