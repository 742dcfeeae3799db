"""The outbox: a mail is a row first, in the transaction of the business fact it tells of."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailAttempt, MailState, OutboxMail
from acctflows.db.once import find_or_add
from acctflows.errors import ConflictError, NotFoundError
from acctflows.mail.message import (
    Attachment,
    ComposedMail,
    Sender,
    build_message,
    mail_address,
    message_id,
    one_line,
)

__all__ = [
    "Attachment", "ComposedMail", "Sender", "cancel", "doubtful", "enqueue", "failed",
    "may_go_out", "retry_failed", "settle_doubtful", "was_not_sent",
]  # fmt: skip


def enqueue(
    session: Session,
    *,
    key: str,
    template: str,
    matter: str,
    sender: Sender,
    recipient: tuple[str, str],
    message: ComposedMail,
    attachments: Sequence[Attachment] = (),
    now: datetime,
    reply_to: tuple[str, str] | None = None,
    expires_at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> OutboxMail:
    """Queue a mail, its bytes frozen; the same key finds the existing row and leaves it as it is.

    Args:
        session: The transaction of the business fact: both are kept or none.
        key: Business key, such as ``document/V-2026-0001/v1/invitation/3``; one fact, one mail.
        template: Name of the mail (its folder of templates).
        matter: Business subject; mails of one matter form one thread.
        sender: From whom.
        recipient: Name (may be empty) and address.
        message: What `compose` made.
        attachments: Files that go along.
        now: The moment; the mail's Date.
        reply_to: Name and address answers go to.
        expires_at: After this moment the mail is not sent any more.
        headers: Further headers.

    Raises:
        InputError: When an address or a header cannot be used.
    """

    def make() -> OutboxMail:
        raw = build_message(
            message,
            key=key,
            matter=matter,
            sender=sender,
            recipient=recipient,
            attachments=attachments,
            date=now,
            reply_to=reply_to,
            headers=headers,
        )
        return OutboxMail(
            dedup_key=key,
            template=template,
            matter=matter,
            recipient_name=one_line(recipient[0]),
            recipient=mail_address(recipient[1]),
            subject=one_line(message.subject),
            message_id=message_id(key, sender.domain),
            raw=raw,
            sha256=hashlib.sha256(raw).hexdigest(),
            not_before=now,
            expires_at=expires_at,
            created_at=now,
        )

    return find_or_add(session, select(OutboxMail).where(OutboxMail.dedup_key == key), make)[0]


def doubtful(session: Session) -> list[OutboxMail]:
    """Mails of which nobody knows whether the server took them, oldest first."""
    return _in_state(session, MailState.UNKNOWN)


def failed(session: Session) -> list[OutboxMail]:
    """Mails that were refused for good, tried too often, or expired, oldest first."""
    return _in_state(session, MailState.FAILED)


def settle_doubtful(
    session: Session, mail_id: int, *, was_sent: bool, by: str, now: datetime
) -> OutboxMail:
    """Record a person's word on a doubtful mail: it was sent, or it shall be sent again.

    Raises:
        ConflictError: When the mail is not doubtful (any more), or expired and so of no use.
        NotFoundError: When there is no such mail.
    """
    mail = _find(session, mail_id)
    if was_sent:
        changes: dict[str, Any] = {"state": MailState.SENT, "sent_at": now}
        return _change(session, mail, {MailState.UNKNOWN}, changes, "was sent", by=by, now=now)
    _refuse_expired(mail, now)
    changes = {"state": MailState.QUEUED, "not_before": now}
    return _change(session, mail, {MailState.UNKNOWN}, changes, "send again", by=by, now=now)


def was_not_sent(session: Session, mail_id: int, *, by: str, now: datetime) -> OutboxMail:
    """Record a person's word that a doubtful mail did not go out, and leave it so.

    Raises:
        ConflictError: When the mail is not doubtful (any more).
        NotFoundError: When there is no such mail.
    """
    mail = _find(session, mail_id)
    changes = {"state": MailState.CANCELLED}
    return _change(session, mail, {MailState.UNKNOWN}, changes, "was not sent", by=by, now=now)


def may_go_out(mail: OutboxMail, now: datetime) -> bool:
    """Whether a mail is not too old to be sent."""
    return mail.expires_at is None or mail.expires_at > now


def retry_failed(session: Session, mail_id: int, *, by: str, now: datetime) -> OutboxMail:
    """Queue a failed mail again, because a person has removed the reason.

    Raises:
        ConflictError: When the mail has not failed, or expired and so of no use.
        NotFoundError: When there is no such mail.
    """
    mail = _find(session, mail_id)
    _refuse_expired(mail, now)
    changes = {"state": MailState.QUEUED, "not_before": now}
    return _change(session, mail, {MailState.FAILED}, changes, "retry", by=by, now=now)


def cancel(session: Session, mail_id: int, *, by: str, reason: str, now: datetime) -> OutboxMail:
    """Take back a mail that is still waiting or has failed.

    Raises:
        ConflictError: When it was handed over, is on its way, or is in doubt.
        NotFoundError: When there is no such mail.
    """
    mail = _find(session, mail_id)
    open_states = {MailState.QUEUED, MailState.FAILED}
    changes = {"state": MailState.CANCELLED}
    return _change(session, mail, open_states, changes, "cancelled", by=by, now=now, detail=reason)


def _in_state(session: Session, state: MailState) -> list[OutboxMail]:
    rows = select(OutboxMail).where(OutboxMail.state == state).order_by(OutboxMail.id)
    return list(session.scalars(rows))


def _find(session: Session, mail_id: int) -> OutboxMail:
    mail = session.get(OutboxMail, mail_id)
    if mail is None:
        raise NotFoundError(f"there is no mail {mail_id}", todo="see `acctflows mail list`")
    return mail


def _refuse_expired(mail: OutboxMail, now: datetime) -> None:
    if not may_go_out(mail, now):
        raise ConflictError(
            f"mail {mail.id} expired on {mail.expires_at:%Y-%m-%d}",
            todo="note that it was not sent, or give it up, and start the matter anew",
        )


def _change(
    session: Session,
    mail: OutboxMail,
    expected: set[MailState],
    changes: dict[str, Any],
    outcome: str,
    *,
    by: str,
    now: datetime,
    detail: str = "",
) -> OutboxMail:
    # Conditional, because a delivery or a second person may be at the same mail.
    row = OutboxMail.id == mail.id
    statement = update(OutboxMail).where(row, OutboxMail.state.in_(expected)).values(**changes)
    changed = cast("CursorResult[Any]", session.execute(statement)).rowcount
    session.refresh(mail)
    if not changed:
        raise ConflictError(
            f"mail {mail.id} is {mail.state.value}, so it cannot be marked “{outcome}”",
            todo="look at it again, someone or a delivery was faster",
        )
    session.add(MailAttempt(mail_id=mail.id, at=now, outcome=outcome, detail=detail, by=by))
    session.flush()
    return mail
