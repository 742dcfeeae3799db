"""Approvals: the manager looks at a document and decides about exactly what was shown."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import ApprovalDecision, DocumentVersion
from acctflows.documents import approval as approving
from acctflows.errors import ConflictError
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.lines import Action, Found, Line, version_name
from acctflows.portal.fields import FormFields
from acctflows.portal.files import is_intact
from acctflows.portal.kinds import KIND_PAGES
from acctflows.portal.state import Portal, PortalDep

router = APIRouter()

# As the form of the run in Prefect's UI takes it.
LONGEST_COMMENT = 5_000


def waiting(portal: Portal) -> Found:
    """The approvals that wait for a decision, longest first."""
    with portal.app.database.reading() as session:
        return Found([_line(each.version) for each in approving.open_approvals(session)])


def _line(version: DocumentVersion) -> Line:
    address = f"/desk/approvals/{version.id}"
    return Line(
        client=version.document.client.legal_name,
        matter=version_name(version),
        address=address,
        since=version.approval.asked_at if version.approval else version.created_at,
        actions=(Action("review", address, main=True),),
        detail=version.pdf_note,
    )


@router.api_route("/approvals/{version_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_approval(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id
) -> Response:
    """The document, its facts, its hash and the three decisions."""
    return _page(request, portal, visitor, version_id)


@router.post("/approvals/{version_id}")
@allow(Permission.SETTLE)
def decide(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Record the decision about what was shown, then let the waiting run go on."""
    comment = fields.text("comment")
    decision = _decision(fields.text("decision"))
    problem = _problem(decision, comment)
    if problem:
        return _page(request, portal, visitor, version_id, comment=comment, problem=problem)
    with portal.app.database.reading() as session:
        if not is_intact(portal.app.docs_out, _version(session, version_id)):
            raise ConflictError("the stored file is not the one that was shown")
    with portal.app.database.transaction() as session:
        approving.decide_approval(
            session,
            _version(session, version_id),
            decision=decision,
            sha256=fields.text("sha256"),
            by=visitor.signature,
            comment=comment,
            now=portal.app.clock.now(),
        )
    answer = {
        "decision": decision.value,
        "approver": visitor.name,
        "comment": comment,
        "document_hash": fields.text("sha256"),
    }
    portal.resumer.wake(version_id, WaitingFor.APPROVAL, answer)
    return go_on("/desk/", done=decision.value)


def _decision(text: str) -> ApprovalDecision:
    try:
        return ApprovalDecision(text)
    except ValueError:
        raise HTTPException(400) from None


def _problem(decision: ApprovalDecision, comment: str) -> str:
    """Key of what is wrong with the comment, empty when nothing is."""
    if decision is not ApprovalDecision.APPROVE and not comment:
        return "desk.approval.comment_missing"
    return "desk.approval.comment_long" if len(comment) > LONGEST_COMMENT else ""


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    version_id: int,
    *,
    comment: str = "",
    problem: str = "",
) -> Response:
    with portal.app.database.reading() as session:
        version = _version(session, version_id)
        page = KIND_PAGES.get(version.document.kind)
        return show(
            request,
            portal,
            visitor,
            "desk/approval.html",
            section="today",
            status=422 if problem else 200,
            version=version,
            doc=page.read(version.snapshot) if page else None,
            page=page,
            words=page.words if page else {},
            intact=is_intact(portal.app.docs_out, version),
            comment=comment,
            problem=problem,
        )


def _version(session: Session, version_id: int) -> DocumentVersion:
    version = session.get(DocumentVersion, version_id)
    if version is None or version.approval is None:
        raise HTTPException(404)
    return version
