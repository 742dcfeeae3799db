"""What a project has agreed on, and what of it was charged already."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.prices import line_price
from acctflows.db.models.agency import Project, ProjectService, Service, Unit
from acctflows.db.models.documents import Document, DocumentVersion
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.money import round_half_up
from acctflows.receivables.invoices.charging import Charge, MonthsCharged
from acctflows.receivables.invoices.fee_periods import FeePeriod, whole_run
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot


def agreed_services(project: Project, language: str, currency: str) -> dict[str, list[Charge]]:
    """The services of the plan by code, a charge for each price; lines of one price add up."""
    plan: dict[str, dict[int, Charge]] = defaultdict(dict)
    for line in project.services:
        if line.service.currency == currency:
            charge = _agreed(line, language)
            known = plan[charge.service].get(charge.unit_price_minor)
            quantity = charge.quantity + (known.quantity if known else 0)
            plan[charge.service][charge.unit_price_minor] = replace(charge, quantity=quantity)
    return {service: list(charges.values()) for service, charges in plan.items()}


def _agreed(line: ProjectService, language: str) -> Charge:
    service = line.service
    return Charge(
        service=service.code,
        title=service.title(language),
        quantity=round_half_up(Decimal(line.quantity), 3),
        unit=service.unit,
        unit_price_minor=line_price(line),
        tax_percent=round_half_up(Decimal(service.tax_percent), 2),
    )


def charged_before(session: Session, project: Project) -> dict[tuple[str, int], Decimal]:
    """How much the project's invoices for acts have charged, by code of the service and price."""
    sums: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for invoice in _invoices_for_acts(session, project):
        for line in invoice.lines:
            sums[line.service, line.unit_price_minor] += line.quantity
    return dict(sums)


def months_charged(session: Session, project: Project) -> dict[str, list[MonthsCharged]]:
    """What the project's invoices for acts have charged by the month, by code of the service."""
    found: dict[str, list[MonthsCharged]] = defaultdict(list)
    for invoice in _invoices_for_acts(session, project):
        for line in invoice.lines:
            if line.unit is Unit.MONTH and invoice.supplied:
                charged = MonthsCharged(invoice.number, invoice.supplied, line.quantity)
                found[line.service].append(charged)
    return dict(found)


def _invoices_for_acts(session: Session, project: Project) -> Iterator[InvoiceSnapshot]:
    query = (
        sa.select(DocumentVersion.snapshot)
        .join(Invoice, Invoice.document_id == DocumentVersion.document_id)
        .join(Document, Document.id == Invoice.act_id)
        .where(Document.project_id == project.id)
        .order_by(Invoice.id)
    )
    return (InvoiceSnapshot.model_validate(snapshot) for snapshot in session.scalars(query))


def exemption_reason(session: Session, charges: Iterable[Charge]) -> str:
    """Why no VAT is due on what is charged without any, from the catalogue; empty for none."""
    untaxed = [charge.service for charge in charges if charge.tax_percent == 0]
    query = sa.select(Service.exemption).where(Service.code.in_(untaxed), Service.exemption != "")
    return "; ".join(dict.fromkeys(session.scalars(query.order_by(Service.code))))


def paid_by_fee(session: Session, project: Project) -> dict[str, list[FeePeriod]]:
    """When the project pays a recurring fee for a service, by its code."""
    found: dict[str, list[FeePeriod]] = defaultdict(list)
    fees = sa.select(RecurringFee).where(RecurringFee.project_id == project.id)
    for fee in session.scalars(fees):
        run = whole_run(starts_on=fee.starts_on, ends_on=fee.ends_on, months=fee.months)
        found[fee.service.code].append(run)
    return dict(found)
