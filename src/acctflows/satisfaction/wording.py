"""Scores in one sentence, as they stand on the desk, in reports and in mails."""

from decimal import Decimal

from acctflows.money import NBSP, round_half_up
from acctflows.satisfaction.scores import FEWEST, Csat, CsatCounts, Nps, NpsCounts, TooFew

_MINUS = "\N{MINUS SIGN}"

_SENTENCES = {
    "de": {
        "between": "zwischen {low} und {high}",
        "few": "ab {fewest} Antworten; bisher {counts}",
    },
    "en": {
        "between": "between {low} and {high}",
        "few": "from {fewest} answers on; so far {counts}",
    },
}
_COUNTED = {
    "de": {
        "answers": ("{n} Antwort", "{n} Antworten"),
        "asked": ("bei {n} Einladung", "bei {n} Einladungen"),
        "promoters": ("{n} Promotor", "{n} Promotoren"),
        "passives": ("{n} Passiver", "{n} Passive"),
        "detractors": ("{n} Kritiker", "{n} Kritiker"),
        "satisfied": ("{n} zufrieden", "{n} zufrieden"),
        "others": ("{n} nicht", "{n} nicht"),
    },
    "en": {
        "answers": ("{n} answer", "{n} answers"),
        "asked": ("of {n} asked", "of {n} asked"),
        "promoters": ("{n} promoter", "{n} promoters"),
        "passives": ("{n} passive", "{n} passives"),
        "detractors": ("{n} detractor", "{n} detractors"),
        "satisfied": ("{n} satisfied", "{n} satisfied"),
        "others": ("{n} not", "{n} not"),
    },
}


def nps_sentence(result: Nps | TooFew[NpsCounts], *, asked: int, language: str) -> str:
    """``NPS +58, between +10 and +83, 12 answers of 20 asked``, or the counts where they are few.

    Args:
        result: What `scores.score_nps` returned.
        asked: How many were invited to answer.
        language: ``de`` or ``en``.
    """
    answered = answered_words(result.counts.answers, asked=asked, language=language)
    if isinstance(result, Nps):
        low, high = (signed(end) for end in (result.interval.low, result.interval.high))
        between = _SENTENCES[language]["between"].format(low=low, high=high)
        return f"NPS{NBSP}{signed(result.score)}, {between}, {answered}"
    groups = {
        name: getattr(result.counts, name) for name in ("promoters", "passives", "detractors")
    }
    return f"NPS {_few(groups, answered, language)}"


def csat_sentence(result: Csat | TooFew[CsatCounts], *, asked: int, language: str) -> str:
    """``CSAT 83%, between 55% and 95%, 12 answers of 20 asked``, or the counts where few.

    Args:
        result: What `scores.score_csat` returned.
        asked: How many were invited to answer.
        language: ``de`` or ``en``.
    """
    answered = answered_words(result.counts.answers, asked=asked, language=language)
    if isinstance(result, Csat):
        low, high = (percent(end, language) for end in (result.interval.low, result.interval.high))
        between = _SENTENCES[language]["between"].format(low=low, high=high)
        return f"CSAT{NBSP}{percent(result.score, language)}, {between}, {answered}"
    groups = {name: getattr(result.counts, name) for name in ("satisfied", "others")}
    return f"CSAT {_few(groups, answered, language)}"


def answered_words(answers: int, *, asked: int, language: str) -> str:
    """``12 answers of 20 asked``, ``12 Antworten bei 20 Einladungen``."""
    return f"{counted('answers', answers, language)} {counted('asked', asked, language)}"


def counted(name: str, number: int, language: str) -> str:
    """So many of a group in words: ``1 Promotor``, ``8 promoters``."""
    one, several = _COUNTED[language][name]
    return (one if number == 1 else several).format(n=number)


def signed(points: float) -> str:
    """Points of an NPS: ``+58``, ``−12`` (with a real minus sign), ``0``."""
    whole = _whole(points)
    return f"{'+' if whole > 0 else _MINUS if whole < 0 else ''}{abs(whole)}"


def percent(value: float, language: str) -> str:
    """A percentage as that language writes it: ``83 %`` or ``83%``."""
    return f"{_whole(value)}{NBSP if language == 'de' else ''}%"


def _few(groups: dict[str, int], answered: str, language: str) -> str:
    counts = ", ".join(counted(name, number, language) for name, number in groups.items())
    shown = f"{answered} ({counts})" if any(groups.values()) else answered
    return _SENTENCES[language]["few"].format(fewest=FEWEST, counts=shown)


def _whole(value: float) -> int:
    # Repr gives the shortest digits that mean this float, so that 58.5 is rounded as it is read.
    return int(round_half_up(Decimal(repr(value)), 0))
