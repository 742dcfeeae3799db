from hypothesis import given
from hypothesis import strategies as st

from acctflows.documents.pdf.table import Piece, split_rows

LINE = 10.0


def height(row: int, first: int, last: int) -> float:
    return (last - first) * LINE


def pages_of(
    counts: list[int], *, first_page: float = 100, other_pages: float = 200, tail: float = 0
) -> list[list[Piece]]:
    return split_rows(counts, height, first_page=first_page, other_pages=other_pages, tail=tail)


def test_rows_fill_the_first_page_and_then_the_others() -> None:
    pages = pages_of([1] * 35)
    assert [len(page) for page in pages] == [10, 20, 5]


def test_a_short_row_is_moved_rather_than_split() -> None:
    assert pages_of([8, 5]) == [[Piece(0, 0, 8)], [Piece(1, 0, 5)]]


def test_a_row_longer_than_half_a_page_is_split_with_three_lines_on_either_side() -> None:
    assert pages_of([6, 12]) == [
        [Piece(0, 0, 6), Piece(1, 0, 4)],
        [Piece(1, 4, 12)],
    ]
    assert pages_of([8, 12]) == [[Piece(0, 0, 8)], [Piece(1, 0, 12)]]
    assert pages_of([11]) == [[Piece(0, 0, 8)], [Piece(0, 8, 11)]]


def test_a_row_longer_than_a_page_runs_over_several() -> None:
    assert pages_of([50]) == [[Piece(0, 0, 10)], [Piece(0, 10, 30)], [Piece(0, 30, 50)]]


def test_the_last_row_goes_along_with_what_follows_the_table() -> None:
    assert pages_of([1] * 10, tail=50) == [
        [Piece(n, 0, 1) for n in range(9)],
        [Piece(9, 0, 1)],
    ]
    assert len(pages_of([1] * 5, tail=50)) == 1


def test_a_first_page_without_room_stays_empty() -> None:
    assert pages_of([1], first_page=-20) == [[], [Piece(0, 0, 1)]]


@given(
    counts=st.lists(st.integers(1, 70), min_size=1, max_size=40),
    first_page=st.floats(-50, 200),
    tail=st.floats(0, 190),
)
def test_every_line_stands_once_in_order_and_no_page_overflows(
    counts: list[int], first_page: float, tail: float
) -> None:
    pages = pages_of(counts, first_page=first_page, tail=tail)

    lines = [
        (piece.row, line)
        for page in pages
        for piece in page
        for line in range(piece.first, piece.last)
    ]
    assert lines == [(row, line) for row, count in enumerate(counts) for line in range(count)]
    for number, page in enumerate(pages):
        used = sum(height(piece.row, piece.first, piece.last) for piece in page)
        assert used <= (200 if number else max(first_page, 0))
    assert all(pages[1:])
