"""The sweep reminds signers, over a real mail server; a broken policy stops no other step."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from flows import settle_documents
from tests.contracts.stories import approved
from tests.dispatch.test_reminding import ask
from tests.portal.world import Hand
from tests.smtp_server import SmtpServer


@pytest.fixture
def sweep(app: App, monkeypatch: pytest.MonkeyPatch) -> Callable[[App], list[str]]:
    """The step of the flow, in an installation given."""

    def remind(app: App) -> list[str]:
        monkeypatch.setattr(settle_documents, "load_app", lambda: app)
        return settle_documents.remind_signers.fn()

    return remind


def reminders(session: Session) -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.template == "signing_reminder")
    return list(session.scalars(query.order_by(OutboxMail.id)))


def test_reminders_are_mailed_once_and_not_to_who_has_answered_meanwhile(
    app: App, hand: Hand, sweep: Callable[[App], list[str]]
) -> None:
    with app.database.transaction() as session:
        ids = []
        for _ in range(2):
            version = approved(session, app.agency)
            ask(session, version, app.agency)
            ids.append(version.id)
    assert sweep(app) == []
    hand.forward(days=7)
    assert sweep(app) == sweep(app) == []
    with app.database.transaction() as session:
        assert len(reminders(session)) == 2
        session.get_one(DocumentVersion, ids[0]).state = VersionState.DECLINED
    with SmtpServer() as server:
        settings = app.settings.model_copy(update={"smtp_port": server.port})
        replace(app, settings=settings).sweep_outbox()
        assert len(server.accepted) == 1
    with app.database.reading() as session:
        assert [mail.state for mail in reminders(session)] == [
            MailState.CANCELLED,
            MailState.SENT,
        ]


def test_a_broken_policy_is_a_problem_of_the_sweep_and_reminds_nobody(
    app: App, hand: Hand, sweep: Callable[[App], list[str]], tmp_path: Path
) -> None:
    with app.database.transaction() as session:
        ask(session, approved(session, app.agency), app.agency)
    hand.forward(days=7)
    (tmp_path / "signing").mkdir()
    (tmp_path / "signing" / "standard.yaml").write_text("name: x\n", "utf-8")
    [problem] = sweep(replace(app, templates=tmp_path))
    assert "signing/standard.yaml: reminders_from_hour: Field required" in problem
    with app.database.reading() as session:
        assert reminders(session) == []
