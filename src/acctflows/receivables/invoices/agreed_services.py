"""What a project has agreed on, and what of it was charged already."""

from collections import defaultdict
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project, ProjectService
from acctflows.db.models.documents import Document, DocumentVersion
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.money import round_half_up
from acctflows.receivables.invoices.charging import Charge
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot


def agreed_services(project: Project, language: str, currency: str) -> dict[str, Charge]:
    """The services of the plan by code; a service planned on several lines adds up."""
    plan: dict[str, Charge] = {}
    for line in project.services:
        known = plan.get(line.service.code)
        quantity = Decimal(line.quantity) + (known.quantity if known else 0)
        if line.service.currency == currency:
            plan[line.service.code] = _agreed(line, language, quantity)
    return plan


def _agreed(line: ProjectService, language: str, quantity: Decimal) -> Charge:
    service, price = line.service, line.unit_price_minor
    return Charge(
        service=service.code,
        title=service.title(language),
        quantity=round_half_up(quantity, 3),
        unit=service.unit,
        unit_price_minor=service.unit_price_minor if price is None else price,
        tax_percent=round_half_up(Decimal(service.tax_percent), 2),
    )


def charged_before(session: Session, project: Project) -> dict[str, Decimal]:
    """How much of each service the project's invoices for acts have charged."""
    query = (
        sa.select(DocumentVersion.snapshot)
        .join(Invoice, Invoice.document_id == DocumentVersion.document_id)
        .join(Document, Document.id == Invoice.act_id)
        .where(Document.project_id == project.id)
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for snapshot in session.scalars(query):
        for line in InvoiceSnapshot.model_validate(snapshot).lines:
            sums[line.service] += line.quantity
    return dict(sums)


def services_by_fee(session: Session, project: Project) -> set[str]:
    """Codes of the services the project pays a recurring fee for."""
    fees = session.scalars(sa.select(RecurringFee).where(RecurringFee.project_id == project.id))
    return {fee.service.code for fee in fees}
