"""How a list of payments writes its amounts and days, as its own cells or its headings show."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from acctflows.agency.importing.cells import Convention, day_orders, decimal_marks, read_number
from acctflows.agency.rules import fold

_DEBIT = frozenset({"s", "soll", "d", "dr", "debit", "dbit", "belastung"})
_CREDIT = frozenset({"h", "haben", "c", "cr", "credit", "crdt", "gutschrift"})
_BEHIND = re.compile(r"(.*\d)\s*(S|H|Soll|Haben|DR|CR|D|C)", re.IGNORECASE)
_MINUS_BEHIND = re.compile(r"([^-+]*\d)\s*[-\N{MINUS SIGN}](\s*\D*)")
_MONEY = re.compile(r"[-+]?(?:\d{1,3}(?:[., ']\d{3})*|\d+)[.,]\d{2}(?:\s?(?:[A-Z]{3}|[€£$]))?")
_WRITTEN: dict[str, Convention] = {
    "transferwiseid": Convention(day_first=frozenset({True})),
    "zahlungspflichtige*r": Convention(decimals=frozenset({","})),
}
"""How exports known by a heading are written: Wise (DD-MM-YYYY) and DKB (whole euros: 1.190)."""
_T = TypeVar("_T")


def number_convention(
    own: Iterable[str], *, beside: Iterable[str], headings: Sequence[str]
) -> Convention:
    """How the amounts of a list are written.

    Args:
        own: The amounts.
        beside: Other cells; those that look like money say how it is written as well.
        headings: By which some exports are known.
    """
    amounts = (amount_and_side(text)[0] for text in own)
    balances = (text for text in beside if _MONEY.fullmatch(text.strip()))
    known = (each.decimals for each in _known(headings))
    return Convention(decimals=_first(decimal_marks(amounts), decimal_marks(balances), *known))


def day_convention(own: Iterable[str], *, headings: Sequence[str]) -> Convention:
    """How the days of a list are written."""
    known = (each.day_first for each in _known(headings))
    return Convention(day_first=_first(day_orders(own), *known))


def amount_and_side(text: str) -> tuple[str, str]:
    """An amount with its minus in front, and the side behind it: ``10,00-``, ``1.190,00 H``."""
    behind = _BEHIND.fullmatch(text)
    bare, side = (behind[1], behind[2]) if behind else (text, "")
    minus = _MINUS_BEHIND.fullmatch(bare)
    return (f"-{minus[1]}{minus[2]}" if minus else bare), side


def signed_number(text: str, convention: Convention) -> Decimal:
    """The number a cell means, its side left out.

    Raises:
        PydanticCustomError: When it is no number, or can be two.
    """
    return read_number(amount_and_side(text)[0], convention)


def is_credit(side: str) -> bool:
    """Whether a side means money that came in."""
    return fold(side) in _CREDIT


def is_debit(side: str) -> bool:
    """Whether a side means money that went out."""
    return fold(side) in _DEBIT


def _known(headings: Sequence[str]) -> list[Convention]:
    written = (_WRITTEN.get(heading.casefold().replace(" ", "")) for heading in headings)
    return [each for each in written if each]


def _first(*found: frozenset[_T]) -> frozenset[_T]:
    """The first that says anything."""
    return next(filter(None, found), frozenset())
