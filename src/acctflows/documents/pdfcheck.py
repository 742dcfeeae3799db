"""Looks into a finished PDF: pages, typefaces, and whether what must be read can be read."""

import ctypes
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, product

import pypdfium2
import pypdfium2.raw as pdfium

PDFIUM = threading.Lock()
"""PDFium's own rule: one thread at a time in the whole process."""

_NESTING = 15
_PROOF = 12
"""Characters that prove a piece of a value even when it ends within a word, without a hyphen."""
_BESIDE_LINES, _BESIDE_CHARS = 25, 200
"""What may stand between a text and the edge of its page: lines, and characters of those among
them that stand on no other page (other cells of a torn row, a page's own header or footer)."""
_HYPHENS = "-\x02\u00ad\u2010\u2011\ufffe"
_HYPHEN_IN_WORD = re.compile(rf"(?<=\w)[{_HYPHENS}]\s*(?=\w)")
_LINE_END = re.compile(r"\r?\n|(?<=[\x02\ufffe])")
"""PDFium joins a line that ends with a hyphen to the next, and writes the hyphen like this."""
_LINE_MAY_END = re.compile(r"(?:[^\S\u00a0\u2007\u202f]|[/–—\u200b])+")
_NAMELESS = "\ufffe"
"""What PDFium reads where a PDF does not say which character a shape stands for."""
_COMBINING_EMOJI = re.compile("[\u200d\u20e3\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_INVISIBLE = re.compile(r"[\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f]")


@dataclass(frozen=True)
class PdfReport:
    """What a look into a PDF found."""

    pages: int
    fonts: tuple[str, ...]
    """Names of the typefaces used by text, sorted."""
    problems: tuple[str, ...]
    """Each in a sentence; empty when the document may go out."""


def check_pdf(pdf: bytes, *, must_appear: Sequence[str]) -> PdfReport:
    """Check that the PDF has pages, embeds every typeface and shows every given value.

    White space, line breaks, hyphenation, ligatures and invisible marks do not matter for a value;
    the words of a text written from right to left may come in any order, as readers store them.
    A value may run over the end of a page, where footer and header come between.
    """
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            return PdfReport(0, (), (f"The PDF cannot be opened ({error}).",))
        try:
            pages = [_LINE_END.split(page.get_textpage().get_text_range()) for page in document]
            fonts = dict(font for page in document for font in _fonts(page))
        finally:
            document.close()
    problems = [] if pages else ["The PDF has no pages."]
    problems += [f"The typeface {name} is not embedded." for name, ok in fonts.items() if not ok]
    text = _Text(pages)
    problems += [
        f"“{value}” does not appear in the PDF." for value in must_appear if not text.shows(value)
    ]
    return PdfReport(len(pages), tuple(sorted(fonts)), tuple(problems))


def _fonts(page: pypdfium2.PdfPage) -> Iterator[tuple[str, bool]]:
    """Name and whether embedded, of each text on the page."""
    name = ctypes.create_string_buffer(256)
    for text in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_NESTING):
        font = pdfium.FPDFTextObj_GetFont(text.raw)
        pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
        yield name.value.decode(errors="replace"), bool(pdfium.FPDFFont_GetIsEmbedded(font))


def _comparable(text: str) -> str:
    """The text without anything that a line break, a typeface or a reader may change."""
    plain = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", _HYPHEN_IN_WORD.sub("", plain))


class _Text:
    """What can be read in a PDF, page by page.

    Args:
        pages: The lines of each page, as PDF readers store them: from top to bottom, the cells of a
            table's row one after the other.
    """

    def __init__(self, pages: Sequence[Sequence[str]]) -> None:
        self._pages = pages
        self._shown = "\n".join(_comparable("\n".join(lines)) for lines in pages)

    def shows(self, value: str) -> bool:
        """Whether a reader finds the value."""
        wanted = _comparable(value)
        if wanted in self._shown:
            return True
        if any(_is_displaced(char) for char in wanted):
            return all(_word_appears(_comparable(word), self._shown) for word in _words(value))
        return self._runs_over(wanted, _tears(value, wanted))

    def _runs_over(self, wanted: str, tears: Set[int]) -> bool:
        """Whether the value begins at the end of a page and goes on at the start of the next."""
        if wanted[:1] not in self._shown:
            return False  # a typeface without characters: of many values, none needs a long search
        begun: set[int] = set()  # how much of the value may have been shown when the page begins
        for body in self._bodies:
            if any(text.startswith(wanted[shown:]) for text in body.starts for shown in begun):
                return True
            begun = {*body.begins(wanted, tears), *body.goes_on(wanted, tears, begun)} - {0}
        return False

    @cached_property
    def _bodies(self) -> list["_Body"]:
        pages_with = Counter(chain.from_iterable({*map(_shape, page)} for page in self._pages))
        repeated = {line for line, pages in pages_with.items() if pages > 1}
        return [_Body(page, repeated) for page in self._pages]


