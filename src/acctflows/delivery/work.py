"""Which work an act reports, added up to lines with what was agreed for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.prices import agreed_prices
from acctflows.db.models.agency import ContractNature, Milestone, Project, Service, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document
from acctflows.delivery.snapshot import ActLine, RecordedWork
from acctflows.delivery.subject import Subject
from acctflows.money import Money, round_half_up


def claim_work(
    session: Session, project: Project, subject: Subject, document: Document
) -> list[WorkRecord]:
    """The records of a milestone or period that no other act reports; from here on this one does.

    Locked until the transaction ends: of two acts drafted at once, one gets a record. What this
    act has claimed before and does not report any more is free again.
    """
    mine = _open_work(project, subject, document.key).with_for_update(of=WorkRecord)
    session.execute(
        sa.update(WorkRecord).where(WorkRecord.document_id == document.id).values(document_id=None)
    )
    records = list(session.scalars(mine.execution_options(populate_existing=True)))
    for record in records:
        record.document_id = document.id
    session.flush()
    return records


def find_work(session: Session, project: Project, subject: Subject, key: str) -> list[WorkRecord]:
    """The records that `claim_work` would claim for the act of that business key."""
    return list(session.scalars(_open_work(project, subject, key)))


def _open_work(project: Project, subject: Subject, key: str) -> sa.Select[tuple[WorkRecord]]:
    claimed = sa.select(Document.id).where(Document.key == key).scalar_subquery()
    return (
        sa.select(WorkRecord)
        .join(WorkRecord.service, isouter=True)
        .where(
            WorkRecord.project_id == project.id,
            sa.or_(WorkRecord.document_id.is_(None), WorkRecord.document_id == claimed),
            *_about(subject),
        )
        .order_by(WorkRecord.done_on, WorkRecord.id)
    )


def _about(subject: Subject) -> tuple[sa.ColumnElement[bool], ...]:
    if isinstance(subject, Milestone):
        return (WorkRecord.milestone_id == subject.id,)
    return (
        WorkRecord.milestone_id.is_(None),
        WorkRecord.done_on.between(subject.first, subject.last),
        sa.or_(Service.id.is_(None), Service.nature == ContractNature.SERVICE),
    )


def add_up(records: Iterable[WorkRecord], project: Project, language: str) -> tuple[ActLine, ...]:
    """One line per service, unit and whether it is billed, with the agreed price of that unit."""
    sums: dict[tuple[int | None, Unit, bool], Decimal] = defaultdict(Decimal)
    services: dict[int | None, Service | None] = {}
    for record in records:
        sums[record.service_id, record.unit, record.billable] += record.quantity
        services[record.service_id] = record.service
    return tuple(
        _line(
            position,
            services[service_id],
            round_half_up(quantity, 6),
            unit,
            billable,
            project,
            language,
        )
        for position, ((service_id, unit, billable), quantity) in enumerate(sums.items(), 1)
    )


def _line(  # noqa: PLR0917 — one call, just above
    position: int,
    service: Service | None,
    quantity: Decimal,
    unit: Unit,
    billable: bool,
    project: Project,
    language: str,
) -> ActLine:
    price = agreed_price(service, project) if service and service.unit is unit else None
    net = price.times(quantity) if price and billable else None
    return ActLine(
        position=position,
        service_code=service.code if service else "",
        title=title_of(service, language),
        quantity=quantity,
        unit=unit,
        billable=billable,
        tax_percent=round_half_up(Decimal(service.tax_percent), 2) if service else None,
        unit_price_minor=price.minor if price and billable else None,
        net_minor=net.minor if net else None,
    )


def agreed_price(service: Service, project: Project) -> Money | None:
    """The price of the project's plan, else the catalogue's; None where the plan has several."""
    prices = agreed_prices(project, service)
    return Money(prices[0], service.currency) if len(prices) == 1 else None


def list_work(records: Sequence[WorkRecord], language: str) -> tuple[RecordedWork, ...]:
    """The entries as the act lists them, in the order of days."""
    return tuple(
        RecordedWork(
            done_on=record.done_on,
            title=title_of(record.service, language),
            specialist=record.specialist.full_name if record.specialist else "",
            quantity=round_half_up(Decimal(record.quantity), 6),
            unit=record.unit,
            note=record.note,
        )
        for record in records
    )


OTHER = {"de": "Weitere Leistungen", "en": "Other services"}


def title_of(service: Service | None, language: str) -> str:
    """What the act calls work on a service, or on none of the catalogue."""
    return service.title(language) if service else OTHER[language]
