"""How documents say quantities, lengths of time, days and countries in each language."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date

from acctflows.db.models.agency import Unit
from acctflows.money import LOCALES, NBSP, format_number, round_half_up

UNITS = {
    "de": {
        Unit.HOUR: ("Stunde", "Stunden"),
        Unit.DAY: ("Tag", "Tage"),
        Unit.MONTH: ("Monat", "Monate"),
        Unit.PIECE: ("Stück", "Stück"),
        Unit.LUMP_SUM: ("pauschal", "pauschal"),
    },
    "en": {
        Unit.HOUR: ("hour", "hours"),
        Unit.DAY: ("day", "days"),
        Unit.MONTH: ("month", "months"),
        Unit.PIECE: ("piece", "pieces"),
        Unit.LUMP_SUM: ("lump sum", "lump sum"),
    },
}

PERIODS = {
    # After “von” (dative), as every clause of the German template uses them.
    "de": {
        "day": ("einem Tag", "Tagen"),
        "working_day": ("einem Werktag", "Werktagen"),
        "month": ("einem Monat", "Monaten"),
        "year": ("einem Jahr", "Jahren"),
    },
    "en": {
        "day": ("one day", "days"),
        "working_day": ("one working day", "working days"),
        "month": ("one month", "months"),
        "year": ("one year", "years"),
    },
}

_NOTHING = Decimal("0.0005")
"""Below this, a difference of hours comes from rounding: 1.8 seconds."""


def quantity(value: Decimal, unit: Unit, language: str) -> str:
    """Such as ``6 Monate``, ``12.5 hours`` or ``0:50 hours``; a single lump sum needs no number."""
    singular, plural = UNITS[language][unit]
    if unit is Unit.LUMP_SUM and value == 1:
        return singular
    number = hours(value, language) if unit is Unit.HOUR else format_number(value, language)
    return f"{number}{NBSP}{singular if number == '1' else plural}"


def hours(value: Decimal, language: str) -> str:
    """Hours with up to two decimals, such as ``1.75``, or else by the minute, such as ``0:50``."""
    short, minutes = round_half_up(value, 2), round_half_up(value * 60, 0)
    if abs(value - short) < _NOTHING or abs(value - minutes / 60) >= _NOTHING:
        return format_number(short, language)
    whole, rest = divmod(int(minutes), 60)
    return f"{whole}:{rest:02}"


def period(count: int, unit: str, language: str) -> str:
    """A length of time as it stands after “von” or “of”: ``14 Tagen``, ``einem Monat``."""
    one, many = PERIODS[language][unit]
    return one if count == 1 else f"{count}{NBSP}{many}"


def long_date(day: date, language: str) -> str:
    """Such as ``1. Dezember 2026`` or ``1 December 2026``, unbreakable."""
    return str(format_date(day, format="long", locale=LOCALES[language])).replace(" ", NBSP)


def percentage(rate: Decimal, language: str) -> str:
    """Such as ``19 %`` in German and ``19%`` in English."""
    return format_number(rate, language) + (f"{NBSP}%" if language == "de" else "%")


def country_name(code: str, language: str) -> str:
    """The country in that language; an unknown code stays as it is."""
    return str(Locale.parse(LOCALES[language]).territories.get(code, code))


def bind_citation(text: str) -> str:
    """The text with everything from a section sign to its statute held together on one line."""
    return re.sub(r"§[^),]*", lambda found: found[0].replace(" ", NBSP), text)


def markdown_table(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values as a Markdown table headed by its first row; values stay plain text."""
    head, *rest = [f"| {name} | {_cell(value)} |" for name, value in rows]
    return "\n".join([head, "|---|---|", *rest])


def _cell(text: str) -> str:
    # Client data must stay text inside the Markdown table: no markup, no line break.
    return re.sub(r"([\\`*_{}\[\]<>|#!~])", r"\\\1", " ".join(text.split()))
