"""The ledger of invoices as ageing reads it: what is open, and the sales it is compared with."""

from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment
from acctflows.money import Money
from acctflows.receivables.ageing import DSO_DAYS, LedgerItem, Settlement


def ledger_items(session: Session, *, as_of: date) -> list[LedgerItem]:
    """All that is open now and all invoices of the last 90 days, with credits of clients.

    Amounts are those of the present moment; what was settled counts from the invoice's date.

    Args:
        session: For reading.
        as_of: The present day.
    """
    invoices = (
        select(
            Client.legal_name,
            Document.number,
            Invoice.issued_on,
            Invoice.due_on,
            Invoice.gross_minor,
            Invoice.open_minor,
            Invoice.currency,
        )
        .join(Invoice.client)
        .join(Invoice.document)
        .where(or_(Invoice.open_minor != 0, Invoice.issued_on > as_of - timedelta(days=DSO_DAYS)))
    )
    items = [
        LedgerItem(
            client=name,
            number=number,
            issued_on=issued_on,
            due_on=due_on,
            amount=Money(gross, currency),
            settlements=(Settlement(issued_on, Money(gross - rest, currency)),),
        )
        for name, number, issued_on, due_on, gross, rest, currency in session.execute(invoices)
    ]
    credits_left = (
        select(
            Client.legal_name,
            Payment.id,
            Payment.received_on,
            Payment.left_minor,
            Payment.currency,
        )
        .join(Payment.client)
        .where(Payment.left_minor > 0)
    )
    for name, payment_id, received_on, left, currency in session.execute(credits_left):
        items.append(
            LedgerItem(name, f"payment/{payment_id}", received_on, None, Money(-left, currency))
        )
    return items


def unassigned_lines(session: Session) -> int:
    """How many bank lines wait for a person to say what they pay."""
    waiting = (LineState.OPEN, LineState.PROPOSED)
    query = select(BankLine.id).where(BankLine.state.in_(waiting), BankLine.amount_minor > 0)
    return len(session.scalars(query).all())
