"""Sweeps over the outbox, against a real server, on both databases."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.errors import ConfigurationError, TemporaryError
from acctflows.mail import claims
from acctflows.mail.claims import MOST_ATTEMPTS, delay
from acctflows.mail.deliver import MINUTES, DeliveryReport, Wait
from acctflows.mail.smtp import Mailer
from tests.factories import NOW
from tests.mail.conftest import Hands, plain_mailer
from tests.mail.outboxes import attempts, fill, mails, states, sweep
from tests.smtp_server import DROP, HOLD, SmtpServer, Step


def test_due_mails_go_out_oldest_first(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 3)

    report = sweep(database, mailer, hands)

    assert [mail.recipient for mail in report.sent] == [m.recipient for m in server.accepted]
    assert [mail.recipient for mail in server.accepted] == [
        f"kaethe+{number}@moewe.example" for number in range(3)
    ]
    assert [m.content for m in server.accepted] == [m.raw for m in mails(database)]
    first = mails(database)[0]
    assert (first.state, first.sent_at, first.server_reply) == (
        MailState.SENT, NOW, "250 taken as 1",
    )  # fmt: skip
    assert first.phase is first.lease_until is None
    assert attempts(database, first.id) == ["sent"]
    assert server.connections == 1


def test_second_sweep_sends_nothing(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 3)
    sweep(database, mailer, hands)

    report = sweep(database, mailer, hands)

    assert report == DeliveryReport()
    assert len(server.accepted) == 3


def test_nothing_due_needs_no_server(database: Database, hands: Hands) -> None:
    with SmtpServer() as gone:
        mailer = plain_mailer(gone)

    assert sweep(database, mailer, hands) == DeliveryReport()


def test_limit_of_a_sweep(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 5)

    sweep(database, mailer, hands, limit=2)

    assert states(database) == {"sent": 2, "queued": 3}


@pytest.mark.parametrize(
    ("at", "state", "outcome"),
    [
        (("RCPT", "450 greylisted"), "queued", "temporary"),
        (("RCPT", "550 no such user"), "failed", "permanent"),
        (("DATA", "452 disk full"), "queued", "temporary"),
        (("dot", "451 later"), "queued", "temporary"),
        (("dot", "554 spam"), "failed", "permanent"),
        (("MAIL", DROP), "queued", "temporary"),
        (("answer", DROP), "unknown", "unknown"),
        (("answer", HOLD), "unknown", "unknown"),
    ],
)
def test_one_fault_stops_one_mail_only(  # noqa: PLR0917 — pytest passes them by name
    database: Database,
    server: SmtpServer,
    mailer: Mailer,
    hands: Hands,
    at: tuple[Step, str],
    state: str,
    outcome: str,
) -> None:
    step, fault = at
    first, *_ = fill(database, 3)
    server.faults[step] = [fault]

    report = sweep(database, mailer, hands)

    assert states(database) == {"sent": 2, state: 1}
    assert mails(database)[0].error
    assert attempts(database, first) == [outcome]
    assert len(report.sent) == 2
    [listed] = report.queued_again + report.failed + report.doubtful
    assert listed.mail_id == first
    assert listed.words
    assert max(Counter(mail.recipient for mail in server.accepted).values()) == 1


@pytest.mark.parametrize(
    ("step", "fault", "error"),
    [
        ("greeting", "421 too busy", TemporaryError),
        ("AUTH", "535 wrong password", ConfigurationError),
    ],
)
def test_server_that_refuses_us_costs_no_mail_an_attempt(
    database: Database, hands: Hands, step: Step, fault: str, error: type[Exception]
) -> None:
    fill(database, 3)
    with SmtpServer() as server, plain_mailer(server, login="a", password="b") as mailer:
        server.faults[step] = [fault]

        report = sweep(database, mailer, hands)

        assert isinstance(report.stopped, error)
        assert states(database) == {"queued": 3}
        assert {mail.attempts for mail in mails(database)} == {0}
        assert len(sweep(database, mailer, hands).sent) == 3


def test_refused_sender_stops_the_sweep(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 3)
    server.faults["MAIL"] = ["553 sender not yours"]

    report = sweep(database, mailer, hands)

    assert isinstance(report.stopped, ConfigurationError)
    assert states(database) == {"queued": 3}
    assert server.accepted == []


def test_ladder_of_tries_ends_after_twelve(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    waits = []
    for _ in range(MOST_ATTEMPTS):
        server.faults["RCPT"] = ["450 greylisted"]
        sweep(database, mailer, hands)
        [mail] = mails(database)
        waits.append((mail.not_before - hands.now()) / timedelta(minutes=1))
        assert sweep(database, mailer, hands) == DeliveryReport()  # not before its time
        hands.moment = max(hands.now(), mail.not_before)

    assert states(database) == {"failed": 1}
    assert attempts(database, mail_id) == ["temporary"] * 12
    for number, minutes in enumerate(waits[:-1], 1):
        assert 0.8 * 2**number <= minutes <= 1.2 * 2**number
    assert server.accepted == []


def test_mails_that_failed_together_come_back_apart() -> None:
    assert delay(7, 3) == delay(7, 3)
    assert len({delay(mail_id, 3) for mail_id in range(50)}) > 40


def test_expired_mail_is_not_sent(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [first, _] = fill(database, 2)
    with database.transaction() as session:
        session.get_one(OutboxMail, first).expires_at = NOW + timedelta(hours=1)
    hands.move(hours=1)

    report = sweep(database, mailer, hands)

    assert [mail.mail_id for mail in report.failed] == [first]
    assert "expired" in report.failed[0].words
    assert states(database) == {"failed": 1, "sent": 1}


def test_mail_whose_reason_is_gone_is_cancelled(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    first, second = fill(database, 2)

    report = sweep(database, mailer, hands, still_wanted=lambda _, mail: mail.id != first)

    assert [mail.mail_id for mail in report.cancelled] == [first]
    assert [mail.mail_id for mail in report.sent] == [second]
    assert states(database) == {"cancelled": 1, "sent": 1}
    assert attempts(database, first) == ["cancelled"]


def test_mail_that_must_wait_is_queued_again_at_no_attempt(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    first, second = fill(database, 2)
    monday = hands.now() + timedelta(days=2)

    def wanted(_: Session, mail: OutboxMail) -> bool | Wait:
        return Wait(monday, "nothing is sent today") if mail.id == first else True

    for _ in range(3):
        report = sweep(database, mailer, hands, still_wanted=wanted)

    assert (report.queued_again, report.cancelled) == ([], [])
    assert states(database) == {"queued": 1, "sent": 1}
    with database.reading() as session:
        mail = session.get_one(OutboxMail, first)
        assert (mail.attempts, mail.not_before) == (0, monday)
        assert mail.error == "nothing is sent today"
        assert mail.tries == []

    hands.move(days=2)
    assert [mail.mail_id for mail in sweep(database, mailer, hands).sent] == [first]
    assert second


def test_question_that_fails_holds_up_one_mail_only(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    first, _ = fill(database, 2)

    def wanted(_: Session, mail: OutboxMail) -> bool:
        if mail.id == first:
            raise KeyError("version")
        return True

    report = sweep(database, mailer, hands, still_wanted=wanted)

    assert [mail.mail_id for mail in report.queued_again] == [first]
    assert states(database) == {"queued": 1, "sent": 1}


def test_sweep_with_patience_sends_what_each_minute_allows(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 10)
    hands.move(seconds=42)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        hands.move(seconds=seconds)

    report = sweep(database, mailer, hands, per_minute=4, pause=pause)

    assert (len(report.sent), report.held_back) == (10, False)
    assert pauses == [18, 60]
    assert server.connections == 1


def test_patience_ends_before_the_next_sweep_is_due(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 12)

    report = sweep(
        database, mailer, hands, per_minute=2, pause=lambda seconds: hands.move(seconds=seconds)
    )

    assert (len(report.sent), report.held_back) == (2 * MINUTES, True)
    assert hands.now() - NOW == timedelta(minutes=MINUTES - 1)


def test_patience_ends_though_the_clock_stands_still(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 3)
    pauses: list[float] = []

    report = sweep(database, mailer, hands, per_minute=2, pause=pauses.append)

    assert (len(report.sent), report.held_back) == (2, True)
    assert pauses == [60] * (MINUTES - 1)


def test_fault_of_ours_costs_one_mail_a_try_and_no_other(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    first, *_ = fill(database, 3)
    with database.transaction() as session:  # as no version of ours writes it
        session.get_one(OutboxMail, first).recipient = "käthe@möwe.example"

    report = sweep(database, mailer, hands)

    assert [mail.mail_id for mail in report.queued_again] == [first]
    assert (len(report.sent), report.stopped) == (2, None)
    mail = mails(database)[0]
    assert mail.lease_until is None
    assert mail.not_before > hands.now() + timedelta(minutes=1)
    assert attempts(database, first) == ["temporary"]


def test_fault_while_data_is_noted_costs_one_mail_a_try_and_no_other(
    database: Database,
    server: SmtpServer,
    mailer: Mailer,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *_ = fill(database, 3)
    noted = claims.note_data

    def fail_once(session: Session, mail: OutboxMail) -> bool:
        if mail.id == first:
            raise KeyError("phase")
        return noted(session, mail)

    monkeypatch.setattr(claims, "note_data", fail_once)
    report = sweep(database, mailer, hands)

    assert [mail.mail_id for mail in report.queued_again] == [first]
    assert states(database) == {"queued": 1, "sent": 2}
    assert len(server.accepted) == 2


def test_fault_of_the_sweep_itself_is_reported_not_raised(
    database: Database,
    server: SmtpServer,
    mailer: Mailer,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(database, 2)
    marked = claims.mark

    def fail_once(*given: Any, **more: Any) -> MailState:
        monkeypatch.setattr(claims, "mark", marked)
        raise KeyError("sent")

    monkeypatch.setattr(claims, "mark", fail_once)
    report = sweep(database, mailer, hands)

    assert isinstance(report.stopped, TemporaryError)
    assert "KeyError" in str(report.stopped)
    [listed] = report.doubtful
    assert listed.words.startswith("sent, but that could not be noted")
    assert len(sweep(database, mailer, hands).sent) == 1  # the other one
    assert len(server.accepted) == 2
