"""Deposits (Anzahlungen): charged when a contract is accepted, deducted from what acts charge."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project, Unit
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Allocation, Deposit, Invoice
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.invoices.agreed_services import exemption_reason
from acctflows.receivables.invoices.charging import Charge
from acctflows.receivables.invoices.invoice_making import Agreement, Matter, PaidDeposit
from acctflows.receivables.invoices.issuing import (
    Charging,
    Issuer,
    cancelled_before,
    issue_invoice,
    read_invoice,
)

_TITLE = {
    "de": "Anzahlung von {} % auf die Vergütung nach Vertrag {}",
    "en": "Deposit of {} % on the fees of contract {}",
}


@dataclass(frozen=True)
class AgreedDeposit:
    """What an accepted contract says of its deposit, as the edge hands it over.

    Args:
        contract_id: The contract's row in the register.
        currency: Of its prices.
        language: Its own; the invoice speaks the same.
        nets: The net sum of the contract for each rate of tax, in minor units.
        agreement: Its number, its terms and how many percent.
    """

    contract_id: int
    currency: str
    language: str
    nets: Sequence[tuple[Decimal, int]]
    agreement: Agreement


def issue_for_deposit(session: Session, deposit: AgreedDeposit, issuer: Issuer) -> Invoice:
    """The invoice of a contract's deposit: found, or numbered and frozen; charged once.

    Raises:
        InputError: Naming everything the law wants besides, or that nothing is to be charged.
    """
    contract = session.get_one(Document, deposit.contract_id)
    project, agreement = contract.project, deposit.agreement
    if project is None:
        raise InputError("the contract belongs to no project", where=contract.number)
    session.refresh(project, with_for_update={"key_share": True})
    found = session.scalar(sa.select(Invoice).where(Invoice.deposit_of == contract))
    if found is not None:
        return found
    title = _TITLE[deposit.language].format(agreement.deposit_percent, agreement.number)
    percent = Decimal(agreement.deposit_percent)
    charges = [
        Charge(
            service="",
            title=title,
            quantity=Decimal(1),
            unit=Unit.LUMP_SUM,
            unit_price_minor=Money(net, deposit.currency).percent(percent).minor,
            tax_percent=rate,
        )
        for rate, net in deposit.nets
        if net
    ]
    matter = Matter(
        charges=charges,
        currency=deposit.currency,
        supplied=None,
        language=deposit.language,
        agreement=agreement,
        exemption_reason=exemption_reason(session, _untaxed(project)),
        deposit=True,
    )
    charging = Charging(_key(contract), deposit_of=contract)
    return issue_invoice(session, matter, issuer, project, charging)


def unpaid_deposits(session: Session, project: Project) -> list[str]:
    """Numbers of the project's deposit invoices of which something is open."""
    return [each.document.number for each in _standing(session, project) if each.open_minor]


def paid_deposits(session: Session, project: Project, agreement: Agreement) -> list[PaidDeposit]:
    """What is left to deduct of the deposits that were paid, all of them being so.

    Raises:
        InputError: The contract agrees a deposit, and none was ever invoiced here.
    """
    invoices = _standing(session, project)
    if not invoices and not _given_up(session, agreement):
        raise InputError(
            f"contract {agreement.number} agrees a deposit of {agreement.deposit_percent} %, and "
            "what was paid of it is not on record",
            where=f"project {project.number}",
            todo="write this invoice by hand and deduct the deposit",
        )
    return [left for each in invoices if (left := _left(session, each)).gross_minor > 0]


def deducting(session: Session, deposit: Invoice) -> list[Invoice]:
    """The invoices that deduct what was paid on a deposit, oldest first."""
    query = (
        sa.select(Invoice)
        .join(Invoice.document)
        .where(Document.project_id == deposit.document.project_id)
        .where(Invoice.act_id.is_not(None), Invoice.cancelled_on.is_(None))
        .order_by(Invoice.id)
    )
    number = deposit.document.number
    return [
        invoice
        for invoice in session.scalars(query)
        if any(each.invoice_number == number for each in read_invoice(invoice).prepayments)
    ]


def _key(contract: Document) -> str:
    return f"deposit/{contract.key}"


def _untaxed(project: Project) -> list[Charge]:
    """The services of the plan as charges without tax, for the reason why there is none."""
    codes = [line.service.code for line in project.services if not line.service.tax_percent]
    return [Charge(code, "", Decimal(1), Unit.PIECE, 0, Decimal(0)) for code in codes]


def _standing(session: Session, project: Project) -> list[Invoice]:
    query = (
        sa.select(Invoice)
        .join(Invoice.document)
        .join(Deposit, Deposit.invoice_id == Invoice.id)
        .where(Document.project_id == project.id)
        .order_by(Invoice.id)
    )
    return list(session.scalars(query))


def _given_up(session: Session, agreement: Agreement) -> bool:
    """Whether the deposit was invoiced and cancelled: then nothing of it was paid."""
    contract = session.scalar(sa.select(Document).where(Document.number == agreement.number))
    return contract is not None and cancelled_before(session, _key(contract)) > 0


def _left(session: Session, deposit: Invoice) -> PaidDeposit:
    snapshot, number = read_invoice(deposit), deposit.document.number
    used: dict[str, int] = defaultdict(int)
    for invoice in deducting(session, deposit):
        for each in read_invoice(invoice).prepayments:
            if each.invoice_number == number:
                used["gross"] += each.gross_minor
                used["tax"] += each.tax_minor
    latest = sa.select(sa.func.max(Allocation.counts_on))
    paid_on = session.scalar(latest.where(Allocation.invoice_id == deposit.id))
    return PaidDeposit(
        invoice_number=number,
        received_on=paid_on or deposit.issued_on,
        gross_minor=snapshot.totals.gross_minor - used["gross"],
        tax_minor=snapshot.totals.tax_minor - used["tax"],
    )
