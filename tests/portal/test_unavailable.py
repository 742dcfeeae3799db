"""A database that does not answer: people are told to come back, and nothing is half done."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.cli.portal import impatient
from acctflows.db.models.documents import ClientDecision
from acctflows.db.session import Database
from acctflows.portal.web import create_portal
from tests.portal.serving import serving
from tests.portal.test_client_page import form_of
from tests.portal.world import Hand, make_app, make_user, sent


@pytest.fixture
def file_app(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile, hand: Hand) -> Iterator[App]:
    """The application on a SQLite file that waits a moment only."""
    database = Database(f"sqlite:///{sqlite_file}?timeout=0.1")
    yield make_app(tmp_path, database, agency, hand)
    database.close()


@pytest.fixture
def visitor(file_app: App) -> Iterator[httpx.Client]:
    with (
        serving(create_portal(file_app, None)) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


def test_a_locked_database_records_nothing_and_says_when_to_come_back(
    file_app: App, sqlite_file: Path, visitor: httpx.Client
) -> None:
    with file_app.database.transaction() as session:
        _, token = sent(session, file_app)
        make_user(session)
    fields = form_of(visitor.get(f"/d/{token}").text) | {"consent": "yes"}
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    refused = visitor.post(f"/d/{token}", data=fields, headers={"Accept-Language": "de"})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "10"
    assert "es wurde nichts gespeichert" in refused.text
    assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]
    assert visitor.get(f"/d/{token}").status_code == 200  # looking goes on meanwhile
    other.rollback()
    other.close()
    with file_app.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ClientDecision)) == 0
    assert visitor.post(f"/d/{token}", data=fields).status_code == 303


def test_a_database_that_is_gone_is_our_fault_and_passes(
    tmp_path: Path, agency: AgencyProfile, hand: Hand
) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    app = make_app(tmp_path, gone, agency, hand)
    with serving(create_portal(app, None)) as url:
        for path in ("/d/token", "/desk/"):
            answer = httpx.get(url + path)
            assert answer.status_code == 503
            assert "retry-after" in answer.headers


def test_the_portal_waits_less_for_a_lock_than_a_flow(file_app: App) -> None:
    assert "timeout=5" in str(impatient(file_app).database.engine.url)
