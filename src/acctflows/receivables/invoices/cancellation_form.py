"""The form that cancels an invoice, and what it is made into."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema
from sqlalchemy.orm import Session

from acctflows.agency.forms.fields import Line, RecordForm, YesNo
from acctflows.db.models.receivables import Invoice
from acctflows.errors import InputError
from acctflows.receivables.follow_up.stop_forms import invoice_of
from acctflows.receivables.invoices.cancelling import LONGEST_REASON, cancel_invoice


class CancellationForm(RecordForm):
    """An invoice that is cancelled as a whole, by an invoice of its own below zero."""

    needed: ClassVar[frozenset[str]] = frozenset({"reason", "again"})

    invoice: Line = Field(
        title="Invoice", description="Number of the invoice, such as RE-2026-0017.", max_length=40
    )
    reason: Line = Field(
        default="",
        title="Reason",
        description="Why it is cancelled. The client reads it, if the invoice was sent.",
        max_length=LONGEST_REASON,
    )
    again: Annotated[YesNo, WithJsonSchema({"type": "string", "enum": ["yes", "no"]})] = Field(
        default=None,
        title="Charge it again",
        description="yes: a new invoice is issued for it, from what is on record then. no: it is "
        "settled for good. To be chosen.",
    )


def cancel_by_form(
    session: Session, form: CancellationForm, *, by: str, now: datetime, today: date
) -> Invoice:
    """The invoice below zero that a form asks for.

    Args:
        session: The transaction.
        form: As a person filled it in.
        by: Who did.
        now: The present moment.
        today: The agency's date.

    Raises:
        InputError: The reason or the choice is missing.
        NotFoundError: There is no such invoice.
        ConflictError: It cannot be cancelled.
    """
    if form.again is None:
        raise InputError("say whether it is to be charged again", where="again", todo="yes or no")
    return cancel_invoice(
        session,
        invoice_of(session, form.invoice).id,
        reason=form.reason,
        again=form.again,
        by=by,
        now=now,
        today=today,
    )
