"""Issues invoices: each is numbered and frozen in one transaction, and once."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, RecurringFee, UnchargedAct
from acctflows.db.once import find_or_add
from acctflows.errors import InputError
from acctflows.money import round_half_up
from acctflows.receivables.invoices.agreed_services import (
    agreed_services,
    charged_before,
    exemption_reason,
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
from acctflows.receivables.invoices.deposits import paid_deposits, unpaid_deposits
from acctflows.receivables.invoices.invoice_making import Agreement, Matter, PaidDeposit
from acctflows.receivables.invoices.invoice_snapshot import SupplyPeriod
from acctflows.receivables.invoices.invoices_due import DueFee
from acctflows.receivables.invoices.issuing import Charging, Issuer, issue_invoice


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
    deposits: list[PaidDeposit] = []
    if act.agreement is not None and act.agreement.deposit_percent:
        unpaid = unpaid_deposits(session, project)
        if unpaid:
            reason = f"the deposit invoice {', '.join(unpaid)} is to be paid or cancelled first"
            return Issued(None, (reason,), waits=True)
        deposits = paid_deposits(session, project, act.agreement)
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
        exemption_reason=exemption_reason(session, charged.charges),
        deposits=deposits,
    )
    invoice = issue_invoice(session, matter, issuer, project, Charging(row.key, act=row))
    return Issued(invoice, charged.left)


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
        exemption_reason=exemption_reason(session, (charge,)),
    )
    first = due.period.first
    charging = Charging(f"fee/{fee.reference}/{first}", fee=fee, first=first)
    return issue_invoice(session, matter, issuer, project, charging)


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
