"""The outbox: every mail is a row before it is a message."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.kinds import enum_column


class MailState(StrEnum):
    """Where a mail is; ``unknown``: the server may have taken it, a person decides."""

    QUEUED = "queued"
    IN_FLIGHT = "inflight"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class MailPhase(StrEnum):
    """How far the attempt in flight got: claimed, or handing over the message (DATA)."""

    CLAIMED = "claimed"
    DATA = "data"


class OutboxMail(Base):
    """One mail to one recipient, its bytes frozen when it was queued."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_due", "state", "not_before"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(300), unique=True)
    template: Mapped[str] = mapped_column(String(80))
    matter: Mapped[str] = mapped_column(String(200), index=True)
    """Business subject such as ``document/V-2026-0001``; mails of one matter form one thread."""
    recipient_name: Mapped[str] = mapped_column(String(250))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(250))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[MailState] = enum_column(MailState, default=MailState.QUEUED)
    phase: Mapped[MailPhase | None] = enum_column(MailPhase)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(String(120), default="")
    server_reply: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    tries: Mapped[list["MailAttempt"]] = relationship(order_by="MailAttempt.id")


class MailAttempt(Base):
    """One attempt to hand a mail to the server, or a person's word about it."""

    __tablename__ = "mail_attempt"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mail.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str]
    by: Mapped[str] = mapped_column(String(200))
