"""Whether the register still says of each document what the audit trail says of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload, selectinload

from acctflows.db.models.documents import (
    Approval,
    AuditEntry,
    ClientDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.signing import Proof, SealedFile, SignerConsent
from acctflows.documents.approval import STATE_AFTER
from acctflows.documents.canonical import canonical_sha256
from acctflows.documents.objections import objection_facts
from acctflows.documents.versions import UNDECIDED, name
from acctflows.errors import AcctflowsError, ConflictError, InputError

Facts = dict[str, Any]
"""What is said of a document or version, each fact by its name."""

_FILES: Facts = {
    **dict.fromkeys(("template_sha256", "docx_sha256", "pdf_sha256", "pdf_engine"), ""),
    **dict.fromkeys(("docx_path", "pdf_path", "pdf_note"), ""),
    "pages": None,
}
_DOCUMENT = ("kind", "key", "client")
_VERSION = ("state", "snapshot_sha256", "template_name", "created_at", "created_by")
_DECISION = ("decision", "decided_by", "decided_at", "comment")
_APPROVAL = ("sha256", "asked_at", *_DECISION)
_WORDS = ("name", "function", "sha256", "means", "consent_sha256", "consent_language")
_ANSWER = (*_WORDS, "decided_at", "outcome", "reason", "defects", "objections")
_SEAL = ("sha256", "path", "certificate_sha256", "timestamped", "note", "sealed_at")
_SHOWN = ("sha256", "path", "kind", "findings")
_DAYS = ("signed_on", "received_on")
_PROOF = (*_SHOWN, *_DAYS, "added_by", "added_at")
_NEW: Facts = {
    **_FILES,
    **{f"approval.{fact}": None for fact in _APPROVAL},
    **{f"answer.{fact}": None for fact in _ANSWER},
    **{f"seal.{fact}": None for fact in _SEAL},
    **{f"proof.{fact}": None for fact in _PROOF},
    "consents": [],
    "replies": {},
}
"""Of a version without files, approval and answer of the client."""

_DECIDED = {state: decision for decision, state in STATE_AFTER.items()}
_UNTOLD = object()
"""A fact that older entries of the trail do not tell."""


@dataclass(frozen=True)
class RegisterReport:
    """How many documents and versions were compared, and what does not agree about which."""

    checked: int
    faults: list[AcctflowsError]


def check_register(session: Session) -> RegisterReport:
    """Compare documents, versions, approvals and answers with the trail, in both directions.

    Args:
        session: For reading, and not used yet: everything is seen as of one moment.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite does so by itself
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        said, kept = _said(session), _kept(session)
    except (DBAPIError, ValueError, LookupError, RecursionError) as error:
        what = f"A row cannot be read ({type(error).__name__})."
        return RegisterReport(0, [_fault("register of documents", what)])
    faults: list[AcctflowsError] = []
    for key in sorted(said.keys() | kept.keys()):
        if key not in said:
            faults.append(_fault(key, "It is in the register, but not in the audit trail."))
        elif key not in kept:
            faults.append(_fault(key, "It is in the audit trail, but not in the register."))
        else:
            faults += _differences(key, said[key], kept[key])
    return RegisterReport(len(kept), faults)


def _differences(key: str, said: Facts, kept: Facts) -> Iterator[AcctflowsError]:
    for fact, value in said.items():
        allowed = value if isinstance(value, tuple) else (value,)
        if kept[fact] not in allowed and value is not _UNTOLD:
            words = " or ".join(f"“{each}”" for each in allowed)
            yield _fault(key, f"{fact} is “{kept[fact]}”, but the audit trail says {words}.")


def _fault(where: str, what: str) -> ConflictError:
    todo = "Restore the database from the backup and find out who changed it."
    return ConflictError(what, where=where, todo=todo)


