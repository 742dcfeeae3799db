"""The agency's letter: DIN 5008 form B on A4, with logo, window, information block and footer."""

from collections.abc import Sequence
from dataclasses import dataclass

from acctflows.documents.pdf.faces import BOLD, Faces
from acctflows.documents.pdf.logo import prepare_logo
from acctflows.documents.pdf.sheet import GREY, HEIGHT, MM, RULE, WIDTH, Sheet
from acctflows.errors import InputError

LEFT: float = 25 * MM
RIGHT: float = WIDTH - 20 * MM
TEXT_WIDTH: float = RIGHT - LEFT
BODY_TOP: float = 32 * MM
"""Where the text begins on pages after the first."""
BODY_BOTTOM: float = HEIGHT - 32 * MM

# DIN 5008:2020, form B: the window lies 45 mm from the top, 45 mm high, 85 mm wide from 20 mm on;
# the sender's line and remarks take its upper 17.7 mm. The information block begins at 50 mm,
# 125 mm from the left. Folds at 105 and 210 mm, the hole at 148.5 mm.
_WINDOW_TOP, _WINDOW_BOTTOM = 45 * MM, 90 * MM
_WINDOW_WIDTH = 80 * MM
_SENDER_BASE = 49 * MM
_ADDRESS_TOP = 62.7 * MM
_INFO_TOP, _INFO_LEFT = 50 * MM, 125 * MM
_TEXT_TOP = 98.5 * MM
_REPORT_TOP: float = 34 * MM
_MARKS = ((105 * MM, 4 * MM), (148.5 * MM, 6 * MM), (210 * MM, 4 * MM))
_LOGO_WIDTH, _LOGO_HEIGHT = 55 * MM, 16 * MM
_FOOTER_TOP = HEIGHT - 26 * MM


@dataclass(frozen=True)
class Stationery:
    """What every letter of the agency is drawn with.

    Args:
        faces: The typefaces.
        colour: The agency's colour, ``#rrggbb``.
        logo: PNG or JPEG; empty where there is none.
    """

    faces: Faces
    colour: str
    logo: bytes


@dataclass(frozen=True)
class Letterhead:
    """What stands around the text of a letter.

    Args:
        sender: The agency's name and address on one line, for the window.
        address: The recipient, line by line; empty for a report, which has no window.
        information: Label and value of each row of the information block.
        running_title: What pages after the first say at their top.
        footer: Columns of legal particulars, line by line.
        colour: The agency's colour, ``#rrggbb``.
        logo: PNG or JPEG; empty prints ``name`` instead.
        name: The agency's short name.
    """

    sender: str
    address: tuple[str, ...]
    information: tuple[tuple[str, str], ...]
    running_title: str
    footer: tuple[tuple[str, ...], ...]
    colour: str
    logo: bytes
    name: str


def draw_first_page(sheet: Sheet, letterhead: Letterhead) -> float:
    """Draw what stands above the text and return where that may begin.

    What goes to nobody by post, such as a report, has no window and begins right below the logo.

    Raises:
        InputError: When the recipient's address does not fit into the window.
    """
    _draw_logo(sheet, letterhead)
    if not letterhead.address:
        return _REPORT_TOP
    _draw_window(sheet, letterhead)
    for y, length in _MARKS:
        sheet.rule(4 * MM, y, length, colour=RULE, thickness=0.4)
    bottom = _draw_information(sheet, letterhead.information)
    return max(_TEXT_TOP, bottom + 6 * MM)


def draw_next_page(sheet: Sheet, letterhead: Letterhead) -> None:
    """Draw what stands above the text of a page after the first."""
    y = 20 * MM
    title = sheet.faces.wrap(letterhead.running_title, 8.5, TEXT_WIDTH * 0.65)[0]
    sheet.text(LEFT, y, title, size=8.5, colour=GREY)
    sheet.text(
        RIGHT, y, letterhead.name, size=8.5, weight=BOLD, colour=letterhead.colour, align="right"
    )
    sheet.rule(LEFT, y + 2 * MM, TEXT_WIDTH)


def _draw_logo(sheet: Sheet, letterhead: Letterhead) -> None:
    if not letterhead.logo:
        sheet.text(
            RIGHT,
            24 * MM,
            letterhead.name,
            size=18,
            weight=BOLD,
            colour=letterhead.colour,
            align="right",
        )
        return
    logo = prepare_logo(letterhead.logo)
    wide, high = logo.getSize()
    scale = min(_LOGO_WIDTH / wide, _LOGO_HEIGHT / high)
    sheet.image(logo, RIGHT - wide * scale, 15 * MM, wide * scale, high * scale)


def _draw_window(sheet: Sheet, letterhead: Letterhead) -> None:
    size = 7.0
    while sheet.faces.width(letterhead.sender, size) > _WINDOW_WIDTH and size > 4:
        size -= 0.5
    sheet.text(LEFT, _SENDER_BASE, letterhead.sender, size=size, colour=GREY)
    sheet.rule(LEFT, _SENDER_BASE + 1 * MM, _WINDOW_WIDTH, thickness=0.4)
    for size in (10.5, 9.0, 7.5, 6.0):
        leading = size * 1.22
        lines = _wrapped(sheet, letterhead.address, size, _WINDOW_WIDTH)
        top = min(_ADDRESS_TOP, _WINDOW_BOTTOM - len(lines) * leading)
        if top >= _SENDER_BASE + 2 * MM:
            sheet.lines(LEFT, top + size, lines, size=size, leading=leading)
            return
    raise InputError(
        "the recipient's name and address do not fit into the window of the letter",
        where=letterhead.address[0][:40],
        todo="shorten them in the client's record",
    )


def _draw_information(sheet: Sheet, rows: Sequence[tuple[str, str]]) -> float:
    size, leading = 9.0, 12.5
    y = _INFO_TOP + size
    label_width = max((sheet.faces.width(label, size) for label, _ in rows), default=0) + 8
    for label, value in rows:
        sheet.text(_INFO_LEFT, y, label, size=size, colour=GREY)
        lines = sheet.faces.wrap(value, size, RIGHT - _INFO_LEFT - label_width)
        y = sheet.lines(_INFO_LEFT + label_width, y, lines, size=size, leading=leading)
    return y - leading


def draw_footer(sheet: Sheet, letterhead: Letterhead) -> None:
    """Draw what stands below the text; last, since PDFs are read aloud in the order drawn."""
    sheet.page_number(RIGHT, _FOOTER_TOP - 2.5 * MM)
    sheet.rule(LEFT, _FOOTER_TOP, TEXT_WIDTH, colour=letterhead.colour, thickness=0.7)
    width = TEXT_WIDTH / max(1, len(letterhead.footer))
    for number, column in enumerate(letterhead.footer):
        for size in (7.5, 6.5, 5.5, 4.5):
            leading = size * 1.25
            lines = _wrapped(sheet, column, size, width - 8)
            if _FOOTER_TOP + 2 * MM + len(lines) * leading <= HEIGHT - 6 * MM:
                break
        sheet.lines(
            LEFT + number * width,
            _FOOTER_TOP + 2 * MM + size,
            lines,
            size=size,
            leading=leading,
            colour=GREY,
        )


def _wrapped(sheet: Sheet, lines: Sequence[str], size: float, width: float) -> list[str]:
    return [part for line in lines for part in sheet.faces.wrap(line, size, width)]
