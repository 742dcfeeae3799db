"""Books payments: what goes to which invoice, what is left, and how it is taken back.

Locks are taken in this order: bank line, payment, invoices by id. Nothing is changed or deleted:
what is taken back is a payment of its own below zero (``Payment``).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.receivables import Allocation, Invoice, Payment, Payout
from acctflows.documents import audit
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.money import Money

SET_OFF = "set_off"
"""Rule of an allocation: a credit was used for a later invoice (§ 387 BGB)."""
RELEASED = "released"
"""Rule of an allocation below zero: its invoice was cancelled, and the money is credit again."""
REVERSED = "reversed"
"""Rule of an allocation below zero: what a payment had settled is open again."""


@dataclass(frozen=True)
class Portion:
    """What of a payment goes to an invoice."""

    invoice_id: int
    amount: Money
    rule: str
    """Why: a ``Rule`` of allocation, or how it was matched."""
    discount_minor: int = 0
    """What the invoice is settled by besides the money: the agreed discount."""


@dataclass(frozen=True)
class NewPayment:
    """Money that came in.

    Args:
        key: Books it once.
        client_id: Whose money it is; what no portion takes up is this client's credit.
        amount: More than nothing.
        received_on: The day it was credited, from which it counts.
        reference: What the payer wrote, or how it was paid.
        portions: At most one for each invoice.
        bank_line_id: The line of a statement that tells of it.
    """

    key: str
    client_id: int
    amount: Money
    received_on: date
    reference: str
    portions: tuple[Portion, ...]
    bank_line_id: int | None = None


def book_payment(session: Session, new: NewPayment, *, by: str, now: datetime) -> Payment:
    """Book a payment and settle its invoices; the caller has made sure that its key is new.

    Raises:
        InputError: The amount is not more than zero, or the portions are more than it.
        ConflictError: An invoice is open with less than its portion, or in another currency.
    """
    taken = sum((portion.amount for portion in new.portions), Money.zero(new.amount.currency))
    if new.amount.minor <= 0 or taken > new.amount:
        raise InputError(
            f"{taken.format('en')} cannot be taken from a payment of {new.amount.format('en')}",
            where=new.key,
        )
    invoices = locked_invoices(session, [portion.invoice_id for portion in new.portions])
    for portion in new.portions:
        _require_open(invoices[portion.invoice_id], portion)
    payment = Payment(
        key=new.key,
        client_id=new.client_id,
        bank_line_id=new.bank_line_id,
        received_on=new.received_on,
        amount_minor=new.amount.minor,
        left_minor=new.amount.minor - taken.minor,
        currency=new.amount.currency,
        reference=new.reference,
        booked_by=by,
        created_at=now,
    )
    session.add(payment)
    for portion in new.portions:
        _settle(payment, invoices[portion.invoice_id], portion, counts_on=new.received_on, now=now)
    record_event(session, payment, "payment.booked", by=by, now=now)
    return payment


def reverse_payment(
    session: Session,
    payment_id: int,
    *,
    key: str,
    on: date | None,
    reason: str,
    by: str,
    now: datetime,
    bank_line_id: int | None = None,
) -> Payment:
    """Take back a whole payment: its invoices are open again, its credit is gone.

    Args:
        session: The caller's transaction.
        payment_id: The payment.
        key: Takes it back once.
        on: The day the bank took the money back; None: it never was this client's payment, so
            everything counts as if it had not been booked.
        reason: Why, for the records.
        by: Who did it.
        now: When.
        bank_line_id: The line by which the bank took it back.

    Raises:
        NotFoundError: There is no such payment.
        ConflictError: It was taken back or paid out already, or takes back another one itself.
    """
    payment = locked_payment(session, payment_id)
    if payment.amount_minor < 0:
        raise ConflictError(
            "what takes back a payment cannot be taken back itself",
            where=payment.key,
            todo="record the payment again",
        )
    if payouts_of(session, payment.id):
        raise ConflictError(
            "its credit was paid back to the client already",
            where=payment.key,
            todo="undo the payout first if that is wrong",
        )
    settled: dict[tuple[int, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in payment.allocations:
        place = (each.invoice_id, on or each.counts_on)
        amount, discount = settled[place]
        settled[place] = (amount + each.amount_minor, discount + each.discount_minor)
    invoices = locked_invoices(session, {invoice_id for invoice_id, _ in settled})
    back = Payment(
        key=key,
        client_id=payment.client_id,
        bank_line_id=bank_line_id,
        reversal_of_id=payment.id,
        received_on=on or payment.received_on,
        amount_minor=-payment.amount_minor,
        left_minor=0,
        currency=payment.currency,
        reference=reason,
        booked_by=by,
        created_at=now,
    )
    session.add(back)
    payment.left_minor = 0
    for (invoice_id, counts_on), (amount, discount) in settled.items():
        if not amount and not discount:  # its invoice was cancelled, and took nothing in the end
            continue
        portion = Portion(invoice_id, Money(-amount, payment.currency), REVERSED, -discount)
        _settle(back, invoices[invoice_id], portion, counts_on=counts_on, now=now)
    record_event(session, back, "payment.reversed", by=by, now=now)
    return back


def set_off(session: Session, payment_id: int, invoice_id: int, *, by: str, now: datetime) -> Money:
    """Use the credit of a payment for an open invoice of the same client; how much was used.

    Args:
        session: The caller's transaction.
        payment_id: The payment that left a credit.
        invoice_id: The invoice.
        by: Who did it.
        now: The present moment on the agency's clock; the set-off counts from its day.

    Raises:
        NotFoundError: There is no such payment or invoice.
        ConflictError: Nothing is left or open by now, or client or currency differ.
    """
    payment = locked_payment(session, payment_id)
    invoice = locked_invoices(session, [invoice_id])[invoice_id]
    used = min(payment.left_minor, invoice.open_minor)
    if used <= 0 or payment.amount_minor < 0:
        raise ConflictError(
            "there is no credit left to use, or nothing open to use it for",
            where=invoice.document.number,
            todo="look at the client's account again",
        )
    if (payment.client_id, payment.currency) != (invoice.client_id, invoice.currency):
        raise ConflictError(
            "the credit and the invoice are of different clients or currencies",
            where=invoice.document.number,
        )
    portion = Portion(invoice_id, Money(used, payment.currency), SET_OFF)
    payment.left_minor -= used
    _settle(payment, invoice, portion, counts_on=now.date(), now=now)
    record_event(session, payment, "payment.set_off", by=by, now=now)
    return portion.amount


def lock_paid(session: Session, invoice_id: int) -> tuple[Invoice, list[Payment]]:
    """The invoice and the payments that stand on it, locked until the transaction ends.

    Raises:
        NotFoundError: There is no such invoice.
        ConflictError: A payment came in at this very moment.
    """
    locked = (
        select(Payment)
        .where(Payment.id.in_(_standing_on(session, invoice_id)))
        .order_by(Payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    payments = list(session.scalars(locked))
    invoice = locked_invoices(session, [invoice_id])[invoice_id]
    if _standing_on(session, invoice_id) != {payment.id for payment in payments}:
        raise ConflictError(
            "a payment was booked or taken back at this moment",
            where=invoice.document.number,
            todo="look at it and try again",
            permanent=False,
        )
    return invoice, payments


def release(
    session: Session, invoice: Invoice, payments: Sequence[Payment], *, by: str, now: datetime
) -> None:
    """Give back to the client's credit whatever was paid on an invoice.

    Args:
        session: The caller's transaction.
        invoice: With its payments from `lock_paid`.
        payments: All of them.
        by: Who did it.
        now: When.
    """
    for payment in payments:
        _release(payment, invoice, now=now)
        record_event(session, payment, "payment.released", by=by, now=now)


def _standing_on(session: Session, invoice_id: int) -> set[int]:
    """Ids of the payments that went to the invoice and were not taken back."""
    back = aliased(Payment)
    query = (
        select(Allocation.payment_id)
        .join(Allocation.payment)
        .where(Allocation.invoice_id == invoice_id, Payment.amount_minor > 0)
        .where(~select(back.id).where(back.reversal_of_id == Payment.id).exists())
    )
    return set(session.scalars(query))


def _release(payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    paid: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in payment.allocations:
        if each.invoice_id == invoice.id:
            amount, discount = paid[each.counts_on]
            paid[each.counts_on] = (amount + each.amount_minor, discount + each.discount_minor)
    for counts_on, (amount, discount) in paid.items():
        portion = Portion(invoice.id, Money(-amount, payment.currency), RELEASED, -discount)
        _settle(payment, invoice, portion, counts_on=counts_on, now=now)
        payment.left_minor += amount


def locked_invoices(session: Session, invoice_ids: Collection[int]) -> dict[int, Invoice]:
    """The invoices as they are now, locked until the transaction ends.

    Raises:
        NotFoundError: One of them does not exist.
    """
    query = (
        select(Invoice)
        .where(Invoice.id.in_(invoice_ids))
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {invoice.id: invoice for invoice in session.scalars(query)} if invoice_ids else {}
    missing = set(invoice_ids) - found.keys()
    if missing:
        raise NotFoundError(f"there is no invoice with the id {min(missing)}")
    return found


def payouts_of(session: Session, payment_id: int) -> list[int]:
    """Ids of the payments by which a credit was paid out and that were not taken back."""
    back = aliased(Payment)
    query = (
        select(Payout.payment_id)
        .outerjoin(back, back.reversal_of_id == Payout.payment_id)
        .where(Payout.credit_id == payment_id, back.id.is_(None))
    )
    return list(session.scalars(query))


def locked_payment(session: Session, payment_id: int) -> Payment:
    """The payment as it is now, locked until the transaction ends.

    Raises:
        NotFoundError: There is none.
        ConflictError: It was taken back.
    """
    query = (
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    payment = session.scalars(query).one_or_none()
    if payment is None:
        raise NotFoundError(f"there is no payment with the id {payment_id}")
    taken_back = select(Payment.id).where(Payment.reversal_of_id == payment.id)
    if session.scalars(taken_back).first() is not None:
        raise ConflictError(
            "the payment was taken back already",
            where=payment.key,
            todo="look at the client's account again",
        )
    return payment


def _require_open(invoice: Invoice, portion: Portion) -> None:
    claimed = portion.amount.minor + portion.discount_minor
    if portion.amount.minor <= 0 or portion.discount_minor < 0 or claimed > invoice.open_minor:
        still = Money(invoice.open_minor, invoice.currency)
        raise ConflictError(
            f"{portion.amount.format('en')} cannot go to {invoice.document.number}, of which "
            f"{still.format('en')} is open",
            where=invoice.document.number,
            todo="look at what is open now and choose again",
        )
    if portion.amount.currency != invoice.currency:
        raise ConflictError(
            f"{invoice.document.number} is in {invoice.currency}", where=invoice.document.number
        )
    if portion.discount_minor and claimed != invoice.open_minor:
        raise ConflictError(
            "a discount is granted only for paying everything", where=invoice.document.number
        )


def _settle(
    payment: Payment, invoice: Invoice, portion: Portion, *, counts_on: date, now: datetime
) -> None:
    payment.allocations.append(
        Allocation(
            invoice_id=invoice.id,
            amount_minor=portion.amount.minor,
            discount_minor=portion.discount_minor,
            counts_on=counts_on,
            rule=portion.rule[:40],
            created_at=now,
        )
    )
    invoice.open_minor -= portion.amount.minor + portion.discount_minor


def record_event(session: Session, payment: Payment, event: str, *, by: str, now: datetime) -> None:
    """Note in the audit trail what happened to a payment."""
    session.flush()
    data = {
        "key": payment.key,
        "client_id": payment.client_id,
        "amount_minor": payment.amount_minor,
        "left_minor": payment.left_minor,
        "currency": payment.currency,
        "received_on": payment.received_on.isoformat(),
        "reference": payment.reference,
        "reversal_of_id": payment.reversal_of_id,
        "allocations": _told(payment.allocations),
    }
    audit.record(
        session, subject=f"payment/{payment.id}", event=event, actor=by, now=now, data=data
    )


def _told(allocations: Sequence[Allocation]) -> list[dict[str, object]]:
    return [
        {
            "invoice_id": each.invoice_id,
            "amount_minor": each.amount_minor,
            "discount_minor": each.discount_minor,
            "rule": each.rule,
        }
        for each in allocations
    ]
