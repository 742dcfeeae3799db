"""What a paragraph is by its properties and its style, as far as clauses depend on it."""

import re
from collections.abc import Iterator

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.file import value, whole_number
from acctflows.documents.wordml.text import is_on, read_runs

_HEADING_NAME = re.compile(r"heading ([1-9])")
_BODY_LEVEL = 9
"""The outline level of text that is no heading (ECMA-376 part 1, 17.3.1.20)."""


class Styles:
    """The styles of a file.

    Args:
        root: Of the part with the styles, or None where there is none.
    """

    def __init__(self, root: etree._Element | None) -> None:
        styles = [] if root is None else root.findall(W + "style")
        self._styles = {style.get(W + "styleId", ""): style for style in styles}
        defaults = [
            name
            for name, style in self._styles.items()
            if style.get(W + "type") == "paragraph" and is_on_attribute(style, "default")
        ]
        self._default = defaults[0] if defaults else ""
        self._list_places: dict[str, tuple[str | None, int | None]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._styles

    def outline_level(self, paragraph: etree._Element) -> int | None:
        """0 for a heading of the first level and so on; None for text."""
        for properties in self._sources(paragraph):
            if (level := whole_number(properties, "pPr/outlineLvl")) is not None:
                return level if 0 <= level < _BODY_LEVEL else None
            if named := _HEADING_NAME.fullmatch(_name(properties)):
                return int(named[1]) - 1
        return None

    def is_title(self, paragraph: etree._Element) -> bool:
        """Whether it is the document's title."""
        return any(_name(source) == "title" for source in self._sources(paragraph))

    def list_place(self, paragraph: etree._Element) -> tuple[str, int | None] | None:
        """The list (``numId``), and the level in it where it is told; None for text in no list."""
        name, level = _own_list_place(paragraph)
        if name is None:
            name, of_style = self._list_place_of(self._name_of(paragraph))
            level = of_style if level is None else level
        return None if name in (None, "0") else (name, level)

    def style_chain(self, paragraph: etree._Element) -> list[str]:
        """The paragraph's style, the one that is based on, and so on."""
        return self._chain_of(self._name_of(paragraph))

    def _list_place_of(self, style: str) -> tuple[str | None, int | None]:
        if style not in self._list_places:
            level: int | None = None
            name: str | None = None
            for each in self._chain_of(style):
                name, told = _own_list_place(self._styles[each])
                level = told if level is None else level
                if name is not None:
                    break
            self._list_places[style] = (name, level)
        return self._list_places[style]

    def is_bold(self, paragraph: etree._Element) -> bool:
        """Whether all its text is bold."""
        whole = any(
            is_on(source.find(f"{W}rPr/{W}b"))
            for source in self._sources(paragraph)
            if source is not paragraph
        )
        texts = [run for run, text in read_runs(paragraph) if text.strip()]
        return bool(texts) and all(self._is_run_bold(run, whole) for run in texts)

    def _is_run_bold(self, run: etree._Element, whole: bool) -> bool:
        own = run.find(f"{W}rPr/{W}b")
        if own is not None:
            return is_on(own)
        style = self._styles.get(value(run, "rPr/rStyle") or "")
        return whole or (style is not None and is_on(style.find(f"{W}rPr/{W}b")))

    def _sources(self, paragraph: etree._Element) -> Iterator[etree._Element]:
        """Where a property is looked for: the paragraph, its style, that style's base and so on."""
        yield paragraph
        yield from (self._styles[name] for name in self.style_chain(paragraph))

    def _name_of(self, paragraph: etree._Element) -> str:
        return value(paragraph, "pPr/pStyle") or self._default

    def _chain_of(self, style: str) -> list[str]:
        chain: list[str] = []
        while style in self._styles and style not in chain:
            chain.append(style)
            style = value(self._styles[style], "basedOn") or ""
        return chain


def _own_list_place(element: etree._Element) -> tuple[str | None, int | None]:
    """List and level that a paragraph or a style tells itself."""
    return value(element, "pPr/numPr/numId"), whole_number(element, "pPr/numPr/ilvl")


def is_on_attribute(element: etree._Element, name: str) -> bool:
    """Whether an attribute such as ``w:default`` says yes."""
    return element.get(W + name) in ("1", "true", "on")


def _name(source: etree._Element) -> str:
    """The style's name; built-in ones keep the English one in every language of Word."""
    return (value(source, "name") or "").lower()
