"""Whether a file is one of ours: the page to which the evidence of every acceptance leads.

Open to everybody. It says what a file is, never whom it is for or what it says.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from acctflows.app import App
from acctflows.documents.kinds import KINDS
from acctflows.documents.recorded_files import RecordedFile, find_recorded
from acctflows.documents.sealing.verify import (
    Known,
    Record,
    State,
    Verdict,
    verify,
    verify_hash,
)
from acctflows.errors import InputError
from acctflows.portal.fields import FormFields
from acctflows.portal.limits import MAX_UPLOAD
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import choose_language
from acctflows.portal.uploads import reading_file, takes_file

router = APIRouter()

ADDRESS = "/verify"

LONGEST_HASH = 200
"""Characters that are looked at: 64 digits, and what people put between them."""


@router.api_route(ADDRESS, methods=["GET", "HEAD"])
def show_form(request: Request, portal: PortalDep, sha256: str = "") -> Response:
    """The two forms; with a SHA-256 what can be said of it."""
    language = portal.language_of(request)
    if not sha256.strip():
        return _page(portal, language)
    try:
        verdict = verify_hash(sha256[:LONGEST_HASH], known=_known(portal.app))
    except InputError:
        return _page(portal, language, sha256=sha256, problem="hash")
    return _page(portal, language, verdict, sha256=sha256)


@router.post(ADDRESS)
@takes_file
def check_file(request: Request, portal: PortalDep, fields: FormFields) -> Response:
    """What can be said of the file that was sent; nothing of it is kept."""
    language = choose_language(fields.get("lang"), portal.language_of(request))
    with reading_file(portal):
        content = fields.file("file")
        if not content:
            return _page(portal, language, problem="no_file" if content is None else "empty")
        app = portal.app
        verdict = verify(content, known=_known(app), certificates=app.seal_certificates())
    return _page(portal, language, verdict)


def faults_of(verdict: Verdict, origin: RecordedFile | None) -> list[str]:
    """What does not hold about an altered file: keys of texts (``verify.fault.<key>``).

    Args:
        verdict: About the file.
        origin: What it was made from, where that is known.
    """
    seals = [
        "unreadable" if seal.problem else "broken" if not seal.intact else "extended"
        for seal in verdict.seals
        if seal.problem or not seal.intact or not seal.whole
    ]
    lost = origin is not None and origin.sealed_at is not None and not verdict.seals
    return ["hash", *dict.fromkeys(seals), *(["no_seal"] if lost else [])]


def state_of(file: RecordedFile) -> str:
    """What became of its document, as far as strangers are told (``verify.state.<key>``)."""
    told = ("accepted", "declined", "objected", "superseded", "withdrawn")
    if file.state in told:
        return str(file.state)
    return "open" if KINDS[file.kind].answered else "issued"


def _find(app: App, digests: Sequence[str]) -> RecordedFile | None:
    with app.database.reading() as session:
        return find_recorded(session, digests)


def _known(app: App) -> Known:
    """Finds records, each time in a transaction of its own: reading a file may take long."""

    def known(digests: Sequence[str]) -> Record | None:
        found = _find(app, digests)
        return found.record if found else None

    return known


def _page(
    portal: Portal,
    language: str,
    verdict: Verdict | None = None,
    *,
    sha256: str = "",
    problem: str = "",
) -> Response:
    record = verdict.record if verdict else None
    file = _find(portal.app, [record.sha256]) if record else None
    return portal.pages.show(
        "verify.html",
        language,
        status=422 if problem else 200,
        verdict=verdict,
        file=file,
        kind=KINDS[file.kind].title(language) if file else "",
        state=state_of(file) if file else "",
        faults=faults_of(verdict, file) if verdict and verdict.state is State.ALTERED else [],
        sha256=sha256,
        problem=problem,
        megabytes=MAX_UPLOAD // 1_000_000,
    )
