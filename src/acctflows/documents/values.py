"""Values that are more than text: pictures, rich text and whole Word files.

They belong to no template and to no document, never change, and any thread may use one in as many
documents as it likes. What docxtpl gives for them (``InlineImage``, ``RichText``,
``RichTextParagraph``, ``Subdoc``) we give too, and where.
"""

import re
import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.image.image import Image

from acctflows.errors import InputError

MAX_PICTURE_BYTES = 20_000_000
MAX_PIXELS = 80_000_000
"""A page of A3 at 600 dots per inch has 70 million; unpacked, each takes four bytes."""

_LINK = re.compile(r"(https?|mailto|tel):\S", re.IGNORECASE)
_COLOUR = re.compile("[0-9a-fA-F]{6}")

Underline = Literal[
    "", "single", "double", "thick", "dotted", "dash", "dotDash", "dotDotDash", "wave"
]


@dataclass(frozen=True)
class Picture:
    """A picture in the line, where a plain tag stands: ``{{ logo }}``.

    Args:
        content: A PNG, JPEG, GIF, BMP or TIFF file.
        width_mm: How wide it is shown; with one of both given, the other follows.
        height_mm: How high; with neither, it is as large as the file says.
        name: Its file name, as Word's selection pane shows it.
        description: For readers who cannot see it (alternative text).
        link: The address a click opens.

    Raises:
        InputError: It is none of these files, is damaged, or too large for a document.
    """

    content: bytes
    width_mm: float | None = None
    height_mm: float | None = None
    name: str = ""
    description: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        read_image(self.content, self.name or "picture")
        _check_link(self.link)


def read_image(content: bytes, name: str) -> Image:
    """What a picture's header says, without unpacking it.

    Raises:
        InputError: It cannot be read, or is too large for a document.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise InputError(
            f"The picture has {len(content) // 1_000_000} MB, "
            f"allowed are {MAX_PICTURE_BYTES // 1_000_000} MB.",
            where=name,
            todo="Make it smaller.",
        )
    try:
        image = Image.from_blob(content)
    except _NO_IMAGE as error:
        raise InputError(
            "This is no picture Word can show.", where=name, todo="Save it as PNG or JPEG."
        ) from error
    if image.px_width * image.px_height > MAX_PIXELS:
        raise InputError(
            f"The picture has {image.px_width} × {image.px_height} pixels, "
            f"allowed are {MAX_PIXELS // 1_000_000} million.",
            where=name,
            todo="Make it smaller.",
        )
    return image


def pixels(content: bytes) -> tuple[int, int] | None:
    """Width and height a picture's header names; None where it is no picture we can read."""
    try:
        image = Image.from_blob(content)
    except _NO_IMAGE:
        return None
    return image.px_width, image.px_height


_NO_IMAGE = (
    UnrecognizedImageError,
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    ArithmeticError,
    LookupError,
    ValueError,
    AttributeError,
    TypeError,
    struct.error,
)
"""What python-docx raises for files that are none, or are cut off."""


@dataclass(frozen=True)
class Run:
    r"""Words in one look.

    Args:
        text: Line ends, tabs, paragraphs (``\a``) and pages (``\f``) are kept.
        style: Name of the template's character style.
        bold: Whether they are bold.
        italic: Whether they are italic.
        underline: The line below them.
        strike: Whether they are struck through.
        colour: Six hexadecimal digits, as ``FF0000``.
        highlight: The colour behind them.
        points: Their size.
        raised: Above the line (1) or below it (-1).
        font: The typeface; ``eastAsia:SimSun`` names one for East Asian signs too.
        link: The address a click opens.
        right_to_left: Whether they run from right to left.
        language: As ``de-DE``, for the spelling check.
    """

    text: str
    style: str = ""
    bold: bool = False
    italic: bool = False
    underline: Underline = ""
    strike: bool = False
    colour: str = ""
    highlight: str = ""
    points: float = 0
    raised: Literal[-1, 0, 1] = 0
    font: str = ""
    link: str = ""
    right_to_left: bool = False
    language: str = ""

    def __post_init__(self) -> None:
        _check_link(self.link)
        for colour in filter(None, (self.colour, self.highlight)):
            if not _COLOUR.fullmatch(colour):
                raise InputError(
                    f"“{colour}” is no colour.", todo="Write six hexadecimal digits: FF0000."
                )


def _check_link(link: str) -> None:
    if link and not _LINK.match(link):
        raise InputError(
            f"“{link}” is no address a reader may be sent to.",
            todo="Begin it with https:, http:, mailto: or tel:.",
        )


@dataclass(frozen=True)
class RichText:
    """Words in several looks, where a tag for runs stands: ``{{r note }}``."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class RichParagraphs:
    """Paragraphs, each with the name of its style or none: ``{{p terms }}``."""

    paragraphs: tuple[tuple[RichText, str], ...]


@dataclass(frozen=True)
class SubDocument:
    """A Word file within another, with its styles, lists, pictures and notes: ``{{p annex }}``.

    Args:
        content: The ``.docx``; it is no template, tags in it are its words.
        name: Its file name, for errors.
    """

    content: bytes
    name: str = "sub-document"


Value = Picture | RichText | RichParagraphs | SubDocument


def picture_size(picture: Picture) -> tuple[int, int]:
    """Width and height in Word's unit (914,400 to an inch)."""
    width, height = (
        None if length is None else round(length * 36_000)
        for length in (picture.width_mm, picture.height_mm)
    )
    if width is not None and height is not None:
        return width, height
    across, down = Image.from_file(BytesIO(picture.content)).scaled_dimensions(width, height)
    return int(across), int(down)
