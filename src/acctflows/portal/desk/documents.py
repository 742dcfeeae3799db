"""The document register: what was made for whom, in which versions, and what became of it."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import JOBS
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import AuditEntry, Document, DocumentVersion, VersionState
from acctflows.documents import audit, register
from acctflows.documents.kinds import KINDS
from acctflows.documents.text import clean_text
from acctflows.documents.versions import subject
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.contracts import read_term
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.inviting import read_invitation
from acctflows.portal.desk.listing import WishDep, chosen, containing, page_of
from acctflows.portal.desk.negotiation import WITHDRAWABLE, read_changes, read_rounds
from acctflows.portal.desk.silence import may_count_as_accepted
from acctflows.portal.files import (
    MEDIA_TYPES,
    document_response,
    read_document,
    read_sealed,
    sealed_response,
)
from acctflows.portal.kinds import KIND_PAGES
from acctflows.portal.state import PortalDep

router = APIRouter()


@router.api_route("/documents", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_documents(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """All documents, newest first; the state is that of the newest version."""
    query = (
        select(Document)
        .join(Document.client)
        .options(selectinload(Document.versions), joinedload(Document.client))
        .order_by(Document.id.desc())
    )
    wanted = chosen(VersionState, wish.state)
    if wanted:
        newest = (
            select(DocumentVersion.state)
            .where(DocumentVersion.document_id == Document.id)
            .order_by(DocumentVersion.version.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = query.where(newest == wanted)
    if wish.kind in KINDS:
        query = query.where(Document.kind == wish.kind)
    if wish.words:
        query = query.where(
            containing(wish.words, Document.number, Document.title, Client.legal_name)
        )
    with portal.app.database.reading() as session:
        listing = page_of(session, query, wish.page)
    return show(
        request,
        portal,
        visitor,
        "desk/documents.html",
        section="documents",
        listing=listing,
        kind=wish.kind,
        kinds=list(KINDS.values()),
        state=wanted,
        states=list(VersionState),
    )


@router.api_route("/documents/{number}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_document(
    request: Request, portal: PortalDep, visitor: VisitorDep, number: str, verify: bool = False
) -> Response:
    """One document: versions with hashes and downloads, decisions, the audit trail.

    The whole trail is recomputed only when asked for: with the years it takes seconds.
    """
    now = portal.app.clock.now()
    with portal.app.database.reading() as session:
        document = _find(session, number)
        page = KIND_PAGES.get(document.kind)
        return show(
            request,
            portal,
            visitor,
            "desk/document.html",
            section="documents",
            document=document,
            doc=page.read(document.newest.snapshot) if page else None,
            page=page,
            words=page.words if page else {},
            kind=KINDS[document.kind],
            trail=_trail(session, document),
            report=audit.verify(session) if verify else None,
            today=portal.app.clock.today(),
            term=read_term(session, portal, document, visitor.language),
            silent=may_count_as_accepted(session, document.newest, now=now),
            invitation=read_invitation(portal.app, session, document.newest, now=now),
            rounds=read_rounds(session, document, now=now),
            changed=read_changes(portal, session, document.newest),
            withdrawable=document.newest.state in WITHDRAWABLE and document.kind in JOBS,
        )


def _find(session: Session, number: str) -> Document:
    """The document of that number, or of that id, which links in mails and runs carry."""
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return register.find_document(session, clean_text(number))
    document = session.get(Document, int(number))
    if document is None:
        raise HTTPException(404)
    return document


def _trail(session: Session, document: Document) -> list[AuditEntry]:
    """What happened to the document; nothing where a forged entry cannot even be read."""
    try:
        return audit.trail(session, subject(document))
    except (ValueError, TypeError):
        return []


@router.api_route("/versions/{version_id}/sealed.pdf", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def sealed_file(portal: PortalDep, version_id: Id) -> Response:
    """The accepted version with its evidence, handed out only while it is the registered one."""
    with portal.app.database.reading() as session:
        version = session.get(DocumentVersion, version_id)
        if version is None or version.sealed is None:
            raise HTTPException(404)
        return sealed_response(read_sealed(portal.app.docs_out, version), version)


@router.api_route("/versions/{version_id}/document.{suffix}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def version_file(
    portal: PortalDep, version_id: Id, suffix: str, download: bool = False
) -> Response:
    """A version's PDF or Word file, handed out only while it is the registered one."""
    with portal.app.database.reading() as session:
        version = session.get(DocumentVersion, version_id)
        if version is None or suffix not in MEDIA_TYPES:
            raise HTTPException(404)
        content = read_document(portal.app.docs_out, version, suffix)
        return document_response(content, version, suffix, download=download)
