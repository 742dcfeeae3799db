"""Fixtures every test may use: a real database of each kind, the agency, a fixed clock."""

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile, load_agency
from acctflows.clockwork.installation import NOBODY
from acctflows.db.base import Base
from acctflows.db.migrate import upgrade
from acctflows.db.session import Database

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_URL = os.environ.get(
    "ACCTFLOWS_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
LONGEST_ID = 60
"""Characters of a parameter in the name of a test."""
FIGURES = "figures"
"""Name of the property that carries a line of figures, also from other processes."""


settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")

_FOR_TESTS = ("ACCTFLOWS_TEST_", "ACCTFLOWS_WRITE_")
for _name in list(os.environ):  # the shell's own installation and Prefect are none of the tests'
    if _name.startswith(("ACCTFLOWS_", "PREFECT_")) and not _name.startswith(_FOR_TESTS):
        del os.environ[_name]

# Every client made reads the authorities it would trust: nothing here leaves the machine.
os.environ["SSL_CERT_FILE"] = str(NOBODY)


def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than there are cores: the two with Prefect's tests mostly wait."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with Prefect's tests: each of their groups keeps one process busy, mostly waiting."""
    items.sort(key=lambda item: item.get_closest_marker("prefect") is None)


def in_ci() -> bool:
    """Whether a missing part is a failure instead of a skip."""
    return os.environ.get("CI") == "true"


def missing(part: str) -> None:
    """Skip the test because the machine lacks a part; in CI, fail."""
    if in_ci():
        pytest.fail(f"CI requires {part}")
    pytest.skip(f"{part} is not there")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Short names of tests, the same in every process: made files carry the time in their bytes."""
    if isinstance(val, bytes):
        return f"{len(val)} bytes"
    if isinstance(val, str) and len(val) > LONGEST_ID:
        return f"{val[:LONGEST_ID]}… of {len(val)}"
    return None


Golden = Callable[[str, str], None]
"""Compares a text with the file of that name in ``tests/data``."""


@pytest.fixture(scope="session")
def golden() -> Golden:
    """ACCTFLOWS_TEST_WRITE_GOLDEN=1 accepts the texts as they are now; then look at the diff."""

    def compare(name: str, text: str) -> None:
        file = ROOT / "tests" / "data" / name
        if os.environ.get("ACCTFLOWS_TEST_WRITE_GOLDEN") == "1":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line of figures for the end of the report, where also a test that passed speaks."""

    def tell(line: str) -> None:
        request.node.user_properties.append((FIGURES, line))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that tests told of, and once per missing part how many could not run without."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = {
        report.nodeid: [line for name, line in report.user_properties if name == FIGURES]
        for report in reports
    }
    if any(told.values()):
        terminalreporter.section("figures")
    for nodeid, lines in sorted(told.items()):
        for line in lines:
            terminalreporter.write_line(f"{nodeid}: {line}")
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} tests skipped: {reason}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file made by the migrations; each test works on its own copy."""
    file = tmp_path_factory.mktemp("template") / "acctflows.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """The test's own SQLite file with the whole schema and no records."""
    return Path(shutil.copyfile(sqlite_template, tmp_path / "acctflows.db"))


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[sa.Engine]:
    """A connection that may make and drop databases."""
    engine = sa.create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        missing("PostgreSQL")
    yield engine
    engine.dispose()


@contextmanager
def new_postgres(admin: sa.Engine) -> Iterator[Database]:
    """An empty PostgreSQL database of its own, dropped at the end."""
    name = f"acctflows_test_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    # Nobody pulls the plug on the tests' server: what it has in memory is as good as on the disk.
    quick = {"options": "-csynchronous_commit=off"}
    url = sa.make_url(POSTGRES_URL).set(database=name).update_query_dict(quick)
    database = Database(url.render_as_string(hide_password=False))
    try:
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


class SharedSqlite:
    """One SQLite file that tests use in turn, each as the migrations made it.

    One engine for all: what SQLAlchemy has compiled for one test serves the others.
    """

    def __init__(self, template: Path, file: Path) -> None:
        self._template, self._file = template, file
        self._database = Database(f"sqlite:///{file}")

    def as_new(self) -> Database:
        """The database as the migrations left it."""
        for ending in ("", "-wal", "-shm"):
            Path(f"{self._file}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        return self._database


@pytest.fixture(scope="session")
def shared_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> SharedSqlite:
    """The SQLite database of this process."""
    return SharedSqlite(sqlite_template, tmp_path_factory.mktemp("shared") / "acctflows.db")


class SharedPostgres:
    """One PostgreSQL database that tests use in turn, each as if the migrations had just made it.

    Emptying it costs a twentieth of making another. One engine for all, as with SQLite.
    """

    def __init__(self, admin: sa.Engine, database: Database) -> None:
        self._admin = admin
        self._database = database
        self._tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
        with database.engine.connect() as connection:
            self._rows = {  # the few that migrations write
                table: connection.execute(table.select()).mappings().all()
                for table in Base.metadata.sorted_tables
            }

    def as_new(self) -> Database:
        """The database as the migrations left it."""
        self._database.close()
        self._end_connections()  # no lock of an earlier test stays
        sequences = sa.text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        with self._database.engine.begin() as connection:
            steps = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in self._tables]
            steps += [f"DELETE FROM {name}" for name in self._tables]
            steps += [f"ALTER SEQUENCE {name} RESTART" for name in connection.scalars(sequences)]
            connection.execute(sa.text(";".join(steps)))
            for table, rows in self._rows.items():
                if rows:
                    connection.execute(table.insert(), rows)
            steps = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in self._tables]
            connection.execute(sa.text(";".join(steps)))
        return self._database

    def _end_connections(self) -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        with self._admin.connect() as connection:
            connection.execute(sa.text(others), {"name": self._database.engine.url.database})


@pytest.fixture(scope="session")
def shared_postgres(postgres_admin: sa.Engine) -> Iterator[SharedPostgres]:
    """The PostgreSQL database of this process."""
    with new_postgres(postgres_admin) as database:
        upgrade(database)
        yield SharedPostgres(postgres_admin, database)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with the whole schema and no records, once on SQLite and once on PostgreSQL."""
    database: Database = request.getfixturevalue(f"shared_{request.param}").as_new()
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One open transaction on the empty database."""
    with database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def agency() -> AgencyProfile:
    """The demo agency."""
    return load_agency(ROOT / "templates" / "agency" / "agency.yaml")
