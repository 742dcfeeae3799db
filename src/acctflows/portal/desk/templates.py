"""The Word templates: which version is in use, what came before, and a new one to be put in use."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import App
from acctflows.db.models.templates import TemplateVersion
from acctflows.documents import staging, template_files, template_versions
from acctflows.documents.kinds import LANGUAGES, WORD_KINDS
from acctflows.documents.lint import Report
from acctflows.documents.package import TemplateError
from acctflows.documents.pages import page_pictures
from acctflows.documents.saying import part_in
from acctflows.errors import AcctflowsError, ConfigurationError, TemporaryError
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import FormFields
from acctflows.portal.files import MEDIA_TYPES, content_disposition
from acctflows.portal.limits import MAX_UPLOAD
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.uploads import BUSY_SECONDS, reading_file, takes_file
from acctflows.word_templates import Place, examine, put_in_use, take_template

router = APIRouter()

HOUR = 3600
"""Seconds for which pictures of a sample are there to be looked at."""

LONGEST_NOTE = 500

_PRINTING = BoundedSemaphore(1)  # samples at the same time: engines are for the documents


def place_of(portal: PortalDep, kind: str, language: str) -> Place:
    """The template an address is about.

    Raises:
        NotFoundError: There is none.
    """
    return Place.of(portal.app, kind, language)


PlaceDep = Annotated[Place, Depends(place_of)]


@dataclass(frozen=True)
class Standing:
    """How it stands with a template.

    Args:
        place: Of the template.
        versions: The newest first.
        folder: What lies in the folder (key of a text): ``active``, ``another`` version, an
            ``unused`` file or a ``missing`` one.
    """

    place: Place
    versions: Sequence[TemplateVersion]
    folder: str

    @property
    def active(self) -> TemplateVersion | None:
        """The version in use; None where no document was written yet."""
        return next((each for each in self.versions if each.is_active), None)


@router.api_route("/templates", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def list_templates(request: Request, portal: PortalDep, visitor: VisitorDep) -> Response:
    """Every kind and language with the version in use."""
    places = [Place.of(portal.app, kind, language) for kind in WORD_KINDS for language in LANGUAGES]
    return show(
        request,
        portal,
        visitor,
        "desk/templates.html",
        section="documents",
        standings=[_standing(portal.app, place) for place in places],
    )


@router.api_route("/templates/{kind}/{language}", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def show_template(
    request: Request, portal: PortalDep, visitor: VisitorDep, place: PlaceDep
) -> Response:
    """A template's versions, and the form for a new one."""
    return _page(request, portal, visitor, place)


@router.post("/templates/{kind}/{language}")
@allow(Permission.ADMINISTER)
@takes_file
def upload(
    request: Request,
    portal: PortalDep,
    visitor: VisitorDep,
    place: PlaceDep,
    fields: FormFields,
) -> Response:
    """Check a new template and enter it as a version; everything wrong with it is said at once."""
    note = fields.text("note")[:LONGEST_NOTE]
    with reading_file(portal):
        content = fields.file("file")
        if not content:
            return _page(request, portal, visitor, place, fault=True, note=note)
        if known := _known(portal.app, place, content):
            return go_on(f"{_address(place)}/{known.number}", done="template_known")
        version, report = take_template(
            portal.app, place, content, note=note, actor=visitor.signature
        )
    if version is None:
        return _page(request, portal, visitor, place, report=report, note=note)
    return go_on(f"{_address(place)}/{version.number}", done="template_added")


