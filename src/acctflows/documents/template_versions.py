"""The versions of the Word templates: which there are, which is active, and which a document has.

A template is known by the SHA-256 of its bytes. Nothing here reads or writes its file.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AuditEntry, AuditHead, DocumentVersion, VersionState
from acctflows.db.models.templates import TemplateSource, TemplateVersion
from acctflows.documents import audit
from acctflows.documents.versions import lock_version, record_event, require_state


def subject(kind: str, language: str) -> str:
    """What the audit trail calls a template: ``template/contract/de``."""
    return f"template/{kind}/{language}"


def list_versions(session: Session, kind: str, language: str) -> Sequence[TemplateVersion]:
    """All versions of a template, the newest first."""
    query = _of(kind, language).order_by(TemplateVersion.number.desc())
    return session.scalars(query).all()


def find_version(
    session: Session, kind: str, language: str, *, sha256: str
) -> TemplateVersion | None:
    """The version with these bytes; None where nobody has seen them yet."""
    query = _of(kind, language).where(TemplateVersion.sha256 == sha256)
    return session.scalars(query).one_or_none()


def template_trail(session: Session, kind: str, language: str) -> list[AuditEntry]:
    """What happened to the template, oldest first."""
    return audit.trail(session, subject(kind, language))


def add_version(
    session: Session,
    kind: str,
    language: str,
    *,
    sha256: str,
    source: TemplateSource,
    actor: str,
    now: datetime,
    note: str = "",
) -> TemplateVersion:
    """The version with these bytes: found, or entered with the next number; not active yet.

    However many callers come at once, they get one version.

    Args:
        session: The transaction.
        kind: Of the documents.
        language: Of the documents.
        sha256: Of bytes that are kept already and can be used.
        source: How they came.
        actor: Who brought them.
        now: When.
        note: What is new in them.
    """
    _lock(session)
    known = find_version(session, kind, language, sha256=sha256)
    if known is not None:
        return known
    version = TemplateVersion(
        kind=kind,
        language=language,
        number=len(list_versions(session, kind, language)) + 1,
        sha256=sha256,
        source=source,
        note=note,
        added_by=actor,
        added_at=now,
    )
    session.add(version)
    session.flush()
    _record(session, version, "template.added", actor, now, source=source.value, note=note)
    return version


def activate(session: Session, version: TemplateVersion, *, actor: str, now: datetime) -> None:
    """Write new documents with this version from now on; the same again changes nothing."""
    _lock(session)
    query = _of(version.kind, version.language).execution_options(populate_existing=True)
    before = next((each for each in session.scalars(query) if each.is_active), None)
    if before is version:
        return
    if before is not None:
        before.ended_at = now
        session.flush()  # one is active at a time: the database holds us to it
    version.active_since, version.activated_by, version.ended_at = now, actor, None
    session.flush()
    was = before.number if before else None
    _record(session, version, "template.activated", actor, now, instead_of=was)


def tie_template(
    session: Session, version: DocumentVersion, sha256: str, *, actor: str, now: datetime
) -> str:
    """Note, once, which template a draft is written with, so that no later edit changes it.

    Returns:
        The SHA-256 of the template it is tied to: this one, or the one that was noted before.

    Raises:
        ConflictError: It has no template yet and is no draft any more.
    """
    lock_version(session, version)
    if not version.template_sha256:
        require_state(version, VersionState.DRAFT, todo="start again with a new draft")
        _note(session, version, "template.tied", sha256, actor=actor, now=now)
    return version.template_sha256


def release_template(
    session: Session, version: DocumentVersion, *, actor: str, now: datetime
) -> None:
    """Let a draft that could not be made with its template take the one that is active next time.

    One that has its files keeps what it was made from.
    """
    lock_version(session, version)
    is_open = version.state is VersionState.DRAFT and not version.shown_sha256
    if is_open and version.template_sha256:
        _note(session, version, "template.released", "", actor=actor, now=now)


def _note(
    session: Session,
    version: DocumentVersion,
    event: str,
    sha256: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    version.template_sha256 = sha256
    session.flush()
    record_event(session, version, event, actor=actor, now=now, template_sha256=sha256)


def _lock(session: Session) -> None:
    """Wait for others who change templates: all of them enter it in the trail, whose end we hold.

    Templates change so seldom that nobody else who waits for the trail will notice.
    """
    session.execute(select(AuditHead.seq).with_for_update())


def _of(kind: str, language: str) -> Select[tuple[TemplateVersion]]:
    return select(TemplateVersion).where(
        TemplateVersion.kind == kind, TemplateVersion.language == language
    )


def _record(
    session: Session,
    version: TemplateVersion,
    event: str,
    actor: str,
    now: datetime,
    **facts: str | int | None,
) -> None:
    audit.record(
        session,
        subject=subject(version.kind, version.language),
        event=event,
        actor=actor,
        now=now,
        data={"number": version.number, "sha256": version.sha256, **facts},
    )
