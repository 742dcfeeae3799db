"""Fixtures of the agency's records: a database of one kind, where the other would tell nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from acctflows.db.session import Database
from tests.conftest import ROOT

DEMO = ROOT / "templates" / "examples" / "demo-agency"


@pytest.fixture
def books(sqlite_file: Path) -> Iterator[Session]:
    """One open transaction on an empty SQLite database."""
    database = Database(f"sqlite:///{sqlite_file}")
    with database.transaction() as session:
        yield session
    database.close()
