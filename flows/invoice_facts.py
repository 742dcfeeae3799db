"""What an invoice needs of contracts and acts, handed from their rooms to receivables."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.contracts.job import read_snapshot as read_contract
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.db.models.agency import Milestone, MilestoneState, Project, Service
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.delivery.acts import ACT_KINDS, accepted_contract
from acctflows.delivery.job import read_snapshot as read_act
from acctflows.delivery.snapshot import ActLine, ActSnapshot
from acctflows.documents.acceptance import accepted_on
from acctflows.receivables.invoices.charging import ReportedLine
from acctflows.receivables.invoices.deposits import AgreedDeposit
from acctflows.receivables.invoices.invoice_making import Agreement
from acctflows.receivables.invoices.invoice_snapshot import SupplyPeriod
from acctflows.receivables.invoices.invoicing import AcceptedAct


def agreement_of(session: Session, project: Project) -> Agreement | None:
    """What the accepted contract of the project says about invoices; None where none is on file."""
    version = accepted_contract(session, project)
    return _agreement(read_contract(version)) if version else None


def _agreement(contract: ContractSnapshot) -> Agreement:
    return Agreement(
        number=contract.number,
        payment_days=contract.terms.payment_days,
        tax=contract.tax,
        deposit_percent=contract.terms.deposit_percent,
    )


def agreed_deposit(version: DocumentVersion) -> AgreedDeposit:
    """The deposit of an accepted contract, as receivables charges it."""
    contract = read_contract(version)
    return AgreedDeposit(
        contract_id=version.document_id,
        currency=contract.currency,
        language=contract.language,
        nets=[(group.percent, group.net_minor) for group in contract.totals.groups],
        agreement=_agreement(contract),
    )


def accepted_act(app: App, session: Session, version: DocumentVersion) -> AcceptedAct:
    """The act of that accepted version, as receivables charges it."""
    act, document, project = read_act(version), version.document, version.document.project
    accepted = accepted_on(version, app.clock.zone)
    return AcceptedAct(
        document_id=document.id,
        number=act.number,
        currency=act.currency,
        language=act.language,
        supplied=_supplied(act, accepted),
        lines=[_line(act, line) for line in act.lines],
        reported=_reported_elsewhere(session, document),
        unfinished=_unfinished(session, document),
        final=bool(act.milestone) and project is not None and _all_accepted(project),
        agreement=agreement_of(session, project) if project else None,
    )


def _supplied(act: ActSnapshot, accepted: date) -> SupplyPeriod:
    """The period of services; a work is supplied when it is completed, else when it is accepted."""
    if act.period_from and act.period_to:
        return SupplyPeriod(first=act.period_from, last=act.period_to)
    day = act.completed_on or accepted
    return SupplyPeriod(first=day, last=day)


def _line(act: ActSnapshot, line: ActLine) -> ReportedLine:
    # The records tell the days; they call a service as the lines do.
    return ReportedLine(
        service=line.service_code,
        title=line.title,
        quantity=line.quantity,
        unit=line.unit,
        billable=line.billable,
        unit_price_minor=line.unit_price_minor,
        tax_percent=line.tax_percent,
        days=frozenset(
            record.done_on
            for record in act.records
            if (record.title, record.unit) == (line.title, line.unit)
        ),
    )


def _reported_elsewhere(session: Session, document: Document) -> frozenset[str]:
    """Codes of the services other accepted acts of the project report without a price."""
    others = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(
            Document.kind.in_(ACT_KINDS),
            Document.project_id == document.project_id,
            Document.id != document.id,
            DocumentVersion.state == VersionState.ACCEPTED,
        )
    )
    return frozenset(
        line.service_code
        for version in session.scalars(others)
        for line in read_act(version).lines
        if line.billable and line.service_code and line.unit_price_minor is None
    )


def _unfinished(session: Session, document: Document) -> frozenset[str]:
    """Codes of the services with work recorded for a milestone that is still to be accepted."""
    query = (
        sa.select(Service.code)
        .join(WorkRecord, WorkRecord.service_id == Service.id)
        .join(WorkRecord.milestone)
        .where(
            Milestone.project_id == document.project_id,
            Milestone.with_acceptance,
            Milestone.state != MilestoneState.ACCEPTED,
        )
    )
    return frozenset(session.scalars(query))


def _all_accepted(project: Project) -> bool:
    return all(
        step.state is MilestoneState.ACCEPTED for step in project.milestones if step.with_acceptance
    )
