"""Filters of templates, and methods of texts, that could fill the memory in one step."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from jinja2.exceptions import SecurityError

from acctflows.documents.budget import EACH, spend

LONGEST = 1_000_000
"""Characters, or entries, that one step may make."""

_BY_NUMBER = (
    *("center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map"),
    *("indent", "wordwrap", "batch", "slice"),
)
GROWING = frozenset({*_BY_NUMBER, "replace", "join"})
"""Names of the filters and methods."""


def bounded_filters(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Those of the filters that grow, each refusing to make something absurdly long."""
    return {name: bounded(name, work) for name, work in filters.items() if name in GROWING}


def bounded(name: str, work: Callable[..., Any], *owner: str) -> Callable[..., Any]:
    """A filter or a text's method that refuses to make something absurdly long.

    Args:
        name: What templates call it.
        work: What it does.
        owner: The text, for a method.
    """

    @wraps(work)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if name == "join":
            args = tuple(each if isinstance(each, str) else _paid(each) for each in args)
        elif _size(name, (*owner, *args, *kwargs.values())) > LONGEST:
            raise refusal(name)
        return work(*args, **kwargs)

    return guarded


def short(value: Any) -> Any:
    """The value, where it is not absurdly long.

    Raises:
        SecurityError: It is.
    """
    if hasattr(value, "__len__") and len(value) > LONGEST:
        raise refusal("+")
    return value


def refusal(name: str) -> SecurityError:
    """That something would grow too long."""
    return SecurityError(f"“{name}” would make a text of more than {LONGEST} characters")


def _size(name: str, given: tuple[Any, ...]) -> int:
    """How long the result may become, at the least."""
    numbers = [int(each) for each in given if isinstance(each, int)]
    texts = [each for each in given if isinstance(each, str)]
    text = texts[0] if texts else ""
    if name == "replace":
        old, new = (len(each) for each in [*texts[1:], "", ""][:2])
        return (len(text) // max(old, 1) + 1) * new
    if name.startswith("format"):
        numbers += [int(each) for each in re.findall(r"\d{1,18}", text)]
    if name in ("indent", "expandtabs"):
        numbers += map(len, texts[1:])
        return (text.count("\n") + text.count("\t") + 1) * max(numbers, default=8)
    return max(numbers, default=0)


def _paid(entries: Any) -> Any:
    return _paying(entries) if isinstance(entries, Iterable) else entries


def _paying(entries: Iterable[Any]) -> Iterator[Any]:
    for entry in entries:
        spend(EACH + (len(entry) if isinstance(entry, str) else 0))
        yield entry
