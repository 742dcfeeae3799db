"""The chart of a status report: hours and the share of the plan that is used, service by service.

It is read in black and white too: what is new is hatched, every bar has its figure beside it.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from acctflows.delivery.reports import wording
from acctflows.delivery.reports.snapshot import BudgetLine, ReportSnapshot
from acctflows.documents.drawing import INK, LINE, QUIET, draw_picture, plain
from acctflows.documents.fonts import FontSet

SIZE = (6.3, 2.9)
"""Inches; the Word templates keep this shape."""
MOST_ROWS = 7
LONGEST_TITLE = 26
_BEFORE, _NOW, _OVER = "#9db7c1", "#1f4e5f", "#d55e00"

_WORDS = {
    "de": {
        "hours": "Stunden",
        "hours_now": "davon im Zeitraum",
        "used": "Anteil des Plans",
        "time": "Zeit: {percent}",
        "fixed": "Festpreis",
        "unplanned": "nicht im Plan",
        "others": "{count} weitere",
    },
    "en": {
        "hours": "Hours",
        "hours_now": "of them in the period",
        "used": "Share of the plan",
        "time": "Time: {percent}",
        "fixed": "fixed price",
        "unplanned": "not in the plan",
        "others": "{count} others",
    },
}


class Bars(NamedTuple):
    """A row of the chart: a service, or a whole project."""

    title: str
    before: float
    """Hours before the period."""
    now: float
    used_percent: Decimal | None
    words: str
    """What stands in place of a share."""


def budget_chart(snapshot: ReportSnapshot, *, fonts: FontSet) -> bytes:
    """The services of a report as PNG (1260 × 580 pixels), with the time that is over."""
    language = snapshot.language
    rows = [_service(line, language) for line in snapshot.budget]
    time = snapshot.time_percent if snapshot.counted else None
    return bars_chart(rows, language=language, fonts=fonts, time_percent=time)


def projects_chart(snapshots: Sequence[ReportSnapshot], *, language: str, fonts: FontSet) -> bytes:
    """The reports of one period side by side, a row for each project."""
    rows = [
        Bars(
            title=each.project_title,
            before=float(each.hours_total - each.hours_now),
            now=float(each.hours_now),
            used_percent=each.used_percent,
            words=_WORDS[language]["fixed"],
        )
        for each in snapshots
    ]
    return bars_chart(rows, language=language, fonts=fonts)


def bars_chart(
    rows: Sequence[Bars], *, language: str, fonts: FontSet, time_percent: Decimal | None = None
) -> bytes:
    """Hours on the left, the used share of the plan on the right, as PNG (1260 × 580 pixels).

    Args:
        rows: What is compared; beyond `MOST_ROWS` those with the fewest hours are put together.
        language: ``de`` or ``en``.
        fonts: The installed typefaces.
        time_percent: Where the shares would be if they went with the time.
    """
    shown = _merged(rows, language)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1])
        _draw_hours(left, shown, language)
        _draw_shares(right, shown, time_percent, language)

    return draw_picture(draw, fonts=fonts, size=SIZE)


def _service(line: BudgetLine, language: str) -> Bars:
    return Bars(
        title=wording.service_title(line.title, None, language),
        before=float(line.hours_before),
        now=float(line.hours_now),
        used_percent=line.used_percent,
        words=_WORDS[language]["fixed" if line.planned else "unplanned"],
    )


def _merged(rows: Sequence[Bars], language: str) -> list[Bars]:
    if len(rows) <= MOST_ROWS:
        return list(rows)
    busiest = sorted(range(len(rows)), key=lambda place: -(rows[place].before + rows[place].now))
    kept = sorted(busiest[: MOST_ROWS - 1])
    rest = [rows[place] for place in busiest[MOST_ROWS - 1 :]]
    others = Bars(
        title=_WORDS[language]["others"].format(count=len(rest)),
        before=sum(row.before for row in rest),
        now=sum(row.now for row in rest),
        used_percent=None,
        words="",
    )
    return [*(rows[place] for place in kept), others]


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _draw_hours(axes: Any, rows: Sequence[Bars], language: str) -> None:
    words, places = _WORDS[language], range(len(rows))
    before, now = [row.before for row in rows], [row.now for row in rows]
    bar = {"height": 0.6, "edgecolor": "white", "linewidth": 0.6}
    axes.barh(places, before, color=_BEFORE, **bar)
    axes.barh(places, now, left=before, color=_NOW, hatch="////", label=words["hours_now"], **bar)
    for place, row in enumerate(rows):
        _say(axes, row.before + row.now, place, _figure(row, language))
    axes.set_yticks(places, [plain(_short(row.title)) for row in rows])
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0.01),
        frameon=False,
        fontsize=8.5,
        handlelength=1.4,
        borderpad=0,
        labelcolor=INK,
    )
    _tidy(axes, words["hours"], rows, widest=max((row.before + row.now for row in rows), default=0))


def _draw_shares(
    axes: Any, rows: Sequence[Bars], time_percent: Decimal | None, language: str
) -> None:
    widest = 100.0
    for place, row in enumerate(rows):
        if row.used_percent is None:
            axes.text(0, place, f" {row.words}", va="center", color=QUIET, fontsize=8.5)
            continue
        used = float(row.used_percent)
        widest = max(widest, used)
        bar = partial(axes.barh, place, height=0.6, linewidth=0.8)
        bar(100, color="white", edgecolor=QUIET)
        bar(min(used, 100), color=_BEFORE, edgecolor=QUIET)
        if used > 100:
            bar(used - 100, left=100, color=_OVER, hatch="xx", edgecolor="white")
        _say(axes, max(used, 100), place, wording.percent_words(row.used_percent, language))
    if time_percent is not None:
        _draw_time(axes, time_percent, language)
    _tidy(axes, _WORDS[language]["used"], rows, widest=widest)


def _draw_time(axes: Any, percent: Decimal, language: str) -> None:
    """A dotted line where the shares would be if they went with the time."""
    axes.axvline(float(percent), color=INK, linestyle=(0, (1, 1.6)), linewidth=1.4)
    told = _WORDS[language]["time"].format(percent=wording.percent_words(percent, language))
    axes.annotate(
        told,
        *((float(percent), 0), (0, -3)),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=8.5,
        color=INK,
    )


def _say(axes: Any, end: float, place: int, words: str) -> None:
    axes.text(end, place, f" {words}", va="center", fontsize=8.5, color=INK)


def _figure(row: Bars, language: str) -> str:
    hours = Decimal(str(row.before + row.now))
    return wording.hours_words(hours, language).split("\N{NO-BREAK SPACE}")[0]


def _tidy(axes: Any, title: str, rows: Sequence[Bars], *, widest: float) -> None:
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold", color=INK)
    axes.set(xlim=(0, (widest or 1) * 1.22), ylim=(max(len(rows), 3) - 0.5, -0.6))
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=INK)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(LINE)