def _said(session: Session) -> dict[str, Facts]:
    """What the trail says of each document and version, up to its last entry."""
    said: dict[str, Facts] = {}
    query = select(AuditEntry).where(AuditEntry.subject.startswith("document/"))
    for entry in session.scalars(query.order_by(AuditEntry.seq).execution_options(yield_per=500)):
        key = entry.subject.removeprefix("document/")
        if entry.event != "document.opened":
            if "version" not in entry.data:  # of the matter, such as a hold or promise of payment
                continue
            key = f"{key} v{entry.data['version']}"
        before = said.get(key, {})
        if learnt := _learnt(entry, before):
            said[key] = before | learnt
    return said


def _learnt(entry: AuditEntry, before: Facts) -> Facts:
    """What an entry adds to what the trail said before; a tuple is of all that may be true."""
    facts = _FACTS[entry.event](entry) if entry.event in _FACTS else {}
    if entry.event in _MORE:
        facts |= _MORE[entry.event](entry, before)
    if entry.event in _STATE:
        facts["state"] = _STATE[entry.event]
    if entry.event in _MAY_SUPERSEDE and before.get("state") in UNDECIDED:
        facts["state"] = (before["state"], VersionState.SUPERSEDED)
    return facts


def _opened(entry: AuditEntry) -> Facts:
    return {"created_at": entry.at, **{fact: entry.data[fact] for fact in _DOCUMENT}}


def _added(entry: AuditEntry) -> Facts:
    digest = entry.data["snapshot_sha256"]
    template = entry.data.get("template_name", _UNTOLD)
    told = {"snapshot": digest, "snapshot_sha256": digest, "template_name": template}
    return {**_NEW, **told, "created_at": entry.at, "created_by": entry.actor}


def _tied(entry: AuditEntry) -> Facts:
    return {"template_sha256": entry.data["template_sha256"]}


def _filed(entry: AuditEntry) -> Facts:
    return {fact: entry.data.get(fact, _UNTOLD) for fact in _FILES}


def _asked(entry: AuditEntry) -> Facts:
    asked = (entry.data["sha256"], entry.at)
    return _named("approval", _APPROVAL, (*asked, None, "", None, ""))


def _approval_given(entry: AuditEntry) -> Facts:
    decision = _DECIDED[_STATE[entry.event]]
    return _named("approval", _DECISION, (decision, entry.actor, entry.at, entry.data["comment"]))


def _answered(entry: AuditEntry) -> Facts:
    data, outcome = entry.data, entry.event.removeprefix("decision.")
    told = (entry.at, outcome, data["reason"], data["defects"], data.get("objections", _UNTOLD))
    return _named("answer", _ANSWER, (*_told_words(entry), *told))


def _told_words(entry: AuditEntry) -> tuple[Any, ...]:
    return (entry.actor, *(entry.data.get(fact, _UNTOLD) for fact in _WORDS[1:]))


def _consented(entry: AuditEntry, before: Facts) -> Facts:
    return {"consents": [*before["consents"], [entry.at, *_told_words(entry)]]}


def _replied(entry: AuditEntry, before: Facts) -> Facts:
    said = [entry.data["reply"], entry.data["text"], entry.actor, entry.at]
    return {"replies": before["replies"] | {entry.data["position"]: said}}


def _sealed(entry: AuditEntry) -> Facts:
    return _named("seal", _SEAL, [*(entry.data[fact] for fact in _SEAL[:-1]), entry.at])


def _proved(entry: AuditEntry) -> Facts:
    told = [entry.data[fact] for fact in _SHOWN]
    days = [_told_day(entry, fact) for fact in _DAYS]
    return _named("proof", _PROOF, [*told, *days, entry.actor, entry.at])


def _told_day(entry: AuditEntry, fact: str) -> date | None:
    # Older entries tell none, and their proofs have none.
    return date.fromisoformat(entry.data[fact]) if fact in entry.data else None


_STATE = {
    "version.added": VersionState.DRAFT,
    "version.superseded": VersionState.SUPERSEDED,
    "version.withdrawn": VersionState.WITHDRAWN,
    "version.sent": VersionState.SENT,
    "invitation.issued": VersionState.SENT,
    "approval.asked": VersionState.IN_APPROVAL,
    **{f"approval.{state}": state for state in _DECIDED},
    "decision.accepted": VersionState.ACCEPTED,
    "decision.declined": VersionState.DECLINED,
    "decision.objected": VersionState.OBJECTED,
    "acceptance.deemed": VersionState.ACCEPTED,
}
"""Event to the state the version is in afterwards."""

