"""What all answers of a period say: scores with their intervals, reasons, quarters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from acctflows.satisfaction.drivers import Answered, Driver, Quarter, find_drivers, quarterly
from acctflows.satisfaction.questionnaire import Questionnaire
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
from acctflows.satisfaction.wording import csat_sentence, nps_sentence


@dataclass(frozen=True)
class GivenAnswer:
    """An answer as figures need it: its day (the agency's), and what was answered by question."""

    on: date
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """The figures of a period.

    Args:
        since: First day of the period.
        until: Its last day.
        asked: How many were invited in the period.
        scores: Every answer from 0 to 10.
        nps: Its score or, where they are few, its counts; None where it is not asked.
        csat: The same of the satisfaction from 1 to 5.
        drivers: The reasons, those of the unhappiest first.
        quarters: The NPS by quarter, oldest first.
    """

    since: date
    until: date
    asked: int
    scores: tuple[int, ...]
    nps: Nps | TooFew[NpsCounts] | None
    csat: Csat | TooFew[CsatCounts] | None
    drivers: tuple[Driver, ...]
    quarters: tuple[Quarter, ...]

    @property
    def has_trend(self) -> bool:
        """Whether any quarter has enough answers for a score."""
        return any(isinstance(quarter.result, Nps) for quarter in self.quarters)

    def sentences(self, language: str) -> list[str]:
        """NPS and CSAT in a sentence each, as far as they are asked."""
        said = []
        if self.nps is not None:
            said.append(nps_sentence(self.nps, asked=self.asked, language=language))
        if self.csat is not None:
            said.append(csat_sentence(self.csat, asked=self.asked, language=language))
        return said


def evaluate(
    questionnaire: Questionnaire,
    answers: Iterable[GivenAnswer],
    *,
    asked: int,
    since: date,
    until: date,
) -> Result:
    """The figures of these answers; what somebody left out counts as no answer to that question.

    Args:
        questionnaire: Tells which questions are counted: the first NPS, CSAT and choice.
        answers: All of the period.
        asked: How many were invited in the period.
        since: First day of the period.
        until: Its last day.
    """
    given = list(answers)
    nps, csat, reason = (questionnaire.first(kind) for kind in ("nps", "csat", "choice"))
    scored = [
        Answered(each.on, each.answers[nps.id], each.answers.get(reason.id) if reason else None)
        for each in given
        if nps and each.answers.get(nps.id) is not None
    ]
    satisfied = [each.answers.get(csat.id) for each in given] if csat else []
    scores = tuple(each.score for each in scored)
    return Result(
        since=since,
        until=until,
        asked=asked,
        scores=scores,
        nps=score_nps(count_nps(scores)) if nps else None,
        csat=score_csat(count_csat(n for n in satisfied if n is not None)) if csat else None,
        drivers=tuple(find_drivers(scored)) if reason else (),
        quarters=tuple(quarterly(scored)),
    )
