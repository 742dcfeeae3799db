"""Who sends a mail, and how far it got: the steps of a sweep in the database.

Several processes may sweep at once. What keeps them apart is that every change is conditional on
the state and on the number of the attempt: who comes too late changes nothing.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailAttempt, MailPhase, MailState, OutboxMail
from acctflows.mail.smtp import Handover, Outcome

MOST_ATTEMPTS = 12
_RATE_LOCK = 0x6D61696C  # "mail"; any number no other advisory lock of this database has


def put_right(session: Session, *, now: datetime, lease: timedelta) -> list[OutboxMail]:
    """Settle what a stopped process left behind and what nobody needs any more.

    A lease that ran out before "data" was noted: nothing was handed over, the mail is queued again.
    After it: the mail is doubtful. A queued mail past its ``expires_at`` has failed.

    Returns:
        The mails that became doubtful or failed.
    """
    # A lease far in the future was given before the clock was set back; it counts as run out.
    outdated = or_(OutboxMail.lease_until < now, OutboxMail.lease_until > now + 2 * lease)
    abandoned = select(OutboxMail).where(OutboxMail.state == MailState.IN_FLIGHT, outdated)
    expired = select(OutboxMail).where(
        OutboxMail.state == MailState.QUEUED, OutboxMail.expires_at <= now
    )
    found: list[OutboxMail] = []
    for mail in session.scalars(abandoned.with_for_update(skip_locked=True)):
        in_data = mail.phase == MailPhase.DATA
        mail.state = _state_after(mail, Outcome.UNKNOWN if in_data else Outcome.TEMPORARY)
        mail.error = "the sender stopped " + ("inside the message" if in_data else "before it")
        _note(session, mail.id, "interrupted", mail.error, by=mail.owner, now=now)
        mail.phase = mail.lease_until = None
        found += [mail] if mail.state is not MailState.QUEUED else []
    for mail in session.scalars(expired.with_for_update(skip_locked=True)):
        mail.state = MailState.FAILED
        mail.error = "it expired before it could be sent"
        _note(session, mail.id, "expired", mail.error, by="", now=now)
        found.append(mail)
    return found


def anything_due(session: Session, *, now: datetime, only: int | None = None) -> bool:
    """Whether a mail waits to be sent now; only that one, where its id is given."""
    return session.scalar(select(_due(now, only).exists())) is True


def within_rate(session: Session, *, now: datetime, per_minute: int) -> bool:
    """Whether another mail may be claimed in this minute of the clock, over all processes.

    Holds a lock until the transaction ends, so that two processes do not count the same room twice
    (on SQLite the transaction itself is that lock).
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_RATE_LOCK)))
    minute = now.replace(second=0, microsecond=0)
    made = select(func.count()).where(
        MailAttempt.at >= minute, MailAttempt.outcome.in_(list(Outcome))
    )
    under_way = select(func.count()).where(OutboxMail.state == MailState.IN_FLIGHT)
    # One statement, one snapshot: a mail that is marked between two counts would be in neither.
    used = session.scalar(select(made.scalar_subquery() + under_way.scalar_subquery()))
    return (used or 0) < per_minute


def claim(
    session: Session, *, now: datetime, owner: str, lease: timedelta, only: int | None = None
) -> OutboxMail | None:
    """Take the mail that is due longest, so that no other sweep does; None when none is due.

    Where an id is given, that mail or none.
    """
    longest_due = _due(now, only).order_by(OutboxMail.not_before, OutboxMail.id).limit(1)
    statement = (
        update(OutboxMail)
        .where(
            OutboxMail.id == longest_due.with_for_update(skip_locked=True).scalar_subquery(),
            OutboxMail.state == MailState.QUEUED,
        )
        .values(
            state=MailState.IN_FLIGHT,
            phase=MailPhase.CLAIMED,
            owner=owner[:120],
            attempts=OutboxMail.attempts + 1,
            lease_until=now + lease,
        )
        .returning(OutboxMail)
    )
    return session.scalar(statement.execution_options(synchronize_session=False))


