"""Acceptances that came outside of the client's page: recorded by a person, with a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import JOBS, App
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import ProofKind
from acctflows.dispatch import manager_tasks
from acctflows.documents import acceptance, access_links, proofs, staging, store
from acctflows.documents.proof_words import scan_findings
from acctflows.documents.scans import ENDINGS, MEDIA_TYPES, Scan, check_scan
from acctflows.documents.versions import require_state
from acctflows.errors import AcctflowsError, ConflictError, InputError
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import Fields, FormFields
from acctflows.portal.files import content_disposition, is_intact
from acctflows.portal.limits import MAX_UPLOAD
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.uploads import reading_file, takes_file

router = APIRouter()


@dataclass(frozen=True)
class Given:
    """What was typed about a signature, and what is wrong with it (keys of texts)."""

    name: str = ""
    function: str = ""
    signed_on: str = ""
    received_on: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    def signature(
        self, kind: ProofKind, sha256: str, findings: tuple[str, ...]
    ) -> proofs.OutsideSignature:
        """What is recorded, when nothing is wrong."""
        return proofs.OutsideSignature(
            name=self.name,
            function=self.function,
            signed_on=date.fromisoformat(self.signed_on),
            received_on=date.fromisoformat(self.received_on),
            kind=kind,
            sha256=sha256,
            findings=findings,
        )


@router.api_route("/versions/{version_id}/paper", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def show_paper(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id
) -> Response:
    """The form for a version that was signed on paper."""
    given = Given(received_on=portal.app.clock.today().isoformat())
    return _paper_page(request, portal, visitor, version_id, given)


@router.post("/versions/{version_id}/paper")
@allow(Permission.SETTLE)
@takes_file
def record_paper(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Record what was signed on paper, with its scan."""
    given = read_given(portal, fields, version_id)
    with reading_file(portal):
        content = fields.file("file")
        scan = check_scan(content)
    if not isinstance(scan, Scan) or content is None:
        problems = {**given.problems, "file": f"desk.outside.fault.{scan}"}
        given = replace(given, problems=problems)
    if given.problems or not isinstance(scan, Scan) or content is None:
        return _paper_page(request, portal, visitor, version_id, given)
    return record(
        portal,
        visitor,
        version_id,
        given,
        content,
        kind=ProofKind.SCAN,
        ending=f"scan.{ENDINGS[scan.kind]}",
        findings=scan_findings(scan, portal.app.agency.language),
    )


@router.api_route("/versions/{version_id}/proof", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def proof_file(portal: PortalDep, version_id: Id) -> Response:
    """The scan or the signed PDF, handed out only while it is the registered one."""
    app = portal.app
    with app.database.reading() as session:
        version = find_version(session, version_id)
        proof = version.decision.proof if version.decision else None
    if proof is None:
        raise HTTPException(404)
    proofs.file_proof(app.docs_out, app.unfinished, proof)
    content = store.read_checked(app.docs_out, proof.path, proof.sha256)
    name = proof.path.rpartition("/")[2]
    return Response(
        content,
        media_type=MEDIA_TYPES[name.rpartition(".")[2]],
        headers={"Content-Disposition": content_disposition(name, inline=False)},
    )


def find_version(session: Session, version_id: int) -> DocumentVersion:
    """A version of a document that clients answer.

    Raises:
        HTTPException: 404, there is no such.
    """
    version = session.get(DocumentVersion, version_id)
    if version is None or version.document.kind not in JOBS:
        raise HTTPException(404)
    return version


def find_waiting(session: Session, version_id: int) -> DocumentVersion:
    """A version that is at the client's.

    Raises:
        HTTPException: 404, there is no such version.
        ConflictError: It does not wait for an answer (any more).
    """
    version = find_version(session, version_id)
    require_state(version, VersionState.SENT, todo="look at the document again")
    return version


def first_day(app: App, session: Session, version: DocumentVersion) -> date:
    """The day on which the version was sent, before which nobody can have signed it."""
    links = access_links.links_to(session, version)
    return app.clock.local(links[0].created_at if links else version.created_at).date()


def read_given(portal: Portal, fields: Fields, version_id: int) -> Given:
    """What was typed, with what is wrong with it."""
    app = portal.app
    name, function = fields.text("name"), fields.text("function")
    signed_on, received_on = fields.text("signed_on"), fields.text("received_on")
    problems = {}
    if not name or len(name) > acceptance.LONGEST["name"]:
        problems["name"] = "desk.outside.wrong_name"
    if len(function) > acceptance.LONGEST["function"]:
        problems["function"] = "desk.outside.wrong_function"
    with app.database.reading() as session:
        sent_on = first_day(app, session, find_version(session, version_id))
    days = _day(signed_on), _day(received_on)
    try:
        proofs.check_days(*days, sent_on=sent_on, today=app.clock.today())
    except InputError as error:
        problems[error.where] = f"desk.outside.wrong.{error.where}"
    return Given(name, function, signed_on, received_on, problems)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def record(
    portal: Portal,
    visitor: Visitor,
    version_id: int,
    given: Given,
    content: bytes,
    *,
    kind: ProofKind,
    ending: str,
    findings: tuple[str, ...],
) -> Response:
    """Record the acceptance with its file, and let the waiting run go on.

    The bytes are put aside before they are registered: whoever is killed in between leaves them for
    the run or the sweep, which file what is registered.
    """
    app = portal.app
    sha256 = staging.put_aside(app.unfinished, content)
    try:
        with app.database.transaction() as session:
            version = find_version(session, version_id)
            if not is_intact(app.docs_out, version):
                raise ConflictError("the stored file is not the one that was shown")
            decision = proofs.record_outside(
                session,
                version,
                given.signature(kind, sha256, findings),
                path=app.path_of(version, ending),
                language=app.agency.language,
                by=visitor.signature,
                now=app.clock.now(),
            )
            manager_tasks.settle_silence(
                session, version, by=visitor.signature, outcome=kind, now=app.clock.now()
            )
            number, proof = version.document.number, decision.proof
    except AcctflowsError:
        staging.let_go(app.unfinished, sha256)  # nobody has registered it
        raise
    if proof is not None:
        store.write_once(app.docs_out, proof.path, content)
    staging.let_go(app.unfinished, sha256)
    portal.resumer.wake(version_id, WaitingFor.CLIENT)
    return go_on(f"/desk/documents/{number}", done="signed_outside")


def _paper_page(
    request: Request, portal: Portal, visitor: Visitor, version_id: int, given: Given
) -> Response:
    app = portal.app
    with app.database.reading() as session:
        version = find_waiting(session, version_id)
        return show(
            request,
            portal,
            visitor,
            "desk/paper.html",
            section="documents",
            status=422 if given.problems else 200,
            version=version,
            document=version.document,
            first=first_day(app, session, version),
            today=app.clock.today(),
            given=given,
            megabytes=MAX_UPLOAD // 1_000_000,
        )
