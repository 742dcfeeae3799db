"""From the bytes of a text file to its text; an encoding that was only assumed is said to be so."""

import codecs
import re
from typing import NamedTuple

from acctflows.agency.problems import Problem, ProblemsError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Decoded(NamedTuple):
    """The text of a file."""

    text: str
    assumed: bool = False
    """Whether it was taken for Windows-1252: any bytes are, so only a reader can tell if it is."""


def decode(data: bytes, *, where: str) -> Decoded:
    """The text of a CSV file in UTF-8, UTF-16 or Windows-1252.

    UTF-8 is tried first: text in another encoding is practically never valid UTF-8 by chance.

    Raises:
        ProblemsError: When the bytes are in none of these.
    """
    decoded = _decoded(data, where=where)
    if _CONTROL.search(decoded.text) and not _printable_enough(decoded.text):
        raise ProblemsError([Problem("", "no_text_file")], where=where)
    return decoded


def _decoded(data: bytes, *, where: str) -> Decoded:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(_strictly(data[len(mark) :], encoding, where=where))
    if not data.strip():
        return Decoded("")
    guess = _utf16_without_mark(data)
    if guess:
        return Decoded(_strictly(data, guess, where=where))
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Decoded(_strictly(data, "cp1252", where=where), assumed=True)


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 shows by zero bytes in every other place; other encodings hold none."""
    head = data[:2000]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd < len(head) * 0.3:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _strictly(data: bytes, encoding: str, *, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProblemsError(
            [Problem("", "no_encoding", {"line": line, "row": line})], where=where
        ) from error


def _printable_enough(text: str) -> bool:
    """Whether the odd control character sits in a text, rather than in a picture or program."""
    return len(_CONTROL.findall(text)) * 50 < len(text)
