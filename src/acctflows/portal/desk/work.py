"""Work a person must settle: a decline to answer, a rework to do, a client to win back."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Project
from acctflows.db.models.desk import WorkItem
from acctflows.dispatch.manager_tasks import OBJECTIONS
from acctflows.documents import work_items
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.lines import Action, Found, Line, version_name
from acctflows.portal.fields import FormFields
from acctflows.portal.state import Portal, PortalDep
from acctflows.satisfaction import recovery

router = APIRouter()

LONGEST_OUTCOME = 2_000


def open_work(portal: Portal) -> Found:
    """What is to be settled, what is due first first."""
    with portal.app.database.reading() as session:
        return Found([_line(item) for item in work_items.open_items(session)])


def _line(item: WorkItem) -> Line:
    version, project = item.version, item.project
    objected = item.kind == OBJECTIONS
    settle = Action(
        "settle", f"/desk/work/{item.id}/settle", post=True, asks="outcome", main=not objected
    )
    answer = Action("answer_objections", _address(item), main=True)
    client = version.document.client if version else project.client if project else None
    return Line(
        client=client.legal_name if client else "",
        matter=version_name(version) if version else _project_name(project) or item.key,
        address=_address(item),
        since=item.created_at,
        actions=(answer, settle) if objected else (settle,),
        detail=item.detail,
        due=item.due_on,
        kind=item.kind,
        owner=item.owner.full_name if item.owner else "",
    )


def _project_name(project: Project | None) -> str:
    return f"{project.number} · {project.title}" if project else ""


def _address(item: WorkItem) -> str:
    """The page that shows what it is about."""
    if item.kind == recovery.KIND:
        return f"/desk/satisfaction/{recovery.survey_of(item.key)}"
    if item.kind == OBJECTIONS:
        return f"/desk/objections/{item.version_id}"
    if item.version is not None:
        return f"/desk/documents/{item.version.document.number}"
    return f"/desk/projects/{item.project_id}" if item.project_id is not None else ""


@router.post("/work/{item_id}/settle")
@allow(Permission.SETTLE)
def settle(portal: PortalDep, visitor: VisitorDep, item_id: Id, fields: FormFields) -> Response:
    """Close the item with what came of it, in the person's words."""
    outcome = fields.text("outcome")
    if not 0 < len(outcome) <= LONGEST_OUTCOME:
        raise HTTPException(400)
    with portal.app.database.transaction() as session:
        work_items.settle_item(
            session,
            item_id,
            by=visitor.signature,
            outcome=outcome,
            now=portal.app.clock.now(),
        )
    return go_on("/desk/", done="settled")
