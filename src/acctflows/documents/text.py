"""Makes text of any origin fit for a Word document: nothing in it may break or vanish."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

# XML 1.0 §2.2 allows tab, line feed, carriage return and everything from U+0020 except surrogates,
# U+FFFE and U+FFFF. C1 controls (U+0080 to U+009F, but for NEL) are legal yet never meant, and so
# are the noncharacters. Word shows U+2028/2029 as boxes, so they become line ends.
_LINE_END = re.compile("\r\n|\r|\x85|\u2028|\u2029|\x0b|\x0c")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))
    + "]"
)

Scalar = str | int | float | Decimal | date | time | None


def clean_text(value: str) -> str:
    """The text without characters XML or Word cannot hold, its line ends as line feeds."""
    text = str(value)
    if text.isprintable():  # as nearly all are, and then nothing of the kind is in it
        return text
    return _FORBIDDEN.sub("", _LINE_END.sub("\n", text))


class NotPlainError(Exception):
    """Something that is no plain data, and the way to it from inside out."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.kind = type(value).__name__
        self.way: list[str] = []


def clean(value: Any, replace: Callable[[Any], Any] | None = None) -> Any:
    """A copy of nested data with every text cleaned, made of plain types only.

    Args:
        value: Texts, numbers, dates and None, in mappings and sequences.
        replace: What stands for anything else; None where it may not be there.

    Raises:
        TypeError: For any other type, with its place: what a template can reach must be data, not
            objects.
    """
    try:
        return _clean(value, replace or _refuse)
    except NotPlainError as error:
        place = "".join(reversed(error.way)).lstrip(".") or "context"
        raise TypeError(f"{place} is a {error.kind}, not plain data") from None


def _refuse(value: Any) -> Any:
    raise NotPlainError(value)


def _clean(value: Any, replace: Callable[[Any], Any]) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        mapping = {}
        for key, item in value.items():
            try:
                mapping[clean_text(key)] = _clean(item, replace)
            except NotPlainError as error:
                error.way.append(f".{key}")
                raise
        return mapping
    if isinstance(value, list | tuple):
        items = []
        for index, item in enumerate(value):
            try:
                items.append(_clean(item, replace))
            except NotPlainError as error:
                error.way.append(f"[{index}]")
                raise
        return items
    if isinstance(value, Scalar):
        return value
    return replace(value)