def note_data(session: Session, mail: OutboxMail) -> bool:
    """Note that the message is being handed over; False when the mail is not ours any more."""
    return _change(session, mail, {MailState.IN_FLIGHT}, phase=MailPhase.DATA)


def mark(session: Session, mail: OutboxMail, handover: Handover, *, now: datetime) -> MailState:
    """Note what became of the attempt; returns the state the mail has from it.

    A late answer corrects a mail that was already put to "unknown"; a mail the server took is
    "sent" whatever was thought of it meanwhile.
    """
    state = _state_after(mail, handover.outcome)
    changes: dict[str, Any] = {"state": state, "phase": None, "lease_until": None}
    if state is MailState.SENT:
        changes |= {"sent_at": now, "server_reply": handover.words, "error": ""}
        expected = set(MailState)
    else:
        changes |= {"error": handover.words}
        expected = {MailState.IN_FLIGHT, MailState.UNKNOWN}
    if state is MailState.QUEUED:
        changes["not_before"] = now + delay(mail.id, mail.attempts)
    _note(session, mail.id, handover.outcome, handover.words, by=mail.owner, now=now)
    _change(session, mail, expected, **changes)
    return state


def withdraw(session: Session, mail: OutboxMail, *, now: datetime) -> None:
    """Cancel a claimed mail whose reason no longer holds."""
    words = "its reason no longer holds"
    changes = {"state": MailState.CANCELLED, "phase": None, "lease_until": None, "error": words}
    if _change(session, mail, {MailState.IN_FLIGHT}, **changes):
        _note(session, mail.id, "cancelled", words, by=mail.owner, now=now)


def put_off(session: Session, mail: OutboxMail, *, until: datetime, words: str) -> None:
    """Queue a claimed mail again that must wait; nothing was tried, so no attempt is counted."""
    changes: dict[str, Any] = {"state": MailState.QUEUED, "phase": None, "lease_until": None}
    changes |= {"not_before": until, "error": words, "attempts": mail.attempts - 1}
    _change(session, mail, {MailState.IN_FLIGHT}, **changes)


def delay(mail_id: int, attempts: int) -> timedelta:
    """How long to wait after that many attempts: 2, 4, 8 … minutes, ± 20 % by the mail's id.

    The spread keeps mails that failed together from coming back together; it is derived, so that
    the same mail waits equally long in a test and in a second look.
    """
    digest = hashlib.sha256(f"{mail_id}/{attempts}".encode()).digest()
    spread = 0.8 + 0.4 * digest[0] / 255
    return timedelta(minutes=2**attempts * spread)


def _due(now: datetime, only: int | None) -> Any:
    due = select(OutboxMail.id).where(
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.not_before <= now,
        or_(OutboxMail.expires_at.is_(None), OutboxMail.expires_at > now),
    )
    return due if only is None else due.where(OutboxMail.id == only)


def _state_after(mail: OutboxMail, outcome: Outcome) -> MailState:
    if outcome is Outcome.TEMPORARY:
        return MailState.FAILED if mail.attempts >= MOST_ATTEMPTS else MailState.QUEUED
    return {
        Outcome.SENT: MailState.SENT,
        Outcome.PERMANENT: MailState.FAILED,
        Outcome.UNKNOWN: MailState.UNKNOWN,
    }[outcome]


def _change(
    session: Session, mail: OutboxMail, expected: Iterable[MailState], **changes: Any
) -> bool:
    statement = (
        update(OutboxMail)
        .where(
            OutboxMail.id == mail.id,
            OutboxMail.attempts == mail.attempts,
            OutboxMail.state.in_(list(expected)),
        )
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def _note(
    session: Session, mail_id: int, outcome: str, detail: str, *, by: str, now: datetime
) -> None:
    session.add(MailAttempt(mail_id=mail_id, at=now, outcome=outcome, detail=detail, by=by))
