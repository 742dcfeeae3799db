"""Receivables: invoices and what they rest on, bank statements, payments, holds and letters."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt, Fixed
from acctflows.db.models.agency import Client, Project, Service
from acctflows.db.models.documents import Document
from acctflows.db.models.kinds import enum_column
from acctflows.db.models.mail import OutboxMail


class LineState(StrEnum):
    """What became of a line of a bank statement."""

    NEW = "new"
    """Taken in, not looked at yet."""
    OPEN = "open"
    """Nobody knows yet what it pays: a person assigns it."""
    PROPOSED = "proposed"
    """A match was found but is doubtful: a person confirms it."""
    BOOKED = "booked"
    LEFT = "left"
    """None of our business: money out, or a person said so."""


class StopKind(StrEnum):
    """Why nothing is sent for a while."""

    HOLD = "hold"
    DISPUTE = "dispute"


class LetterState(StrEnum):
    """The life of a letter; ``dropped``: it did not hold any more right before sending."""

    DECIDED = "decided"
    QUEUED = "queued"
    """Its mail is in the outbox: from here on it counts as sent."""
    DROPPED = "dropped"


class RecurringFee(Base):
    """A fee a client pays every so many months, as for a retainer; ``reference`` is our own key."""

    __tablename__ = "recurring_fee"
    __table_args__ = (CheckConstraint("months in (1, 3, 6, 12)", name="months"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    """Gives title, unit and tax rate."""
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))
    """Of the service's unit in one period."""
    unit_price_minor: Mapped[int] = mapped_column(BigInt)
    note: Mapped[str] = mapped_column(default="")
    months: Mapped[int] = mapped_column(default=1)
    """Length of a period; the first begins on ``starts_on``."""
    in_advance: Mapped[bool] = mapped_column(default=False)
    """Invoiced on the first day of the period instead of the day after its last."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    service: Mapped[Service] = relationship()


class Invoice(Base):
    """An issued invoice; its document holds number, frozen content and bytes, none of them change.

    ``open_minor`` is the gross amount less all allocations and discounts, kept in the transaction
    that allocates, so that what is overdue is found by an index. Of a cancelled invoice, and of the
    invoice below zero that cancels it (Stornorechnung), nothing is open.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("fee_id", "period_from"),
        Index(
            "ix_invoice_open",
            "due_on",
            "client_id",
            sqlite_where=text("open_minor <> 0"),
            postgresql_where=text("open_minor <> 0"),
        ),
        Index("ix_invoice_client", "client_id", "issued_on"),
        Index(
            "ix_invoice_unsent",
            "client_id",
            sqlite_where=text("sent_on is null"),
            postgresql_where=text("sent_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    act_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    """The accepted act it charges; an act is charged once, and again when that was cancelled."""
    fee_id: Mapped[int | None] = mapped_column(ForeignKey("recurring_fee.id"))
    period_from: Mapped[date | None]
    """First day of the fee's period it charges; a period is charged once, as an act is."""
    cancelled_on: Mapped[date | None]
    """The day it was cancelled; it charges nothing any more (no act, fee or deposit). None: it
    stands."""
    currency: Mapped[str] = mapped_column(String(3))
    gross_minor: Mapped[int] = mapped_column(BigInt)
    open_minor: Mapped[int] = mapped_column(BigInt)
    issued_on: Mapped[date]
    due_on: Mapped[date]
    rf_reference: Mapped[str] = mapped_column(String(25), index=True)
    discount_minor: Mapped[int] = mapped_column(BigInt, default=0)
    """Agreed discount for paying early (Skonto); 0 for none."""
    discount_until: Mapped[date | None]
    sent_on: Mapped[date | None]
    """The day its mail was queued for the client; None: not yet."""
    created_at: Mapped[datetime]

    document: Mapped[Document] = relationship(foreign_keys=document_id)
    act: Mapped[Document | None] = relationship(foreign_keys=act_id)
    deposit_of: Mapped[Document | None] = relationship(secondary="deposit")
    """The accepted contract whose deposit it charges; a deposit is charged once, as an act is."""
    cancels: Mapped["Invoice | None"] = relationship(
        secondary="cancellation",
        primaryjoin="Invoice.id == Cancellation.invoice_id",
        secondaryjoin="Invoice.id == Cancellation.cancelled_id",
        back_populates="cancelled_by",
    )
    cancelled_by: Mapped["Invoice | None"] = relationship(
        secondary="cancellation",
        primaryjoin="Invoice.id == Cancellation.cancelled_id",
        secondaryjoin="Invoice.id == Cancellation.invoice_id",
        back_populates="cancels",
    )
    """The invoice below zero that cancels this one (Stornorechnung)."""
    fee: Mapped[RecurringFee | None] = relationship()
    client: Mapped[Client] = relationship()
    allocations: Mapped[list["Allocation"]] = relationship(
        back_populates="invoice", order_by="Allocation.id"
    )


class Cancellation(Base):
    """Which invoice cancels which; each is cancelled once."""

    __tablename__ = "cancellation"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    cancelled_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), unique=True)


