"""Which of the old lines is which of the new ones, and which words in them differ.

Lines and words that occur once on either side hold the rest in place (patience diff); what lies
between is paired by the words it shares. So a table of thousands of rows takes seconds, and a
reader sees whole words and numbers change, never letters of them.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal, NamedTuple

PieceKind = Literal["same", "added", "removed"]

ALIKE = 0.5
"""Share of common words from which two lines are one that was changed."""
_SAME_PLACE = 0.1
"""Worth of having the same number where the words differ."""
_CHUNK = 40
"""Lines of a stretch in which each is held against each."""
_MOST_COMPARED = 40_000
"""Pairs difflib is given; beyond, a stretch without anything unique counts as replaced."""
_MARKS = "\u0300-\u036f\u00ad\u200c\u200d\ufe0e\ufe0f"
_TOKEN = re.compile(rf"[\w{_MARKS}]+(?:[-'’.,:/@+][\w{_MARKS}]+)*|\s|.", re.DOTALL)
_WORD = re.compile(r"\w")
_BARRIER = re.compile(r"[|\n\t]")
_FEW_WORDS = 4
"""Up to so many, such as in the cell of a table, what two texts share is seen at a glance."""
_SHORT_WORD = 3
"""Characters of words such as “in”."""


class Piece(NamedTuple):
    """A stretch of text, and whether both sides have it."""

    kind: PieceKind
    text: str


@dataclass(frozen=True)
class Line:
    """What is aligned: a paragraph, a table or a row.

    Args:
        kind: Only lines of one kind are ever the same.
        text: What it says.
        place: What a reader would find it by, such as its number; empty where nothing does.
    """

    kind: str
    text: str
    place: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        """The different words and numbers in it."""
        return frozenset(token for token in _tokens(self.text) if _WORD.match(token))


Pair = tuple[int | None, int | None]
"""The old line's position and the new one's; None where there is no such line."""


def align(old: Sequence[Line], new: Sequence[Line]) -> list[Pair]:
    """Both sequences as one: every line once, in an order that keeps that of both.

    Returns:
        Pairs; lines that are gone stand before those that came in their stead.
    """
    fixed = _matches([(each.kind, each.text) for each in old], [(n.kind, n.text) for n in new])
    pairs: list[Pair] = []
    at_old = at_new = 0
    for i, j in [*fixed, (len(old), len(new))]:
        pairs += _pair_stretch(old, new, range(at_old, i), range(at_new, j))
        if i < len(old):
            pairs.append((i, j))
        at_old, at_new = i + 1, j + 1
    return pairs


def diff_words(old: str, new: str) -> tuple[Piece, ...]:
    """The text of both: what is the same, removed and added, by whole words.

    Texts that share too little are replaced as a whole, so that nobody reads a mosaic.
    """
    if old == new:
        return (Piece("same", old),) if old else ()
    before_words, after_words = Line("", old), Line("", new)
    is_long = max(len(before_words.words), len(after_words.words)) > _FEW_WORDS
    if is_long and share(before_words, after_words) < ALIKE:
        return _joined([Piece("removed", old), Piece("added", new)])
    before, after = _tokens(old), _tokens(new)
    pieces: list[Piece] = []
    at_old = at_new = 0
    for i, j in [*_matches(before, after), (len(before), len(after))]:
        pieces.append(Piece("removed", "".join(before[at_old:i])))
        pieces.append(Piece("added", "".join(after[at_new:j])))
        pieces.append(Piece("same", "".join(before[i : i + 1])))
        at_old, at_new = i + 1, j + 1
    return _joined(_without_crumbs(_joined(pieces)))


def share(old: Line, new: Line) -> float:
    """How much two lines have in common, from 0 to 1."""
    if old.kind != new.kind:
        return 0
    size = len(old.words) + len(new.words)
    return 2 * len(old.words & new.words) / size if size else 1


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Positions of equal things, rising on both sides."""
    found: list[tuple[int, int]] = []
    stretches = [(0, len(old), 0, len(new))]
    while stretches:
        low, high, from_, to = stretches.pop()
        while low < high and from_ < to and old[low] == new[from_]:
            found.append((low, from_))
            low, from_ = low + 1, from_ + 1
        while low < high and from_ < to and old[high - 1] == new[to - 1]:
            high, to = high - 1, to - 1
            found.append((high, to))
        if low == high or from_ == to:
            continue
        anchors = _anchors(old, new, range(low, high), range(from_, to))
        if anchors:
            found += anchors
            ends = [*anchors, (high, to)]
            starts = [(low, from_), *((i + 1, j + 1) for i, j in anchors)]
            stretches += [(a, b, c, d) for (a, c), (b, d) in zip(starts, ends, strict=True)]
        elif (high - low) * (to - from_) <= _MOST_COMPARED:
            matcher = SequenceMatcher(None, old[low:high], new[from_:to], autojunk=False)
            for i, j, size in matcher.get_matching_blocks():
                found += [(low + i + step, from_ + j + step) for step in range(size)]
    return sorted(found)


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], within: range, among: range
) -> list[tuple[int, int]]:
    """What occurs once on either side, as much of it as keeps its order."""
    once_old = Counter(old[i] for i in within)
    once_new = Counter(new[j] for j in among)
    place = {new[j]: j for j in among if once_new[new[j]] == 1}
    common = [(i, place[old[i]]) for i in within if once_old[old[i]] == 1 and old[i] in place]
    return _longest_rising(common)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs whose second numbers rise (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for position, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        before.append(ends[pile - 1] if pile else None)
        tops[pile : pile + 1] = [second]
        ends[pile : pile + 1] = [position]
    rising: list[tuple[int, int]] = []
    at = ends[-1] if ends else None
    while at is not None:
        rising.append(pairs[at])
        at = before[at]
    return rising[::-1]


def _pair_stretch(
    old: Sequence[Line], new: Sequence[Line], within: range, among: range
) -> list[Pair]:
    """Lines of which none is equal: the most alike become pairs; long stretches bit by bit."""
    steps = max(1, -(-max(len(within), len(among)) // _CHUNK))
    pairs: list[Pair] = []
    for step in range(steps):
        part = _part(within, step, steps)
        other = _part(among, step, steps)
        pairs += _pair_all(old, new, part, other)
    return pairs


def _part(whole: range, step: int, steps: int) -> range:
    return whole[len(whole) * step // steps : len(whole) * (step + 1) // steps]


def _pair_all(old: Sequence[Line], new: Sequence[Line], within: range, among: range) -> list[Pair]:
    """The pairing with the highest worth in all, found from the ends of both stretches."""
    rows, columns = len(within), len(among)
    worths = [[_worth(old[i], new[j]) for j in among] for i in within]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            taken = worths[i][j] + best[i + 1][j + 1] if worths[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], taken)
    pairs: list[Pair] = []
    i = j = 0
    while i < rows and j < columns:
        if worths[i][j] and best[i][j] == worths[i][j] + best[i + 1][j + 1]:
            pairs.append((within[i], among[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((within[i], None))
            i += 1
        else:
            pairs.append((None, among[j]))
            j += 1
    pairs += [(each, None) for each in within[i:]]
    pairs += [(None, each) for each in among[j:]]
    return _gone_first(pairs)


def _worth(old: Line, new: Line) -> float:
    if old.kind != new.kind or bool(old.text.strip()) != bool(new.text.strip()):
        return 0
    common = share(old, new)
    if common >= ALIKE:
        return common
    return _SAME_PLACE + common / 10 if old.place and old.place == new.place else 0


def _gone_first(pairs: list[Pair]) -> list[Pair]:
    """Between two pairs, what is gone before what came."""
    ordered: list[Pair] = []
    came: list[Pair] = []
    for pair in pairs:
        if pair[0] is None:
            came.append(pair)
            continue
        if pair[1] is not None:
            ordered += came
            came = []
        ordered.append(pair)
    return ordered + came


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbours of a kind in one, empty ones left out; between the same, removed before added."""
    joined: list[Piece] = []
    removed = added = ""
    for kind, text in pieces:
        if kind == "removed":
            removed += text
        elif kind == "added":
            added += text
        elif text:
            joined += [Piece("removed", removed)] * bool(removed)
            joined += [Piece("added", added)] * bool(added)
            removed = added = ""
            if joined and joined[-1].kind == "same":
                joined[-1] = Piece("same", joined[-1].text + text)
            else:
                joined.append(Piece("same", text))
    joined += [Piece("removed", removed)] * bool(removed)
    joined += [Piece("added", added)] * bool(added)
    return tuple(joined)


def _without_crumbs(pieces: Sequence[Piece]) -> list[Piece]:
    """Spaces, stops and lone short words between two changes belong to them: easier to read."""
    result: list[Piece] = []
    for position, piece in enumerate(pieces):
        inside = 0 < position < len(pieces) - 1
        if piece.kind == "same" and inside and _is_crumb(piece.text):
            result += [Piece("removed", piece.text), Piece("added", piece.text)]
        else:
            result.append(piece)
    return result


def _is_crumb(text: str) -> bool:
    """Nothing that holds a reader: no word beyond a short one, no end of a line or cell."""
    words = [token for token in _tokens(text) if _WORD.match(token)]
    is_little = not words or (len(words) == 1 and len(text.strip()) <= _SHORT_WORD)
    return is_little and not _BARRIER.search(text)
