"""Fixtures every test may use: a real database of each kind, the agency, a fixed clock."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import acctflows.db.models  # noqa: F401 — makes the whole schema known
from acctflows.agency.profile import AgencyProfile, load_agency
from acctflows.db.base import Base
from acctflows.db.session import Database

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_URL = os.environ.get(
    "ACCTFLOWS_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)


def in_ci() -> bool:
    """Whether a missing part is a failure instead of a skip."""
    return os.environ.get("CI") == "true"


def missing(part: str) -> None:
    """Skip the test because the machine lacks a part; in CI, fail."""
    if in_ci():
        pytest.fail(f"CI requires {part}")
    pytest.skip(f"{part} is not there")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the whole schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'acctflows.db'}")
        Base.metadata.create_all(database.engine)
        yield database
        database.close()
        return
    name = f"acctflows_test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError:
        missing("PostgreSQL")
    url = sa.make_url(POSTGRES_URL).set(database=name)
    database = Database(url.render_as_string(hide_password=False))
    Base.metadata.create_all(database.engine)
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One open transaction on the empty database."""
    with database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def agency() -> AgencyProfile:
    """The demo agency."""
    return load_agency(ROOT / "templates" / "agency" / "agency.yaml")