_MAY_SUPERSEDE = ("letter.dropped", "invoice.cancelled")
"""Events that supersede the version when its mail had not gone out yet."""

_FACTS: dict[str, Callable[[AuditEntry], Facts]] = {
    "document.opened": _opened,
    "version.added": _added,
    "template.tied": _tied,
    "template.released": _tied,
    "files.recorded": _filed,
    "approval.asked": _asked,
    **{f"approval.{state}": _approval_given for state in _DECIDED},
    "decision.accepted": _answered,
    "decision.declined": _answered,
    "decision.objected": _answered,
    "version.sealed": _sealed,
    "proof.added": _proved,
}
"""Event to what it tells."""

_MORE: dict[str, Callable[[AuditEntry, Facts], Facts]] = {
    "consent.given": _consented,
    "objection.answered": _replied,
}
"""Event to what it tells besides what was told before."""


def _kept(session: Session) -> dict[str, Facts]:
    """What the register says of each document and version."""
    kept: dict[str, Facts] = {}
    in_pieces = {"yield_per": 500}
    documents = select(Document).options(joinedload(Document.client))
    for document in session.scalars(documents.execution_options(**in_pieces)):
        kept[document.number] = {
            **{fact: getattr(document, fact) for fact in ("kind", "key", "created_at")},
            "client": document.client.number,
        }
    versions = select(DocumentVersion).options(
        joinedload(DocumentVersion.document),
        joinedload(DocumentVersion.approval),
        joinedload(DocumentVersion.sealed),
        selectinload(DocumentVersion.consents),
        joinedload(DocumentVersion.decision).options(
            selectinload(ClientDecision.defects),
            selectinload(ClientDecision.objections),
            joinedload(ClientDecision.proof),
        ),
    )
    for version in session.scalars(versions.execution_options(**in_pieces)):
        kept[name(version)] = {
            **{fact: getattr(version, fact) for fact in (*_VERSION, *_FILES)},
            "snapshot": _hash_of(version.snapshot),
            **_named("approval", _APPROVAL, _values(version.approval, _APPROVAL)),
            **_named("answer", _ANSWER, _answer(version.decision)),
            **_named("seal", _SEAL, _values(version.sealed, _SEAL)),
            **_named("proof", _PROOF, _values(_proof(version), _PROOF)),
            "consents": [[each.given_at, *_words(each)] for each in version.consents],
            "replies": _replies(version.decision),
        }
    return kept


def _hash_of(snapshot: Any) -> str:
    try:
        return canonical_sha256(snapshot)
    except InputError as error:
        return str(error)


def _answer(decision: ClientDecision | None) -> tuple[Any, ...]:
    if decision is None:
        return _values(None, _ANSWER)
    defects = [f"{each.place}: {each.description}" for each in decision.defects]
    objections = [objection_facts(each) for each in decision.objections]
    rest = (decision.decided_at, decision.outcome, decision.reason, defects, objections)
    return (*_words(decision), *rest)


def _words(given: ClientDecision | SignerConsent) -> tuple[Any, ...]:
    digest = sha256(given.consent_text.encode()).hexdigest()
    facts = {"consent_sha256": digest}
    return tuple(facts.get(fact) or getattr(given, fact) for fact in _WORDS)


def _replies(decision: ClientDecision | None) -> dict[int, list[Any]]:
    objections = decision.objections if decision else []
    return {
        each.position: [each.reply, each.reply_text, each.replied_by, each.replied_at]
        for each in objections
        if each.reply is not None
    }


def _proof(version: DocumentVersion) -> Proof | None:
    return version.decision.proof if version.decision else None


def _values(
    row: Approval | ClientDecision | SealedFile | Proof | None, facts: Sequence[str]
) -> tuple[Any, ...]:
    return tuple(getattr(row, fact, None) for fact in facts)


def _named(what: str, facts: Sequence[str], values: Sequence[Any]) -> Facts:
    return {f"{what}.{fact}": value for fact, value in zip(facts, values, strict=True)}
