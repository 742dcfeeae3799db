"""The house's typefaces for drawing: which face has a character, how wide it is, where lines end.

The house face comes first, the fallbacks after it, so that a client's name arrives in Cyrillic,
Greek or with an emoji. A character that no face has is refused: a box is not what was meant.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from acctflows.documents.text import clean_text
from acctflows.errors import ConfigurationError, InputError

REGULAR, BOLD = "regular", "bold"
"""The weights texts are set in."""

_CHAINS = {
    REGULAR: ("SourceSansPro-Regular", "DejaVuSans", "NotoEmoji[wght]"),
    BOLD: ("SourceSansPro-Semibold", "DejaVuSans-Bold", "NotoEmoji[wght]"),
}
_LOADING = threading.Lock()
_LOADED: "list[Faces]" = []
# ReportLab writes such characters as one number where PDF wants UTF-16 (ISO 32000-1, 9.10.3).
_BEYOND_PLANE_0 = re.compile(r"(?<= <)[0-9A-F]{5,6}(?=>)")
_GOOD_END = re.compile(r"[-/_.,;:@?&=+]")
_NEVER_FIRST = {"Mn", "Mc", "Me", "Cf"}
"""Categories of marks that belong to the character before them."""


class _Face(TTFont):  # type: ignore[misc]
    """ReportLab's face, with emoji that can be read and copied from the PDF again."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 — ReportLab's name
        super().addObjects(doc)
        for name, stored in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stored.content = _BEYOND_PLANE_0.sub(_in_utf16, stored.content)


class _Widths(dict[str, int]):
    """Width of each character in thousandths of the size, and the face that has it."""

    def __init__(self, fonts: tuple[TTFont, ...]) -> None:
        super().__init__()
        self.fonts = fonts
        self.names: dict[str, str] = {}

    def __missing__(self, char: str) -> int:
        code = ord(char)
        for font in self.fonts:
            if code in font.face.charToGlyph:
                self.names[char] = font.fontName
                self[char] = font.face.charWidths[code]
                return self[char]
        name = unicodedata.name(char, "without a name")
        raise InputError(
            f"The character “{char}” (U+{code:04X}, {name}) is in none of our typefaces.",
            todo="write it in Latin, Greek or Cyrillic letters",
        )

    def knows(self, char: str) -> bool:
        """Whether a face has that character."""
        return any(ord(char) in font.face.charToGlyph for font in self.fonts)


class Faces:
    """The typefaces of the process, made by `load_faces`."""

    def __init__(self, folder: Path) -> None:
        fonts = {name: _register(folder, name) for name in dict.fromkeys(sum(_CHAINS.values(), ()))}
        self._widths = {
            weight: _Widths(tuple(fonts[name] for name in chain))
            for weight, chain in _CHAINS.items()
        }

    def width(self, text: str, size: float, weight: str = REGULAR) -> float:
        """Width of a text in points.

        Raises:
            InputError: When no face has one of its characters.
        """
        widths = self._widths[weight]
        return sum([widths[char] for char in text]) * size / 1000

    def settable(self, text: str) -> str:
        """The text with “\ufffd” for each character that no face has.

        For words nobody here can correct, which must not keep a document from being made.
        """
        return "".join(
            char
            if char == "\n" or all(each.knows(char) for each in self._widths.values())
            else "\ufffd"
            for char in printable(text)
        )

    def runs(self, text: str, weight: str = REGULAR) -> list[tuple[str, str]]:
        """The text in pieces, each with the name of the face that has all of its characters."""
        widths = self._widths[weight]
        house = widths.fonts[0]
        if text.isascii() and text.isprintable():
            return [(house.fontName, text)]
        for char in text:
            widths[char]  # learns its face
        return [(name, "".join(run)) for name, run in groupby(text, key=widths.names.__getitem__)]

    def wrap(self, text: str, size: float, width: float, weight: str = REGULAR) -> list[str]:
        """The lines of a text that is to be no wider than ``width`` points.

        Lines end at spaces (never at no-break spaces) and where the text has line ends; a word
        wider than a line is broken, after a hyphen or slash where there is one.

        Raises:
            InputError: When no face has one of its characters.
        """
        lines: list[str] = []
        for paragraph in printable(text).split("\n"):
            lines += self._wrap_line(paragraph, width * 1000 / size, self._widths[weight])
        return lines

    def _wrap_line(self, text: str, room: float, widths: _Widths) -> Iterator[str]:
        if sum([widths[char] for char in text]) <= room:
            yield text.strip(" ")
            return
        line, used, space = "", 0, widths[" "]
        for word in text.split(" "):
            wide = sum([widths[char] for char in word])
            if line and used + space + wide <= room:
                line, used = f"{line} {word}", used + space + wide
                continue
            if line:
                yield line
            while wide > room:
                head = _fitting(word, room, widths)
                yield head
                word = word[len(head) :]  # noqa: PLW2901 — the rest of the word
                wide = sum([widths[char] for char in word])
            line, used = word, wide
        if line:
            yield line


def load_faces(folder: Path) -> Faces:
    """The typefaces in the folder that `install_fonts` filled, read once per process.

    Raises:
        ConfigurationError: When one is missing or broken.
    """
    with _LOADING:
        if not _LOADED:
            _LOADED.append(Faces(folder))
        return _LOADED[0]


def printable(text: str) -> str:
    """The text as it can be set: composed letters, no control characters, no invisible marks.

    What only steers a line (soft hyphens, marks of direction, zero-width spaces) is left out; the
    joiner stays, since emoji are made with it.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFC", clean_text(text)).replace("\t", " ")
    return "".join(char for char in plain if unicodedata.category(char) != "Cf" or char == "\u200d")


def _register(folder: Path, name: str) -> TTFont:
    file = folder / f"{name}.ttf"
    try:
        font = _Face(f"acctflows-{name}", str(file))
    except (TTFError, OSError) as error:
        raise ConfigurationError(
            f"The typeface cannot be read ({error}).",
            where=str(file),
            todo="Run `acctflows doctor`; it lays the typefaces into the installation again.",
        ) from error
    pdfmetrics.registerFont(font)
    return font


def _in_utf16(code: re.Match[str]) -> str:
    return chr(int(code[0], 16)).encode("utf-16-be").hex().upper()


def _fitting(word: str, room: float, widths: _Widths) -> str:
    """The beginning of a word that fits: at least one character, with the marks that follow it."""
    used, end = 0, 0
    while end < len(word) and used + widths[word[end]] <= room:
        used += widths[word[end]]
        end += 1
    good = [found.end() for found in _GOOD_END.finditer(word, end // 2, end)]
    end = good[-1] if good else max(end, 1)
    whole = end
    while whole > 1 and whole < len(word) and unicodedata.category(word[whole]) in _NEVER_FIRST:
        whole -= 1
    return word[: whole if whole > 1 or end == 1 else end]
