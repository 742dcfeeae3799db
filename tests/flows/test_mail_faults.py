"""The mail server refuses, answers late or drops: no contract is harmed, no mail comes twice."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.contracts.job import JOB
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import ApprovalDecision, ClientDecision, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.dispatch.closing import close_decision
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents import approval
from acctflows.errors import ConfigurationError, TemporaryError
from acctflows.mail.deliver import DeliveryReport
from tests.house import free_ports
from tests.mail.conftest import queue
from tests.portal.conftest import secret_of
from tests.portal.world import Hand, in_approval, make_app
from tests.smtp_server import DRIP, DROP, HOLD, Accepted, SmtpServer, Step

SignIn = Callable[[Role], httpx.Client]


class Fault(NamedTuple):
    """What the server does at which step, and where the mail then stands."""

    step: Step
    answer: str
    state: MailState
    stopped: type[Exception] | None = None
    """Why the whole sweep ended, when it did."""
    attached: int = 0
    """Bytes of the PDF that goes along."""


QUEUED, FAILED, UNKNOWN = MailState.QUEUED, MailState.FAILED, MailState.UNKNOWN
FAULTS = {
    "too busy to talk": Fault("greeting", "421 too busy", QUEUED, TemporaryError),
    "a late greeting": Fault("greeting", HOLD, QUEUED, TemporaryError),
    "a refused password": Fault("AUTH", "535 wrong password", QUEUED, ConfigurationError),
    "a late answer to the sender": Fault("MAIL", HOLD, QUEUED),
    "greylisting": Fault("RCPT", "450 later", QUEUED),
    "no such mailbox": Fault("RCPT", "550 no such user", FAILED),
    "closing time inside the message": Fault("DATA", "421 closing", QUEUED),
    # A short mail has left us, final dot and all, before the drop is felt: nobody can know.
    "a drop inside a short message": Fault("message", DROP, UNKNOWN),
    "a drop inside a long message": Fault("message", DROP, QUEUED, attached=9_000_000),
    "spam": Fault("dot", "554 spam", FAILED),
    "a drop after the message, not taken": Fault("dot", DROP, UNKNOWN),
    "a drop after the message, taken": Fault("answer", DROP, UNKNOWN),
    "a late answer after the message": Fault("answer", HOLD, UNKNOWN),
    "an answer that never ends": Fault("answer", DRIP, UNKNOWN),
}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def app(
    tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand, server: SmtpServer
) -> App:
    return make_app(tmp_path, database, agency, hand, smtp_port=server.port, smtp_user="agency")


def _impatient(app: App) -> App:
    """The app that gives a silent server up soon; a slow machine must still answer in this time."""
    return replace(app, settings=app.settings.model_copy(update={"smtp_timeout_seconds": 1}))


@pytest.mark.parametrize("name", FAULTS)
def test_the_contract_goes_its_way_whatever_the_server_does(  # noqa: PLR0917 — pytest's names
    app: App, server: SmtpServer, browser: httpx.Client, signed_in: SignIn, hand: Hand, name: str
) -> None:
    fault = FAULTS[name]
    server.faults[fault.step] = [fault.answer]
    _invite(app, pdf=bytes(fault.attached) or None)

    waits = fault.answer in {HOLD, DRIP}
    report = (_impatient(app) if waits else app).sweep_outbox()

    [mail] = _mails(app)
    assert mail.state is fault.state
    assert type(report.stopped) is (fault.stopped or type(None))
    assert _names(report, mail) or report.stopped

    _settle_on_the_desk(signed_in(Role.MANAGER), mail, server)
    hand.forward(hours=1)
    app.sweep_outbox()
    assert _taken(server) == {mail.message_id: 1}

    _client_accepts(browser, server)
    _close(app)
    app.sweep_outbox()

    mails = _mails(app)
    assert [mail.state for mail in mails] == [MailState.SENT] * 3
    assert _taken(server) == {mail.message_id: 1 for mail in mails}


def test_no_server_at_all_costs_no_mail_an_attempt(app: App, server: SmtpServer) -> None:
    _invite(app)
    nobody = app.settings.model_copy(update={"smtp_port": free_ports(1)[0]})

    reports = [replace(app, settings=nobody).sweep_outbox() for _ in range(3)]

    [mail] = _mails(app)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)
    assert {type(report.stopped) for report in reports} == {TemporaryError}

    app.sweep_outbox()
    assert _taken(server) == {mail.message_id: 1}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"smtp_password": SecretStr("Grüße-123")}, "umlauts"),
        ({"smtp_ca_file": Path("missing.pem")}, "no certificates can be read"),
        ({"smtp_host": "mail.example", "smtp_user": "agency"}, "unencrypted"),
    ],
)
def test_a_wrong_setting_costs_no_mail_an_attempt_and_raises_nothing(
    app: App, server: SmtpServer, wrong: dict[str, object], words: str
) -> None:
    _invite(app)

    report = replace(app, settings=app.settings.model_copy(update=wrong)).sweep_outbox()

    [mail] = _mails(app)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)
    assert isinstance(report.stopped, ConfigurationError)
    assert words in str(report.stopped)


def test_a_sweep_with_patience_goes_over_the_limit_per_minute(app: App, hand: Hand) -> None:
    slow = replace(app, settings=app.settings.model_copy(update={"mail_per_minute": 1}))
    with app.database.transaction() as session:
        for number in range(3):
            queue(session, f"{number}").template = "test"

    assert len(slow.sweep_outbox().sent) == 1
    report = slow.sweep_outbox(pause=lambda seconds: hand.forward(seconds=seconds))

    assert len(report.sent) == 2


def test_a_doubt_settled_wrongly_is_the_persons_word_and_not_asked_again(
    app: App, server: SmtpServer, signed_in: SignIn
) -> None:
    server.faults["dot"] = [DROP]
    _invite(app)
    app.sweep_outbox()
    [mail] = _mails(app)

    _press(signed_in(Role.MANAGER), mail, "was_sent")
    app.sweep_outbox()

    assert _mails(app)[0].state is MailState.SENT
    assert _taken(server) == {}


def _invite(app: App, pdf: bytes | None = None) -> None:
    """A contract up to the invitation in the outbox, as its run makes it."""
    now = app.clock.now()
    with app.database.transaction() as session:
        version = in_approval(session, app)
        approval.decide_approval(
            session,
            version,
            decision=ApprovalDecision.APPROVE,
            sha256=version.shown_sha256,
            by="Lena Hansen",
            comment="",
            now=now,
        )
        queue_invitation(
            session,
            version,
            job=JOB,
            office=app.office,
            now=now,
            attach_pdf=pdf,
        )
        assert version.state is VersionState.SENT


def _mails(app: App) -> list[OutboxMail]:
    with app.database.reading() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def _names(report: DeliveryReport, mail: OutboxMail) -> bool:
    listed = report.queued_again + report.failed + report.doubtful
    return [(each.mail_id, bool(each.words)) for each in listed] == [(mail.id, True)]


def _settle_on_the_desk(desk: httpx.Client, mail: OutboxMail, server: SmtpServer) -> None:
    """What a manager does in the morning: look whether it arrived, and say so."""
    if mail.state is MailState.UNKNOWN:
        _press(desk, mail, "was_sent" if _taken(server) else "send_again")
    elif mail.state is MailState.FAILED:
        _press(desk, mail, "retry")
    else:
        assert f"/desk/mails/{mail.id}/settle" not in desk.get("/desk/").text


def _press(desk: httpx.Client, mail: OutboxMail, word: str) -> None:
    today = desk.get("/desk/").text
    address = f"/desk/mails/{mail.id}/settle"
    form = re.search(rf'<form method="post" action="{address}">.*?"{word}".*?</form>', today, re.S)
    assert form, today
    assert mail.subject in today
    posted = desk.post(address, data={"csrf": secret_of(form[0]), "word": word})
    assert posted.status_code == 303
    assert address not in desk.get("/desk/").text


def _taken(server: SmtpServer) -> Counter[str]:
    return Counter(str(_read(mail)["Message-ID"]) for mail in server.accepted)


def _read(mail: Accepted) -> EmailMessage:
    return message_from_bytes(mail.content, policy=default)  # type: ignore[return-value]


def _client_accepts(browser: httpx.Client, server: SmtpServer) -> None:
    body = _read(server.accepted[0]).get_body(("plain",))
    assert body is not None
    link = re.search(r"/d/[\w-]+", body.get_content())
    assert link
    shown = re.search(r'name="shown" value="(\w+)"', browser.get(link[0]).text)
    assert shown
    fields = {"decision": "accept", "name": "Käthe Brünning", "shown": shown[1], "consent": "yes"}
    assert browser.post(link[0], data=fields).status_code == 303


def _close(app: App) -> None:
    with app.database.transaction() as session:
        close_decision(
            session,
            session.scalars(select(ClientDecision)).one(),
            job=JOB,
            office=app.office,
            pdf=None,
            now=app.clock.now(),
        )
