"""The numbers Word shows before paragraphs, worked out as Word does (ECMA-376 part 1, 17.9)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.file import value, whole_number
from acctflows.documents.wordml.styles import Styles
from acctflows.documents.wordml.text import is_on

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_PLACEHOLDER = re.compile(r"%([1-9])")
_HIGHEST = 32_767
"""The highest count Word takes."""
_LEVELS = tuple("012345678")
_SIGNS = ("bullet", "none")
"""Formats without a number."""


@dataclass(frozen=True)
class Label:
    """What Word puts before a paragraph.

    Args:
        text: As it is shown: ``(2)``; empty for a bullet.
        series: The definition that counts, so that two paragraphs of one list have the same.
        level: 0 for the outermost.
    """

    text: str
    series: str
    level: int


class Numbering:
    """Counts the numbered paragraphs of one file; each must be handed over once, in order.

    Args:
        root: Of the part that defines the lists, or None where there is none.
        styles: The file's styles.
    """

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        lists = [] if root is None else root.findall(W + "num")
        self._lists = {each.get(W + "numId", ""): each for each in lists}
        definitions = [] if root is None else root.findall(W + "abstractNum")
        self._definitions = {each.get(W + "abstractNumId", ""): each for each in definitions}
        self._linked = {
            link: name
            for name, each in self._definitions.items()
            if (link := value(each, "styleLink")) is not None
        }
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()

    def label(self, paragraph: etree._Element) -> Label | None:
        """The paragraph's number, or None where it is in no list."""
        place = self._styles.list_place(paragraph)
        if place is None or place[0] not in self._lists:
            return None
        number, told = place
        name = self._definition(number)
        level = told
        if level is None:
            level = self._level(number, name, self._styles.style_chain(paragraph))
        counts = self._counts.setdefault(name, {})
        self._restart(number, counts)
        counts[level] = counts.get(level, self._start(number, name, level) - 1) + 1
        for deeper in [each for each in counts if each > level]:
            after = whole_number(self._rule(number, name, deeper), "lvlRestart")
            if after is None or level < after:  # 0: never
                del counts[deeper]
        return Label(self._shown(number, name, level, counts), name, level)

    def _definition(self, number: str) -> str:
        """The abstract list behind a list, also where a list style leads to it."""
        name = value(self._lists[number], "abstractNumId") or ""
        link = value(self._definitions.get(name), "numStyleLink")
        return name if link is None else self._linked.get(link, name)

    def _rule(self, number: str, name: str, level: int) -> etree._Element | None:
        """How a level is numbered; a list may have it differently from its definition."""
        override = _at(self._lists[number], "lvlOverride", level)
        own = None if override is None else override.find(W + "lvl")
        if own is not None:
            return own
        definition = self._definitions.get(name)
        return None if definition is None else _at(definition, "lvl", level)

    def _level(self, number: str, name: str, styles: list[str]) -> int:
        """The level that a style is linked to."""
        for level in range(9):
            if value(self._rule(number, name, level), "pStyle") in styles:
                return level
        return 0

    def _start(self, number: str, name: str, level: int) -> int:
        start = whole_number(self._rule(number, name, level), "start")
        return 1 if start is None else start

    def _restart(self, number: str, counts: dict[int, int]) -> None:
        """A list that says so begins anew when it is first used."""
        if number in self._begun:
            return
        self._begun.add(number)
        for override in self._lists[number].findall(W + "lvlOverride"):
            start = whole_number(override, "startOverride")
            level = override.get(W + "ilvl", "")
            if start is not None and level in _LEVELS:
                counts[int(level)] = start - 1

    def _shown(self, number: str, name: str, level: int, counts: dict[int, int]) -> str:
        rule = self._rule(number, name, level)
        if rule is None or value(rule, "numFmt") in _SIGNS:
            return ""
        all_digits = is_on(rule.find(W + "isLgl"))

        def written(match: re.Match[str]) -> str:
            shown = int(match[1]) - 1
            count = counts.get(shown, self._start(number, name, shown))
            kind = value(self._rule(number, name, shown), "numFmt") or "decimal"
            return _write(count, "decimal" if all_digits else kind)

        return _PLACEHOLDER.sub(written, value(rule, "lvlText") or "").strip()


def _at(holder: etree._Element, name: str, level: int) -> etree._Element | None:
    found = (each for each in holder.findall(W + name) if each.get(W + "ilvl") == str(level))
    return next(found, None)


def _write(count: int, kind: str) -> str:
    """The count in a numeral format; those we do not know, and absurd counts, as digits."""
    return _FORMATS.get(kind, str)(count) if 0 < count <= _HIGHEST else str(count)


def _roman(count: int) -> str:
    written = ""
    for size, letters in _ROMAN:
        written += letters * (count // size)
        count %= size
    return written


def _letters(alphabet: str) -> Callable[[int], str]:
    """After the last letter come the first ones doubled: z, aa, bb."""

    def write(count: int) -> str:
        times, letter = divmod(count - 1, len(alphabet))
        return alphabet[letter] * (times + 1)

    return write


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": "{:02d}".format,
    "lowerRoman": _roman,
    "upperRoman": lambda count: _roman(count).upper(),
    "lowerLetter": _letters(_LATIN),
    "upperLetter": lambda count: _letters(_LATIN)(count).upper(),
    "russianLower": _letters(_RUSSIAN),
    "russianUpper": lambda count: _letters(_RUSSIAN)(count).upper(),
    "none": lambda _: "",
    "bullet": lambda _: "",
}
