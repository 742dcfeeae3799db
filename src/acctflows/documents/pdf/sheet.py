"""A PDF being drawn: texts from the top of an A4 page, byte for byte the same for the same input.

ReportLab's typefaces hold the state of the document being written, so one document is written at a
time in the whole process.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from acctflows.documents.pdf.faces import BOLD, REGULAR, Faces

WIDTH, HEIGHT = map(float, A4)
MM = float(mm)

INK = "#1a1a1a"
GREY = "#5a5f66"
RULE = "#c9ced4"

# PDF readers have read binary streams for thirty years; text armour only makes files larger.
rl_config.useA85 = 0

_WRITING = threading.Lock()


class Sheet:
    """The document and its current page; made by `writing`.

    Lengths are points, ``y`` is measured downwards from the top of the page, texts stand on it.
    """

    def __init__(self, canvas: Canvas, faces: Faces) -> None:
        self.canvas = canvas
        self.faces = faces
        self.page = 1
        self._colour = ""
        self._numbers: list[tuple[float, float]] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        weight: str = REGULAR,
        colour: str = INK,
        align: str = "left",
    ) -> None:
        """One line of text; ``align="right"`` ends it at ``x``.

        Raises:
            InputError: When no typeface has one of its characters.
        """
        if not text:
            return
        if align == "right":
            x -= self.faces.width(text, size, weight)
        self._fill(colour)
        line = self.canvas.beginText(x, HEIGHT - y)
        for face, run in self.faces.runs(text, weight):
            line.setFont(face, size)
            line.textOut(run)
        self.canvas.drawText(line)

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float,
        leading: float,
        weight: str = REGULAR,
        colour: str = INK,
        align: str = "left",
    ) -> float:
        """Lines below each other, the first on ``y``; the return is where the next would stand."""
        for line in lines:
            self.text(x, y, line, size=size, weight=weight, colour=colour, align=align)
            y += leading
        return y

    def rule(
        self, x: float, y: float, width: float, *, colour: str = RULE, thickness: float = 0.5
    ) -> None:
        """A horizontal line."""
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(thickness)
        self.canvas.line(x, HEIGHT - y, x + width, HEIGHT - y)

    def box(self, x: float, y: float, width: float, height: float, *, colour: str) -> None:
        """A filled rectangle below ``y``."""
        self._fill(colour)
        self.canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)

    def image(self, image: ImageReader, x: float, y: float, width: float, height: float) -> None:
        """A picture below ``y``."""
        self.canvas.drawImage(image, x, HEIGHT - y - height, width, height)

    def matrix(self, modules: Sequence[Sequence[bool]], x: float, y: float, side: float) -> None:
        """A QR code below ``y`` as one shape, without its quiet zone: four modules of white."""
        unit = side / len(modules)
        self._fill("#000000")
        path = self.canvas.beginPath()
        for row, dark in enumerate(modules):
            for first, last in _stretches(dark):
                path.rect(
                    x + first * unit, HEIGHT - y - (row + 1) * unit, (last - first) * unit, unit
                )
        self.canvas.drawPath(path, stroke=0, fill=1)

    def page_number(self, x: float, y: float) -> None:
        """Where the page says which of how many it is, right-aligned; filled in at the end."""
        self._numbers.append((x, y))
        self.canvas.doForm(f"page-{self.page}")

    def next_page(self) -> None:
        """End this page and begin another."""
        self.canvas.showPage()
        self.page += 1
        self._colour = ""

    def close(self, number: Callable[[int, int], str]) -> None:
        """Write the page numbers and end the document."""
        self.canvas.showPage()
        for page, (x, y) in enumerate(self._numbers, start=1):
            self.canvas.beginForm(f"page-{page}")
            self._colour = ""
            text = number(page, len(self._numbers))
            self.text(x, y, text, size=8, colour=GREY, align="right")
            self.canvas.endForm()
        self.canvas.save()

    def _fill(self, colour: str) -> None:
        if colour != self._colour:
            self.canvas.setFillColor(HexColor(colour))
            self._colour = colour


class Written:
    """The finished document, once `writing` has ended."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.pdf = b""


@contextmanager
def writing(
    faces: Faces,
    *,
    title: str,
    author: str,
    language: str,
    number: Callable[[int, int], str],
) -> Iterator[Written]:
    """Draw a document on the sheet inside of the ``with``; its bytes are there afterwards.

    Args:
        faces: The typefaces.
        title: What readers show above the page.
        author: The agency.
        language: ``de`` or ``en``, for those who have the page read to them.
        number: The words for the page's number and the count of pages.
    """
    with _WRITING:
        target = BytesIO()
        first_face = faces.runs("x")[0][0]  # else ReportLab names Helvetica without embedding it
        canvas = Canvas(
            target,
            pagesize=A4,
            pageCompression=1,
            invariant=1,
            initialFontName=first_face,
            pdfVersion=(1, 7),
            lang={"de": "de-DE", "en": "en-GB"}[language],
        )
        canvas.setTitle(title)
        canvas.setAuthor(author)
        canvas.setCreator("acctflows")
        canvas.setProducer("acctflows")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        written = Written(Sheet(canvas, faces))
        yield written
        written.sheet.close(number)
        written.pdf = target.getvalue()


def _stretches(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and past-the-end position of each unbroken stretch of dark modules."""
    begin = -1
    for position, dark in enumerate((*row, False)):
        if dark and begin < 0:
            begin = position
        elif not dark and begin >= 0:
            yield begin, position
            begin = -1


__all__ = ["BOLD", "GREY", "HEIGHT", "INK", "MM", "REGULAR", "RULE", "WIDTH", "Sheet", "writing"]
