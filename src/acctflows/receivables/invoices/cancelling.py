"""Cancels invoices: each by an invoice of its own below zero, which frees what it charged."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import VersionState
from acctflows.db.models.receivables import Invoice, UnchargedAct
from acctflows.db.once import find_or_add
from acctflows.documents import register, work_items
from acctflows.documents.text import clean, clean_text
from acctflows.documents.versions import UNDECIDED, lock_version, record_event
from acctflows.errors import ConflictError, InputError
from acctflows.receivables.invoices.deposits import deducting
from acctflows.receivables.invoices.invoice_making import cancelling
from acctflows.receivables.invoices.invoice_words import WORDS
from acctflows.receivables.invoices.invoices_due import REFUSED, document_key, fee_key
from acctflows.receivables.invoices.issuing import KIND, read_invoice
from acctflows.receivables.payments.booking import lock_paid, release

LONGEST_REASON = 500


def cancel_invoice(
    session: Session,
    invoice_id: int,
    *,
    reason: str,
    again: bool,
    by: str,
    now: datetime,
    today: date,
) -> Invoice:
    """Cancel an invoice, sent or not: the invoice below zero that does it, found or issued.

    What it charged is free: the act, the period of the fee or the deposit is due again, or noted as
    settled. What was paid on it becomes the client's credit.

    Args:
        session: The transaction of this invoice.
        invoice_id: The invoice; nothing of it changes but that it is cancelled.
        reason: Why, in words the client may read.
        again: Whether what it charged is to be charged anew.
        by: Who cancels it.
        now: The present moment.
        today: The agency's date: that of the invoice below zero; its year is in the number.

    Raises:
        InputError: No reason is given, or a very long one.
        NotFoundError: There is no such invoice.
        ConflictError: It cancels another one itself, or a later invoice deducts what was paid on
            it.
    """
    reason = " ".join(clean_text(reason).split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError(
            f"a cancellation needs a reason of at most {LONGEST_REASON} characters", where="reason"
        )
    invoice = session.get(Invoice, invoice_id)
    if invoice is not None:
        lock_version(session, invoice.document.newest)
    invoice, payments = lock_paid(session, invoice_id)
    session.expire(invoice, ["cancels", "cancelled_by"])
    if invoice.cancelled_by is not None:
        return invoice.cancelled_by
    _require_cancellable(session, invoice)
    # Every lock comes before the audit trail's (see `documents.versions.lock_document`).
    _free(session, invoice, reason=reason, again=again, by=by, now=now)
    below = _issue_below_zero(session, invoice, reason=reason, by=by, now=now, today=today)
    release(session, invoice, payments, by=by, now=now)
    invoice.cancelled_on, invoice.open_minor = today, 0
    _close_version(session, invoice, below, reason=reason, by=by, now=now)
    return below


def _require_cancellable(session: Session, invoice: Invoice) -> None:
    number = invoice.document.number
    if invoice.cancels is not None:
        raise ConflictError(
            f"{number} cancels {invoice.cancels.document.number} itself",
            where=number,
            todo="what was cancelled is charged by a new invoice",
        )
    if invoice.deposit_of is None:
        return
    for later in deducting(session, invoice):
        raise ConflictError(
            f"{later.document.number} deducts what was paid on {number}",
            where=number,
            todo=f"cancel {later.document.number} first",
        )


def _free(
    session: Session, invoice: Invoice, *, reason: str, again: bool, by: str, now: datetime
) -> None:
    """Let go of what the invoice charged; not to be charged again, it is noted as settled."""
    act, project = invoice.act, invoice.document.project
    if act is not None:
        key = document_key(act.number)
    elif invoice.fee is not None and invoice.period_from is not None:
        key = fee_key(invoice.fee, invoice.period_from)
    elif invoice.deposit_of is not None:
        key = document_key(invoice.deposit_of.number)
    else:
        return
    invoice.act = invoice.fee = invoice.period_from = invoice.deposit_of = None
    session.flush()
    why = f"{invoice.document.number} was cancelled: {reason}"
    settled = session.scalar(select(WorkItem).where(WorkItem.key == key))
    if again and settled is not None and settled.settled_at is not None:
        settled.key = f"{key}/{settled.id}"  # what was settled then is due again now
    elif not again and act is not None:
        _note_uncharged(session, act.id, why, now)
    elif not again:
        item = work_items.open_item(
            session,
            key=key,
            kind=REFUSED,
            detail=why,
            version=None,
            project=project,
            owner_id=None,
            due_on=None,
            now=now,
        )
        if item.settled_at is None:
            work_items.settle_item(session, item.id, by=by, outcome=why, now=now)


def _note_uncharged(session: Session, act_id: int, why: str, now: datetime) -> None:
    find_or_add(
        session,
        select(UnchargedAct).where(UnchargedAct.act_id == act_id),
        lambda: UnchargedAct(act_id=act_id, reason=why, created_at=now),
    )


def _issue_below_zero(
    session: Session, invoice: Invoice, *, reason: str, by: str, now: datetime, today: date
) -> Invoice:
    cancelled = invoice.document
    document = register.open_document(
        session,
        kind=KIND.name,
        key=f"invoice/cancels/{cancelled.number}",
        client=invoice.client,
        project=cancelled.project,
        language=cancelled.language,
        title=f"{WORDS[cancelled.language]['cancellation']} · {cancelled.number}",
        actor=by,
        now=now,
        year=today.year,
    )
    snapshot = cancelling(
        read_invoice(invoice), number=document.number, reason=reason, issued_on=today
    )
    register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name="",
        actor=by,
        now=now,
    )
    below = Invoice(
        document=document,
        client=invoice.client,
        currency=invoice.currency,
        gross_minor=snapshot.totals.due_minor,
        open_minor=0,
        issued_on=today,
        due_on=today,
        rf_reference="",
        cancels=invoice,
        created_at=now,
    )
    session.add(below)
    session.flush()
    return below


def _close_version(
    session: Session, invoice: Invoice, below: Invoice, *, reason: str, by: str, now: datetime
) -> None:
    """Take an invoice that waits for an approval, or for its mail, off the desk."""
    version = invoice.document.newest
    if version.state in UNDECIDED and invoice.sent_on is None:
        version.state = VersionState.SUPERSEDED
    session.flush()
    facts = {"by": below.document.number, "reason": reason}
    record_event(session, version, "invoice.cancelled", actor=by, now=now, **facts)
