"""Collects Python's cyclic garbage beside the event loop of Prefect's server.

Wherever the collector happens to run, it ends the statements of cursors it finds, and SQLite lets
it only when their connection is idle. Run by the event loop while that connection waits for the
lock of another, which only the event loop can release, both wait until SQLite gives up: for Prefect
a minute in which the server answers nobody (docs/adr/0012-garbage-beside-the-event-loop.md).
"""

import gc
import threading
import time

SECONDS = 0.5
"""Between two collections of what is young."""
ROUNDS = 60
"""After how many of them everything is looked through; what was loaded at the start is frozen."""


def collect_aside() -> None:
    """From now on collect garbage in a thread of its own only; it ends with the process."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()


def _collect() -> None:
    while True:
        for _ in range(ROUNDS):
            time.sleep(SECONDS)
            gc.collect(1)
        gc.collect()
