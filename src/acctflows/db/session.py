"""Engines and sessions: the only place that commits."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from acctflows.errors import ConfigurationError, TemporaryError

WAIT_SECONDS = 60
"""How long SQLite waits for another writer; ``?timeout=5`` in the URL says otherwise."""

SWITCH_SECONDS = 2
"""How long a new SQLite file may take to be switched to the write-ahead log."""


def make_engine(url: str) -> Engine:
    """An engine for SQLite (write-ahead log, foreign keys, durable commits) or PostgreSQL.

    Args:
        url: SQLAlchemy URL; a SQLite file's folder is made when it is missing.

    Raises:
        ConfigurationError: The URL cannot be read.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed.set(query={"timeout": str(WAIT_SECONDS), **parsed.query}))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:  # neither is shown: they may quote the password
        raise ConfigurationError(
            "the database's address cannot be read",
            where="ACCTFLOWS_DATABASE_URL",
            todo="give it like postgresql+psycopg://user:password@host/name",
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # A new file must be switched over by one connection alone. Several at once are refused without
    # waiting (two of them would wait for each other); after the first has done it, all are served.
    pause = 0.02
    attempts = int(SWITCH_SECONDS / pause)
    for attempt in range(attempts):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == attempts - 1:
                raise
            time.sleep(pause)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once with "database is locked" when
    # another wrote in between; taking the write lock at the start waits for it instead.
    reading = connection.get_execution_options().get("acctflows_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """Opens transactions on one database.

    Args:
        url: SQLAlchemy URL of a SQLite file or a PostgreSQL database.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._reader = self.engine.execution_options(acctflows_reading=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises.

        Raises:
            TemporaryError: When the database is locked for too long, full, gone or unreadable.
        """
        with _temporary(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only; whatever is changed in it is thrown away.

        Raises:
            TemporaryError: When the database is locked for too long, gone or unreadable.
        """
        with _temporary(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


@contextmanager
def _temporary() -> Iterator[None]:
    """Tell troubles of the database that may pass from mistakes in what it was asked."""
    try:
        yield
    except (OperationalError, PoolTimeoutError) as error:
        cause = getattr(error, "orig", error)
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # no such table …
            raise
        raise TemporaryError(
            f"the database did not answer: {str(cause).strip()}",
            todo="try again; if it stays, run `acctflows doctor`",
        ) from error
