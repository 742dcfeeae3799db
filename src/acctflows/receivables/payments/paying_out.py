"""Pays a client's credit back: what is left of a payment goes out again, and cannot be used twice.

It is a payment of its own below zero. Locks are taken as in `booking`.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from acctflows.db.models.receivables import Payment, Payout
from acctflows.errors import ConflictError
from acctflows.money import Money
from acctflows.receivables.payments.booking import locked_payment, record_event


def pay_out(
    session: Session,
    credit_id: int,
    amount: Money,
    *,
    key: str,
    on: date,
    reference: str,
    by: str,
    now: datetime,
    bank_line_id: int | None = None,
) -> Payment:
    """Record that a credit, or a part of it, was paid back to the client.

    Args:
        session: The caller's transaction.
        credit_id: The payment that left the credit.
        amount: What was paid back, more than nothing.
        key: Records it once.
        on: The day the money went out.
        reference: What the bank says of it.
        by: Who recorded it.
        now: When.
        bank_line_id: The line of a statement that tells of it.

    Raises:
        NotFoundError: There is no such payment.
        ConflictError: Less is left of it by now, or it is in another currency.
    """
    credit = locked_payment(session, credit_id)
    if credit.currency != amount.currency or not 0 < amount.minor <= credit.left_minor:
        raise ConflictError(
            f"{amount.format('en')} is more than what is left of this credit",
            where=credit.key,
            todo="look at the client's account again",
        )
    credit.left_minor -= amount.minor
    paid = Payment(
        key=key,
        client_id=credit.client_id,
        bank_line_id=bank_line_id,
        received_on=on,
        amount_minor=-amount.minor,
        left_minor=0,
        currency=credit.currency,
        reference=reference,
        booked_by=by,
        created_at=now,
    )
    session.add(paid)
    record_event(session, paid, "payment.paid_out", by=by, now=now)
    session.add(Payout(payment_id=paid.id, credit_id=credit.id))
    session.flush()
    return paid


def undo_payout(session: Session, payment_id: int, *, by: str, now: datetime) -> Payment:
    """Take a payout back that was none: the client has the credit again.

    Raises:
        NotFoundError: There is no such payment.
        ConflictError: It is no payout, or was taken back already.
    """
    payout = session.get(Payout, payment_id)
    if payout is None:
        raise ConflictError("this payment is no payout of a credit")
    credit = locked_payment(session, payout.credit_id)
    paid = locked_payment(session, payment_id)
    credit.left_minor -= paid.amount_minor
    back = Payment(
        key=f"undo/{paid.key}",
        client_id=paid.client_id,
        reversal_of_id=paid.id,
        received_on=paid.received_on,
        amount_minor=-paid.amount_minor,
        left_minor=0,
        currency=paid.currency,
        reference="undone",
        booked_by=by,
        created_at=now,
    )
    session.add(back)
    record_event(session, back, "payment.reversed", by=by, now=now)
    return back
