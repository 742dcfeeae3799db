"""Numbers and dates in text cells: read the one way a column leaves open, or refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale

from acctflows.agency.problems import fault

_CURRENCY = re.compile(r"(?:€|£|\$|%|\b[A-Z]{3}\b)")
_GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in ".,"}
_NUMERIC_DATE = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[T ]00:00(?::00)?)?")
_DAYS = re.compile(
    r"(?:(?:netto|net|innerhalb(?: von)?|within)\s+)?([0-9]{1,3})\s*(?:Tagen?|days?|d|T\.?)?"
    r"(?:\s+(?:netto|net|rein netto))?",
    re.IGNORECASE,
)
_AT_ONCE = frozenset({"sofort", "sofort fällig", "due on receipt", "immediately"})
_NO_CENTS = re.compile(r"(?<=\d)([.,])[-–—]{1,2}$")
_WORD_DATE = re.compile(
    r"(?:(\d{1,2})\.?\s+)?([^\W\d]+)\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})"
)


@dataclass(frozen=True)
class Convention:
    """How the texts of one column are written: what those show that can be read one way only."""

    decimals: frozenset[str] = frozenset()
    """Decimal marks in use, ``,`` or ``.``; both where the column mixes them."""
    day_first: frozenset[bool] = frozenset()
    """Whether the day (True) or the month (False) comes first; both where the column mixes them."""


def decimal_marks(texts: Iterable[str]) -> frozenset[str]:
    """The decimal marks that some of the texts can only be read with."""
    return frozenset(mark for text in texts for mark in _decided_mark(_bare(text)))


def day_orders(texts: Iterable[str]) -> frozenset[bool]:
    """Whether some of the texts can only be read with the day (True) or month (False) first."""
    found = set()
    for text in texts:
        match = _NUMERIC_DATE.fullmatch(text.strip())
        if match and match[2] != ".":
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second:
                found.add(True)
            if second > 12 >= first:
                found.add(False)
    return frozenset(found)


def read_number(text: str, convention: Convention) -> Decimal:
    """The number a text means: ``1.234,50``, ``1,234.50``, ``1'234.50``, ``95,- €``, ``19 %``.

    Raises:
        PydanticCustomError: When it is no number, or can be two and the column does not decide.
    """
    bare = _bare(text)
    marked = "." in bare or "," in bare
    if marked and len(convention.decimals) > 1:
        raise fault("mixed_numbers", value=text)
    mark = next(iter(_decided_mark(bare) or convention.decimals), None)
    if marked and mark is None:
        raise fault("ambiguous_number", value=text, one=_words(bare, "."), other=_words(bare, ","))
    number = _parse(bare, mark or ".")
    if number is None:
        raise fault("no_number", value=text)
    return number


def read_day(text: str, convention: Convention) -> date:
    """The day a text means: ``31.12.2026``, ``2026-12-31``, ``31/12/2026``, ``31. Dezember 2026``.

    The year in front leaves one reading (``2026/12/31``, ``20261231``). Dots are always day first;
    slashes and hyphens as the column shows.

    Raises:
        PydanticCustomError: When it is no day, or can be two and the column does not decide.
    """
    bare = text.strip()
    iso = _ISO_DATE.fullmatch(bare)
    if iso:
        return _day(text, int(iso[1]), int(iso[3]), int(iso[4]))
    match = _NUMERIC_DATE.fullmatch(bare)
    if match:
        return _numeric_day(text, match, convention)
    return _worded_day(text, _WORD_DATE.fullmatch(bare))


def read_days(text: str) -> int:
    """How many days a term of payment means: ``14 Tage``, ``30 days net``, ``net 30``, ``sofort``.

    Raises:
        PydanticCustomError: When it is anything else; a term with a discount in it has two numbers.
    """
    if text.strip().casefold() in _AT_ONCE:
        return 0
    found = _DAYS.fullmatch(text.strip())
    if found is None:
        raise fault("no_whole_number", value=text)
    return int(found[1])


def _numeric_day(text: str, match: re.Match[str], convention: Convention) -> date:
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    year += 2000 if len(match[4]) == 2 else 0
    if match[2] != "." and len(convention.day_first) > 1:
        raise fault("mixed_dates", value=text)
    day_first = next(iter(day_orders([text]) or convention.day_first), None)
    if match[2] == "." or first == second:
        day_first = True
    if day_first is None:
        one, other = _day(text, year, second, first), _day(text, year, first, second)
        raise fault("ambiguous_date", value=text, one=one.isoformat(), other=other.isoformat())
    return _day(text, year, second, first) if day_first else _day(text, year, first, second)


def _worded_day(text: str, match: re.Match[str] | None) -> date:
    """A day with the name of its month, in German or English; exactly one day number is given."""
    month = _months().get(match[2].casefold()) if match else None
    if match is None or month is None or (match[1] is None) == (match[3] is None):
        raise fault("no_date", value=text)
    return _day(text, int(match[4]), month, int(match[1] or match[3]))


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise fault("no_date", value=text) from error


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold().rstrip("."): number
        for language in ("de", "en")
        for width in ("wide", "abbreviated")
        for number, name in Locale(language).months["format"][width].items()
    }


def _bare(text: str) -> str:
    """The digits and marks alone: without currency, percent sign, and spaces or apostrophes."""
    plain = _CURRENCY.sub("", text.replace("\u2212", "-")).strip()
    plain = _NO_CENTS.sub(r"\g<1>00", plain)
    return re.sub(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))", "", plain).strip()


def _decided_mark(bare: str) -> set[str]:
    """The decimal mark this text by itself leaves possible; empty where it decides nothing."""
    digits = bare.lstrip("+-")
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return set()
    if len(set(marks)) == 2:
        return {marks[-1]}
    mark, other = marks[0], "," if marks[0] == "." else "."
    if not _GROUPED[mark].fullmatch(digits) or digits.startswith("0"):
        return {mark}
    return {other} if len(marks) > 1 else set()


def _parse(bare: str, decimal: str) -> Decimal | None:
    group = "," if decimal == "." else "."
    whole, point, places = bare.lstrip("+-").partition(decimal)
    if group in whole and not _GROUPED[group].fullmatch(whole):
        return None
    digits = whole.replace(group, "")
    plain = re.fullmatch(r"[+-]?[0-9.,]+", bare) and re.fullmatch(r"[0-9]*", digits + places)
    if not plain or not digits + places or (point and not places):
        return None
    sign = "-" if bare.startswith("-") else ""
    return Decimal(f"{sign}{digits or 0}.{places or 0}") if point else Decimal(f"{sign}{digits}")


def _words(bare: str, decimal: str) -> str:
    number = _parse(bare, decimal)
    return "?" if number is None else f"{number.normalize():f}"
