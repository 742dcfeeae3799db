"""What our records tell of an acceptance, for the pages of evidence behind the document."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    AuditEntry,
    ClientDecision,
    DocumentVersion,
    Means,
    Outcome,
)
from acctflows.db.models.signing import ProofKind, SignerConsent
from acctflows.documents import audit
from acctflows.documents.kinds import find_kind
from acctflows.documents.objections import clause_name
from acctflows.documents.sealing.evidence import (
    Event,
    Evidence,
    InternalApproval,
    Placement,
    Round,
    ShownFile,
    SignerEvidence,
    Way,
)
from acctflows.documents.sealing.marks import marker
from acctflows.documents.versions import subject
from acctflows.errors import ConflictError

WAYS = {
    Means.LINK: Way.LINK,
    Means.CODE: Way.CODE,
    Means.PAPER: Way.PAPER,
    Means.SIGNED_PDF: Way.QUALIFIED,
}

EVENTS: dict[str, dict[str, str]] = {
    "de": {
        "version.added": "Entworfen",
        "files.recorded": "Datei gemacht",
        "approval.asked": "Freigabe erbeten",
        "approval.approved": "Freigegeben",
        "invitation.issued": "Eingeladen: {recipient}",
        "invitation.reminded": "Erinnert: {recipient}",
        "invitation.replaced": "Frühere Einladung ersetzt",
        "code.sent": "Code per E-Mail verschickt",
        "code.refused": "Falscher Code eingegeben",
        "consent.given": "Angenommen",
        "decision.accepted": "Angenommen",
        "proof.added": "Beleg zu den Akten genommen",
    },
    "en": {
        "version.added": "Drafted",
        "files.recorded": "File made",
        "approval.asked": "Approval asked for",
        "approval.approved": "Approved",
        "invitation.issued": "Invited: {recipient}",
        "invitation.reminded": "Reminded: {recipient}",
        "invitation.replaced": "Earlier invitation replaced",
        "code.sent": "Code sent by mail",
        "code.refused": "Wrong code entered",
        "consent.given": "Accepted",
        "decision.accepted": "Accepted",
        "proof.added": "Proof put on file",
    },
}
"""What of the trail is told, in words; the rest is the agency's own business."""

_ROUND = {
    "de": {
        "objected": "Einwände zu {clauses}",
        "declined": "Abgelehnt: {reason}",
        "superseded": "Durch eine neue Version ersetzt",
    },
    "en": {
        "objected": "Objections to {clauses}",
        "declined": "Declined: {reason}",
        "superseded": "Replaced by a new version",
    },
}


def collect_evidence(
    session: Session, version: DocumentVersion, *, shown: ShownFile, placement: Placement, url: str
) -> Evidence:
    """All that is recorded of how a version was accepted, in the document's language.

    Args:
        session: For reading.
        version: Accepted by a decision of the client.
        shown: The accepted file.
        placement: Where it is, seen from the pages of evidence.
        url: Page where the file can be verified.

    Raises:
        ConflictError: When the client has not accepted it.
    """
    document, decision = version.document, version.decision
    if decision is None or decision.outcome is not Outcome.ACCEPTED:
        raise ConflictError("there is no acceptance to give evidence of", where=document.number)
    language = document.language
    trail = [
        entry
        for entry in audit.trail(session, subject(document))
        if entry.data.get("version", version.version) == version.version
        and entry.at <= decision.decided_at
    ]
    approval = version.approval
    return Evidence(
        mark=marker(document.number, version.version, version.shown_sha256),
        kind=find_kind(document.kind).title(language),
        number=document.number,
        version=version.version,
        title=document.title,
        project=document.project.title if document.project else "",
        agency=str(_party(version, "agency")),
        client=document.client.legal_name,
        shown=shown,
        placement=placement,
        approval=InternalApproval(approval.decided_by, approval.decided_at)
        if approval and approval.decided_at
        else None,
        signers=tuple(_signers(version, decision)),
        events=tuple(_events(trail, language)),
        rounds=tuple(_rounds(version, language)),
        audit_hash=trail[-1].hash,
        verify_url=url,
    )


def _party(version: DocumentVersion, role: str) -> Any:
    return version.snapshot[role]["legal_name"]


def _signers(version: DocumentVersion, decision: ClientDecision) -> Iterator[SignerEvidence]:
    for consent in version.consents:
        yield _signer(consent, consent.position, consent.given_at)
    last = _signer(decision, len(version.consents) + 1, decision.decided_at)
    reserved = tuple(f"{each.place}: {each.description}" for each in decision.defects)
    proof = decision.proof
    if proof is None:
        yield replace(last, reservations=reserved)
        return
    yield replace(
        last,
        reservations=reserved,
        proof=" ".join(proof.findings),
        sha256=proof.sha256 if proof.kind is ProofKind.SIGNED_PDF else last.sha256,
    )


def _signer(given: SignerConsent | ClientDecision, position: int, at: datetime) -> SignerEvidence:
    return SignerEvidence(
        position=position,
        name=given.name,
        function=given.function,
        invited=given.link.contact.email if given.link else "",
        way=WAYS[given.means],
        consent_text=given.consent_text,
        consent_language=given.consent_language,
        decided_at=at,
        sha256=given.sha256,
        ip=given.ip,
        user_agent=given.user_agent,
    )


def _events(trail: list[AuditEntry], language: str) -> Iterator[Event]:
    words = EVENTS[language]
    for entry in trail:
        if entry.event in words:
            yield Event(entry.at, words[entry.event].format_map(entry.data), entry.actor)


def _rounds(version: DocumentVersion, language: str) -> Iterator[Round]:
    for earlier in version.document.versions:
        if earlier.version < version.version and earlier.state in _ROUND[language]:
            decision = earlier.decision
            said = {
                "reason": decision.reason if decision else "",
                "clauses": ", ".join(map(clause_name, decision.objections)) if decision else "",
            }
            at = decision.decided_at if decision else earlier.created_at
            yield Round(earlier.version, at, _ROUND[language][earlier.state].format_map(said))
