"""CSV as people have it: semicolon, comma or tab, quoted line breaks, Excel's ``sep=`` line."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

from acctflows.agency.importing.sheets import MAX_COLUMNS, Cell, Sheet, check_size
from acctflows.agency.importing.text import decode
from acctflows.agency.problems import Problem, ProblemsError

DELIMITERS = (";", ",", "\t", "|")
_LOOK_AT = 20
"""Rows within which the headings must come."""


def read_csv(data: bytes, *, file: str, known: Callable[[Sequence[str]], int]) -> Sheet:
    """The table of a CSV file.

    Args:
        data: The bytes of the file.
        file: Its name, for messages.
        known: How many of some cells are known headings; the delimiter with the most is taken.

    Raises:
        ProblemsError: When the file is no text, its quotes do not match, or it is too large.
    """
    text, assumed = decode(data, where=file)
    said = re.match(r"sep=(.)\r?\n", text)
    skipped = 1 if said else 0
    body = text[said.end() :] if said else text
    delimiter = said[1] if said else _best_delimiter(body, known, file=file)
    rows: dict[int, list[Cell]] = {}
    for number, cells in enumerate(_records(body, delimiter, file=file), 1 + skipped):
        filled = [index for index, cell in enumerate(cells) if cell.strip()]
        if filled:
            check_size(number, filled[-1] + 1, where=file)
            rows[number] = list(cells[:MAX_COLUMNS])
    return Sheet(file=file, name="", rows=rows, assumed=assumed)


def _records(text: str, delimiter: str, *, file: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            broken = Problem("", "broken_row", {"row": count + 1})
            raise ProblemsError([broken], where=file) from error
        count += 1
        yield cells


def _best_delimiter(text: str, known: Callable[[Sequence[str]], int], *, file: str) -> str:
    """The delimiter under which the most headings are known; at a tie, the most cells."""
    return max(DELIMITERS, key=lambda delimiter: _score(text, delimiter, known, file=file))


def _score(
    text: str, delimiter: str, known: Callable[[Sequence[str]], int], *, file: str
) -> tuple[int, int]:
    best = (0, 0)
    try:
        for _, cells in zip(range(_LOOK_AT), _records(text, delimiter, file=file), strict=False):
            best = max(best, (known(cells), len(cells)))
    except ProblemsError:
        pass  # with the wrong delimiter quotes need not match; the right one is read again
    return best
