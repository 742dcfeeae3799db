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
        "others_asked": ("{n} Antwort auf andere Fragen", "{n} Antworten auf andere Fragen"),
    },
    "en": {
        "answers": ("{n} answer", "{n} answers"),
        "asked": ("of {n} asked", "of {n} asked"),
        "promoters": ("{n} promoter", "{n} promoters"),
        "passives": ("{n} passive", "{n} passives"),
        "detractors": ("{n} detractor", "{n} detractors"),
        "satisfied": ("{n} satisfied", "{n} satisfied"),
        "others": ("{n} not", "{n} not"),
        "others_asked": ("{n} answer to other questions", "{n} answers to other questions"),
    },
}
_LEFT_OUT = {
    "de": {"nps": "Nicht im NPS", "csat": "Nicht im CSAT", "reasons": "Nicht bei den Gründen"},
    "en": {"nps": "Not in the NPS", "csat": "Not in the CSAT", "reasons": "Not in the reasons"},
}


def nps_sentence(result: Nps | TooFew[NpsCounts], *, asked: int, language: str) -> str:
    """The score with its interval and counts, or only the counts where they are few.

    ``NPS +58, between +10 and +83, 12 answers of 20 asked (8 promoters, 3 passives, 1 detractor)``

    Args:
        result: What `scores.score_nps` returned.
        asked: How many were invited to answer.
        language: ``de`` or ``en``.
    """
    groups = _groups(result.counts, ("promoters", "passives", "detractors"), language)
    return f"{nps_headline(result, asked=asked, language=language)}{groups}"


def nps_headline(result: Nps | TooFew[NpsCounts], *, asked: int, language: str) -> str:
    """The same without the groups, where a picture shows them."""
    answered = answered_words(result.counts.answers, asked=asked, language=language)
    if isinstance(result, TooFew):
        return f"NPS {_few(answered, language)}"
    low, high = (signed(end) for end in (result.interval.low, result.interval.high))
    between = _SENTENCES[language]["between"].format(low=low, high=high)
    return f"NPS{NBSP}{signed(result.score)}, {between}, {answered}"


def csat_sentence(result: Csat | TooFew[CsatCounts], *, asked: int, language: str) -> str:
    """``CSAT 83%, between 55% and 95%, 12 answers of 20 asked (10 satisfied, 2 not)``.

    Where there are few answers, only the counts.

    Args:
        result: What `scores.score_csat` returned.
        asked: How many were invited to answer.
        language: ``de`` or ``en``.
    """
    answered = answered_words(result.counts.answers, asked=asked, language=language)
    groups = _groups(result.counts, ("satisfied", "others"), language)
    if isinstance(result, TooFew):
        return f"CSAT {_few(answered, language)}{groups}"
    low, high = (percent(end, language) for end in (result.interval.low, result.interval.high))
    between = _SENTENCES[language]["between"].format(low=low, high=high)
    return f"CSAT{NBSP}{percent(result.score, language)}, {between}, {answered}{groups}"


def left_out_sentence(what: str, answers: int, language: str) -> str:
    """Such as ``Not in the NPS: 3 answers to other questions.``, with its full stop.

    Args:
        what: ``nps``, ``csat`` or ``reasons``: the figures they cannot be compared in.
        answers: How many.
        language: ``de`` or ``en``.
    """
    return f"{_LEFT_OUT[language][what]}: {counted('others_asked', answers, language)}."


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


def _few(answered: str, language: str) -> str:
    return _SENTENCES[language]["few"].format(fewest=FEWEST, counts=answered)


def _groups(counts: NpsCounts | CsatCounts, names: tuple[str, ...], language: str) -> str:
    """`` (8 promoters, 3 passives, 1 detractor)``; nothing where nobody answered."""
    if not counts.answers:
        return ""
    return f" ({', '.join(counted(name, getattr(counts, name), language) for name in names)})"


def _whole(value: float) -> int:
    # Repr gives the shortest digits that mean this float, so that 58.5 is rounded as it is read.
    return int(round_half_up(Decimal(repr(value)), 0))
