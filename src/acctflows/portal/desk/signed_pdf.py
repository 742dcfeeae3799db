"""A PDF that the client signed elsewhere: looked into, shown to a person, only then recorded."""

import re
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import App
from acctflows.db.models.signing import ProofKind
from acctflows.documents import staging
from acctflows.documents.proof_words import signature_findings
from acctflows.documents.sealing.external import (
    ExternalSignature,
    NotSignedError,
    check_external_signature,
)
from acctflows.errors import InputError, TemporaryError
from acctflows.portal import wording
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.outside import (
    Given,
    find_version,
    find_waiting,
    first_day,
    read_given,
    record,
)
from acctflows.portal.fields import FormFields
from acctflows.portal.files import read_document
from acctflows.portal.limits import MAX_UPLOAD
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.uploads import reading_file, takes_file

router = APIRouter()

DAY = 86_400
"""Seconds for which an uploaded file waits until somebody decides."""


@router.api_route("/versions/{version_id}/signed", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def show_upload(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id
) -> Response:
    """The form for a PDF that was signed elsewhere."""
    return _page(request, portal, visitor, version_id)


@router.post("/versions/{version_id}/signed")
@allow(Permission.SETTLE)
@takes_file
def check(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """What is in the file, for the person to decide; nothing is recorded yet."""
    with reading_file(portal):
        content = fields.file("file")
        if not content:
            fault = "missing" if content is None else "empty"
            return _page(request, portal, visitor, version_id, fault=fault)
        found, fault = _look_into(portal.app, version_id, content)
    if found is not None:
        folder = _uploads(portal.app)
        staging.let_go_of_old(folder, seconds=DAY)
        staging.put_aside(folder, content)
    return _page(request, portal, visitor, version_id, found, fault=fault)


@router.post("/versions/{version_id}/signed/acceptance")
@allow(Permission.SETTLE)
def accept(
    request: Request, portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Record the file as the client's acceptance, after it was looked into once more."""
    app = portal.app
    digest = fields.text("sha256")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise HTTPException(400)
    given = read_given(portal, fields, version_id)
    try:
        content = staging.fetch(_uploads(app), digest)
    except TemporaryError:
        return _page(request, portal, visitor, version_id, fault="gone")
    with reading_file(portal):
        found, fault = _look_into(app, version_id, content)
    if found is None or not found.is_ours or given.problems:
        return _page(request, portal, visitor, version_id, found, given=given, fault=fault)
    answer = record(
        portal,
        visitor,
        version_id,
        given,
        content,
        kind=ProofKind.SIGNED_PDF,
        ending="signed.pdf",
        findings=_findings(app, found, app.agency.language),
    )
    staging.let_go(_uploads(app), digest)
    return answer


def _look_into(app: App, version_id: int, content: bytes) -> tuple[ExternalSignature | None, str]:
    """What is in the file, or why nothing can be said of it (key of a text)."""
    with app.database.reading() as session:
        version = find_version(session, version_id)
    original = read_document(app.docs_out, version, "pdf")
    roots = app.trusted_roots if app.trusted_roots.is_dir() else None
    try:
        return check_external_signature(
            content, original=original, roots=roots, now=app.clock.now()
        ), ""
    except NotSignedError:
        return None, "unsigned"
    except InputError:
        return None, "unreadable"


def _findings(app: App, found: ExternalSignature, language: str) -> tuple[str, ...]:
    moment = partial(wording.moment, language=language, clock=app.clock)
    return signature_findings(found, language, moment=moment)


def _uploads(app: App) -> Path:
    """Where files wait for a decision about them; thrown away when nobody takes it."""
    return app.home / "uploads"


def _suggested(app: App, found: ExternalSignature) -> Given:
    """Who has signed and when, as the signatures say, for the person to confirm or correct."""
    names = dict.fromkeys(each.name for each in found.signatures if each.name)
    last = found.signatures[-1]
    at = last.stamped_at or last.signed_at
    return Given(
        name=", ".join(names),
        signed_on=app.clock.local(at).date().isoformat() if at else "",
        received_on=app.clock.today().isoformat(),
    )


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    version_id: int,
    found: ExternalSignature | None = None,
    *,
    given: Given | None = None,
    fault: str = "",
) -> Response:
    app = portal.app
    refused = found is not None and not found.is_ours
    with app.database.reading() as session:
        version = find_waiting(session, version_id)
        return show(
            request,
            portal,
            visitor,
            "desk/signed.html",
            section="documents",
            status=422 if fault or refused or (given and given.problems) else 200,
            version=version,
            document=version.document,
            found=found,
            findings=_findings(app, found, visitor.language) if found else (),
            doubtful=found is not None and not all(each.trust for each in found.signatures),
            given=given or (_suggested(app, found) if found else Given()),
            problems={"file": f"desk.outside.fault.{fault}"} if fault else {},
            first=first_day(app, session, version),
            today=app.clock.today(),
            megabytes=MAX_UPLOAD // 1_000_000,
        )
