"""An outbox in a test: filled, swept, looked at."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from acctflows.db.models.mail import MailAttempt, MailPhase, MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.mail.deliver import DeliveryReport, Pause, StillWanted, deliver_due
from acctflows.mail.smtp import Mailer
from tests.mail.conftest import Hands, queue


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
    pause: Pause | None = None,
) -> DeliveryReport:
    return deliver_due(
        database,
        mailer,
        clock_now=hands.now,
        owner=owner,
        limit=limit,
        per_minute=per_minute,
        still_wanted=still_wanted,
        pause=pause,
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