class Deposit(Base):
    """Which invoice charges the deposit of which accepted contract."""

    __tablename__ = "deposit"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)


class UnchargedAct(Base):
    """An accepted act that nothing is charged for, and why: noted once, not looked at again."""

    __tablename__ = "uncharged_act"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    reason: Mapped[str]
    created_at: Mapped[datetime]


class BankFile(Base):
    """A file of statements or payments, taken whole or not at all; the same bytes only once."""

    __tablename__ = "bank_file"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    taken_at: Mapped[datetime]
    taken_by: Mapped[str] = mapped_column(String(200))

    statements: Mapped[list["BankStatement"]] = relationship(
        back_populates="file", order_by="BankStatement.position"
    )


class BankStatement(Base):
    """One account over one period, as a file tells it."""

    __tablename__ = "bank_statement"
    __table_args__ = (UniqueConstraint("file_id", "position"), Index(None, "account", "to_on"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_file.id"))
    position: Mapped[int]
    format: Mapped[str] = mapped_column(String(20))
    """The same booking has other keys in another format: an account comes in one at a time."""
    kind: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(80), default="")
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    """Last day of which it tells everything, which says how fresh the bank data is; None where it
    claims nothing of the kind, as details of single bookings do."""
    currency: Mapped[str] = mapped_column(String(3))
    opening_minor: Mapped[int | None] = mapped_column(BigInt)
    closing_minor: Mapped[int | None] = mapped_column(BigInt)
    warnings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Lists of sentences under ``de`` and ``en``."""

    file: Mapped[BankFile] = relationship(back_populates="statements")
    lines: Mapped[list["BankLine"]] = relationship(
        back_populates="statement", order_by="BankLine.id"
    )


class BankLine(Base):
    """A booked movement; ``key`` is the same in every file that tells of it."""

    __tablename__ = "bank_line"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    booked_on: Mapped[date] = mapped_column(index=True)
    value_on: Mapped[date | None]
    amount_minor: Mapped[int] = mapped_column(BigInt)
    currency: Mapped[str] = mapped_column(String(3))
    counterparty: Mapped[str] = mapped_column(default="")
    counterparty_iban: Mapped[str] = mapped_column(String(34), default="", index=True)
    remittance: Mapped[str] = mapped_column(default="")
    creditor_reference: Mapped[str] = mapped_column(String(80), default="")
    end_to_end_id: Mapped[str] = mapped_column(String(80), default="", index=True)
    bank_reference: Mapped[str] = mapped_column(String(80), default="")
    reversal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[LineState] = enum_column(LineState, default=LineState.NEW, index=True)
    match: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was found: shares, evidence and doubts, so that a person sees why."""
    settled_by: Mapped[str] = mapped_column(String(200), default="")
    settled_because: Mapped[str] = mapped_column(default="")
    """Why a person said that it is none of our business."""
    settled_at: Mapped[datetime | None]

    statement: Mapped[BankStatement] = relationship(back_populates="lines")


class Payment(Base):
    """Money of a client: received, or taken back (below zero); ``key`` books it once.

    Nothing is ever changed or deleted: what a bank returns or a person undoes is a payment of its
    own below zero, which takes back what the first one paid; so is a credit paid back to the client
    (``Payout``). A bank line that was undone may be booked again.
    """

    __tablename__ = "payment"
    __table_args__ = (
        Index(
            "ix_payment_credit",
            "client_id",
            sqlite_where=text("left_minor > 0"),
            postgresql_where=text("left_minor > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    bank_line_id: Mapped[int | None] = mapped_column(ForeignKey("bank_line.id"), index=True)
    reversal_of_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    received_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInt)
    left_minor: Mapped[int] = mapped_column(BigInt)
    """The client's credit that may still be used: the amount less all allocations and payouts, and
    nothing once the payment was taken back or where it takes back another."""
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str] = mapped_column(default="")
    """What the payer wrote, or how it was paid."""
    booked_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    bank_line: Mapped[BankLine | None] = relationship()
    reversal_of: Mapped["Payment | None"] = relationship(
        remote_side="Payment.id", back_populates="reversal"
    )
    reversal: Mapped["Payment | None"] = relationship(back_populates="reversal_of")
    """The payment below zero that takes this one back."""
    allocations: Mapped[list["Allocation"]] = relationship(
        back_populates="payment", order_by="Allocation.id"
    )


class Payout(Base):
    """Which payment below zero pays the credit of which payment back to the client."""

    __tablename__ = "payout"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    credit_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)


class Allocation(Base):
    """What of a payment goes to an invoice, and by which rule (§ 366 BGB)."""

    __tablename__ = "allocation"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInt)
    discount_minor: Mapped[int] = mapped_column(BigInt, default=0)
    """What the invoice is settled by besides the money: the agreed discount."""
    counts_on: Mapped[date]
    """The day from which it counts: the credit on the account, or the day of setting off."""
    rule: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]

    payment: Mapped[Payment] = relationship(back_populates="allocations")
    invoice: Mapped[Invoice] = relationship(back_populates="allocations")


