"""Bring a database to the newest schema, safely when several processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, func, select

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
    with database.engine.begin() as connection:
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


def is_current(database: Database) -> bool:
    """Whether the database has exactly the newest schema."""
    return _revisions(database) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())


def is_empty(database: Database) -> bool:
    """Whether the database was never given a schema."""
    return not _revisions(database)


def _revisions(database: Database) -> set[str]:
    with database.reading() as session:
        return set(MigrationContext.configure(session.connection()).get_current_heads())


def _wait_for_turn(connection: Connection) -> None:
    # On SQLite the transaction holds the write lock from its beginning (see acctflows.db.session).
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
