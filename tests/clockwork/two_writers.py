"""Two connections write to one SQLite file while garbage holds a statement of the waiting one.

Says "written" when the second got its turn. As in Prefect's server the thread that holds the lock
makes so many objects meanwhile that Python would look for garbage. The argument says by whom the
process was made: ``prefect`` as acctflows' Prefect server, ``python`` as Python leaves it.
"""

import sqlite3
import sys
import threading
from pathlib import Path


class Cycle:
    """Nothing but the collector frees it."""

    def __init__(self, held: sqlite3.Cursor) -> None:
        self.held, self.me = held, self


def main(file: Path, made_by: str) -> None:
    if made_by == "prefect":
        from acctflows.clockwork.prefect_server import create_app  # noqa: PLC0415  # takes seconds

        application = create_app()
    else:
        application = None
    patience = 60 if application else 3  # a slow machine may take long; in vain is soon enough
    first, second = (
        sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=patience)
        for _ in range(2)
    )
    first.execute("PRAGMA journal_mode = WAL")
    first.execute("BEGIN IMMEDIATE")
    cycle = Cycle(second.execute("SELECT 1 UNION SELECT 2"))
    waits = threading.Event()
    second.set_trace_callback(lambda _: waits.set())  # SQLite is at it, with the connection locked
    said: list[str] = []

    def write() -> None:
        try:
            second.execute("BEGIN IMMEDIATE")
            said.append("written")
        except sqlite3.OperationalError as error:
            said.append(str(error))

    writer = threading.Thread(target=write)
    writer.start()
    waits.wait()
    del cycle
    kept = [[number] for number in range(1_000_000)]
    first.execute("ROLLBACK")
    writer.join()
    sys.stdout.write(f"{said[0]}; {len(kept)} objects, server {application}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
