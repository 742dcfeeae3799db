"""Many callers at the same moment, as threads of this process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def race(callers: int, work: Callable[[int], T]) -> tuple[list[T], list[Exception]]:
    """Let that many callers do the work at once; give back what they returned and raised.

    Args:
        callers: How many; each is a thread.
        work: What each does, told which caller it is (from 0).
    """
    start = Barrier(callers, timeout=30)

    def call(caller: int) -> T | Exception:
        start.wait()
        try:
            return work(caller)
        except Exception as error:
            return error

    with ThreadPoolExecutor(callers) as pool:
        outcomes = list(pool.map(call, range(callers)))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)], failed
