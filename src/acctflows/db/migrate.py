"""Bring a database to the newest schema, safely when several processes start at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, func, select

from acctflows.db.session import Database
from acctflows.errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x61636374666C6F77
"""Key of PostgreSQL's advisory lock: the letters “acctflow”."""


def upgrade(database: Database) -> None:
    """Apply what is missing, all in one transaction: killed half-way, nothing has happened.

    Several processes may call this at once; one migrates, the others wait and find it done.

    Raises:
        ConfigurationError: A newer acctflows has changed the schema already.
    """
    with _whole_tables(database.engine) as connection, connection.begin():
        _wait_for_turn(connection)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(
                f"the schema cannot be brought up to date: {error}",
                where="database",
                todo="a newer acctflows has used this database; use that version",
            ) from error
        _refuse_loose_rows(connection)


def is_current(database: Database) -> bool:
    """Whether the database has exactly the newest schema."""
    return _revisions(database) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())


def is_empty(database: Database) -> bool:
    """Whether the database was never given a schema."""
    return not _revisions(database)


def _revisions(database: Database) -> set[str]:
    with database.reading() as session:
        return set(MigrationContext.configure(session.connection()).get_current_heads())


@contextmanager
def _whole_tables(engine: Engine) -> Iterator[Connection]:
    """A connection in which a table may be copied and replaced while others refer to it.

    SQLite changes a constraint in no other way, and forgets foreign keys only outside of
    transactions (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        if engine.dialect.name != "sqlite" or raw is None:
            yield connection
            return
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def _refuse_loose_rows(connection: Connection) -> None:
    """Let nothing be committed that refers to a row that is not there."""
    if connection.dialect.name != "sqlite":
        return
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if loose is not None:
        raise ConfigurationError(
            f"a row of {loose[0]} refers to one of {loose[2]} that is not there",
            where="database",
            todo="restore it from the backup, then start again",
        )


def _wait_for_turn(connection: Connection) -> None:
    # On SQLite the transaction holds the write lock from its beginning (see acctflows.db.session).
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
