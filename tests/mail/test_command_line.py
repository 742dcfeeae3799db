"""`acctflows mail`: what an operator reads, and a person's word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctflows.app import load_app
from acctflows.cli import mail as commands
from acctflows.clock import utc_now
from acctflows.db.models.mail import MailState
from acctflows.db.session import Database
from acctflows.errors import ConfigurationError, ConflictError, NotFoundError, TemporaryError
from tests.conftest import ROOT
from tests.mail.conftest import queue
from tests.mail.outboxes import mails, states
from tests.mail.test_message import parse
from tests.smtp_server import SmtpServer


@pytest.fixture
def installed(
    sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: SmtpServer
) -> Iterator[Database]:
    """An installation configured by its environment, as the operator's is."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "ACCTFLOWS_ROOT": ROOT,
        "ACCTFLOWS_HOME": tmp_path / "var",
        "ACCTFLOWS_DATABASE_URL": f"sqlite:///{sqlite_file}",
        "ACCTFLOWS_SMTP_PORT": server.port,
        "ACCTFLOWS_SMTP_TIMEOUT_SECONDS": 1,
        "COLUMNS": 200,
    }.items():
        monkeypatch.setenv(name, str(value))
    load_app.cache_clear()
    yield load_app().database
    load_app().database.close()
    load_app.cache_clear()


def fill(database: Database, *given: MailState) -> None:
    with database.transaction() as session:
        for number, state in enumerate(given):
            mail = queue(session, f"{number}", now=utc_now())
            mail.state, mail.template = state, "test"


def test_empty_outbox(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    commands.list_mails()
    commands.doubtful()
    commands.deliver()

    assert capsys.readouterr().out.splitlines() == [
        "The outbox is empty.", "No mail is in doubt.", "Nothing is due.",
    ]  # fmt: skip


def test_list_shows_mails_and_counts(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(installed, MailState.QUEUED, MailState.UNKNOWN, MailState.UNKNOWN)

    commands.list_mails(state=MailState.UNKNOWN)

    out = capsys.readouterr().out
    assert "kaethe+1@moewe.example" in out
    assert "kaethe+0@moewe.example" not in out
    assert "1 queued, 2 unknown" in out


def test_delivery_says_what_it_did(
    installed: Database, server: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(installed, MailState.QUEUED, MailState.QUEUED)
    server.faults["RCPT"] = ["550 no such user"]

    commands.deliver()

    out = capsys.readouterr().out
    assert "failed: 1 to kaethe+0@moewe.example, “Ihr Vertrag V-2026-0001”: 550 no such" in out
    assert "sent: 2 to kaethe+1@moewe.example" in out
    assert states(installed) == {"failed": 1, "sent": 1}


def test_delivery_without_a_server_ends_with_one_error(
    installed: Database, server: SmtpServer
) -> None:
    fill(installed, MailState.QUEUED)
    server.faults["greeting"] = ["421 too busy"]

    with pytest.raises(TemporaryError, match="too busy"):
        commands.deliver()
    assert states(installed) == {"queued": 1}


def test_a_persons_word_is_kept_with_their_name(installed: Database) -> None:
    fill(installed, MailState.UNKNOWN, MailState.UNKNOWN, MailState.FAILED, MailState.UNKNOWN)

    commands.sent(1)
    commands.again(2)
    commands.retry(3)
    commands.unsent(4)

    after = ["sent", "queued", "queued", "cancelled"]
    assert [mail.state.value for mail in mails(installed)] == after
    with installed.reading() as session:
        words = [
            (each.outcome, each.by) for m in mails(installed) for each in session.merge(m).tries
        ]
    assert [what for what, _ in words] == ["was sent", "send again", "retry", "was not sent"]
    assert all("@" in by for _, by in words)


def test_what_cannot_be_settled(installed: Database) -> None:
    fill(installed, MailState.SENT)

    with pytest.raises(ConflictError):
        commands.again(1)
    with pytest.raises(NotFoundError):
        commands.sent(99)


def test_test_mail(
    installed: Database, server: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.send_test("operator@nordlicht-digital.example", language="en")

    assert "250 taken as 1" in capsys.readouterr().out
    [accepted] = server.accepted
    assert "works" in parse(accepted.content)["Subject"]
    assert mails(installed) == []


def test_certificate_file_that_is_none(
    installed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCTFLOWS_SMTP_CA_FILE", str(tmp_path / "nothing.pem"))
    load_app.cache_clear()

    with pytest.raises(ConfigurationError, match="ACCTFLOWS_SMTP_CA_FILE"):
        commands.deliver()