class _Body:
    """The running text of one page, cut at its upper and lower edge wherever it may begin or end.

    Args:
        lines: Of the page.
        repeated: What lines of headers and footers look like, see `_shape`.
    """

    def __init__(self, lines: Sequence[str], repeated: Set[str]) -> None:
        self._lines = lines
        self._above = range(_beside(lines, repeated) + 1)
        self._below = range(len(lines), len(lines) - _beside(lines[::-1], repeated) - 1, -1)
        self.starts = [_comparable("\n".join(lines[first:])) for first in self._above]
        self._ends = [end for last in self._below for end in _torn(lines[:last])]

    def begins(self, wanted: str, tears: Set[int]) -> Iterator[int]:
        """How much of the value may stand at the end of the page: as much as possible."""
        for text, within_word in self._ends:
            longest = min(len(wanted) - 1, len(text))
            sizes = (n for n in range(longest, 0, -1) if within_word or n in tears)
            yield from islice((n for n in sizes if text.endswith(wanted[:n])), 1)

    def goes_on(self, wanted: str, tears: Set[int], begun: Iterable[int]) -> Iterator[int]:
        """How much of the value has been shown when the whole page went on with it."""
        for shown in begun:
            if any(start and wanted.startswith(start[0], shown) for start in self.starts):
                fitting = (
                    shown + len(text)
                    for text, within_word in self._wholes
                    if text
                    and wanted.startswith(text, shown)
                    and (within_word or shown + len(text) in tears)
                )
                yield max(fitting, default=0)

    @cached_property
    def _wholes(self) -> list[tuple[str, bool]]:
        """The text cut at both edges."""
        edges = product(self._above, self._below)
        return [whole for first, last in edges for whole in _torn(self._lines[first:last])]


def _torn(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The text, and whether it ends within a word: with a hyphen, which is left out then."""
    text = _comparable("\n".join(lines))
    yield text, False
    if text.endswith(tuple(_HYPHENS)):
        yield text[:-1], True


def _beside(lines: Sequence[str], repeated: Set[str]) -> int:
    """How many of the lines, counted from the page's edge, may be something beside the text."""
    room = _BESIDE_CHARS
    for count, line in enumerate(lines):
        room -= 0 if _shape(line) in repeated else len(line)
        if room < 0 or count == _BESIDE_LINES:
            return count
    return len(lines)


def _shape(line: str) -> str:
    """The line without what differs from page to page: the page's number."""
    return re.sub(r"\d+", "0", line.strip())


def _tears(value: str, wanted: str) -> Set[int]:
    """After how many of the wanted characters a page may end.

    Between words, where a line may end; within a word only when both pieces are so long that they
    are no accident: “Page 1” and “1.000,00 €” are not “11.000,00 €”.
    """
    words = [match.end() for match in _LINE_MAY_END.finditer(value)]
    ends = {len(wanted) - len(_comparable(value[start:])) for start in words}
    return ends.union(range(_PROOF, len(wanted) - _PROOF + 1)) - {0, len(wanted)}


def _word_appears(word: str, shown: str) -> bool:
    """Arabic letters joined by dxpdf are shapes without text: then enough of them must be there."""
    if word in shown:
        return True
    is_arabic = all(unicodedata.bidirectional(char) in ("AL", "NSM") for char in word)
    return is_arabic and shown.count(_NAMELESS) >= len(word) // 2


def _is_displaced(char: str) -> bool:
    """Whether PDF readers give the character out of its place in the line.

    Text from right to left is stored as it looks, and symbols of another typeface are taller than
    the line they stand in, so that readers see a line of their own.
    """
    return unicodedata.bidirectional(char) in ("R", "AL") or unicodedata.category(char) == "So"


def _words(value: str) -> list[str]:
    """The words of a text, each symbol as one."""
    spaced = "".join(
        f" {char} " if unicodedata.category(char) == "So" else char
        for char in _COMBINING_EMOJI.sub("", value)
    )
    return spaced.split()
