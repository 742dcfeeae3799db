"""Migrations: they make what the models say, once, however many processes start at a time."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

import acctflows.db.models  # noqa: F401 — makes the whole schema known
from acctflows.db.base import Base
from acctflows.db.migrate import MIGRATIONS, is_current, upgrade
from acctflows.db.models.desk import WorkItem
from acctflows.db.session import Database
from acctflows.documents import audit
from tests.conftest import new_postgres
from tests.factories import NOW
from tests.racing import race


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it at all."""
    if request.param == "postgres":
        with new_postgres(request.getfixturevalue("postgres_admin")) as database:
            yield database
        return
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def constraints(database: Database) -> dict[str, list[str]]:
    look = sa.inspect(database.engine)
    readers = (look.get_check_constraints, look.get_unique_constraints, look.get_foreign_keys)
    return {
        table: sorted(repr(found) for read in readers for found in read(table))
        for table in Base.metadata.tables
    }


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_name_their_constraints_as_the_models_do(empty: Database) -> None:
    """What alembic does not compare: enumerations are checked by the same constraints."""
    Base.metadata.create_all(empty.engine)
    meant = constraints(empty)
    Base.metadata.drop_all(empty.engine)
    upgrade(empty)
    assert constraints(empty) == meant


def migrate(database: Database, direction: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        direction(config, revision)


def test_rows_and_guard_survive_from_the_first_schema_to_the_newest(empty: Database) -> None:
    migrate(empty, command.upgrade, "0001")
    with empty.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO work_item (key, kind, detail, created_at, settled_by, outcome)"
                " VALUES ('a', 'declined', 'zu teuer, „später“', :now, '', '')"
            ),
            {"now": NOW},
        )
        audit.record(session, subject="document/V-1", event="a", actor="Lena", now=NOW, data={})
    upgrade(empty)
    with empty.transaction() as session:
        item = session.scalars(sa.select(WorkItem)).one()
        assert (item.key, item.detail, item.created_at) == ("a", "zu teuer, „später“", NOW)
        assert item.project is None
        audit.record(session, subject="document/V-1", event="b", actor="Lena", now=NOW, data={})
        assert audit.verify(session).fault is None
    with pytest.raises(DBAPIError, match="only grows"), empty.transaction() as session:
        session.execute(sa.text("DELETE FROM audit_entry"))
    migrate(empty, command.downgrade, "0001")
    with empty.reading() as session:
        assert session.scalar(sa.text("SELECT detail FROM work_item")) == "zu teuer, „später“"


def test_a_new_database_is_not_current_until_it_is_upgraded(empty: Database) -> None:
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert is_current(database)


def test_a_database_newer_than_the_program_is_not_current(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_current(database)


def test_several_threads_upgrade_at_once(empty: Database) -> None:
    _done, failed = race(4, lambda _caller: upgrade(empty))
    assert failed == []
    assert is_current(empty)


UPGRADES = """
import sys
from acctflows.db.migrate import is_current, upgrade
from acctflows.db.session import Database

database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade(database)
print(is_current(database))
"""


def test_several_processes_upgrade_at_once(empty: Database) -> None:
    url = empty.engine.url.render_as_string(hide_password=False)
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADES, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    assert [starter.communicate(timeout=60)[0] for starter in starters] == ["True\n"] * 3


def test_an_upgrade_that_breaks_half_way_leaves_nothing(empty: Database) -> None:
    """The schema and its version number are one transaction, on SQLite too."""
    statements = []

    def break_later(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)
        if "CREATE TABLE document_version" in statement:
            raise RuntimeError("the power went")

    sa.event.listen(empty.engine, "before_cursor_execute", break_later)
    with pytest.raises(RuntimeError, match="the power went"):
        upgrade(empty)
    sa.event.remove(empty.engine, "before_cursor_execute", break_later)
    assert sum("CREATE TABLE" in statement for statement in statements) > 5
    assert tables(empty) == set()
    upgrade(empty)
    assert is_current(empty)


def test_the_history_has_one_beginning_and_one_end() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_bases()) == len(script.get_heads()) == 1
