"""Holds, disputes and promises: while they last nothing is sent, and they end by themselves."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.receivables import Invoice, PaymentPromise, PaymentStop, StopKind
from acctflows.documents import audit
from acctflows.documents.text import clean_text
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.money import Money
from acctflows.receivables.follow_up.withdrawing import lock_client

LONGEST = timedelta(days=366)
"""A stop ends by itself, so that no invoice is forgotten."""


def set_stop(
    session: Session,
    *,
    client: Client,
    invoice: Invoice | None,
    kind: StopKind,
    reason: str,
    starts_on: date,
    ends_on: date,
    by: str,
    now: datetime,
) -> PaymentStop:
    """Send no reminders for a while; the same again is found, not made twice.

    Args:
        session: The transaction.
        client: Whose invoices.
        invoice: One of theirs; None for all of them.
        kind: Hold, or dispute by the client.
        reason: Why, in a person's words.
        starts_on: First day without reminders.
        ends_on: Last such day.
        by: Who wants it.
        now: The present moment.

    Raises:
        InputError: The days or the reason cannot be used, or the invoice is another client's.
    """
    if not starts_on <= ends_on <= starts_on + LONGEST:
        raise InputError(
            f"a stop cannot last from {starts_on} to {ends_on}",
            where="last day",
            todo="give a day after the first, at most a year later",
        )
    if not clean_text(reason).strip():
        raise InputError("the reason is missing", where="reason", todo="say why in a few words")
    if invoice is not None and invoice.client_id != client.id:
        raise InputError(f"{invoice.document.number} is no invoice of {client.legal_name}")
    lock_client(session, client.id)
    same = session.scalar(
        select(PaymentStop).where(
            PaymentStop.client_id == client.id,
            PaymentStop.invoice_id == (invoice.id if invoice else None),
            PaymentStop.kind == kind,
            PaymentStop.starts_on == starts_on,
            PaymentStop.ends_on == ends_on,
            PaymentStop.reason == clean_text(reason).strip(),
            PaymentStop.lifted_by == "",
        )
    )
    if same is not None:
        return same
    stop = PaymentStop(
        client=client,
        invoice=invoice,
        kind=kind,
        reason=clean_text(reason).strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        set_by=by[:200],
        created_at=now,
    )
    session.add(stop)
    session.flush()
    facts = {"from": starts_on.isoformat(), "to": ends_on.isoformat(), "reason": stop.reason}
    _record(session, client, invoice, f"{kind}.set", by=by, now=now, **facts)
    return stop


def lift_stop(
    session: Session, stop_id: int, *, by: str, today: date, now: datetime
) -> PaymentStop:
    """End a stop, so that reminders go on from today; lifted or over already, it stays as it is.

    Raises:
        NotFoundError: There is no such stop.
    """
    stop = session.get(PaymentStop, stop_id)
    if stop is None:
        raise NotFoundError(f"there is no stop {stop_id}", todo="look at the client again")
    lock_client(session, stop.client_id)
    session.refresh(stop)
    if stop.ends_on < today:
        return stop
    stop.ends_on, stop.lifted_by = today - timedelta(days=1), by[:200]
    session.flush()
    _record(session, stop.client, stop.invoice, f"{stop.kind}.lifted", by=by, now=now)
    return stop


def record_promise(
    session: Session,
    *,
    invoice: Invoice,
    given_on: date,
    pay_by: date,
    amount: Money | None,
    note: str,
    by: str,
    now: datetime,
) -> PaymentPromise:
    """Note the client's word to pay; until the day is over nothing is sent about the invoice.

    The same promise again is found, not made twice.

    Args:
        session: The transaction.
        invoice: What is to be paid.
        given_on: The day the client gave their word.
        pay_by: The promised day.
        amount: What is promised; None for all that is open.
        note: What was said.
        by: Who took it down.
        now: The present moment.

    Raises:
        InputError: Day or amount cannot be used.
        ConflictError: The invoice is paid.
    """
    lock_client(session, invoice.client_id)
    session.refresh(invoice, with_for_update=True)
    open_now = Money(invoice.open_minor, invoice.currency)
    _refuse_impossible(invoice, open_now, given_on, pay_by, amount)
    minor = amount.minor if amount else None
    same = session.scalar(
        select(PaymentPromise).where(
            PaymentPromise.invoice_id == invoice.id,
            PaymentPromise.given_on == given_on,
            PaymentPromise.pay_by == pay_by,
            PaymentPromise.amount_minor == minor,
            PaymentPromise.withdrawn_by == "",
        )
    )
    if same is not None:
        return same
    promise = PaymentPromise(
        invoice=invoice,
        given_on=given_on,
        pay_by=pay_by,
        amount_minor=minor,
        open_when_given_minor=invoice.open_minor,
        note=clean_text(note).strip(),
        set_by=by[:200],
        created_at=now,
    )
    session.add(promise)
    session.flush()
    facts = {"pay_by": pay_by.isoformat(), "amount": minor, "note": promise.note}
    _record(session, invoice.client, invoice, "promise.given", by=by, now=now, **facts)
    return promise


def withdraw_promise(
    session: Session, promise_id: int, *, by: str, now: datetime
) -> PaymentPromise:
    """Take a promise back, as when it was entered by mistake; once is enough.

    Raises:
        NotFoundError: There is no such promise.
    """
    promise = session.get(PaymentPromise, promise_id)
    if promise is None:
        raise NotFoundError(f"there is no promise {promise_id}", todo="look at the client again")
    lock_client(session, promise.invoice.client_id)
    session.refresh(promise)
    if not promise.withdrawn_by:
        promise.withdrawn_by = by[:200]
        session.flush()
        invoice = promise.invoice
        _record(session, invoice.client, invoice, "promise.withdrawn", by=by, now=now)
    return promise


def _refuse_impossible(
    invoice: Invoice, open_now: Money, given_on: date, pay_by: date, amount: Money | None
) -> None:
    number = invoice.document.number
    if open_now.minor <= 0:
        raise ConflictError("the invoice is paid", where=number, todo="look at it again")
    if not given_on <= pay_by <= given_on + LONGEST:
        raise InputError(
            f"payment by {pay_by} cannot have been promised on {given_on}",
            where=number,
            todo="give a day after that, at most a year later",
        )
    if amount is not None and (amount.currency != open_now.currency or amount.minor <= 0):
        raise InputError(
            f"{amount.format('en')} cannot be promised",
            where=number,
            todo=f"give an amount above zero in {open_now.currency}",
        )
    if amount is not None and amount > open_now:
        raise InputError(
            f"{amount.format('en')} is more than the open {open_now.format('en')}", where=number
        )


def _record(
    session: Session,
    client: Client,
    invoice: Invoice | None,
    event: str,
    *,
    by: str,
    now: datetime,
    **facts: object,
) -> None:
    subject = f"document/{invoice.document.number}" if invoice else f"client/{client.number}"
    audit.record(session, subject=subject, event=event, actor=by, now=now, data=dict(facts))