class PaymentStop(Base):
    """A hold or dispute of one invoice or of a whole client; it ends by itself."""

    __tablename__ = "payment_stop"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    """None: for the whole client."""
    kind: Mapped[StopKind] = enum_column(StopKind)
    reason: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """Last day on which nothing is sent; lifted early, the day before it was lifted."""
    set_by: Mapped[str] = mapped_column(String(200))
    lifted_by: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    invoice: Mapped[Invoice | None] = relationship()


class PaymentPromise(Base):
    """The client's word to pay an invoice; until it is kept or broken nothing is sent."""

    __tablename__ = "payment_promise"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    given_on: Mapped[date]
    pay_by: Mapped[date]
    amount_minor: Mapped[int | None] = mapped_column(BigInt)
    """None: everything that is open."""
    open_when_given_minor: Mapped[int] = mapped_column(BigInt)
    note: Mapped[str] = mapped_column(default="")
    set_by: Mapped[str] = mapped_column(String(200))
    withdrawn_by: Mapped[str] = mapped_column(String(200), default="")
    """Who took it back, since when it holds nothing up any more; empty: it stands."""
    created_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship()


class DunningLetter(Base):
    """A letter to a client over all open items of one currency; its document holds the bytes."""

    __tablename__ = "dunning_letter"
    __table_args__ = (UniqueConstraint("client_id", "currency", "decided_on"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    currency: Mapped[str] = mapped_column(String(3))
    decided_on: Mapped[date]
    level: Mapped[int]
    """The highest new level in it; 0 for a courtesy note."""
    pay_by: Mapped[date | None]
    to_pay_minor: Mapped[int] = mapped_column(BigInt)
    state: Mapped[LetterState] = enum_column(LetterState, default=LetterState.DECIDED, index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id"), unique=True)
    sent_on: Mapped[date | None]
    """The day its mail was queued; None before, and where the mail never went out."""
    dropped_because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Lists of sentences under ``de`` and ``en``."""

    document: Mapped[Document] = relationship()
    client: Mapped[Client] = relationship()
    mail: Mapped[OutboxMail | None] = relationship()
    lines: Mapped[list["DunningLine"]] = relationship(
        back_populates="letter", order_by="DunningLine.id"
    )


class DunningLine(Base):
    """An invoice as it stands in a letter; each reaches each level in one letter only."""

    __tablename__ = "dunning_line"
    __table_args__ = (
        UniqueConstraint("letter_id", "invoice_id"),
        UniqueConstraint("invoice_id", "step"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("dunning_letter.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    role: Mapped[str] = mapped_column(String(20))
    level: Mapped[int]
    step: Mapped[int | None]
    """The level reached with this letter (0: the courtesy note); None where it only stands in
    it, and in a letter that was dropped."""
    amount_minor: Mapped[int] = mapped_column(BigInt)

    letter: Mapped[DunningLetter] = relationship(back_populates="lines")
    invoice: Mapped[Invoice] = relationship()
