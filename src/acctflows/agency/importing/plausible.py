"""Whether the text of a list that was taken for Windows-1252 reads like that.

Any bytes can be read as Windows-1252, also those that an old Mac, the DOS code page or a Cyrillic
Windows wrote; what comes out then are letters nobody writes (BŠckerei, MŸller, Gieáen, £ódŸ).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from acctflows.agency.importing.sheets import Cell

_GERMAN = re.compile(
    "(?<=[A-Za-z])[äöü](?=[a-z])|(?<=[aeiouyäöü])ß|(?<![^\\W\\d_])[ÄÖÜ](?=[a-z])|(?<=[A-Z])[ÄÖÜ](?=[A-Z])"
)
"""German letters where German words have them."""
_ODD = re.compile(
    "¤"
    "|(?<=[A-Za-z])[§£¥¢¦¬¯±¹²³¶¿¡¼½¾†‡‰ˆ˜„”×÷](?=[a-zß-ÿ])"
    "|£(?=[^\\W\\d_])"
    "|(?<=[a-zß-ÿ])[À-ÃÅ-ÕØ-ÛÝÞŠŽŸŒ]"
    "|(?![ÄÖÜäöüß]{3})[À-ÖØ-öø-ÿ]{3}"
)
"""What no language writes: signs or capitals within words, three letters with accents in a row."""
_OTHERS = ("mac_roman", "cp850")
"""Encodings in which spreadsheet programs of the Mac and of DOS still save German lists."""
_WORD = re.compile(r"\S+")
_SAMPLE = 8


@dataclass(frozen=True)
class Doubt:
    """A word that makes it doubtful that the file is in Windows-1252."""

    row: int
    column: int
    """Counted from 0."""
    word: str
    meant: str = ""
    """The same in the encoding that fits better; empty where none we know does."""


def find_doubt(rows: Mapping[int, Sequence[Cell]]) -> Doubt | None:
    """The first word of a table that hardly was Windows-1252; None where all reads well.

    The whole file is in one encoding: another one must fit better everywhere, not in one word.
    """
    cells = list(_foreign(rows))
    score = sum(len(_GERMAN.findall(text)) for _, _, text in cells)
    for encoding in _OTHERS:
        others = [(row, column, _as(text, encoding)) for row, column, text in cells]
        fits = sum(len(_GERMAN.findall(t)) - len(_ODD.findall(t)) for _, _, t in others)
        if fits > score:
            return next(
                Doubt(row, column, _word_at(text, found.start()), _word_at(other, found.start()))
                for (row, column, text), (_, _, other) in zip(cells, others, strict=True)
                if (found := _GERMAN.search(other))
            )
    return next(
        (
            Doubt(row, column, _word_at(text, found.start()))
            for row, column, text in cells
            if (found := _ODD.search(text))
        ),
        None,
    )


def sample(rows: Mapping[int, Sequence[Cell]]) -> list[str]:
    """A few of the words with letters beyond ASCII, for a person to look at."""
    found: dict[str, None] = {}
    for _, _, text in _foreign(rows):
        found |= dict.fromkeys(word for word in _WORD.findall(text) if not word.isascii())
        if len(found) >= _SAMPLE:
            break
    return list(found)[:_SAMPLE]


def _foreign(rows: Mapping[int, Sequence[Cell]]) -> Iterator[tuple[int, int, str]]:
    for row, cells in rows.items():
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and not cell.isascii():
                yield row, column, cell


def _as(text: str, encoding: str) -> str:
    """The text as it would read in the other encoding; both have one byte per character."""
    return text.encode("cp1252").decode(encoding)


def _word_at(text: str, place: int) -> str:
    return next(word[0] for word in _WORD.finditer(text) if word.end() > place)
