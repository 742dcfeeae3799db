"""Projects: a list by stage, and a page with plan, milestones, work done and documents."""

from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Client, Project, ProjectService, Service, Stage, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document
from acctflows.money import Money
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.listing import WishDep, chosen, containing, page_of
from acctflows.portal.state import PortalDep

router = APIRouter()


@router.api_route("/projects", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_projects(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """All projects, newest number first, of one stage where that is chosen."""
    query = (
        select(Project)
        .join(Project.client)
        .options(joinedload(Project.client), joinedload(Project.manager))
        .order_by(Project.number.desc())
    )
    wanted = chosen(Stage, wish.stage)
    if wanted:
        query = query.where(Project.stage == wanted)
    if wish.words:
        query = query.where(
            containing(wish.words, Project.title, Project.number, Client.legal_name)
        )
    with portal.app.database.reading() as session:
        listing = page_of(session, query, wish.page)
    return show(
        request,
        portal,
        visitor,
        "desk/projects.html",
        section="projects",
        listing=listing,
        stage=wanted,
        stages=list(Stage),
    )


@router.api_route("/projects/{project_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_project(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep, project_id: Id
) -> Response:
    """One project: its plan with prices, milestones, work done (newest first) and documents."""
    with portal.app.database.reading() as session:
        project = session.get(Project, project_id)
        if project is None:
            raise HTTPException(404)
        documents = session.scalars(
            select(Document)
            .where(Document.project_id == project_id)
            .options(selectinload(Document.versions), joinedload(Document.client))
            .order_by(Document.id.desc())
        ).all()
        return show(
            request,
            portal,
            visitor,
            "desk/project.html",
            section="projects",
            project=project,
            documents=documents,
            plan=[(line, unit_price(line)) for line in project.services],
            work=page_of(session, work_of(project_id), wish.page),
            sums=sums_of_work(session, project_id),
        )


@dataclass(frozen=True)
class WorkSum:
    """How much of a service was done, in one unit.

    Args:
        service: None for work that is counted for no service.
        unit: What is counted.
        total: All of it.
        unreported: What no act has reported yet.
    """

    service: Service | None
    unit: Unit
    total: Decimal
    unreported: Decimal


def work_of(project_id: int) -> Select[tuple[WorkRecord]]:
    """The project's work records, newest first."""
    return (
        select(WorkRecord)
        .where(WorkRecord.project_id == project_id)
        .options(
            joinedload(WorkRecord.service),
            joinedload(WorkRecord.specialist),
            joinedload(WorkRecord.milestone),
            joinedload(WorkRecord.document),
        )
        .order_by(WorkRecord.done_on.desc(), WorkRecord.id.desc())
    )


def sums_of_work(session: Session, project_id: int) -> list[WorkSum]:
    """The project's work by service and unit; what is counted for no service comes last."""
    total = func.sum(WorkRecord.quantity)
    unreported = func.sum(WorkRecord.quantity).filter(WorkRecord.document_id.is_(None))
    found = session.execute(
        select(WorkRecord.service_id, WorkRecord.unit, total, unreported)
        .where(WorkRecord.project_id == project_id)
        .group_by(WorkRecord.service_id, WorkRecord.unit)
    )
    sums = [
        WorkSum(session.get(Service, key) if key else None, unit, whole, left or Decimal(0))
        for key, unit, whole, left in found
    ]
    return sorted(sums, key=lambda each: (each.service is None, _code(each), each.unit))


def _code(each: WorkSum) -> str:
    return each.service.code if each.service else ""


def unit_price(line: ProjectService) -> Money:
    """The agreed price of a line of the plan, or the catalogue's."""
    agreed = line.unit_price_minor
    service = line.service
    return Money(service.unit_price_minor if agreed is None else agreed, service.currency)
