"""Why scores are what they are, and where they go: reasons against scores, quarter by quarter."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from acctflows.satisfaction.scores import (
    FEWEST,
    Interval,
    Nps,
    NpsCounts,
    TooFew,
    count_nps,
    nps_group,
    score_nps,
    share_interval,
)


@dataclass(frozen=True)
class Answered:
    """What one answer says here: its day (the agency's), its score from 0 to 10, its reason."""

    on: date
    score: int
    reason: str | None = None
    """Code of the reason given; None where none was."""


@dataclass(frozen=True)
class Unhappiness:
    """What a large enough group thinks: mean score, and the share of its detractors, 0 to 1."""

    mean: float
    detractors: float
    interval: Interval
    """Where the true share of detractors lies (Wilson, nominal 95 %)."""


@dataclass(frozen=True)
class Driver:
    """A reason, how often it was given, and how unhappy those are who gave it."""

    reason: str | None
    """None: those who gave no reason."""
    answers: int
    unhappiness: Unhappiness | None
    """None where the group is too small to be shown."""


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter with its score, or its counts where they are too few for one."""

    year: int
    number: int
    result: Nps | TooFew[NpsCounts]

    @property
    def name(self) -> str:
        """Such as ``Q4 2026``."""
        return f"Q{self.number} {self.year}"


def find_drivers(answers: Iterable[Answered], *, fewest: int = FEWEST) -> list[Driver]:
    """The reasons, the ones with most detractors first; groups too small to be shown at the end.

    A reason named by unhappy and happy people alike says little, one named mostly by detractors
    is what to mend. It is an association, not a proof of cause.

    Args:
        answers: Those of the period and questionnaire of interest.
        fewest: Smallest group of which more than its size is told.
    """
    groups: defaultdict[str | None, list[int]] = defaultdict(list)
    for answer in answers:
        groups[answer.reason].append(answer.score)
    drivers = [
        Driver(reason, len(scores), _unhappiness(scores) if len(scores) >= fewest else None)
        for reason, scores in groups.items()
    ]
    return sorted(drivers, key=_most_unhappy_first)


def quarterly(answers: Iterable[Answered]) -> list[Quarter]:
    """Every quarter from the first answer's to the last one's, also those without answers."""
    scores: defaultdict[int, list[int]] = defaultdict(list)
    for answer in answers:
        scores[_quarter_index(answer.on)].append(answer.score)
    if not scores:
        return []
    return [
        Quarter(index // 4, index % 4 + 1, score_nps(count_nps(scores[index])))
        for index in range(min(scores), max(scores) + 1)
    ]


def _quarter_index(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _unhappiness(scores: Sequence[int]) -> Unhappiness:
    detractors = sum(nps_group(score) == "detractor" for score in scores)
    return Unhappiness(
        mean=sum(scores) / len(scores),
        detractors=detractors / len(scores),
        interval=share_interval(detractors, len(scores)),
    )


def _most_unhappy_first(driver: Driver) -> tuple[bool, float, float, int, str]:
    """Shown groups first; more detractors, then lower mean, then larger, then by code."""
    shown = driver.unhappiness
    if shown is None:
        return (True, 0.0, 0.0, -driver.answers, driver.reason or "")
    return (False, -shown.detractors, shown.mean, -driver.answers, driver.reason or "")
