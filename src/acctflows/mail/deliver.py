"""The sweep: claim a queued mail, hand it over once, note what became of it.

A mail is never sent twice by itself and never lost:
``queued → inflight (claimed) → inflight (data) → sent``. When a process dies before "data" was
noted, nothing was handed over and the mail is queued again; when it dies later, nobody knows, and
a person decides (`outbox.settle_doubtful`).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.errors import AcctflowsError, TemporaryError
from acctflows.mail import claims
from acctflows.mail.message import one_line
from acctflows.mail.smtp import Handover, Mailer, Outcome, words_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wait:
    """The reason of a mail holds, but it must not go out before a moment."""

    until: datetime
    words: str


StillWanted = Callable[[Session, OutboxMail], "bool | Wait"]
"""Asked right before sending whether the reason of a mail still holds."""

Pause = Callable[[float], object]
"""Lets so many seconds pass, such as `time.sleep`."""

MINUTES = 5
"""What a sweep may take of the limit per minute: by then the next one is due (prefect.yaml)."""


@dataclass(frozen=True)
class Delivered:
    """A mail of a sweep and the words about it (the server's, or ours)."""

    mail_id: int
    recipient: str
    subject: str
    words: str


@dataclass
class DeliveryReport:
    """What a sweep did, mail by mail."""

    sent: list[Delivered] = field(default_factory=list)
    queued_again: list[Delivered] = field(default_factory=list)
    failed: list[Delivered] = field(default_factory=list)
    doubtful: list[Delivered] = field(default_factory=list)
    cancelled: list[Delivered] = field(default_factory=list)
    held_back: bool = False
    """The limit per minute was reached at the end; the next sweep goes on."""
    stopped: AcctflowsError | None = None
    """Why the sweep ended early: server or database are not there, or refuse us altogether."""


def deliver_due(
    database: Database,
    mailer: Mailer,
    *,
    clock_now: Callable[[], datetime],
    owner: str,
    limit: int,
    per_minute: int,
    still_wanted: StillWanted | None = None,
    pause: Pause | None = None,
    only: int | None = None,
) -> DeliveryReport:
    """Hand over the mails that are due, oldest first; any number of processes may do so at once.

    Args:
        database: Where the outbox is; every step has its own short transaction.
        mailer: The connection; the caller closes it.
        clock_now: The present moment.
        owner: Who sweeps, such as host and process id; written to the attempts.
        limit: Most mails of this sweep.
        per_minute: Most attempts per minute of the clock, of all processes together.
        still_wanted: Asked before each mail; when it says no, the mail is cancelled, and when it
            says to wait, the mail is queued again without having cost an attempt.
        pause: Waits for the next minute while the limit per minute holds mails back, in `MINUTES`
            minutes of the clock altogether; None: the sweep ends there.
        only: Id of the one mail to hand over, where somebody waits for it; None: all that are due.
    """
    sweep = _Sweep(database, mailer, clock_now, owner, per_minute, still_wanted, pause, only)
    return sweep.run(limit)


class _LeaseLostError(Exception):
    """Another sweep put this mail right, because ours took longer than its lease."""


@dataclass
class _Sweep:
    database: Database
    mailer: Mailer
    clock_now: Callable[[], datetime]
    owner: str
    per_minute: int
    still_wanted: StillWanted | None
    pause: Pause | None
    only: int | None
    minutes: int = 1
    """Begun so far."""
    report: DeliveryReport = field(default_factory=DeliveryReport)

    def run(self, limit: int) -> DeliveryReport:
        try:
            self._put_right()
            for _ in range(limit):
                mail = self._next()
                if mail is None:
                    break
                self._handle(mail)
        except AcctflowsError as error:
            self.report.stopped = error
        except Exception as error:  # a fault of ours; whoever sweeps has other work to go on with
            logger.exception("the sweep over the outbox failed")
            self.report.stopped = TemporaryError(
                f"the sweep failed ({words_of(error)})",
                todo="see the log and report it; no mail is lost",
            )
        return self.report

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.mailer.longest_attempt)

    def _put_right(self) -> None:
        with self.database.transaction() as session:
            settled = claims.put_right(session, now=self.clock_now(), lease=self.lease)
        for mail in settled:
            self._list(mail, mail.state, mail.error)

    def _handle(self, mail: OutboxMail) -> None:
        if not self._wanted(mail):
            return
        try:
            handover = self.mailer.deliver(
                mail.recipient, mail.raw, before_data=lambda: self._note_data(mail)
            )
        except _LeaseLostError:
            return
        except AcctflowsError as error:
            # Server or database went away before the message, or refuse us altogether.
            self._mark(mail, Handover(Outcome.TEMPORARY, one_line(str(error), 500)))
            raise
        except Exception as error:  # whatever is wrong with one mail, the others go on
            logger.exception("mail %s could not be handed over", mail.id)
            # Raised before the message, as `Mailer.deliver` promises.
            handover = Handover(Outcome.TEMPORARY, f"before the message: {words_of(error)}")
        self._mark(mail, handover)

    def _note_data(self, mail: OutboxMail) -> None:
        with self.database.transaction() as session:
            if not claims.note_data(session, mail):
                raise _LeaseLostError

    def _next(self) -> OutboxMail | None:
        mail = self._claim()
        while self.report.held_back and self.pause is not None and self.minutes < MINUTES:
            now = self.clock_now()
            self.pause(60 - now.second - now.microsecond / 1e6)
            self.minutes += 1
            mail = self._claim()
        return mail

    def _claim(self) -> OutboxMail | None:
        self.report.held_back = False
        with self.database.reading() as session:
            if not claims.anything_due(session, now=self.clock_now(), only=self.only):
                return None
        # Before anything is claimed: a server that is away must not cost any mail an attempt.
        self.mailer.connect()
        with self.database.transaction() as session:
            now = self.clock_now()
            if not claims.within_rate(session, now=now, per_minute=self.per_minute):
                self.report.held_back = True
                return None
            return claims.claim(
                session, now=now, owner=self.owner, lease=self.lease, only=self.only
            )

    def _wanted(self, mail: OutboxMail) -> bool:
        if self.still_wanted is None:
            return True
        try:
            with self.database.reading() as session:
                wanted = self.still_wanted(session, mail)
        except Exception as error:  # whatever is wrong with one matter, the other mails go on
            words = f"cannot tell whether it is still wanted: {error}"
            self._mark(mail, Handover(Outcome.TEMPORARY, one_line(words, 500)))
            return False
        if isinstance(wanted, Wait):
            with self.database.transaction() as session:
                claims.put_off(session, mail, until=wanted.until, words=wanted.words)
            self._list(mail, MailState.QUEUED, wanted.words)
            return False
        if not wanted:
            with self.database.transaction() as session:
                claims.withdraw(session, mail, now=self.clock_now())
            self._list(mail, MailState.CANCELLED, "its reason no longer holds")
        return wanted

    def _mark(self, mail: OutboxMail, handover: Handover) -> None:
        try:
            with self.database.transaction() as session:
                state = claims.mark(session, mail, handover, now=self.clock_now())
        except Exception:
            words = f"{handover.outcome.value}, but that could not be noted: {handover.words}"
            self._list(mail, MailState.UNKNOWN, words)
            raise
        self._list(mail, state, handover.words)

    def _list(self, mail: OutboxMail, state: MailState, words: str) -> None:
        lists = {
            MailState.SENT: self.report.sent,
            MailState.QUEUED: self.report.queued_again,
            MailState.FAILED: self.report.failed,
            MailState.UNKNOWN: self.report.doubtful,
            MailState.CANCELLED: self.report.cancelled,
        }
        lists[state].append(Delivered(mail.id, mail.recipient, mail.subject, words))
