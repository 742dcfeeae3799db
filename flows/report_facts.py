"""What a status report tells from other job rooms: which invoices the client has not paid."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, PaymentPromise, PaymentStop
from acctflows.delivery.reports.snapshot import OpenInvoice


def open_invoices(
    session: Session, project: Project, today: date, calendar: BusinessCalendar
) -> list[OpenInvoice]:
    """The client's unpaid invoices for this project or for none, soonest due first.

    What is on hold, in dispute or promised is not asked for, as with reminders.
    """
    stopped = sa.exists().where(
        PaymentStop.client_id == Invoice.client_id,
        sa.or_(PaymentStop.invoice_id == Invoice.id, PaymentStop.invoice_id.is_(None)),
        PaymentStop.starts_on <= today,
        PaymentStop.ends_on >= today,
    )
    promised = sa.exists().where(
        PaymentPromise.invoice_id == Invoice.id,
        PaymentPromise.withdrawn_by == "",
        PaymentPromise.pay_by >= today,
    )
    query = (
        sa.select(Document.number, Invoice.due_on, Invoice.open_minor, Invoice.currency)
        .join(Invoice.document)
        .where(
            Invoice.client_id == project.client_id,
            Invoice.open_minor > 0,
            Invoice.sent_on.is_not(None),
            sa.or_(Document.project_id == project.id, Document.project_id.is_(None)),
            ~stopped,
            ~promised,
        )
        .order_by(Invoice.due_on, Invoice.id)
    )
    return [
        OpenInvoice(
            number=number,
            due_on=due_on,
            open_minor=open_minor,
            currency=currency,
            overdue=calendar.on_or_after(due_on) < today,  # § 193 BGB
        )
        for number, due_on, open_minor, currency in session.execute(query)
    ]
