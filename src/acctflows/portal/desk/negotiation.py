"""Objections of clients: answered clause by clause, followed by the next version."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import JOBS
from acctflows.clockwork.api import PrefectApi
from acctflows.contracts.negotiation import keep_variant
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.db.models.signing import Reply
from acctflows.dispatch import manager_tasks, withdrawing
from acctflows.documents import access_links
from acctflows.documents.objections import Answer, answer_objections
from acctflows.documents.versions import UNDECIDED, shown_before
from acctflows.documents.wordml.alignment import diff_words
from acctflows.errors import InputError
from acctflows.portal.comparing import Changed, comparison, find_changes
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import Fields, FormFields
from acctflows.portal.state import Portal, PortalDep

router = APIRouter()

WITHDRAWABLE = (*UNDECIDED, VersionState.OBJECTED)
"""States in which a version can be taken back."""

REVISE = "revise-contract/Revise a contract"


@dataclass(frozen=True)
class Round:
    """A version that went to the client, and whose turn it was or is.

    Args:
        version: Which.
        sent: When the client was asked first.
        answered: When they answered; None while they have not.
        waits_for: ``client`` or ``agency``; empty when the round is over.
        days: For how many days that turn has lasted.
    """

    version: DocumentVersion
    sent: datetime
    answered: datetime | None
    waits_for: str
    days: int


def read_rounds(session: Session, document: Document, *, now: datetime) -> list[Round]:
    """The rounds of a negotiation, oldest first."""
    return [
        _round(version, links, now)
        for version in document.versions
        if (links := access_links.links_to(session, version))
    ]


def _round(version: DocumentVersion, links: list[AccessLink], now: datetime) -> Round:
    answered = version.decision.decided_at if version.decision else None
    waits = {VersionState.SENT: "client", VersionState.OBJECTED: "agency"}.get(version.state, "")
    newest = version.document.versions[-1] is version
    since = answered or links[0].created_at
    return Round(
        version=version,
        sent=links[0].created_at,
        answered=answered,
        waits_for=waits if newest else "",
        days=(now - since).days,
    )


def read_changes(portal: Portal, session: Session, version: DocumentVersion) -> Changed | None:
    """What changed since the version the client saw before; None where there was none."""
    before = shown_before(session, version)
    return find_changes(portal.app, before, version) if before and version.docx_path else None


@router.api_route("/objections/{version_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_objections(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id
) -> Response:
    """What the client objects to, with a form to answer each."""
    return _page(request, portal, visitor, version_id, Fields())


@router.post("/objections/{version_id}")
@allow(Permission.SETTLE)
def answer(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Record the answers, keep the wordings that are to be kept, and start the next version."""
    now = portal.app.clock.now()
    try:
        with portal.app.database.transaction() as session:
            version = _objected(session, version_id)
            decision = version.decision
            if decision is None:
                raise HTTPException(404)
            answers = {
                each.position: found
                for each in decision.objections
                if (found := _answer(fields, each.position)) is not None
            }
            answer_objections(session, decision, answers, by=visitor.signature, now=now)
            for each in decision.objections:
                title = fields.text(f"keep-{each.position}")
                if title:
                    keep_variant(session, each, title=title, by=visitor.signature, now=now)
            manager_tasks.settle_objections(session, version, by=visitor.signature, now=now)
            number = version.document.number
    except InputError as error:
        return _page(request, portal, visitor, version_id, fields, problem=str(error))
    # Kept, should Prefect not answer: the same form starts it then.
    _prefect(portal).create_flow_run(
        REVISE, {"contract": number}, idempotency_key=f"revise/{version_id}"
    )
    return go_on(f"/desk/documents/{number}", done="answered")


@router.api_route("/versions/{version_id}/comparison.docx", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def compare(portal: PortalDep, version_id: Id) -> Response:
    """What changed since the version the client saw before, as tracked changes in Word."""
    with portal.app.database.reading() as session:
        version = session.get(DocumentVersion, version_id)
        before = shown_before(session, version) if version else None
        if version is None or before is None:
            raise HTTPException(404)
        return comparison(portal.app, before, version)


@router.post("/versions/{version_id}/withdrawal")
@allow(Permission.SETTLE)
def withdraw(
    portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Take a version back before it is accepted; a client who has seen it is told by mail."""
    app = portal.app
    try:
        with app.database.transaction() as session:
            version = session.get(DocumentVersion, version_id)
            job = JOBS.get(version.document.kind) if version else None
            if version is None or job is None:
                raise HTTPException(404)
            withdrawing.withdraw(
                session,
                version,
                job=job,
                office=app.office,
                by=visitor.signature,
                reason=fields.text("reason"),
                now=app.clock.now(),
            )
            number = version.document.number
    except InputError:
        raise HTTPException(400) from None
    for waiting_for in WaitingFor:
        portal.resumer.wake(version_id, waiting_for)
    return go_on(f"/desk/documents/{number}", done="offer_withdrawn")


def _answer(fields: Fields, position: int) -> Answer | None:
    try:
        reply = Reply(fields.text(f"reply-{position}"))
    except ValueError:
        return None
    return Answer(reply, fields.text(f"text-{position}"))


def _objected(session: Session, version_id: int) -> DocumentVersion:
    version = session.get(DocumentVersion, version_id)
    if version is None or version.decision is None or not version.decision.objections:
        raise HTTPException(404)
    return version


def _prefect(portal: Portal) -> PrefectApi:
    if portal.prefect is None:
        raise HTTPException(503)
    return portal.prefect


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    version_id: int,
    given: Fields,
    *,
    problem: str = "",
) -> Response:
    with portal.app.database.reading() as session:
        version = _objected(session, version_id)
        return show(
            request,
            portal,
            visitor,
            "desk/objections.html",
            section="documents",
            status=422 if problem else 200,
            version=version,
            document=version.document,
            decision=version.decision,
            word_changes=diff_words,
            open=version.state is VersionState.OBJECTED,
            replies=list(Reply),
            given=given,
            problem=problem,
        )
