"""Fixtures of the agency's records: a database of one kind, where the other would tell nothing."""

import os
from collections.abc import Callable, Iterator
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


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compares a text with a file; UPDATE_GOLDEN=1 writes the file, whose diff is the review."""

    def compare(file: Path, text: str) -> None:
        if os.environ.get("UPDATE_GOLDEN") == "1":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare
