"""What filling one document may cost, so that no template keeps a run or a machine for ever.

Counted in characters: those that are written, and a hundred for each turn of a loop, each value
and each call, which write little but take time. A contract costs some 20,000, a table of 5,000
rows some 25 million. Processor time is looked at when a part of the budget is used up, so that
looking costs nothing.
"""

import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from math import inf
from time import thread_time
from typing import Any

import jinja2

CHARACTERS = 100_000_000
SECONDS = 20.0
"""Of processor time."""
EACH = 100
"""What a turn of a loop, a value or a call costs at least."""
_SLICE = 1_000_000


class TooMuchError(jinja2.TemplateRuntimeError):
    """A document would become absurdly long, or take absurdly long."""


class _Purse(threading.local):
    """What the document this thread is filling may still cost; outside of one, anything."""

    left: float = inf
    """Of the slice handed out."""
    rest: float = inf
    until: float = inf

    def refill(self) -> None:
        """Hand out another slice.

        Raises:
            TooMuchError: There is none, or no time.
        """
        if thread_time() > self.until:
            raise TooMuchError(f"it takes longer than {SECONDS:.0f} seconds to fill")
        self.rest += self.left
        if self.rest <= 0:
            raise TooMuchError(
                f"it would be longer than {CHARACTERS // 1_000_000} million characters"
            )
        self.left = min(_SLICE, self.rest)
        self.rest -= self.left


PURSE = _Purse()


@contextmanager
def limited() -> Iterator[None]:
    """Filling inside of this may cost what one document may, from now on."""
    PURSE.left, PURSE.rest, PURSE.until = 0, CHARACTERS, thread_time() + SECONDS
    try:
        yield
    finally:
        PURSE.left = PURSE.rest = PURSE.until = inf


def spend(characters: int) -> None:
    """Pay for something.

    Raises:
        TooMuchError: It is more than a document may cost.
    """
    PURSE.left -= characters
    if PURSE.left < 0:
        PURSE.refill()


def paid(entries: Iterable[Any], each: int) -> Iterable[Any]:
    """What a loop goes through, paid for.

    Args:
        entries: Anything a loop may go through.
        each: What a turn costs.
    """
    if isinstance(entries, Sized):  # at once: then the loop is as fast as without
        spend(len(entries) * each)
        return entries
    return _paying(entries, each)


def _paying(entries: Iterable[Any], each: int) -> Iterator[Any]:
    for entry in entries:
        spend(each)
        yield entry
