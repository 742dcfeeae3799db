"""Looks into a finished PDF: pages, typefaces, and whether what must be read can be read."""

import ctypes
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

_PDFIUM = threading.Lock()
"""PDFium's own rule: one thread at a time in the whole process."""

_NESTING = 15
_PIECE = 24
_HYPHEN_IN_WORD = re.compile(r"(?<=\w)[-\x02\u00ad\u2010\u2011\ufffe]\s*(?=\w)")
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
    """
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            return PdfReport(0, (), (f"The PDF cannot be opened ({error}).",))
        try:
            pages = len(document)
            fonts = dict(font for page in document for font in _fonts(page))
            text = "\n".join(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()
    problems = [] if pages else ["The PDF has no pages."]
    problems += [f"The typeface {name} is not embedded." for name, ok in fonts.items() if not ok]
    shown = _comparable(text)
    problems += [
        f"“{value}” does not appear in the PDF."
        for value in must_appear
        if not _appears(value, shown, pages)
    ]
    return PdfReport(pages, tuple(sorted(fonts)), tuple(problems))


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


def _appears(value: str, shown: str, pages: int) -> bool:
    wanted = _comparable(value)
    if wanted in shown:
        return True
    if any(_is_displaced(char) for char in wanted):
        return all(_word_appears(_comparable(word), shown) for word in _words(value))
    # A long text may run over a page's end, where footer and header come between.
    pieces = [wanted[start : start + _PIECE] for start in range(0, len(wanted), _PIECE)]
    return len(pieces) > 2 and sum(piece not in shown for piece in pieces) < pages


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
