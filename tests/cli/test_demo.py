"""The demo goes on wherever its last start was killed."""

from pathlib import Path

import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.cli.demo import LOGIN_FILE, MANAGER, manager_login
from acctflows.db.session import Database
from acctflows.portal.desk.passwords import matches
from acctflows.portal.desk.users import all_users
from tests.portal.world import Hand, make_app


@pytest.fixture
def app(tmp_path: Path, database: Database, agency: AgencyProfile) -> App:
    app = make_app(tmp_path, database, agency, Hand())
    app.home.mkdir()
    return app


def lets_in(app: App, password: str) -> bool:
    """Whether the one manager may sign in with it."""
    with app.database.reading() as session:
        [user] = all_users(session)
        return user.email == MANAGER[1] and matches(user.password_hash, password)


def test_every_start_finds_the_managers_password(app: App) -> None:
    password = manager_login(app)
    assert lets_in(app, password)
    assert manager_login(app) == password
    assert (app.home / LOGIN_FILE).stat().st_mode & 0o777 == 0o600


def test_killed_before_the_user_was_made_it_goes_on(app: App) -> None:
    (app.home / LOGIN_FILE).write_text("fuenf leise Moewen", encoding="utf-8")
    assert manager_login(app) == "fuenf leise Moewen"
    assert lets_in(app, "fuenf leise Moewen")


def test_killed_while_the_file_was_written_it_goes_on(app: App) -> None:
    (app.home / LOGIN_FILE).with_suffix(".part").write_text("fu", encoding="utf-8")
    assert lets_in(app, manager_login(app))


def test_a_user_whose_file_is_gone_gets_a_password_anew(app: App) -> None:
    before = manager_login(app)
    (app.home / LOGIN_FILE).unlink()
    after = manager_login(app)
    assert after != before
    assert lets_in(app, after)
