"""What a payer's text names: RF references (ISO 11649) and invoice numbers, however written.

Finding is careful rather than clever: what could as well be a phone number, an account or a day is
not found, because money booked to the wrong invoice costs more than a question to a person.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from itertools import chain

from stdnum import iso11649

from acctflows.receivables.payment_code import rf_reference

__all__ = [
    "canonical_number",
    "find_invoice_numbers",
    "find_number_like",
    "find_rf_references",
    "rf_reference",
]

_START = r"(?:(?<![^\W_])|(?<=[a-zäöüß])(?=[A-Z]))"
"""The start of a word, or a capital glued to it: banks lose spaces at the end of their lines."""

_RF = re.compile(rf"{_START}(?i:r\s?f)(?=\s*\d\s*\d)")
_WORD = re.compile(r"\d[A-ZÄÖÜ][a-zäöüß]")
"""A digit to which a word is glued: banks lose spaces at the end of their lines."""
_RF_LENGTHS = range(5, 26)
"""Characters of an RF reference: RF, two check digits, one to twenty-one characters."""
_BETWEEN = " \t\r\n-./"
"""What people and line breaks put within a reference."""

_WORDS = r"rechnung(?:en|s)?|rechn\.?|rg\.?|rgn\.?|rng\.?|re\.?|faktura|invoices?|inv\.?|bill"
_MARK = r"[\s\-–—_/.:#]{0,3}"
_COUNT = rf"(?P<count>(?:nr|no|nummer|number)\b{_MARK})?"
_YEAR = r"(?P<year>2\s?0\s?\d\s?\d)"
_WHOLE = 4
"""Digits of a number as our register writes it, unless there are more than 9,999 in a year."""
_SEQUENCE = r"(?P<sequence>0\s?\d\s?\d\s?\d|\d{1,6})"
_NEXT = r"20\d\d[-/]?0\d{3}(?!\d)"
"""A further number with its year, which may follow any mark."""
_END = rf"(?!\d|[-.–:]\d|/(?!{_NEXT})\d|,\d{{2}}\b)"
"""The end of a number; a day, a phone number or an amount would go on."""
_OURS = r"(?(prefix)|(?(again)|(?!)))"
"""Only where our prefix stands before it."""
_END_OF_WHOLE = r"(?!\d|[-–]0\d{3}(?!\d))"
"""The end of one with prefix, year and four digits: whatever follows is told from it by any mark,
but ``RE-2026-0017-0019`` may be a span."""
_MORE = re.compile(
    r"(?:\s*(?:,|;|\+|&|/|und|and|u\.)\s*(?:(?P<year>20\d\d)[-/]?)?|\s+(?P<alone>20\d\d)[-/]?)"
    rf"(?P<sequence>0\d{{3}})(?!\d|\s?[-.–:]\s?\d|\s?/\s?(?!{_NEXT})\d|\s(?!{_NEXT})\d)",
    re.IGNORECASE,
)
"""Further numbers: ``RE-2026-0017, 0018 und 0019``, ``RE20260017/20260018``."""
_BARE = re.compile(
    rf"(?<!\w)(?<!\w[-/])(?<!\d[\s./+])(?P<year>20\d\d)[-/](?P<sequence>\d{{4,6}}){_END}"
)
_TURNED = re.compile(
    rf"(?<!\w)(?<!\w[-/])(?<!\d[\s./+])(?P<sequence>0\d{{3}})/(?P<year>20\d\d)(?!\s*\d){_END}"
)
"""The number before its year: ``0017/2026``."""
_OTHER = re.compile(
    r"(?:kund|kd|auftrag|order|customer|bestell|angebot|offer|quote|vertrag|contract|mandat|projekt"
    r"|project|liefer|delivery|\btel|fon|phone|mobil|\bfax|\bpo\b|purchase|ticket|mitglied|member)[\w.-]*\W{0,3}(?:nr|no|nummer|number)?\W{0,3}$",
    re.IGNORECASE,
)
"""What says before a bare number that it is not one of an invoice."""


def canonical_number(prefix: str, year: int, sequence: int) -> str:
    """A number as our register writes it: ``RE-2026-0017``."""
    return f"{prefix}-{year:04}-{sequence:04}"


def find_rf_references(text: str) -> list[str]:
    """All RF references in a text, compact and upper-case, in the order of the text.

    Spaces, hyphens and line breaks within are skipped, lower case is taken; the check digits must
    be right (ISO 7064, mod 97-10). Where a reference seems to end at several places, all readings
    with right check digits are given, the longest first: what follows it may fit by chance (1 in
    97), so that a caller compares them with the references it knows.
    """
    found = (reading for start in _RF.finditer(text) for reading in _readings(text, start.start()))
    return list(dict.fromkeys(found))


def _readings(text: str, start: int) -> list[str]:
    compact = ""
    valid = []
    for position in range(start, len(text)):
        character = text[position]
        if character in _BETWEEN:
            continue
        if not re.fullmatch(r"[A-Za-z0-9]", character) or len(compact) == _RF_LENGTHS[-1]:
            break
        compact += character.upper()
        ended = not text[position + 1 : position + 2].isalnum() or _WORD.match(text, position)
        if ended and len(compact) in _RF_LENGTHS and iso11649.is_valid(compact):
            valid.append(compact)
    return valid[::-1]


def find_invoice_numbers(text: str, prefixes: Collection[str]) -> list[str]:
    """All invoice numbers in a text in our register's form, in the order of the text.

    Found are the prefix with year and number in any spelling (``re20260017``, ``RE 2026/17``,
    ``RE-2026-`` and ``0017`` on the next line), the same after a word such as ``Rechnung`` or
    ``Invoice no.``, the bare ``2026-0017`` or ``0017/2026``, and further numbers in a list
    (``, 0018 und 0019``).
    A number without prefix has four digits or more, or a word such as ``Nr.`` before it: ``Rechnung
    2026-11`` names a month. It is given once for each prefix.

    Args:
        text: What the payer wrote.
        prefixes: First parts of our invoice numbers, such as ``RE``.
    """
    if not prefixes:
        return []
    found: dict[int, list[str]] = {}
    for match in _named(frozenset(prefixes)).finditer(text):
        said = match["again"] or match["prefix"]
        if not said and not match["count"] and len(_compact(match["sequence"])) < _WHOLE:
            continue
        fitting = [each for each in prefixes if said and each.upper() == said.upper()]
        found[match.start("year")] = _with_following(text, match, fitting or sorted(prefixes))
    for match in chain(_BARE.finditer(text), _TURNED.finditer(text)):
        if not _OTHER.search(text[max(0, match.start() - 60) : match.start()]):
            found.setdefault(match.start("year"), _with_following(text, match, sorted(prefixes)))
    return list(dict.fromkeys(number for start in sorted(found) for number in found[start]))


def find_number_like(text: str, prefixes: Collection[str]) -> list[str]:
    """What has the shape of an invoice number, even within a longer number or word.

    It may well mean something else: whoever uses it asks a person.
    """
    ours = "|".join(re.escape(each) for each in sorted(prefixes, key=len, reverse=True))
    shape = rf"({ours})[-/ ]?(20\d\d)[-/ ]?(\d{{4}})" if ours else r"(?!)()()()"
    found = re.findall(shape, text.upper())
    return list(
        dict.fromkeys(
            canonical_number(prefix, int(year), int(sequence)) for prefix, year, sequence in found
        )
    )


def _with_following(text: str, match: re.Match[str], prefixes: Collection[str]) -> list[str]:
    """The numbers of a match and of the list that follows it."""
    said = match.groupdict()
    year = int(_compact(said["year"]))
    numbers = [(year, int(_compact(said["sequence"] or said["whole"])))]
    end = match.end()
    while more := _MORE.match(text, end):
        numbers.append((int(more["year"] or more["alone"] or year), int(more["sequence"])))
        end = more.end()
    return [
        canonical_number(prefix, year, sequence)
        for year, sequence in numbers
        if sequence
        for prefix in prefixes
    ]


def _compact(text: str) -> str:
    return re.sub(r"\s", "", text)


@lru_cache(maxsize=32)
def _named(prefixes: frozenset[str]) -> re.Pattern[str]:
    """A number after a prefix, after a word for invoice, or after both."""
    ours = "|".join(re.escape(each) for each in sorted(prefixes, key=len, reverse=True))
    return re.compile(
        rf"{_START}(?i:(?:(?P<prefix>{ours})|(?:{_WORDS})){_MARK}{_COUNT}"
        rf"(?:(?:(?<=[\s\-–—_/.:#])|(?<=rechnung)|(?<=invoice))(?P<again>{ours}){_MARK})?)"
        rf"{_YEAR}{_MARK}(?:{_SEQUENCE}{_END}|{_OURS}(?P<whole>\d{{4}}){_END_OF_WHOLE})"
    )
