"""Sweeps over the outbox, against a real server, on both databases."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailAttempt, MailPhase, MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.errors import ConfigurationError, TemporaryError
from acctflows.mail import outbox
from acctflows.mail.claims import MOST_ATTEMPTS, delay
from acctflows.mail.deliver import DeliveryReport, StillWanted, deliver_due
from acctflows.mail.smtp import Handover, Mailer
from tests.factories import NOW
from tests.mail.conftest import Hands, plain_mailer, queue
from tests.racing import race
from tests.smtp_server import DROP, HOLD, SmtpServer, Step


def fill(database: Database, count: int) -> list[int]:
    with database.transaction() as session:
        return [queue(session, f"{number}").id for number in range(count)]


def sweep(
    database: Database,
    mailer: Mailer,
    hands: Hands,
    *,
    owner: str = "worker 1",
    limit: int = 1000,
    per_minute: int = 1000,
    still_wanted: StillWanted | None = None,
) -> DeliveryReport:
    return deliver_due(
        database,
        mailer,
        clock_now=hands.now,
        owner=owner,
        limit=limit,
        per_minute=per_minute,
        still_wanted=still_wanted,
    )


def mails(database: Database) -> list[OutboxMail]:
    with database.reading() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def states(database: Database) -> dict[str, int]:
    return dict(Counter(mail.state.value for mail in mails(database)))


def attempts(database: Database, mail_id: int) -> list[str]:
    with database.reading() as session:
        rows = select(MailAttempt.outcome).where(MailAttempt.mail_id == mail_id)
        return list(session.scalars(rows.order_by(MailAttempt.id)))


def leave_behind(database: Database, mail_id: int, phase: MailPhase, hands: Hands) -> None:
    """What a worker that was killed leaves behind."""
    with database.transaction() as session:
        mail = session.get_one(OutboxMail, mail_id)
        mail.state, mail.phase = MailState.IN_FLIGHT, phase
        mail.attempts, mail.owner = 1, "dead"
        mail.lease_until = hands.now() + timedelta(seconds=5)


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


def test_limit_per_minute_holds_for_all_sweeps_together(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    fill(database, 10)

    first = sweep(database, mailer, hands, per_minute=4)
    hands.move(seconds=30)
    second = sweep(database, mailer, hands, per_minute=4, owner="worker 2")
    assert (len(first.sent), first.held_back) == (4, True)
    assert (len(second.sent), second.held_back) == (0, True)

    hands.move(seconds=30)
    third = sweep(database, mailer, hands, per_minute=4)
    assert len(third.sent) == 4
    assert states(database) == {"sent": 8, "queued": 2}


def test_worker_killed_before_the_message(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    leave_behind(database, mail_id, MailPhase.CLAIMED, hands)
    assert sweep(database, mailer, hands) == DeliveryReport()  # its lease still runs

    hands.move(seconds=6)
    report = sweep(database, mailer, hands)

    assert [mail.mail_id for mail in report.sent] == [mail_id]
    assert attempts(database, mail_id) == ["interrupted", "sent"]


def test_worker_killed_inside_the_message(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    leave_behind(database, mail_id, MailPhase.DATA, hands)
    hands.move(seconds=6)

    report = sweep(database, mailer, hands)

    assert [mail.mail_id for mail in report.doubtful] == [mail_id]
    assert server.accepted == []
    assert states(database) == {"unknown": 1}
    with database.transaction() as session:
        outbox.settle_doubtful(session, mail_id, was_sent=False, by="lena", now=hands.now())
    assert [mail.mail_id for mail in sweep(database, mailer, hands).sent] == [mail_id]


def test_mail_that_kills_its_worker_each_time_fails_in_the_end(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    leave_behind(database, mail_id, MailPhase.CLAIMED, hands)
    with database.transaction() as session:
        session.get_one(OutboxMail, mail_id).attempts = MOST_ATTEMPTS
    hands.move(seconds=6)

    assert [mail.mail_id for mail in sweep(database, mailer, hands).failed] == [mail_id]
    assert server.accepted == []


def test_clock_set_back_does_not_keep_a_lease_for_ever(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    leave_behind(database, mail_id, MailPhase.DATA, hands)
    hands.move(days=-1)

    assert [mail.mail_id for mail in sweep(database, mailer, hands).doubtful] == [mail_id]


def test_two_sweeps_at_once_send_each_mail_once(database: Database, hands: Hands) -> None:
    fill(database, 40)
    with SmtpServer() as server:

        def work(number: int) -> DeliveryReport:
            with plain_mailer(server) as mailer:
                mailer.timeout = 30
                return sweep(database, mailer, hands, owner=f"worker {number}")

        reports, errors = race(4, work)

    assert errors == []
    assert sum(len(report.sent) for report in reports) == 40
    assert states(database) == {"sent": 40}
    assert Counter(Counter(m.recipient for m in server.accepted).values()) == {1: 40}


def test_many_sweeps_at_once_keep_the_limit_per_minute(database: Database, hands: Hands) -> None:
    fill(database, 30)
    with SmtpServer() as server:

        def work(number: int) -> DeliveryReport:
            with plain_mailer(server) as mailer:
                return sweep(database, mailer, hands, owner=f"worker {number}", per_minute=10)

        _, errors = race(4, work)

    assert errors == []
    assert len(server.accepted) == 10


class SlowMailer:
    """Stands for a worker that is slower than its lease: others sweep while it speaks."""

    longest_attempt = 5.0

    def __init__(self, hands: Hands, mailer: Mailer) -> None:
        self.hands, self.mailer = hands, mailer
        self.before = self.after = lambda: None

    def connect(self) -> None:
        self.mailer.connect()

    def deliver(self, recipient: str, raw: bytes, *, before_data: object) -> Handover:
        self.before()
        before_data()
        handover = self.mailer.deliver(recipient, raw)
        self.after()
        return handover


def test_worker_slower_than_its_lease_before_the_message_hands_nothing_over(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    slow = SlowMailer(hands, mailer)

    def meanwhile() -> None:
        hands.move(seconds=60)
        with plain_mailer(server) as other:
            sweep(database, other, hands, owner="worker 2")

    slow.before = meanwhile
    report = sweep(database, slow, hands)

    assert report == DeliveryReport()
    assert len(server.accepted) == 1
    assert states(database) == {"sent": 1}
    assert attempts(database, mail_id) == ["interrupted", "sent"]


def test_late_answer_corrects_the_doubt(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    slow = SlowMailer(hands, mailer)

    def meanwhile() -> None:
        hands.move(seconds=60)
        with plain_mailer(server) as other:
            assert len(sweep(database, other, hands, owner="worker 2").doubtful) == 1

    slow.after = meanwhile
    sweep(database, slow, hands)

    assert len(server.accepted) == 1
    assert states(database) == {"sent": 1}
    assert attempts(database, mail_id) == ["interrupted", "sent"]


def test_delivered_mail_is_not_sent_again_although_a_person_asked_meanwhile(
    database: Database, server: SmtpServer, mailer: Mailer, hands: Hands
) -> None:
    [mail_id] = fill(database, 1)
    slow = SlowMailer(hands, mailer)

    def meanwhile() -> None:
        hands.move(seconds=60)
        with SmtpServer() as elsewhere, plain_mailer(elsewhere) as other:
            sweep(database, other, hands, owner="worker 2")
        with database.transaction() as session:
            outbox.settle_doubtful(session, mail_id, was_sent=False, by="lena", now=hands.now())

    slow.after = meanwhile
    sweep(database, slow, hands)

    assert sweep(database, mailer, hands) == DeliveryReport()
    assert len(server.accepted) == 1
    assert states(database) == {"sent": 1}


class FailingDatabase(Database):
    """From one of its transactions on, its disk cannot be written to."""

    def __init__(self, url: str, *, failing: int) -> None:
        super().__init__(url)
        self._until_failure = failing

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self._until_failure -= 1
        with super().transaction() as session:
            if self._until_failure <= 0:
                session.execute(text("PRAGMA query_only=ON"))
            yield session


@pytest.mark.parametrize(
    ("failing", "taken", "after"),
    [
        (2, 0, {"queued": 1}),  # claiming
        (3, 0, {"inflight": 1}),  # noting that the message is handed over
        (4, 1, {"inflight": 1}),  # noting that it was taken
    ],
)
def test_disk_that_cannot_be_written_to(  # noqa: PLR0917 — pytest passes them by name
    sqlite_file: Path,
    server: SmtpServer,
    mailer: Mailer,
    hands: Hands,
    failing: int,
    taken: int,
    after: dict[str, int],
) -> None:
    database = Database(f"sqlite:///{sqlite_file}")
    fill(database, 1)
    broken = FailingDatabase(f"sqlite:///{sqlite_file}", failing=failing)

    report = sweep(broken, mailer, hands)
    broken.close()

    assert isinstance(report.stopped, TemporaryError)
    assert len(server.accepted) == taken
    assert states(database) == after
    hands.move(minutes=10)
    sweep(database, mailer, hands)
    assert len(server.accepted) == 1
    assert states(database) == ({"unknown": 1} if taken else {"sent": 1})
    database.close()
