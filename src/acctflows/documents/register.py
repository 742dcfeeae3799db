"""The register: which documents there are, in which versions, made from what."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.agency import Client, Project
from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.db.once import find_or_add
from acctflows.documents import access_links, audit
from acctflows.documents.canonical import canonical_sha256
from acctflows.documents.kinds import LANGUAGES
from acctflows.documents.numbering import next_number
from acctflows.documents.versions import (
    UNDECIDED,
    lock_document,
    lock_version,
    name,
    record_event,
    require_state,
    subject,
)
from acctflows.errors import ConflictError, InputError, NotFoundError


def find_document(session: Session, number: str) -> Document:
    """The document of that number.

    Raises:
        NotFoundError: When there is none.
    """
    document = session.scalars(select(Document).where(Document.number == number)).one_or_none()
    if document is None:
        raise NotFoundError(f"there is no document {number}", todo="see `acctflows document list`")
    return document


def newest_versions(
    session: Session, *, state: VersionState | None = None, limit: int
) -> list[DocumentVersion]:
    """The newest version of each document, the newest document first.

    Args:
        session: For reading.
        state: Only documents whose newest version is in this state.
        limit: Of how many documents.
    """
    newer = aliased(DocumentVersion)
    query = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .outerjoin(
            newer,
            (newer.document_id == DocumentVersion.document_id)
            & (newer.version > DocumentVersion.version),
        )
        .where(newer.id.is_(None))
        .order_by(Document.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(DocumentVersion.state == state)
    return list(session.scalars(query))


def open_document(
    session: Session,
    *,
    kind: str,
    key: str,
    client: Client,
    project: Project | None,
    language: str,
    title: str,
    actor: str,
    now: datetime,
    year: int,
) -> Document:
    """The document of that business key: found, or numbered and entered in the register.

    However many callers come at once, they get one document and one number is used.

    Raises:
        InputError: When kind or language is unknown.
        ConflictError: When the key belongs to a document of another kind or client.
    """
    if language not in LANGUAGES:
        raise InputError(f"no documents are written in “{language}”", todo="use de or en")

    def make() -> Document:
        return Document(
            key=key,
            kind=kind,
            number=next_number(session, kind=kind, year=year),
            client=client,
            project=project,
            language=language,
            title=title,
            created_at=now,
        )

    document, new = find_or_add(session, select(Document).where(Document.key == key), make)
    if (document.kind, document.client_id) != (kind, client.id):
        raise ConflictError(
            f"the key belongs to {document.number}, which is of another kind or client", where=key
        )
    if new:
        audit.record(
            session,
            subject=subject(document),
            event="document.opened",
            actor=actor,
            now=now,
            data={"kind": kind, "key": key, "client": client.number, "title": title},
        )
    return document


def add_version(
    session: Session,
    document: Document,
    *,
    snapshot: dict[str, Any],
    template_name: str,
    actor: str,
    now: datetime,
    asked: datetime | None = None,
) -> DocumentVersion:
    """The open version of that content: the newest if it is the same, or else a new one.

    One whose link has expired without an answer is open no more: it takes a new one to ask anew.
    A new version supersedes those before it that wait for a decision; their links stop working.
    Asked for twice at once, the second may come here when the first has been decided about: the
    same content, drafted since it was asked for, is what it asked for, open or not.

    Args:
        session: The transaction.
        document: Of the register.
        snapshot: All the data the document says: JSON without floats.
        template_name: Which template it is to be rendered with; empty for what we draw.
        actor: Who drafts it.
        now: When.
        asked: When it was asked for, if that may be earlier than now.

    Raises:
        ConflictError: When the newest version is accepted: it stays as it is.
        InputError: When the snapshot has no canonical JSON.
    """
    digest = canonical_sha256(snapshot)
    same = (digest, template_name)
    lock_document(session, document)
    newest = document.versions[-1] if document.versions else None
    if newest is not None and (newest.snapshot_sha256, newest.template_name) == same:
        drafted_since = asked is not None and newest.created_at >= asked
        if drafted_since or _waits(session, newest, now=now):
            return newest
    if newest is not None and newest.state is VersionState.ACCEPTED:
        raise ConflictError(
            f"{document.number} is accepted and cannot change",
            todo="draft an amendment under another reference",
        )
    _supersede(session, document, actor=actor, now=now)
    version = DocumentVersion(
        document=document,
        version=newest.version + 1 if newest else 1,
        snapshot=snapshot,
        snapshot_sha256=digest,
        template_name=template_name,
        created_at=now,
        created_by=actor,
    )
    session.add(version)
    session.flush()
    facts = {"snapshot_sha256": digest, "template_name": template_name}
    record_event(session, version, "version.added", actor=actor, now=now, **facts)
    return version


def _waits(session: Session, version: DocumentVersion, *, now: datetime) -> bool:
    if version.state is VersionState.SENT:
        return access_links.open_until(session, version, now=now) is not None
    return version.state in UNDECIDED


def _supersede(session: Session, document: Document, *, actor: str, now: datetime) -> None:
    """Take what still waits for a decision out of the way, and end its links."""
    for version in document.versions:
        if version.state in UNDECIDED:
            version.state = VersionState.SUPERSEDED
            end_links(session, version, now=now)
            record_event(session, version, "version.superseded", actor=actor, now=now)


def end_links(session: Session, version: DocumentVersion, *, now: datetime) -> None:
    """Make every link to the version stop working."""
    session.execute(
        update(AccessLink)
        .where(AccessLink.version_id == version.id, AccessLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def mark_sent(session: Session, version: DocumentVersion, *, actor: str, now: datetime) -> None:
    """Note, once, that a version nobody has to answer is on its way to the client.

    Args:
        session: The transaction that queues the mail.
        version: Approved, or a draft with its files of a kind that goes out without an approval.
        actor: Who sends it.
        now: When.

    Raises:
        ConflictError: When it waits for an approval, was rejected, or has no files.
    """
    lock_version(session, version)
    if version.state is VersionState.SENT:
        return
    require_state(version, VersionState.DRAFT, VersionState.APPROVED, todo="have it approved first")
    if not version.shown_sha256:
        raise ConflictError("there is nothing to send yet", where=name(version), todo="file it")
    version.state = VersionState.SENT
    session.flush()
    record_event(
        session, version, "version.sent", actor=actor, now=now, sha256=version.shown_sha256
    )


def record_files(
    session: Session,
    version: DocumentVersion,
    *,
    template_sha256: str,
    docx_path: str,
    docx_sha256: str,
    pdf_path: str,
    pdf_sha256: str,
    pdf_engine: str,
    pdf_note: str,
    pages: int | None,
    actor: str,
    now: datetime,
) -> None:
    """Note, once, the files a version was made into; the same again changes nothing.

    Args:
        session: The transaction.
        version: The version the files belong to.
        template_sha256: Hash of the Word template; empty when there is none.
        docx_path: The Word file, relative to the folder of documents; empty when there is none.
        docx_sha256: Its hash; empty likewise.
        pdf_path: The PDF, relative likewise; empty when there is none.
        pdf_sha256: Its hash; empty when there is none.
        pdf_engine: What made the PDF; empty when there is none.
        pdf_note: Why there is no PDF, or what its checks remarked.
        pages: How many pages the PDF has; None without one.
        actor: Who made them.
        now: When.

    Raises:
        ConflictError: When other files are recorded already, or the version is no draft any more.
    """
    lock_version(session, version)
    given = (template_sha256, docx_sha256, pdf_sha256)
    if version.shown_sha256:
        if given != (version.template_sha256, version.docx_sha256, version.pdf_sha256):
            raise ConflictError("other files are recorded already", where=name(version))
        return
    require_state(version, VersionState.DRAFT, todo="start again with a new draft")
    version.template_sha256, version.docx_sha256, version.pdf_sha256 = given
    version.docx_path, version.pdf_path = docx_path, pdf_path
    version.pdf_engine, version.pdf_note, version.pages = pdf_engine, pdf_note, pages
    record_event(
        session,
        version,
        "files.recorded",
        actor=actor,
        now=now,
        template_sha256=template_sha256,
        docx_path=docx_path,
        docx_sha256=docx_sha256,
        pdf_path=pdf_path,
        pdf_sha256=pdf_sha256,
        pdf_engine=pdf_engine,
        pdf_note=pdf_note,
        pages=pages,
    )
