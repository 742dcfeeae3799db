"""From a client's objections to the next version, and to words that are kept for later."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.contracts.job import read_snapshot
from acctflows.contracts.snapshot import Wording
from acctflows.contracts.wordings import agreed_words, negotiate
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import ClauseVariant, Objection
from acctflows.db.once import find_or_add
from acctflows.documents import register
from acctflows.documents.objections import all_answered
from acctflows.documents.text import clean, clean_text
from acctflows.documents.versions import lock_document, name, record_event
from acctflows.errors import ConflictError, InputError


def draft_next(
    session: Session,
    version: DocumentVersion,
    *,
    actor: str,
    now: datetime,
    asked: datetime | None = None,
) -> DocumentVersion:
    """The next version of a contract that was objected to, with the words that were agreed on.

    Everything else stays as it was offered. Asked for twice, the same version is found. Where the
    agency only explained, the next version asks again for the same words.

    Args:
        session: Open transaction.
        version: That was objected to; all its objections are answered.
        actor: Who drafts, for the audit trail.
        now: The present moment.
        asked: When the draft was asked for, if that may be earlier than now.

    Raises:
        ConflictError: When it was not objected to, or an answer is missing.
    """
    document, decision = version.document, version.decision
    lock_document(session, document)
    if version.state is not VersionState.OBJECTED or decision is None:
        raise ConflictError(
            "there is nothing to negotiate", where=name(version), todo="draft the contract anew"
        )
    if not all_answered(decision):
        raise ConflictError(
            "objections wait for an answer", where=name(version), todo="answer each on the desk"
        )
    snapshot = read_snapshot(version)
    agreed = negotiate(snapshot.wordings, decision.objections)
    offered = snapshot.model_copy(update={"wordings": agreed})
    return register.add_version(
        session,
        document,
        snapshot=clean(offered.model_dump(mode="json")),
        template_name=version.template_name,
        actor=actor,
        now=now,
        asked=asked,
    )


def keep_variant(
    session: Session, objection: Objection, *, title: str, by: str, now: datetime
) -> ClauseVariant:
    """Keep the words an objection led to under a name, for later contracts; kept already, found.

    Raises:
        InputError: When the name is missing or too long, or the clause stayed as it was.
        ConflictError: When another wording has this name.
    """
    title, words = clean_text(title).strip(), agreed_words(objection)
    version = objection.decision.version
    if not 0 < len(title) <= 100:
        raise InputError(
            "the name is missing or too long", where="name", todo="give it a short one"
        )
    if words is None:
        raise InputError(
            "the clause stays as it was", where=objection.number, todo="there is nothing to keep"
        )
    kind, language = version.document.kind, version.document.language

    def make() -> ClauseVariant:
        return ClauseVariant(
            kind=kind,
            language=language,
            name=title,
            heading=objection.heading,
            original=objection.original,
            text=words,
            objection=objection,
            kept_by=by,
            kept_at=now,
        )

    query = sa.select(ClauseVariant).where(
        ClauseVariant.kind == kind, ClauseVariant.language == language, ClauseVariant.name == title
    )
    variant, new = find_or_add(session, query, make)
    if (variant.heading, variant.text) != (objection.heading, words):
        raise ConflictError("other words have this name", where=title, todo="choose another name")
    if new:
        facts = {"position": objection.position, "name": title}
        record_event(session, version, "variant.kept", actor=by, now=now, **facts)
    return variant


def variants(session: Session, *, kind: str, language: str) -> list[ClauseVariant]:
    """The kept wordings for documents of that kind and language, by clause and name."""
    query = sa.select(ClauseVariant).where(
        ClauseVariant.kind == kind, ClauseVariant.language == language
    )
    return list(session.scalars(query.order_by(ClauseVariant.heading, ClauseVariant.name)))


def chosen_variants(
    session: Session, names: Iterable[str], *, kind: str, language: str
) -> list[Wording]:
    """The kept wordings of those names, in the order they are given.

    Raises:
        InputError: When there is none of that name; the message lists those there are.
    """
    kept = {each.name: each for each in variants(session, kind=kind, language=language)}
    unknown = [title for title in names if title not in kept]
    if unknown:
        raise InputError(
            f"no wording is kept as “{unknown[0]}”",
            where="clause variants",
            todo=f"choose of: {', '.join(kept) or 'none is kept yet'}",
        )
    return [
        Wording(heading=each.heading, original=each.original, text=each.text)
        for each in (kept[title] for title in names)
    ]
