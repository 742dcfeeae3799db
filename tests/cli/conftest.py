"""Fixtures of the command line: an installation as an operator has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctflows.app import load_app
from acctflows.db.session import Database
from tests.conftest import ROOT


@pytest.fixture
def installed(
    sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """An installation configured by its environment, as the operator's is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    settings = {"ROOT": ROOT, "HOME": tmp_path / "var", "DATABASE_URL": f"sqlite:///{sqlite_file}"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ACCTFLOWS_{name}", str(value))
    load_app.cache_clear()
    yield load_app().database
    load_app().database.close()
    load_app.cache_clear()
