"""What a delivering process does, for tests that kill it."""

import os

from acctflows.clock import utc_now
from acctflows.db.session import Database
from acctflows.mail.deliver import deliver_due
from acctflows.mail.smtp import Mailer
from tests.mail.conftest import SENDER


class HurriedMailer(Mailer):
    """Its leases run out within a test, so that the living put right what the dead left behind."""

    longest_attempt = 1.0


def sweep_for_ever(url: str, port: int) -> None:
    """Sweep until killed."""
    database = Database(url)
    with HurriedMailer(SENDER.address, host="127.0.0.1", port=port, security="none") as mailer:
        while True:
            deliver_due(
                database,
                mailer,
                clock_now=utc_now,
                owner=f"{os.getpid()}",
                limit=1000,
                per_minute=1_000_000,
            )
