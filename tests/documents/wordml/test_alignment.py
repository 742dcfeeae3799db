from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.documents.wordml.alignment import Line, align, diff_words

TEXT = st.lists(st.sampled_from(["Frist", "14", "Tage", ",", " ", "\n", "ä"]), max_size=12).map(
    "".join
)


def lines(*texts: str) -> list[Line]:
    return [Line("paragraph", text) for text in texts]


@given(st.lists(TEXT, max_size=9), st.lists(TEXT, max_size=9))
def test_every_line_comes_once_in_the_order_of_both(old: list[str], new: list[str]) -> None:
    pairs = align(lines(*old), lines(*new))
    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))


@given(TEXT, TEXT)
def test_pieces_hold_both_texts(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    assert "".join(text for kind, text in pieces if kind != "added") == old
    assert "".join(text for kind, text in pieces if kind != "removed") == new
    assert all(text for _, text in pieces)
    kinds = [kind for kind, _ in pieces]
    assert all(first != second for first, second in pairwise(kinds))


def test_a_line_is_found_again_by_its_words_not_by_its_position() -> None:
    old = lines("Die Agentur haftet für Vorsatz.", "Die Rechnung ist in 14 Tagen fällig.")
    new = lines("Ganz neu.", "Die Rechnung ist in 30 Tagen fällig.", "Und noch etwas.")
    assert align(old, new) == [(0, None), (None, 0), (1, 1), (None, 2)]


def test_lines_of_two_kinds_are_never_the_same() -> None:
    assert align([Line("table", "a b c")], [Line("paragraph", "a b c")]) == [(0, None), (None, 0)]


def test_a_rewritten_line_at_the_same_place_is_the_same() -> None:
    old, new = [Line("p", "ganz alt", "§ 1")], [Line("p", "etwas Neues", "§ 1")]
    assert align(old, new) == [(0, 0)]


@pytest.mark.parametrize("same", [True, False])
def test_thousands_of_lines_do_not_take_long(same: bool) -> None:
    old = lines(*(["gleich"] * 3_000 if same else (f"Zeile {row} alt" for row in range(3_000))))
    new = lines(*(["gleich"] * 2_999 if same else (f"Zeile {row} neu" for row in range(3_000))))
    paired = [pair for pair in align(old, new) if None not in pair]
    assert len(paired) == len(new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("K-1001 vom 1.5.2026 gilt so", "K-1002 vom 1.5.2026 gilt so",
         [("removed", "K-1001"), ("added", "K-1002"), ("same", " vom 1.5.2026 gilt so")]),
        ("Mail an a@b.example bitte senden", "Mail an c@b.example bitte senden",
         [("same", "Mail an "), ("removed", "a@b.example"), ("added", "c@b.example"),
          ("same", " bitte senden")]),
        ("Mu\u0308ller zahlt den Preis", "Mo\u0308ller zahlt den Preis",
         [("removed", "Mu\u0308ller"), ("added", "Mo\u0308ller"), ("same", " zahlt den Preis")]),
        ("1 | 900 € | 950 €", "1 | 910 € | 960 €",
         [("same", "1 | "), ("removed", "900"), ("added", "910"), ("same", " € | "),
          ("removed", "950"), ("added", "960"), ("same", " €")]),
        ("", "neu", [("added", "neu")]),
        ("", "", []),
    ],
)  # fmt: skip
def test_whole_words_differ(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert [tuple(piece) for piece in diff_words(old, new)] == expected
