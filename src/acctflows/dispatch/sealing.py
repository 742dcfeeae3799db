"""Makes the sealed file of an acceptance: the document, the evidence behind it, the seal."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.signing import ProofKind
from acctflows.dispatch.evidence import collect_evidence
from acctflows.documents.sealing.append import Attachment, append_evidence, evidence_alone
from acctflows.documents.sealing.certificate import SealKey
from acctflows.documents.sealing.evidence import Evidence, Placement, ShownFile
from acctflows.documents.sealing.evidence_pdf import House, evidence_pages
from acctflows.documents.sealing.seal import Sealed, seal
from acctflows.documents.sealing.timestamps import TimestampService
from acctflows.documents.store import read_checked
from acctflows.errors import InputError

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Acceptance:
    """What is to be sealed: the accepted file and all that is known of its acceptance."""

    content: bytes
    evidence: Evidence
    language: str


@dataclass(frozen=True)
class SealedAcceptance:
    """What was sealed, and how the name of the file ends.

    ``sealed.pdf`` for the document with the evidence behind it, ``evidence.pdf`` for the evidence
    alone, with the accepted file laid into it.
    """

    file: Sealed
    ending: str


def read_acceptance(
    session: Session, version: DocumentVersion, *, docs_out: Path, url: str
) -> Acceptance:
    """Read everything a seal needs.

    Args:
        session: For reading.
        version: Accepted by a decision of the client.
        docs_out: The folder of documents.
        url: Page where the file can be verified.

    Raises:
        ConflictError: When it was not accepted, or the accepted file was changed.
    """
    content, shown, placement = _accepted(docs_out, version)
    evidence = collect_evidence(session, version, shown=shown, placement=placement, url=url)
    return Acceptance(content, evidence, version.document.language)


def seal_acceptance(
    acceptance: Acceptance,
    *,
    house: House,
    seal_key: SealKey,
    timestamps: TimestampService | None,
) -> SealedAcceptance:
    """Put the evidence behind the accepted file and seal both; no two seals are alike.

    Args:
        acceptance: What is sealed.
        house: How the pages of evidence look.
        seal_key: With what it is sealed.
        timestamps: Where a trusted time is asked for.
    """
    evidence = acceptance.evidence
    try:
        whole = _with_evidence(acceptance, house)
    except InputError:  # it takes no page, yet it was accepted: so it stays as it is
        evidence = replace(evidence, placement=Placement.INSIDE)
        whole = _with_evidence(replace(acceptance, evidence=evidence), house)
    file = seal(whole, seal_key=seal_key, reason=_reason(evidence), timestamps=timestamps)
    ending = "sealed.pdf" if evidence.placement is Placement.BEFORE else "evidence.pdf"
    return SealedAcceptance(file, ending)


def _accepted(docs_out: Path, version: DocumentVersion) -> tuple[bytes, ShownFile, Placement]:
    """The accepted file, what the evidence says of it, and where it will be.

    What others have signed must stay as it is, and no page can be added to a Word file: the
    evidence is then a file of its own, with the accepted one laid into it.
    """
    proof = version.decision.proof if version.decision else None
    if proof is not None and proof.kind is ProofKind.SIGNED_PDF:
        content = read_checked(docs_out, proof.path, proof.sha256)
        return content, _shown("PDF", content, version.pages, proof.path), Placement.INSIDE
    if not version.pdf_path:
        content = read_checked(docs_out, version.docx_path, version.docx_sha256)
        return content, _shown("Word", content, None, version.docx_path), Placement.INSIDE
    content = read_checked(docs_out, version.pdf_path, version.pdf_sha256)
    return content, _shown("PDF", content, version.pages, version.pdf_path), Placement.BEFORE


def _shown(kind: str, content: bytes, pages: int | None, path: str) -> ShownFile:
    digest = hashlib.sha256(content).hexdigest()
    return ShownFile(kind, digest, len(content), pages, name=path.rpartition("/")[2])


def _with_evidence(acceptance: Acceptance, house: House) -> bytes:
    evidence, content = acceptance.evidence, acceptance.content
    pages = evidence_pages(evidence, language=acceptance.language, house=house)
    if evidence.placement is Placement.BEFORE:
        return append_evidence(content, pages, mark=evidence.mark, language=acceptance.language)
    shown = evidence.shown
    kind = "application/pdf" if shown.kind == "PDF" else WORD
    inside = Attachment(shown.name, content, kind)
    return evidence_alone(pages, mark=evidence.mark, attachment=inside)


def _reason(evidence: Evidence) -> str:
    last = evidence.signers[-1]
    names = ", ".join(signer.name for signer in evidence.signers)
    return (
        f"{evidence.number} v{evidence.version} accepted by {names}, {last.decided_at.isoformat()}"
    )
