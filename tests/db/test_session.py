"""Transactions: writers wait for each other, readers for nobody, nothing is half-written."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from acctflows.db.models.documents import NumberSeries
from acctflows.db.session import Database
from acctflows.errors import TemporaryError
from tests.racing import race


def add_series(database: Database, kind: str) -> None:
    with database.transaction() as session:
        session.add(NumberSeries(kind=kind, year=2026, last=0))


def kinds(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(sa.select(NumberSeries.kind)))


def test_a_finished_block_is_committed(database: Database) -> None:
    add_series(database, "contract")
    assert kinds(database) == {"contract"}


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(NumberSeries(kind="contract", year=2026, last=0))
            session.flush()
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        fail()
    assert kinds(database) == set()


def test_what_a_reading_session_changes_is_thrown_away(database: Database) -> None:
    with database.reading() as session:
        session.add(NumberSeries(kind="contract", year=2026, last=0))
        session.flush()
    assert kinds(database) == set()


def test_writers_wait_for_each_other(database: Database) -> None:
    """Each reads, then writes what it read plus one: none may fail, none may be lost."""
    add_series(database, "contract")

    def count_up(_caller: int) -> None:
        with database.transaction() as session:
            series = session.scalars(sa.select(NumberSeries).with_for_update()).one()
            series.last += 1

    _done, failed = race(12, count_up)
    assert failed == []
    with database.reading() as session:
        assert session.scalars(sa.select(NumberSeries.last)).one() == 12


def test_a_reader_neither_waits_for_a_writer_nor_stops_one(database: Database) -> None:
    add_series(database, "contract")
    written, may_end = Event(), Event()

    def write_slowly() -> None:
        with database.transaction() as session:
            session.add(NumberSeries(kind="act", year=2026, last=0))
            session.flush()
            written.set()
            may_end.wait(30)

    writer = Thread(target=write_slowly)
    writer.start()
    try:
        assert written.wait(30)
        assert kinds(database) == {"contract"}  # would hang if readers waited
        with database.reading() as session:
            before = set(session.scalars(sa.select(NumberSeries.kind)))
            may_end.set()
            writer.join(30)  # would hang if a writer waited for readers
        assert before == {"contract"}
    finally:
        may_end.set()
        writer.join(30)
    assert kinds(database) == {"contract", "act"}


def test_a_database_locked_for_too_long_is_a_temporary_error(sqlite_file: Path) -> None:
    impatient = Database(f"sqlite:///{sqlite_file}?timeout=0.05")
    holder = sqlite3.connect(sqlite_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TemporaryError, match="database is locked") as caught:
        add_series(impatient, "contract")
    assert not caught.value.permanent
    holder.execute("ROLLBACK")
    holder.close()
    add_series(impatient, "contract")
    assert kinds(impatient) == {"contract"}
    impatient.close()


def test_an_unreachable_server_is_a_temporary_error() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(TemporaryError, match="did not answer"):
        kinds(database)


def test_a_full_disk_is_a_temporary_error_and_leaves_nothing(sqlite_file: Path) -> None:
    database = Database(f"sqlite:///{sqlite_file}")

    def fill() -> None:
        with database.transaction() as session:
            pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
            session.add_all(NumberSeries(kind=f"kind {n}", year=n, last=0) for n in range(5000))
            session.flush()

    with pytest.raises(TemporaryError, match="full"):
        fill()
    assert kinds(database) == set()
    database.close()


def test_a_database_without_our_tables_is_no_temporary_matter(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'empty.db'}")
    with pytest.raises((OperationalError, ProgrammingError), match="no such table"):
        kinds(database)
    database.close()


def test_sqlite_survives_a_loss_of_power(sqlite_file: Path) -> None:
    database = Database(f"sqlite:///{sqlite_file}")
    with database.reading() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


OPENS_NEW_FILES = """
import sys
from acctflows.db.session import Database

for line in sys.stdin:
    database = Database(f"sqlite:///{line.strip()}")
    with database.reading() as session:
        session.connection()
    database.close()
    print("ok", flush=True)
"""


def test_several_processes_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Switching a new file to the write-ahead log is not left to chance."""
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS_NEW_FILES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    answers = []
    for n in range(40):
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write(f"{tmp_path / f'{n}.db'}\n")
            opener.stdin.flush()
        answers += [opener.stdout.readline() for opener in openers if opener.stdout]
    for opener in openers:
        opener.communicate(timeout=30)
    assert answers == ["ok\n"] * 160
