"""The mail server is away, things change, it comes back: no client is asked who must not be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.db.session import Database
from acctflows.documents import work_items
from tests.factories import NOW
from tests.portal.world import Hand, make_app
from tests.satisfaction.stories import ask, closed_project
from tests.smtp_server import SmtpServer


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def app(
    tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand, server: SmtpServer
) -> App:
    """An installation whose invitation was queued while the server was too busy to talk."""
    app = make_app(tmp_path, database, agency, hand, smtp_port=server.port)
    with database.transaction() as session:
        ask(session, closed_project(session))
    server.faults["greeting"] = ["421 too busy"]
    assert app.sweep_outbox().stopped is not None
    hand.forward(hours=2)
    return app


def state(app: App) -> MailState:
    with app.database.reading() as session:
        return session.scalars(select(OutboxMail.state)).one()


def test_with_nothing_changed_the_invitation_goes_out(app: App, server: SmtpServer) -> None:
    app.sweep_outbox()
    assert state(app) is MailState.SENT
    assert len(server.accepted) == 1


def test_without_legal_basis_it_does_not(app: App, server: SmtpServer) -> None:
    with app.database.transaction() as session:
        session.scalars(select(Survey)).one().contact.survey_basis = ""
    app.sweep_outbox()
    assert state(app) is MailState.CANCELLED
    assert server.accepted == []


def test_in_a_dispute_it_waits_until_that_is_settled(
    app: App, hand: Hand, server: SmtpServer
) -> None:
    with app.database.transaction() as session:
        item = work_items.open_item(
            session,
            key="declined/A-1/v1",
            kind="declined",
            detail="Mangel",
            version=None,
            owner_id=None,
            due_on=None,
            now=NOW,
            project=session.scalars(select(Survey)).one().project,
        )
    app.sweep_outbox()
    hand.forward(days=2)
    app.sweep_outbox()
    assert state(app) is MailState.QUEUED
    assert server.accepted == []
    with app.database.transaction() as session:
        work_items.settle_item(session, item.id, by="Lena", outcome="behoben", now=NOW)
    hand.forward(days=2)
    app.sweep_outbox()
    assert state(app) is MailState.SENT
    assert len(server.accepted) == 1
