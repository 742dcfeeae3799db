"""The forms of holds, disputes and promises, and what they are made into."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency import find
from acctflows.agency.forms.fields import Day, Line, RecordForm, Text
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, PaymentPromise, PaymentStop, StopKind
from acctflows.errors import InputError, NotFoundError
from acctflows.receivables.follow_up.stops import record_promise, set_stop
from acctflows.receivables.payments.recording import read_amount

_KINDS = {"type": "string", "enum": [kind.value for kind in StopKind]}


class HoldForm(RecordForm):
    """No reminders for a while, about one invoice or a whole client."""

    needed: ClassVar[frozenset[str]] = frozenset({"until", "reason"})

    invoice: Line = Field(
        default="",
        title="Invoice",
        description="Number of the invoice, such as RE-2026-0017. Empty: all of the client.",
        max_length=40,
    )
    client: Line = Field(
        default="",
        title="Client",
        description="Number or name; needed only without an invoice.",
        max_length=200,
    )
    kind: Annotated[StopKind, WithJsonSchema(_KINDS)] = Field(
        default=StopKind.HOLD,
        title="Kind",
        description="hold: we wait. dispute: the client objects to the invoice.",
    )
    until: Day = Field(
        default=None,
        title="Last day",
        description="The last day without reminders; from the next one they go on by themselves.",
    )
    since: Day = Field(default=None, title="First day", description="Empty: today.")
    reason: Text = Field(default="", title="Reason", description="Why, in a few words.")

    @property
    def whose(self) -> str:
        """What it is about: the invoice, or the client where none is named."""
        return self.invoice or self.client


class PromiseForm(RecordForm):
    """The client's word to pay by a day."""

    needed: ClassVar[frozenset[str]] = frozenset({"pay_by"})

    invoice: Line = Field(
        title="Invoice",
        description="Number of the invoice, such as RE-2026-0017.",
        max_length=40,
    )
    pay_by: Day = Field(
        default=None,
        title="Promised day",
        description="Until it has passed, nothing is sent about the invoice.",
    )
    amount: Line = Field(
        default="",
        title="Amount",
        description="What is promised, such as 500,00. Empty: all that is open.",
        max_length=40,
    )
    given_on: Day = Field(
        default=None, title="Given on", description="The day of the promise. Empty: today."
    )
    note: Text = Field(default="", title="Note", description="What was said, and by whom.")


def hold_by_form(session: Session, form: HoldForm, *, by: str, now: datetime) -> PaymentStop:
    """Set what a form says.

    Args:
        session: The transaction.
        form: As a person filled it in.
        by: Who did.
        now: The present moment on the agency's clock.

    Raises:
        InputError: A day or the reason cannot be used, or nobody is named.
        NotFoundError: There is no such invoice or client.
    """
    invoice = invoice_of(session, form.invoice) if form.invoice else None
    if invoice is None and not form.client:
        raise InputError("neither an invoice nor a client is named", where="invoice")
    return set_stop(
        session,
        client=invoice.client if invoice else find.client(session, form.client),
        invoice=invoice,
        kind=form.kind,
        reason=form.reason,
        starts_on=form.since or now.date(),
        ends_on=_given(form.until, "until"),
        by=by,
        now=now,
    )


def promise_by_form(
    session: Session, form: PromiseForm, *, by: str, now: datetime
) -> PaymentPromise:
    """Note what a form says.

    Args:
        session: The transaction.
        form: As a person filled it in.
        by: Who did.
        now: The present moment on the agency's clock.

    Raises:
        InputError: A day or the amount cannot be used.
        NotFoundError: There is no such invoice.
        ConflictError: The invoice is paid.
    """
    invoice = invoice_of(session, form.invoice)
    return record_promise(
        session,
        invoice=invoice,
        given_on=form.given_on or now.date(),
        pay_by=_given(form.pay_by, "pay_by"),
        amount=read_amount(form.amount, invoice.currency) if form.amount else None,
        note=form.note,
        by=by,
        now=now,
    )


def invoice_of(session: Session, number: str) -> Invoice:
    """The invoice of that number.

    Raises:
        NotFoundError: There is none.
    """
    query = select(Invoice).join(Invoice.document).where(Document.number == number.strip().upper())
    invoice = session.scalar(query)
    if invoice is None:
        raise NotFoundError(f"there is no invoice {number}", todo="see the desk, Receivables")
    return invoice


def _given(day: date | None, field: str) -> date:
    if day is None:
        raise InputError("the day is missing", where=field)
    return day