@router.api_route("/templates/{kind}/{language}/{number}", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def show_version(
    request: Request, portal: PortalDep, visitor: VisitorDep, place: PlaceDep, number: Id
) -> Response:
    """One version: who brought it, its file, and the way to a sample of it."""
    return _version_page(request, portal, visitor, place, number)


@router.api_route("/templates/{kind}/{language}/{number}/sample", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def show_sample(
    request: Request, portal: PortalDep, visitor: VisitorDep, place: PlaceDep, number: Id
) -> Response:
    """The version filled with the kind's sample data, page by page, and the values it asks for."""
    report = _examine(portal, place, _find(portal.app, place, number))
    pictures, fault = _print(portal.app, report.filled) if report.filled else ([], "")
    return _version_page(
        request, portal, visitor, place, number, report=report, pictures=pictures, fault=fault
    )


@router.api_route("/templates/{kind}/{language}/{number}/sample.docx", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def sample_file(portal: PortalDep, place: PlaceDep, number: Id) -> Response:
    """The version filled with the kind's sample data, for Word."""
    report = _examine(portal, place, _find(portal.app, place, number))
    if not report.filled:
        raise HTTPException(404)
    return _word_file(report.filled, f"{_stem(place, number)}-sample.docx")


@router.api_route("/templates/{kind}/{language}/{number}/template.docx", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def template_file(portal: PortalDep, place: PlaceDep, number: Id) -> Response:
    """The version's file, to be looked at or edited further in Word."""
    version = _find(portal.app, place, number)
    content = template_files.read_kept(place.kept, version.sha256)
    return _word_file(content, f"{_stem(place, number)}.docx")


@router.api_route("/template-pictures/{digest}", methods=["GET", "HEAD"])
@allow(Permission.SETTLE)
def picture(portal: PortalDep, digest: str) -> Response:
    """A page of a sample that was asked for within the last hour."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise HTTPException(404)
    try:
        content = staging.fetch(_pictures(portal.app), digest)
    except TemporaryError:
        raise HTTPException(404) from None
    return Response(content, media_type="image/png")


@router.post("/templates/{kind}/{language}/{number}/activation")
@allow(Permission.ADMINISTER)
def activate(
    request: Request, portal: PortalDep, visitor: VisitorDep, place: PlaceDep, number: Id
) -> Response:
    """Write new documents with this version, or with this one again."""
    version = _find(portal.app, place, number)
    try:
        aside = put_in_use(portal.app, place, version, actor=visitor.signature)
    except (ConfigurationError, TemplateError):
        return _page(request, portal, visitor, place, unwritable=True)
    done = "template_activated_aside" if aside else "template_activated"
    return go_on(_address(place), done=done)


def _address(place: Place) -> str:
    return f"/desk/templates/{place.kind.name}/{place.language}"


def _stem(place: Place, number: int) -> str:
    return f"{place.kind.name}-{place.language}-v{number}"


def _standing(app: App, place: Place) -> Standing:
    with app.database.reading() as session:
        versions = template_versions.list_versions(session, place.kind.name, place.language)
    return Standing(place, versions, _in_folder(place, versions))


def _in_folder(place: Place, versions: Sequence[TemplateVersion]) -> str:
    """What lies in the folder; a person may have saved something in Word since."""
    try:
        digest = sha256(place.read()).hexdigest()
    except AcctflowsError:
        return "missing"
    found = next((each for each in versions if each.sha256 == digest), None)
    if found is None:
        return "unused"
    return "active" if found.is_active else "another"


def _known(app: App, place: Place, content: bytes) -> TemplateVersion | None:
    digest = sha256(content).hexdigest()
    with app.database.reading() as session:
        return template_versions.find_version(
            session, place.kind.name, place.language, sha256=digest
        )


def _find(app: App, place: Place, number: int) -> TemplateVersion:
    found = next((each for each in _standing(app, place).versions if each.number == number), None)
    if found is None:
        raise HTTPException(404)
    return found


def _examine(portal: Portal, place: Place, version: TemplateVersion) -> Report:
    content = template_files.read_kept(place.kept, version.sha256)
    with reading_file(portal):
        return examine(portal.app, place, content)


def _print(app: App, filled: bytes) -> tuple[list[str], str]:
    """Where the pictures of its pages are, or why there are none.

    Raises:
        HTTPException: 503 with Retry-After when another sample is being printed.
    """
    if not _PRINTING.acquire(blocking=False):
        raise HTTPException(503, headers={"Retry-After": str(BUSY_SECONDS)})
    try:
        with closing(app.printer()) as printer:
            printed = printer.print(filled)
    except ConfigurationError as error:
        return [], str(error)
    finally:
        _PRINTING.release()
    if not printed.content:
        return [], printed.note
    folder = _pictures(app)
    staging.let_go_of_old(folder, seconds=HOUR)
    return [staging.put_aside(folder, page) for page in page_pictures(printed.content)], ""


def _pictures(app: App) -> Path:
    """Where pictures of samples wait to be looked at."""
    return app.home / "template-pictures"


def _word_file(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type=MEDIA_TYPES["docx"],
        headers={"Content-Disposition": content_disposition(name, inline=False)},
    )


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    place: Place,
    *,
    report: Report | None = None,
    fault: bool = False,
    unwritable: bool = False,
    note: str = "",
) -> Response:
    with portal.app.database.reading() as session:
        trail = template_versions.template_trail(session, place.kind.name, place.language)
    return show(
        request,
        portal,
        visitor,
        "desk/template.html",
        section="documents",
        status=409 if unwritable else 422 if report or fault else 200,
        standing=_standing(portal.app, place),
        trail=list(reversed(trail)),
        faults=_told(report, visitor.language) if report else [],
        fatal=sum(each.fatal for each in report.problems) if report else 0,
        problems={"file": "desk.templates.no_file"} if fault else {},
        unwritable=unwritable,
        note=note,
        longest_note=LONGEST_NOTE,
        megabytes=MAX_UPLOAD // 1_000_000,
        may_administer=visitor.may(Permission.ADMINISTER),
    )


def _version_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    place: Place,
    number: int,
    *,
    report: Report | None = None,
    pictures: Sequence[str] = (),
    fault: str = "",
) -> Response:
    version = _find(portal.app, place, number)
    return show(
        request,
        portal,
        visitor,
        "desk/template_version.html",
        section="documents",
        standing=_standing(portal.app, place),
        version=version,
        report=report,
        remarks=_told(report, visitor.language) if report else [],
        variables=_variables(report, visitor.language) if report else {},
        pictures=pictures,
        fault=fault,
        may_administer=visitor.may(Permission.ADMINISTER),
    )


def _told(report: Report, language: str) -> list[str]:
    """What keeps it from being used first, then what may only look different elsewhere."""
    problems = sorted(report.problems, key=lambda problem: not problem.fatal)
    return [problem.text(language) for problem in problems]


def _variables(report: Report, language: str) -> dict[str, str]:
    return {
        path: ", ".join(part_in(language, part) for part in parts)
        for path, parts in report.variables.items()
    }
