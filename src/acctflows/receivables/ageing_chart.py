"""The ageing of open items as a picture, readable without telling colours apart."""

from decimal import Decimal
from io import BytesIO
from typing import Any, NamedTuple

from babel.dates import format_date
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from acctflows.documents.drawing import plain
from acctflows.money import LOCALES, Money, format_number, round_half_up
from acctflows.receivables.ageing import Ageing, Bucket, Row

SHOWN = tuple(bucket for bucket in Bucket if bucket is not Bucket.CREDIT)
COLOURS = ("#cfd8dc", "#fde0a0", "#f4a548", "#d1603d", "#7a1f3d")
"""From light to dark with age: the order shows in grey and to the colour-blind."""
INK = "#263238"
MOST_CLIENTS = 8
LONGEST_NAME = 28


class Words(NamedTuple):
    """The words on the picture."""

    title: str
    dso: str
    by_age: str
    by_client: str
    buckets: tuple[str, ...]
    others: str
    credits: str
    nothing: str


WORDS = {
    "de": Words(
        "Offene Posten am {day}: {total}",
        "Forderungslaufzeit (DSO): {days} Tage",
        "Nach Alter",
        "Nach Kunden",
        ("nicht fällig", "1–30 Tage", "31–60 Tage", "61–90 Tage", "über 90 Tage"),
        "{count} weitere",
        "Guthaben von {amount} abgezogen",
        "Nichts ist offen.",
    ),
    "en": Words(
        "Open items on {day}: {total}",
        "Days sales outstanding: {days}",
        "By age",
        "By client",
        ("not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days"),
        "{count} others",
        "credits of {amount} deducted",
        "Nothing is open.",
    ),
}


def draw_ageing(ageing: Ageing, language: str) -> bytes:
    """The picture as PNG: all open items by age, and below them the clients who owe most.

    Args:
        ageing: What to show; names of clients are its keys, so give those people know.
        language: ``de`` or ``en``.
    """
    words = WORDS[language]
    clients = _clients(ageing, words)
    height = 3.6 + 0.32 * len(clients)
    figure = Figure(figsize=(9, height), dpi=120, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(_title(ageing, words, language), color=INK, fontsize=12, x=0.01, ha="left")
    upper, lower = figure.subplots(2, 1, height_ratios=[5, max(len(clients), 1) + 1])
    _draw_buckets(upper, ageing, words, language)
    _draw_clients(lower, clients, words, language)
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _title(ageing: Ageing, words: Words, language: str) -> str:
    day = format_date(ageing.as_of, "long", locale=LOCALES[language])
    lines = [words.title.format(day=day, total=ageing.total.total.format(language))]
    if credit := ageing.total[Bucket.CREDIT].minor:
        amount = Money(-credit, ageing.currency).format(language)
        lines[0] += f" ({words.credits.format(amount=amount)})"
    if ageing.dso is not None:
        lines.append(words.dso.format(days=format_number(ageing.dso, language)))
    return plain("\n".join(lines))


def _draw_buckets(axes: Any, ageing: Ageing, words: Words, language: str) -> None:
    amounts = [ageing.total[bucket] for bucket in SHOWN]
    owed = sum(amount.minor for amount in amounts)
    bars = axes.barh(words.buckets, [float(a.decimal) for a in amounts], color=COLOURS)
    labels = [f" {a.format(language)}  ({_share(a.minor, owed, language)})" for a in amounts]
    axes.bar_label(bars, [plain(label) for label in labels], color=INK, fontsize=9)
    _tidy(axes, words.by_age, room=1.35)


def _share(part: int, whole: int, language: str) -> str:
    percent = round_half_up(Decimal(100 * part) / whole, 0) if whole else 0
    return f"{percent} %" if language == "de" else f"{percent}%"


def _clients(ageing: Ageing, words: Words) -> list[tuple[str, Row]]:
    owing = [
        (name, row) for name, row in ageing.clients if row.total.minor > row[Bucket.CREDIT].minor
    ]
    if len(owing) <= MOST_CLIENTS:
        return owing
    most, rest = owing[: MOST_CLIENTS - 1], owing[MOST_CLIENTS - 1 :]
    together = Row(
        tuple(
            Money(sum(row[bucket].minor for _, row in rest), ageing.currency) for bucket in Bucket
        )
    )
    return [*most, (words.others.format(count=len(rest)), together)]


def _draw_clients(axes: Any, clients: list[tuple[str, Row]], words: Words, language: str) -> None:
    if not clients:
        axes.axis("off")
        axes.text(0, 0.5, words.nothing, color=INK)
        return
    places = range(len(clients))
    left = [0.0] * len(clients)
    for bucket, colour in zip(SHOWN, COLOURS, strict=True):
        widths = [float(row[bucket].decimal) for _, row in clients]
        axes.barh(places, widths, left=left, color=colour, edgecolor="white", linewidth=0.8)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, (end, (_, row)) in enumerate(zip(left, clients, strict=True)):
        owed = row.total - row[Bucket.CREDIT]
        axes.text(
            end, place, plain(f" {owed.format(language)}"), va="center", fontsize=9, color=INK
        )
    axes.set_yticks(places, [plain(_short(name)) for name, _ in clients])
    _tidy(axes, words.by_client, room=1.25)


def _tidy(axes: Any, title: str, *, room: float) -> None:
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, max(axes.get_xlim()[1], 1) * room)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=INK)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(INK)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
