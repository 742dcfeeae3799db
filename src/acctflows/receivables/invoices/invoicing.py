"""Issues invoices: each is numbered and frozen in one transaction, and once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, RecurringFee, UnchargedAct
from acctflows.db.once import find_or_add
from acctflows.documents import register
from acctflows.documents.kinds import find_kind
from acctflows.documents.text import clean
from acctflows.errors import InputError
from acctflows.money import round_half_up
from acctflows.receivables.invoices.agreed_services import (
    agreed_services,
    charged_before,
    months_charged,
    paid_by_fee,
)
from acctflows.receivables.invoices.charging import (
    Charge,
    ReportedLine,
    WorkToCharge,
    charge_work,
    whole_months,
)
from acctflows.receivables.invoices.invoice_content import require_complete
from acctflows.receivables.invoices.invoice_making import Agreement, Matter, make_snapshot
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot, SupplyPeriod
from acctflows.receivables.invoices.invoices_due import DueFee

KIND = find_kind("invoice")


@dataclass(frozen=True)
class AcceptedAct:
    """An accepted act, as the edge hands it over.

    Args:
        document_id: Its row in the register.
        number: Its number.
        currency: Of its prices.
        language: Its own; the invoice speaks the same.
        supplied: When the work was done.
        lines: What it reports.
        reported: Services that other accepted acts of the project report without a price.
        unfinished: Services with work recorded for a milestone that is still to be accepted.
        final: Whether no milestone of the project is left to be accepted.
        agreement: What the accepted contract says; None where none is on file.
    """

    document_id: int
    number: str
    currency: str
    language: str
    supplied: SupplyPeriod
    lines: Sequence[ReportedLine]
    reported: frozenset[str]
    unfinished: frozenset[str]
    final: bool
    agreement: Agreement | None


@dataclass(frozen=True)
class Issuer:
    """Who issues an invoice, and when.

    Args:
        agency: The supplier.
        actor: For the audit trail.
        now: The present moment.
        today: The agency's date: that of the invoice; its year is in the number.
    """

    agency: AgencyProfile
    actor: str
    now: datetime
    today: date


@dataclass(frozen=True)
class Issued:
    """An issued invoice.

    Args:
        invoice: Its row; None where there was nothing to charge.
        left: What of the act is charged later or otherwise, in sentences.
        waits: Whether an act without an invoice is looked at again.
    """

    invoice: Invoice | None
    left: tuple[str, ...] = ()
    waits: bool = False


def issue_for_act(session: Session, act: AcceptedAct, issuer: Issuer) -> Issued:
    """The invoice of an accepted act: found, or numbered and frozen; an act is charged once.

    Raises:
        InputError: Naming everything that has no agreed price, or that the law wants besides.
    """
    row = session.get_one(Document, act.document_id)
    project = _project_of(row)
    # One act of a project at a time: what is left of a lump sum is charged once.
    session.refresh(project, with_for_update={"key_share": True})
    found = session.scalar(sa.select(Invoice).where(Invoice.act_id == row.id))
    if found is not None:
        return Issued(found)
    if act.agreement is not None and act.agreement.deposit_percent:
        raise InputError(
            f"contract {act.agreement.number} agrees a deposit of {act.agreement.deposit_percent} "
            "%, and what was paid of it is not on record",
            where=f"invoice for {act.number}",
            todo="write this invoice by hand and deduct the deposit",
        )
    charged = charge_work(
        WorkToCharge(
            lines=act.lines,
            agreed=agreed_services(project, act.language, act.currency),
            charged=charged_before(session, project),
            reported=act.reported,
            unfinished=act.unfinished,
            fees=paid_by_fee(session, project),
            final=act.final,
            months=whole_months(act.supplied.first, act.supplied.last),
            months_charged=months_charged(session, project),
        )
    )
    if charged.missing:
        raise InputError(
            "; ".join(charged.missing),
            where=f"invoice for {act.number}",
            todo="correct the records; what they cannot say any more is invoiced by hand, then "
            "settle this task",
        )
    if not charged.charges:
        left = charged.left or ("nothing of it is to be charged",)
        if not charged.waits:
            _note_uncharged(session, row, left, issuer)
        return Issued(None, left, charged.waits)
    matter = Matter(
        charges=charged.charges,
        currency=act.currency,
        supplied=act.supplied,
        language=act.language,
        act_number=act.number,
        agreement=act.agreement,
    )
    return Issued(_issue(session, matter, issuer, project, key=row.key, act=row), charged.left)


def issue_for_fee(
    session: Session, due: DueFee, issuer: Issuer, agreement: Agreement | None
) -> Invoice:
    """The invoice of a fee's period: found, or numbered and frozen; a period is charged once.

    Raises:
        InputError: Naming everything the law wants besides.
    """
    fee = session.get_one(RecurringFee, due.fee_id)
    project, service = fee.project, fee.service
    found = session.scalar(
        sa.select(Invoice).where(Invoice.fee_id == fee.id, Invoice.period_from == due.period.first)
    )
    if found is not None:
        return found
    language = project.client.language if project.client.language in ("de", "en") else "en"
    charge = Charge(
        service=service.code,
        title=service.title(language),
        quantity=round_half_up(Decimal(fee.quantity), 3),
        unit=service.unit,
        unit_price_minor=fee.unit_price_minor,
        tax_percent=round_half_up(Decimal(service.tax_percent), 2),
        description=fee.note,
    )
    matter = Matter(
        charges=(charge,),
        currency=service.currency,
        supplied=SupplyPeriod(first=due.period.first, last=due.period.last),
        language=language,
        agreement=agreement,
    )
    key = f"fee/{fee.reference}/{due.period.first}"
    return _issue(session, matter, issuer, project, key=key, fee=fee, first=due.period.first)


def read_invoice(invoice: Invoice) -> InvoiceSnapshot:
    """The frozen facts of an invoice."""
    return InvoiceSnapshot.model_validate(invoice.document.newest.snapshot)


def _issue(
    session: Session,
    matter: Matter,
    issuer: Issuer,
    project: Project,
    *,
    key: str,
    act: Document | None = None,
    fee: RecurringFee | None = None,
    first: date | None = None,
) -> Invoice:
    document = register.open_document(
        session,
        kind=KIND.name,
        key=f"invoice/{key}",
        client=project.client,
        project=project,
        language=matter.language,
        title=f"{KIND.title(matter.language)} · {project.title}"[:300],
        actor=issuer.actor,
        now=issuer.now,
        year=issuer.today.year,
    )
    # Another run may have been faster: its number, and what it froze, is the invoice.
    query = sa.select(Invoice).where(Invoice.document_id == document.id)
    found = session.scalar(query)
    if found is not None:
        return found
    snapshot = make_snapshot(
        matter,
        number=document.number,
        agency=issuer.agency,
        project=project,
        issued_on=issuer.today,
    )
    require_complete(snapshot)
    register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name="",
        actor=issuer.actor,
        now=issuer.now,
    )
    totals, skonto = snapshot.totals, snapshot.terms.skonto
    discount = snapshot.money(totals.due_minor).percent(skonto.percent).minor if skonto else 0
    return find_or_add(
        session,
        query,
        lambda: Invoice(
            document=document,
            client=project.client,
            act=act,
            fee=fee,
            period_from=first,
            currency=snapshot.currency,
            gross_minor=totals.due_minor,
            open_minor=totals.due_minor,
            issued_on=snapshot.issued_on,
            due_on=snapshot.terms.due_on,
            rf_reference=snapshot.rf_reference,
            discount_minor=discount,
            discount_until=skonto.until if skonto else None,
            created_at=issuer.now,
        ),
    )[0]


def _note_uncharged(
    session: Session, act: Document, reasons: tuple[str, ...], issuer: Issuer
) -> None:
    find_or_add(
        session,
        sa.select(UnchargedAct).where(UnchargedAct.act_id == act.id),
        lambda: UnchargedAct(act_id=act.id, reason="; ".join(reasons), created_at=issuer.now),
    )


def _project_of(document: Document) -> Project:
    if document.project is None:
        raise InputError("the act belongs to no project", where=document.number)
    return document.project
