"""The running text of a letter: what comes next stands below, and on a new page when it must."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from acctflows.documents.pdf.faces import REGULAR, Faces
from acctflows.documents.pdf.letterhead import (
    BODY_BOTTOM,
    BODY_TOP,
    LEFT,
    TEXT_WIDTH,
    Letterhead,
    draw_first_page,
    draw_footer,
    draw_next_page,
)
from acctflows.documents.pdf.sheet import INK, Written, writing

SIZE, LEADING = 10.0, 13.5


class Flow:
    """A letter being written; made by `writing_letter`.

    ``y`` is the top of what comes next, in points from the top of the page.
    """

    left = LEFT
    width = TEXT_WIDTH

    def __init__(self, written: Written, letterhead: Letterhead) -> None:
        self._written = written
        self.sheet = written.sheet
        self.letterhead = letterhead
        self.colour = letterhead.colour
        self.y = draw_first_page(self.sheet, letterhead)

    @property
    def pdf(self) -> bytes:
        """The finished letter, once `writing_letter` has ended."""
        return self._written.pdf

    @property
    def room(self) -> float:
        """What is left of this page."""
        return BODY_BOTTOM - self.y

    @property
    def page_room(self) -> float:
        """What a page after the first offers."""
        return BODY_BOTTOM - BODY_TOP

    def next_page(self) -> None:
        """Go on at the top of a new page."""
        self.end_page()
        self.sheet.next_page()
        draw_next_page(self.sheet, self.letterhead)
        self.y = BODY_TOP

    def end_page(self) -> None:
        """Draw what stands below the text."""
        draw_footer(self.sheet, self.letterhead)

    def need(self, height: float) -> None:
        """Begin a new page unless that much of this one is left."""
        if height > self.room and self.y > BODY_TOP:
            self.next_page()

    def paragraph(
        self,
        text: str,
        *,
        width: float = TEXT_WIDTH,
        size: float = SIZE,
        leading: float = LEADING,
        weight: str = REGULAR,
        colour: str = INK,
        after: float = 6,
    ) -> None:
        """A text from margin to margin; a short one stays whole, a long one runs over pages."""
        lines = self.sheet.faces.wrap(text, size, width, weight)
        if len(lines) <= 6:
            self.need(len(lines) * leading)
        for line in lines:
            self.need(leading)
            self.sheet.text(self.left, self.y + size, line, size=size, weight=weight, colour=colour)
            self.y += leading
        self.y += after


@contextmanager
def writing_letter(
    faces: Faces,
    letterhead: Letterhead,
    *,
    title: str,
    language: str,
    number: Callable[[int, int], str],
) -> Iterator[Flow]:
    """Write a letter inside of the ``with``; its bytes are in ``pdf`` afterwards.

    Args:
        faces: The typefaces.
        letterhead: What stands around the text.
        title: What readers show above the page.
        language: ``de`` or ``en``.
        number: The words for the page's number and the count of pages.
    """
    with writing(
        faces, title=title, author=letterhead.name, language=language, number=number
    ) as written:
        flow = Flow(written, letterhead)
        yield flow
        flow.end_page()
