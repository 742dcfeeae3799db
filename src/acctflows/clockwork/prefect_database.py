"""Brings Prefect's own SQLite database up to date before its server starts.

Prefect applies its hundred or so migrations through an asynchronous driver, statement by
statement across threads; on a new home that is most of the server's start. The same migrations
over SQLite's own driver take less than half of the time. The server still checks at its start and
would go on where this stopped; other databases are left to it.
"""

import sqlite3
import warnings
from typing import Any

import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from prefect.server.database.alembic_commands import alembic_config
from prefect.server.database.dependencies import provide_database_interface
from sqlalchemy.exc import SAWarning


def migrate() -> None:
    """Apply what is missing to the database Prefect's settings name, if it is SQLite."""
    prefect = provide_database_interface()
    url = sa.make_url(prefect.database_config.connection_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, ":memory:"):
        return
    engine = sa.create_engine(url.set(drivername="sqlite"))
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    script = ScriptDirectory.from_config(alembic_config())
    script.version_locations = [str(prefect.orm.versions_dir)]
    with warnings.catch_warnings(), engine.connect() as connection:
        # Expression-based indexes cannot be read back; Prefect ignores the same warning.
        warnings.filterwarnings("ignore", category=SAWarning)
        _apply(script, connection, prefect.Base.metadata)
    engine.dispose()


def _apply(script: ScriptDirectory, connection: sa.Connection, metadata: sa.MetaData) -> None:
    def missing(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)  # what alembic.command.upgrade runs

    with EnvironmentContext(alembic_config(), script, fn=missing) as environment:
        environment.configure(
            connection=connection,
            target_metadata=metadata,
            include_schemas=True,
            render_as_batch=True,
            transaction_per_migration=True,
            template_args={"dialect": "sqlite"},
        )
        with environment.begin_transaction():
            environment.run_migrations()


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # alembic begins and ends each migration's transaction
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
