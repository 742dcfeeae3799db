"""`acctflows user …` as an operator types it."""

import io
from pathlib import Path

import pytest

from acctflows.app import load_app
from acctflows.cli import users as command
from acctflows.db.models.desk import Role
from acctflows.errors import InputError
from acctflows.portal.desk import users
from acctflows.portal.desk.passwords import matches
from tests.conftest import ROOT

EMAIL = "lena@nordlicht-digital.example"


@pytest.fixture
def installation(sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation configured by its environment, the way the command finds it."""
    monkeypatch.setenv("ACCTFLOWS_ROOT", str(ROOT))
    monkeypatch.setenv("ACCTFLOWS_HOME", str(tmp_path))
    monkeypatch.setenv("ACCTFLOWS_DATABASE_URL", f"sqlite:///{sqlite_file}")
    load_app.cache_clear()
    yield
    load_app().database.close()
    load_app.cache_clear()


def stored_hash() -> str:
    with load_app().database.reading() as session:
        return users.find_user(session, EMAIL).password_hash


def test_a_user_is_added_listed_shut_out_and_let_in(
    installation: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("vier oder fuenf Woerter\n"))
    command.add(EMAIL, name="Lena Hansen", role=Role.ADMIN)
    assert "may sign in as admin at http://127.0.0.1:8300/desk/" in capsys.readouterr().out
    assert matches(stored_hash(), "vier oder fuenf Woerter")
    command.disable(EMAIL)
    command.list_users()
    assert "Lena Hansen  (shut out)" in capsys.readouterr().out
    command.enable(EMAIL)
    command.list_users()
    assert "shut out" not in capsys.readouterr().out.splitlines()[-1]


def test_a_made_up_password_is_printed_once(
    installation: None, capsys: pytest.CaptureFixture[str]
) -> None:
    command.add(EMAIL, name="Lena Hansen", generate=True)
    command.password(EMAIL, generate=True)
    password = capsys.readouterr().out.split("Password: ")[-1].strip()
    assert matches(stored_hash(), password)


def test_an_unsafe_password_makes_no_user(
    installation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(InputError, match="not safe"):
        command.add(EMAIL, name="Lena Hansen")
    with load_app().database.reading() as session:
        assert users.all_users(session) == []
