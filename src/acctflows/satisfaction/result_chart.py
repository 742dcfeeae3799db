"""Pictures of a survey's result: how the scores spread, and how the NPS went with its intervals.

The same answers give the same bytes: the typefaces are the installation's own, and nothing in the
file tells when it was made. Colours are told apart by colour-blind readers too (Okabe and Ito), and
every colour is also named in words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure

from acctflows.documents.drawing import INK, LINE, QUIET, Format, draw_picture
from acctflows.documents.fonts import FontSet
from acctflows.satisfaction.drivers import Quarter
from acctflows.satisfaction.scores import NPS_BOUNDS, Nps, NpsCounts, count_nps, score_nps
from acctflows.satisfaction.wording import counted, nps_headline, signed

MOST_QUARTERS = 12
"""The trend shows the latest quarters, as many as can be read side by side."""

_COLOURS = {"detractors": "#d55e00", "passives": "#8a8f8c", "promoters": "#0072b2"}
_SPANS = {"detractors": (0, 6), "passives": (7, 8), "promoters": (9, 10)}

_WORDS = {
    "de": {"trend": "NPS je Quartal, mit 95-%-Intervall", "few": "n < 5"},
    "en": {"trend": "NPS by quarter, with 95% interval", "few": "n < 5"},
}


def distribution_chart(
    scores: Iterable[int], *, asked: int, language: str, fonts: FontSet, kind: Format = "png"
) -> bytes:
    """How many gave each score from 0 to 10, coloured by group, under the result in one sentence.

    Args:
        scores: All answers of the period and questionnaire of interest.
        asked: How many were invited to answer.
        language: ``de`` or ``en``.
        fonts: The installed typefaces.
        kind: ``png`` (1440 pixels wide) or ``svg`` (all text as outlines).

    Raises:
        InputError: When one is no score from 0 to 10.
    """
    given = list(scores)
    counts = count_nps(given)
    sentence = nps_headline(score_nps(counts), asked=asked, language=language)

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.03, 0.24, 0.94, 0.58))
        _draw_bars(axes, Counter(given))
        _draw_groups(axes, counts, language)
        _title(figure, sentence)

    return draw_picture(draw, fonts=fonts, size=(7.2, 3.0), kind=kind)


def trend_chart(
    quarters: Sequence[Quarter], *, language: str, fonts: FontSet, kind: Format = "png"
) -> bytes:
    """The NPS of each quarter with its interval and number of answers; few answers have no point.

    Args:
        quarters: What `drivers.quarterly` returned; the latest `MOST_QUARTERS` are shown.
        language: ``de`` or ``en``.
        fonts: The installed typefaces.
        kind: ``png`` (1440 pixels wide) or ``svg`` (all text as outlines).
    """
    shown = quarters[-MOST_QUARTERS:]

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.07, 0.19, 0.90, 0.67))
        _draw_trend(axes, shown, language)
        _title(figure, _WORDS[language]["trend"])

    return draw_picture(draw, fonts=fonts, size=(7.2, 3.4), kind=kind)


def _draw_bars(axes: Any, counts: Counter[int]) -> None:
    low, high = NPS_BOUNDS
    highest = max(counts.values(), default=0) or 1
    for name, (first, last) in _SPANS.items():
        span = range(first, last + 1)
        axes.bar(span, [counts[score] for score in span], width=0.78, color=_COLOURS[name])
    for score in range(low, high + 1):
        colour = INK if counts[score] else QUIET
        axes.annotate(
            str(counts[score]),
            *((score, counts[score]), (0, 3)),
            textcoords="offset points",
            ha="center",
            color=colour,
        )
    axes.set(xlim=(low - 0.5, high + 0.5), ylim=(0, highest * 1.16), yticks=[])
    axes.set_xticks(range(low, high + 1))
    axes.tick_params(length=0, colors=INK)
    _only_bottom_line(axes)


def _draw_groups(axes: Any, counts: NpsCounts, language: str) -> None:
    """Beneath the numbers a line for each group, with its name and size."""
    below = axes.get_xaxis_transform()
    for name, (first, last) in _SPANS.items():
        axes.plot(
            *((first - 0.39, last + 0.39), (-0.20, -0.20)),
            transform=below,
            color=_COLOURS[name],
            linewidth=2.5,
            solid_capstyle="butt",
            clip_on=False,
        )
        words = counted(name, getattr(counts, name), language)
        middle = (first + last) / 2
        axes.text(middle, -0.26, words, transform=below, ha="center", va="top", color=INK)


def _draw_trend(axes: Any, quarters: Sequence[Quarter], language: str) -> None:
    axes.axhline(0, color=LINE, linewidth=1)
    scored = {
        place: quarter.result
        for place, quarter in enumerate(quarters)
        if isinstance(quarter.result, Nps)
    }
    for place, quarter in enumerate(quarters):
        if place not in scored:
            few = _WORDS[language]["few"] if quarter.result.counts.answers else "–"
            axes.text(place, 0, few, ha="center", va="center", color=QUIET, backgroundcolor="w")
    _draw_points(axes, scored)
    axes.set(xlim=(-0.5, max(len(quarters), 4) - 0.5), ylim=(-108, 108))
    axes.set_xticks(range(len(quarters)))
    axes.set_xticklabels([f"{each.name}\nn = {each.result.counts.answers}" for each in quarters])
    axes.set_yticks((-100, -50, 0, 50, 100), [signed(y) for y in (-100, -50, 0, 50, 100)])
    axes.tick_params(length=0, colors=INK, labelsize=9)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    _only_bottom_line(axes)


def _draw_points(axes: Any, scored: Mapping[int, Nps]) -> None:
    colour = _COLOURS["promoters"]
    for place, result in scored.items():
        ends = (result.interval.low, result.interval.high)
        axes.vlines(place, *ends, color=colour, linewidth=2, alpha=0.45)
        axes.plot((place, place), ends, "_", color=colour, markersize=9)
        following = scored.get(place + 1)
        rises = following is not None and following.score > result.score
        axes.annotate(
            signed(result.score),
            *((place, result.score), (7, -10 if rises else 10)),  # clear of the line to the next
            textcoords="offset points",
            va="center",
            color=INK,
            fontweight="bold",
        )
    for one, other in pairwise(scored):
        if other == one + 1:  # no line across a quarter of which nothing is known
            ends = (scored[one].score, scored[other].score)
            axes.plot((one, other), ends, color=QUIET, linewidth=1, zorder=1)
    axes.plot(list(scored), [result.score for result in scored.values()], "o", color=colour)


def _only_bottom_line(axes: Any) -> None:
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)


def _title(figure: Figure, words: str) -> None:
    figure.text(
        *(0.03, 0.95, words), ha="left", va="top", color=INK, fontsize=12, fontweight="bold"
    )
