"""From the bytes of a text file to its text, without ever guessing silently."""

import codecs
import re

from acctflows.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DOS_LETTERS = re.compile("(?<=[A-Za-z])[„”](?=[a-z])|[A-Za-z][‡†‰](?=[a-z])")
"""Umlauts of the DOS code page, read as Windows-1252: quotation marks within words."""

_SAVE_AS_UTF8 = "save it as “CSV UTF-8” in the spreadsheet program"


def decode(data: bytes, *, where: str) -> str:
    """The text of a CSV file in UTF-8, UTF-16 or Windows-1252.

    UTF-8 is tried first: text in another encoding is practically never valid UTF-8 by chance.

    Raises:
        InputError: When the bytes are in none of these.
    """
    text = _decoded(data, where=where)
    if _CONTROL.search(text) and not _printable_enough(text):
        raise InputError("this is no text file", where=where, todo="give a CSV or XLSX file")
    return text


def _decoded(data: bytes, *, where: str) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding, where=where)
    if not data.strip():
        return ""
    guess = _utf16_without_mark(data)
    if guess:
        return _strictly(data, guess, where=where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = _strictly(data, "cp1252", where=where)
    if _DOS_LETTERS.search(text):
        raise InputError("the encoding is unclear", where=where, todo=_SAVE_AS_UTF8)
    return text


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
        raise InputError(
            f"line {line} holds bytes that are neither UTF-8 nor Windows-1252",
            where=where,
            todo=_SAVE_AS_UTF8,
        ) from error


def _printable_enough(text: str) -> bool:
    """Whether the odd control character sits in a text, rather than in a picture or program."""
    return len(_CONTROL.findall(text)) * 50 < len(text)
