"""Finds what is recorded under the SHA-256 of a file, and says of it what anybody may know."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    ClientDecision,
    Document,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.db.models.signing import Proof, SealedFile
from acctflows.documents.sealing.verify import Filed, Record


@dataclass(frozen=True)
class RecordedFile:
    """A recorded file without a word of whom it is for and what it says.

    Args:
        sha256: Of its bytes.
        filed: As what it was recorded.
        recorded_at: When.
        kind: Of the document.
        number: Of the document.
        version: Of the document.
        state: What became of that version.
        accepted_at: When the client's acceptance was recorded; None where there is none.
        sealed_at: When it was sealed with its evidence; None where it is not.
        replaced: Whether there is a later version.
    """

    sha256: str
    filed: Filed
    recorded_at: datetime
    kind: str
    number: str
    version: int
    state: VersionState
    accepted_at: datetime | None
    sealed_at: datetime | None
    replaced: bool

    @property
    def record(self) -> Record:
        """What `verify` wants to know of it."""
        return Record(self.sha256, f"{self.number} v{self.version}", self.filed)


def find_recorded(session: Session, digests: Sequence[str]) -> RecordedFile | None:
    """What is recorded under the first of these SHA-256 under which anything is.

    Each table is asked once, however many there are: a file of a stranger may have hundreds of
    places where an earlier one may have ended.

    Args:
        session: For reading.
        digests: In hexadecimal, lower case.
    """
    found = {file.sha256: file for file in _recorded(session, set(digests))}
    return next((found[each] for each in digests if each in found), None)


def _recorded(session: Session, digests: set[str]) -> Iterator[RecordedFile]:
    """All files under these hashes; of one hash, what says most comes last."""
    word, pdf = DocumentVersion.docx_sha256, DocumentVersion.pdf_sha256
    for version in _versions(session, word.in_(digests)):
        filed = Filed.WORD if version.pdf_sha256 else Filed.SHOWN
        yield _file(version, version.docx_sha256, filed, version.created_at)
    for version in _versions(session, pdf.in_(digests)):
        yield _file(version, version.pdf_sha256, Filed.SHOWN, version.created_at)
    for proof in session.scalars(select(Proof).where(Proof.sha256.in_(digests))):
        yield _file(proof.decision.version, proof.sha256, Filed.PROOF, proof.added_at)
    for sealed in session.scalars(select(SealedFile).where(SealedFile.sha256.in_(digests))):
        filed = Filed.EVIDENCE if sealed.path.endswith("evidence.pdf") else Filed.SEALED
        yield _file(sealed.version, sealed.sha256, filed, sealed.sealed_at)


def _versions(session: Session, wanted: ColumnElement[bool]) -> Iterable[DocumentVersion]:
    query = select(DocumentVersion).join(DocumentVersion.document).where(wanted)
    return session.scalars(query.order_by(Document.id, DocumentVersion.version))


def _file(
    version: DocumentVersion, sha256: str, filed: Filed, recorded_at: datetime
) -> RecordedFile:
    document, decision = version.document, version.decision
    return RecordedFile(
        sha256=sha256,
        filed=filed,
        recorded_at=recorded_at,
        kind=document.kind,
        number=document.number,
        version=version.version,
        state=version.state,
        accepted_at=_accepted_at(decision),
        sealed_at=version.sealed.sealed_at if version.sealed else None,
        replaced=document.newest is not version,
    )


def _accepted_at(decision: ClientDecision | None) -> datetime | None:
    accepted = decision is not None and decision.outcome is Outcome.ACCEPTED
    return decision.decided_at if decision and accepted else None
