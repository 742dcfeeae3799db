"""Several sweeps at once, sweeps that died, and a disk that cannot be written to."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailPhase, OutboxMail
from acctflows.db.session import Database
from acctflows.errors import TemporaryError
from acctflows.mail import outbox
from acctflows.mail.claims import MOST_ATTEMPTS
from acctflows.mail.deliver import DeliveryReport
from acctflows.mail.smtp import Handover, Mailer
from tests.mail.conftest import Hands, plain_mailer
from tests.mail.outboxes import attempts, fill, leave_behind, states, sweep
from tests.racing import race
from tests.smtp_server import SmtpServer


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
