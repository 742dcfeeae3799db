"""The ledger of invoices as ageing reads it: what is open, and the sales it is compared with."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Allocation, BankLine, Invoice, LineState, Payment
from acctflows.money import Money
from acctflows.receivables.ageing import DSO_DAYS, LedgerItem, Settlement


def ledger_items(session: Session, *, calendar: BusinessCalendar, as_of: date) -> list[LedgerItem]:
    """All that is open or was on that day, all invoices of the 90 days before, and credits.

    What was paid or set off counts from its day; what else settles an invoice, from the invoice's.
    What is due on no business day may be paid until the next one (§ 193 BGB).

    Args:
        session: For reading.
        calendar: The agency's business days.
        as_of: A past or the present day.
    """
    return [*_invoices(session, calendar, as_of), *_credits(session, as_of)]


def _invoices(session: Session, calendar: BusinessCalendar, as_of: date) -> Iterator[LedgerItem]:
    wanted = or_(
        Invoice.open_minor != 0,
        Invoice.issued_on > as_of - timedelta(days=DSO_DAYS),
        Invoice.id.in_(select(Allocation.invoice_id).where(Allocation.counts_on > as_of)),
    )
    settled: dict[int, list[tuple[date, int]]] = defaultdict(list)
    parts = select(
        Allocation.invoice_id,
        Allocation.counts_on,
        Allocation.amount_minor + Allocation.discount_minor,
    )
    for invoice_id, on, minor in session.execute(parts.join(Allocation.invoice).where(wanted)):
        settled[invoice_id].append((on, minor))
    query = (
        select(Invoice, Client.legal_name, Document.number)
        .join(Invoice.client)
        .join(Invoice.document)
        .where(wanted)
        .order_by(Invoice.id)
    )
    for invoice, name, number in session.execute(query):
        paid = settled[invoice.id]
        rest = invoice.gross_minor - invoice.open_minor - sum(minor for _, minor in paid)
        yield LedgerItem(
            client=name,
            number=number,
            issued_on=invoice.issued_on,
            due_on=calendar.on_or_after(invoice.due_on),
            amount=Money(invoice.gross_minor, invoice.currency),
            settlements=tuple(
                Settlement(on, Money(minor, invoice.currency))
                for on, minor in (*paid, (invoice.issued_on, rest))
            ),
        )


def _credits(session: Session, as_of: date) -> Iterator[LedgerItem]:
    """Money of clients that was not used for an invoice until that day."""
    used: dict[int, int] = defaultdict(int)
    later = select(Allocation.payment_id, Allocation.amount_minor).join(Allocation.payment)
    later = later.where(Allocation.counts_on > as_of, Payment.amount_minor > 0)
    for payment_id, minor in session.execute(later):
        used[payment_id] += minor
    query = (
        select(Payment, Client.legal_name)
        .join(Payment.client)
        .where(or_(Payment.left_minor > 0, Payment.id.in_(used)), Payment.received_on <= as_of)
        .order_by(Payment.id)
    )
    for payment, name in session.execute(query):
        credit = Money(-(payment.left_minor + used[payment.id]), payment.currency)
        yield LedgerItem(name, f"payment/{payment.id}", payment.received_on, None, credit)


def unassigned_lines(session: Session) -> int:
    """How many bank lines wait for a person to say what they pay."""
    waiting = (LineState.OPEN, LineState.PROPOSED)
    query = select(BankLine.id).where(BankLine.state.in_(waiting), BankLine.amount_minor > 0)
    return len(session.scalars(query).all())
