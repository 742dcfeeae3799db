"""The blocks of a contract as its reader sees them: headings, numbered clauses, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.file import WordFile, children
from acctflows.documents.wordml.numbers import Label, Numbering
from acctflows.documents.wordml.styles import Styles
from acctflows.documents.wordml.text import paragraph_text, plain, table_text

BlockKind = Literal["heading", "text", "table"]

_MONTHS = (
    "Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
)
_LAWS = "BGB|HGB|ZPO|DSGVO|DS-GVO|GDPR|UWG|UrhG|InsO|UStG"
_TYPED = re.compile(
    rf"""\s*(
        (?: § \s* \d+ [a-z]?                                        # § 7, but not § 7 BGB
          | (?:Artikel|Article|Art\.|Ziffer|Section|Clause|Статья) \s+ (?:\d+|[IVXLC]+) )
        (?![\w(]|\s+(?:[a-zäöü]|(?:Abs\.|Satz|Nr\.|{_LAWS})(?!\w)))
      | \d{{1,3}} (?:\.\d{{1,2}})+ \.? (?!\s*Uhr\b)                 # 1.2, but not 14.30 Uhr
      | \d{{1,3}} [.)] (?!\s*(?:{_MONTHS})\b)                       # 2. but not 2. Mai
      | \( (?:\d{{1,3}}[a-z]?|[a-z]{{1,2}}|[ivx]+) \)               # (3)
      | [a-z]{{1,2}} \)                                             # a)
      | [IVX]+ \.                                                   # IV.
    ) [.:]? (?:\s+[–—-])? (?:\s+|$)""",
    re.VERBOSE,
)
_HEADED = re.compile(r"§|Art|Ziffer|Section|Clause|Статья")
"""How the number of a heading begins; other typed numbers need bold text to be one."""
_LONGEST_HEADING = 120
_LONGEST_WITH_STOP = 60
"""Characters of a heading; one that ends like a sentence is shorter."""


@dataclass(frozen=True)
class Block:
    """A paragraph or table of the body.

    Args:
        kind: What it is.
        number: As a reader names it: ``§ 7 (2)``; for text without a number that of the clause or
            heading above; empty where there is none.
        heading: Text of the nearest heading above, or its own.
        text: What it says, without the number.
        typed: The number with what follows it, where it is typed into the text.
        element: The paragraph or table.
    """

    kind: BlockKind
    number: str
    heading: str
    text: str
    typed: str
    element: etree._Element


@dataclass(frozen=True)
class _Numbered:
    """An open item: what it counts in, how deep, and its number in full."""

    series: str
    level: int
    number: str


@dataclass(frozen=True)
class _Heading:
    level: int
    number: str
    text: str


def read_blocks(file: WordFile) -> tuple[Block, ...]:
    """All paragraphs and tables of the body in their order, empty paragraphs too."""
    return tuple(_Reader(file).read())


class _Reader:
    def __init__(self, file: WordFile) -> None:
        self._body = file.body
        self._styles = Styles(file.styles)
        self._numbering = Numbering(file.numbering, self._styles)
        self._headings: list[_Heading] = []
        self._items: list[_Numbered] = []
        self._is_open = False

    def read(self) -> Iterator[Block]:
        for element in children(self._body, "p", "tbl"):
            if element.tag == W + "p":
                yield self._paragraph(element)
            else:
                for paragraph in element.iter(W + "p"):
                    self._numbering.label(paragraph)  # lists go on through tables
                yield self._block("table", table_text(element), "", element)

    def _paragraph(self, paragraph: etree._Element) -> Block:
        whole = paragraph_text(paragraph)
        label = self._numbering.label(paragraph)
        found = None if label is not None and label.text else self._typed(paragraph, whole)
        typed = "" if found is None else found[0]
        text = whole[len(typed) :].strip()
        if found is not None:
            label = _typed_label(found[1])
        level = self._heading_level(paragraph, text, label, typed)
        if level is not None:
            self._begin(_Heading(level, self._under_heading(level, label), text))
            return self._block("heading", text, typed, paragraph)
        if self._is_rest_of_heading(text, label):
            last = self._headings.pop()
            self._headings.append(_Heading(last.level, last.number, text))
            return self._block("heading", text, typed, paragraph)
        if label is not None and label.text and text:
            self._count(label)
        return self._block("text", text, typed, paragraph)

    def _typed(self, paragraph: etree._Element, text: str) -> re.Match[str] | None:
        """The number typed at the begin; a Roman one only in bold, else it may be “V. Schmidt”."""
        found = _TYPED.match(text)
        if found is None or (found[1][0] in "IVX" and not self._styles.is_bold(paragraph)):
            return None
        return found

    def _block(self, kind: BlockKind, text: str, typed: str, element: etree._Element) -> Block:
        heading = self._headings[-1].text if self._headings else ""
        return Block(kind, self._number(), heading, text, typed, element)

    def _number(self) -> str:
        if self._items:
            return self._items[-1].number
        return next((each.number for each in reversed(self._headings) if each.number), "")

    def _heading_level(
        self, paragraph: etree._Element, text: str, label: Label | None, typed: str
    ) -> int | None:
        if not (text or typed) or not _is_short(text):
            return None
        level = self._styles.outline_level(paragraph)
        if level is not None:
            return level
        if self._styles.is_title(paragraph):
            return 0
        if label is None or not label.text:
            return None
        if _HEADED.match(label.text) or self._styles.is_bold(paragraph):
            return label.level
        return None

    def _is_rest_of_heading(self, text: str, label: Label | None) -> bool:
        """The line below a “§ 1” that stands alone."""
        is_open, self._is_open = self._is_open, self._is_open and not text
        is_title = bool(text) and _is_short(text) and not text.endswith(".")
        return is_open and label is None and is_title

    def _under_heading(self, level: int, label: Label | None) -> str:
        above = [each.number for each in self._headings if each.level < level and each.number]
        own = "" if label is None else _bare(label)
        return _joined(above[-1] if above else "", own) if own else ""

    def _begin(self, heading: _Heading) -> None:
        self._headings = [each for each in self._headings if each.level < heading.level]
        self._headings.append(heading)
        self._items = []
        self._is_open = not heading.text

    def _count(self, label: Label) -> None:
        """Put an item beside or below the open ones."""
        for depth, item in enumerate(self._items):
            if item.series == label.series and item.level >= label.level:
                del self._items[depth:]
                break
        number = _joined(self._number(), _bare(label))
        self._items.append(_Numbered(label.series, label.level, number))


def _typed_label(number: str) -> Label:
    """A typed number as if a list had made it: numbers of the same look count in one series."""
    look = re.sub("[^\\W\\d]+", "a", re.sub(r"\d+", "1", number))
    return Label(number, look, number.strip(".").count("."))


def _is_short(text: str) -> bool:
    if text.endswith((";", ",")) or len(text) > _LONGEST_HEADING:
        return False
    return not text.endswith(".") or len(text) <= _LONGEST_WITH_STOP


def _bare(label: Label) -> str:
    """The number without the stop behind it, with ordinary spaces."""
    return plain(label.text).rstrip(".:")


def _joined(above: str, own: str) -> str:
    """``§ 7`` and ``(2)`` to ``§ 7 (2)``; a number that holds the one above stands alone."""
    outer, inner = _digits(above), _digits(own)
    if not above or (outer and inner.startswith(f"{outer}.")):
        return own
    return f"{above} {own}"


def _digits(number: str) -> str:
    return re.sub(r"[^\w.]", "", number).strip(".")
