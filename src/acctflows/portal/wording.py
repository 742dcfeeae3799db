"""How values stand on a page: dates, amounts and quantities as people of that language write them.

Spaces inside dates and amounts do not break (German typography).
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_time, format_timedelta

from acctflows.clock import Clock
from acctflows.money import LOCALES, Money, format_number

_NBSP = "\N{NO-BREAK SPACE}"
_TOKEN = re.compile(r"(/[dsu]/)[\w-]{20,}")
"""In the addresses of documents and surveys, and of being asked no more."""


def day(value: date, language: str) -> str:
    """``23. November 2026`` or ``23 November 2026``."""
    return format_date(value, "long", locale=LOCALES[language]).replace(" ", _NBSP)


def short_day(value: date, language: str) -> str:
    """``23.11.2026`` or ``23/11/2026``, for tables."""
    return format_date(value, "dd.MM.yyyy" if language == "de" else "dd/MM/yyyy")


def moment(value: datetime, language: str, clock: Clock) -> str:
    """Day and time on the agency's wall clock: ``23. November 2026, 10:00 Uhr``."""
    local = clock.local(value)
    hour = format_time(local, "HH:mm", locale=LOCALES[language])
    suffix = f"{_NBSP}Uhr" if language == "de" else ""
    return f"{day(local.date(), language)}, {hour}{suffix}"


def since(value: datetime, language: str, now: datetime) -> str:
    """How long ago, in one unit: ``vor 3 Tagen``, ``2 hours ago``; at least a minute."""
    passed = min(value - now, -timedelta(minutes=1))
    said = format_timedelta(passed, add_direction=True, threshold=1, locale=LOCALES[language])
    return str(said).replace(" ", _NBSP)


def money(minor: int, currency: str, language: str) -> str:
    """An amount in minor units: ``1.234,50 €``."""
    return Money(minor, currency).format(language)


def number(value: Any, language: str) -> str:
    """A quantity or rate; snapshots hold decimals as text."""
    return format_number(Decimal(str(value)), language)


def without_tokens(text: str, instead: str) -> str:
    """The text with other words in place of what opens a client's page.

    Whoever has such a link answers as the client, and nobody on the desk needs one.
    """
    return _TOKEN.sub(lambda found: found[1] + instead, text)
