"""A table that runs over pages: rows stay whole, the head is repeated, the sum carried over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acctflows.documents.pdf.faces import BOLD, REGULAR, Faces
from acctflows.documents.pdf.flow import Flow
from acctflows.documents.pdf.sheet import GREY, INK, RULE

SIZE, LEADING = 9.5, 12.0
SMALL, SMALL_LEADING = 8.5, 11.0
_ABOVE, _BELOW = 4.0, 4.0
"""White within a row."""
_GAP = 6.0
"""White between columns."""
_FEWEST = 3
"""Lines of a split row that stay together on either side."""


@dataclass(frozen=True)
class Column:
    """A column: its head, its width in points, and whether it holds numbers."""

    head: str
    width: float
    number: bool = False


@dataclass(frozen=True)
class Cell:
    """Text of a cell; ``small`` stands below it in grey."""

    text: str
    small: str = ""
    weight: str = REGULAR


@dataclass(frozen=True)
class Row:
    """A row of cells; ``amount`` is what it adds to the sum that is carried over."""

    cells: tuple[Cell, ...]
    amount: int


@dataclass(frozen=True)
class Piece:
    """Lines of a row that stand on one page: from ``first`` up to, not including, ``last``."""

    row: int
    first: int
    last: int


@dataclass(frozen=True)
class _SetLine:
    text: str
    small: bool
    weight: str


def split_rows(
    counts: Sequence[int],
    height: Callable[[int, int, int], float],
    *,
    first_page: float,
    other_pages: float,
    tail: float,
) -> list[list[Piece]]:
    """Spread rows over pages.

    A row shorter than half a page is never split, and the last row shares its page with what
    follows the table. Where a row is split, at least three of its lines stand on either side.

    Args:
        counts: How many lines each row has.
        height: Height in points of the lines of a row: row, first line, past-the-last line.
        first_page: Room for rows on the first page, perhaps none.
        other_pages: Room for rows on each page after it.
        tail: Height of what must follow the last row on its page.
    """
    pages: list[list[Piece]] = [[]]
    room = first_page
    for row, count in enumerate(counts):
        whole = height(row, 0, count)
        after = tail if row == len(counts) - 1 else 0.0
        fresh = not pages[-1] and len(pages) > 1
        if whole + after > room and whole <= other_pages / 2 and not fresh:
            pages.append([])
            room = other_pages
        first = 0
        while height(row, first, count) > room:
            last = first
            while last < count and height(row, first, last + 1) <= room:
                last += 1
            last = min(last, count - _FEWEST)
            fits = last - first >= _FEWEST
            if not fits and pages[-1] == [] and len(pages) > 1:
                last = max(last, first + 1)  # a fresh page always takes something
                fits = True
            if fits:
                pages[-1].append(Piece(row, first, last))
                first = last
            pages.append([])
            room = other_pages
        pages[-1].append(Piece(row, first, count))
        room -= height(row, first, count)
    return pages


def draw_table(
    flow: Flow,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    tail: float = 0,
    carried: Callable[[int], str] | None = None,
    carried_label: str = "",
) -> None:
    """Draw the table at the flow's place and leave the flow below it.

    Args:
        flow: Where to draw.
        columns: Their widths add up to the width of the flow.
        rows: As many cells in each as there are columns.
        tail: Height in points of what must stand on the page of the last row.
        carried: The carried sum in words, for the last column; None where nothing is summed up.
        carried_label: What it is called: “Übertrag”.
    """
    faces = flow.sheet.faces
    set_rows = [
        [_set(faces, cell, column) for cell, column in _pairs(row, columns)] for row in rows
    ]
    heads = [faces.wrap(c.head, SMALL, c.width - _GAP, BOLD) if c.head else [] for c in columns]
    head_height = max(map(len, heads)) * SMALL_LEADING + 8
    carry_height = LEADING + _ABOVE + _BELOW if carried else 0.0

    def height(row: int, first: int, last: int) -> float:
        return _ABOVE + _BELOW + max(_height(cell[first:last]) for cell in set_rows[row])

    pages = split_rows(
        [max(len(cell) for cell in cells) for cells in set_rows],
        height,
        first_page=flow.room - head_height - carry_height,
        other_pages=flow.page_room - head_height - 2 * carry_height,
        tail=max(0.0, tail - carry_height),
    )
    sum_so_far = 0
    for number, pieces in enumerate(pages):
        if number:
            if carried and pages[number - 1]:
                _carry(flow, columns, carried_label, carried(sum_so_far))
            flow.next_page()
        if not pieces:
            continue
        _head(flow, columns, heads, head_height)
        if carried and (sum_so_far or any(pages[:number])):
            _carry(flow, columns, carried_label, carried(sum_so_far))
        for piece in pieces:
            tall = height(piece.row, piece.first, piece.last)
            _draw_row(flow, columns, set_rows[piece.row], piece)
            flow.y += tall
            flow.sheet.rule(flow.left, flow.y, flow.width)
            sum_so_far += rows[piece.row].amount if piece.first == 0 else 0


def _pairs(row: Row, columns: Sequence[Column]) -> list[tuple[Cell, Column]]:
    return list(zip(row.cells, columns, strict=True))


def _set(faces: Faces, cell: Cell, column: Column) -> list[_SetLine]:
    width = column.width - _GAP
    lines = [
        _SetLine(line, False, cell.weight)
        for line in faces.wrap(cell.text, SIZE, width, cell.weight)
    ]
    if cell.small:
        lines += [_SetLine(line, True, REGULAR) for line in faces.wrap(cell.small, SMALL, width)]
    return lines


def _height(lines: Sequence[_SetLine]) -> float:
    return sum([SMALL_LEADING if line.small else LEADING for line in lines])


def _head(
    flow: Flow, columns: Sequence[Column], heads: Sequence[Sequence[str]], height: float
) -> None:
    flow.sheet.rule(flow.left, flow.y, flow.width, colour=flow.colour, thickness=1)
    for (x, align), head in zip(_places(flow, columns), heads, strict=True):
        flow.sheet.lines(
            x,
            flow.y + SMALL_LEADING + 1,
            head,
            size=SMALL,
            leading=SMALL_LEADING,
            weight=BOLD,
            colour=flow.colour,
            align=align,
        )
    flow.y += height
    flow.sheet.rule(flow.left, flow.y, flow.width, colour=flow.colour)


def _draw_row(
    flow: Flow, columns: Sequence[Column], cells: Sequence[Sequence[_SetLine]], piece: Piece
) -> None:
    for (x, align), cell in zip(_places(flow, columns), cells, strict=True):
        y = flow.y + _ABOVE + SIZE
        for line in cell[piece.first : piece.last]:
            size, colour = (SMALL, GREY) if line.small else (SIZE, INK)
            flow.sheet.text(
                x, y, line.text, size=size, weight=line.weight, colour=colour, align=align
            )
            y += SMALL_LEADING if line.small else LEADING


def _carry(flow: Flow, columns: Sequence[Column], label: str, amount: str) -> None:
    y = flow.y + _ABOVE + SIZE
    flow.sheet.text(flow.left + columns[0].width, y, label, size=SIZE, weight=BOLD)
    flow.sheet.text(flow.left + flow.width, y, amount, size=SIZE, weight=BOLD, align="right")
    flow.y += LEADING + _ABOVE + _BELOW
    flow.sheet.rule(flow.left, flow.y, flow.width, colour=RULE)


def _places(flow: Flow, columns: Sequence[Column]) -> list[tuple[float, str]]:
    """Where each column's texts begin, or end where they are numbers."""
    places = []
    x = flow.left
    for column in columns:
        x += column.width
        places.append((x, "right") if column.number else (x - column.width, "left"))
    return places
