"""Whether the name of a payer is like that of a client."""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from acctflows.agency.rules import fold

SIMILAR = 0.9
"""Likeness from which a name is taken for a client's; it only ever leads to a proposal."""
_SHORTEST = 3
_LEGAL_FORM = re.compile(
    r"\b(?:gmbh|ggmbh|mbh|ug|haftungsbeschr[aä]nkt|ag|kg|kgaa|ohg|gbr|se|e\.?\s?k|e\.?\s?v|co|ltd"
    r"|limited|llc|llp|plc|inc|sarl|bv|und|and|herr|frau|mr|mrs|ms|dr)\b\.?",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def _bare_name(name: str) -> str:
    """The name without legal form, title and “and”, its words in alphabetical order."""
    words = re.split(r"\W+", _LEGAL_FORM.sub(" ", name.replace("&", " ")))
    return " ".join(sorted(folded for word in words if (folded := fold(word))))


def alike(one: str, other: str) -> bool:
    """Whether two names may be those of the same person or firm; names under 3 letters never."""
    return bool(names_like(one, [other]))


def names_like(payer: str, names: Iterable[str]) -> list[str]:
    """Those of the names that may be the payer's; each is compared only as far as needed."""
    bare = _bare_name(payer)
    if len(bare) < _SHORTEST:
        return []
    matcher = SequenceMatcher(b=bare, autojunk=False)
    return [name for name in names if _is_like(matcher, bare, _bare_name(name))]


def all_unlike(payer: str, names: Collection[str]) -> bool:
    """Whether a payer shares neither the name nor a single word with any of the names."""
    words = {word for word in _bare_name(payer).split() if len(word) >= _SHORTEST}
    shared = any(words & set(_bare_name(name).split()) for name in names)
    return not shared and not names_like(payer, names)


def _is_like(matcher: SequenceMatcher[str], bare: str, other: str) -> bool:
    if bare == other:
        return True
    shorter, longer = sorted((len(bare), len(other)))
    # Both are upper bounds of the likeness: most names are told apart without the slow one.
    if shorter < _SHORTEST or 2 * shorter < SIMILAR * (shorter + longer):
        return False
    matcher.set_seq1(other)
    return matcher.quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR
