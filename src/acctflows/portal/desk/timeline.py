"""The picture of a contract's time: the terms that run and follow, today and the notice day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile, takewhile

from acctflows.contracts.term_dates import Duration, Outlook, RunningTerm, terms_of

WIDTH = 1000
"""Of the picture, in its own units."""

OPEN_END = timedelta(days=365)
"""How much is shown of a term without an end, from today on."""

EDGE = 180
"""Units from the side in which a label stands beside its mark instead of centred under it."""


@dataclass(frozen=True)
class Bar:
    """A term: where it begins, how wide it is, and whether it runs or is a renewal."""

    term: RunningTerm
    x: float
    width: float
    runs: bool


@dataclass(frozen=True)
class Mark:
    """A day that matters.

    Args:
        kind: Its words are the text ``desk.term.mark.<kind>``.
        day: The day.
        x: Where it is.
        anchor: How its label stands to it, in the words of SVG.
    """

    kind: str
    day: date
    x: float
    anchor: str


@dataclass(frozen=True)
class Timeline:
    """What the picture shows, left to right."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


def draw_timeline(duration: Duration, view: Outlook, *, today: date) -> Timeline:
    """The running term and those up to the renewal that notice can still prevent.

    Args:
        duration: What was agreed.
        view: Where the contract is on that day.
        today: That day.
    """
    shown = list(_shown(duration, view))
    first = shown[0].first_day
    last = view.ends_on or shown[-1].last_day or max(today, shown[-1].first_day) + OPEN_END
    days = max((last - first).days + 1, 1)

    def place(day: date) -> float:
        return round((day - first).days / days * WIDTH, 1)

    bars = []
    for term in shown:
        end = min(term.last_day or last, last)
        width = place(end + timedelta(days=1)) - place(term.first_day)
        bars.append(Bar(term, place(term.first_day), round(width, 1), term == view.term))
    matter = {"today": today, "notice": view.notice.notice_by if view.notice else None}
    marks = [
        Mark(kind, day, place(day), _anchor(place(day)))
        for kind, day in matter.items()
        if day is not None and first <= day <= last
    ]
    return Timeline(tuple(bars), tuple(marks))


def _shown(duration: Duration, view: Outlook) -> Iterator[RunningTerm]:
    """From the running term to the renewal in question, or to the end of the contract."""
    until = view.notice.renewal.number if view.notice else view.term.number
    later = dropwhile(lambda term: term.number < view.term.number, terms_of(duration))
    for term in takewhile(
        lambda term: view.ends_on is None or term.first_day <= view.ends_on, later
    ):
        yield term
        if view.ends_on is None and term.number >= until:
            return


def _anchor(x: float) -> str:
    if x < EDGE:
        return "start"
    return "end" if x > WIDTH - EDGE else "middle"
