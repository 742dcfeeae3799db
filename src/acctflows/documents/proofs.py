"""An acceptance that came to us outside of our page: on paper, or as a PDF signed elsewhere.

A person records it, with the file that shows it. What follows is what follows any acceptance.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    ClientDecision,
    DocumentVersion,
    Means,
    Outcome,
    VersionState,
)
from acctflows.db.models.signing import Proof, ProofKind
from acctflows.documents import acceptance, staging, store
from acctflows.documents.proof_words import consent_words
from acctflows.documents.versions import lock_version, record_event, require_state
from acctflows.errors import InputError, TemporaryError

MEANS = {ProofKind.SCAN: Means.PAPER, ProofKind.SIGNED_PDF: Means.SIGNED_PDF}
"""How what such a file shows has come to us."""


@dataclass(frozen=True)
class OutsideSignature:
    """Who signed outside of our page, and when.

    Args:
        name: As it stands under the document; of several people all names.
        function: In what function; may be empty.
        signed_on: Day of the signature.
        received_on: Day on which it came to the agency.
        kind: What the file is.
        sha256: Of the file.
        findings: What was found in checking it, in sentences.
    """

    name: str
    function: str
    signed_on: date
    received_on: date
    kind: ProofKind
    sha256: str
    findings: tuple[str, ...] = ()


def check_days(
    signed_on: date | None, received_on: date | None, *, sent_on: date, today: date
) -> None:
    """Take only days on which the document can have been signed, and then received.

    Args:
        signed_on: Day of the signature; None where what was given is no day.
        received_on: Day on which it came to the agency; None likewise.
        sent_on: When the document was sent.
        today: The present day.

    Raises:
        InputError: One is no day, lies in the future or before what went before; ``where`` says
            which, ``signed_on`` or ``received_on``.
    """
    if signed_on is None or not sent_on <= signed_on <= today:
        raise InputError(
            "this is no day on which it can have been signed",
            where="signed_on",
            todo=f"give a day from {sent_on} to {today}",
        )
    if received_on is None or not signed_on <= received_on <= today:
        raise InputError(
            "this is no day on which it can have been received",
            where="received_on",
            todo=f"give a day from {signed_on} to {today}",
        )


def record_outside(
    session: Session,
    version: DocumentVersion,
    signature: OutsideSignature,
    *,
    path: str,
    language: str,
    by: str,
    now: datetime,
) -> ClientDecision:
    """Record that the client has accepted outside of our page, with the file that shows it.

    It covers all who have still to sign. The same file twice is recorded once.

    Args:
        session: The transaction.
        version: At the client's.
        signature: Who signed, when, and what shows it.
        path: Where the file will lie, relative to the folder of documents.
        language: Of the sentence that takes the place of the client's declaration.
        by: Who records it.
        now: When.

    Raises:
        InputError: The name is missing, or words are too long.
        ConflictError: The version does not wait for an answer (any more).
    """
    words = acceptance.clean_signature(signature.name, signature.function)
    lock_version(session, version)
    decision = version.decision
    if decision and decision.proof and decision.proof.sha256 == signature.sha256:
        return decision
    require_state(version, VersionState.SENT, todo="look at the document again")
    decision = _decision(version, signature, words, language=language, by=by, now=now)
    proof = _proof(decision, signature, path=path, by=by, now=now)
    version.state = VersionState.ACCEPTED
    session.add_all([decision, proof])
    session.flush()
    acceptance.record_answer(session, decision)
    record_event(
        session,
        version,
        "proof.added",
        actor=by,
        now=now,
        sha256=proof.sha256,
        path=proof.path,
        kind=proof.kind,
        findings=proof.findings,
        signed_on=signature.signed_on.isoformat(),
        received_on=signature.received_on.isoformat(),
    )
    return decision


def _decision(
    version: DocumentVersion,
    signature: OutsideSignature,
    words: dict[str, str],
    *,
    language: str,
    by: str,
    now: datetime,
) -> ClientDecision:
    means = MEANS[signature.kind]
    return ClientDecision(
        version=version,
        link=None,
        means=means,
        outcome=Outcome.ACCEPTED,
        **words,
        consent_text=consent_words(
            means,
            **words,
            signed_on=signature.signed_on,
            received_on=signature.received_on,
            sha256=signature.sha256,
            by=by,
            lang=language,
        ),
        consent_language=language,
        sha256=version.shown_sha256,
        ip="",
        user_agent="",
        decided_at=now,
    )


def _proof(
    decision: ClientDecision, signature: OutsideSignature, *, path: str, by: str, now: datetime
) -> Proof:
    return Proof(
        decision=decision,
        kind=signature.kind,
        path=path,
        sha256=signature.sha256,
        findings=list(signature.findings),
        signed_on=signature.signed_on,
        received_on=signature.received_on,
        added_by=by,
        added_at=now,
    )


def file_proof(root: Path, unfinished: Path, proof: Proof) -> None:
    """Write the file of a proof where the register says it is, unless it is there.

    Whoever registered it may have been killed before: its bytes are still put aside.

    Args:
        root: The folder of documents.
        unfinished: Where bytes wait until they are filed.
        proof: Registered.

    Raises:
        TemporaryError: The bytes are neither here nor there.
        ConflictError: Another file has the name.
    """
    if not (root / proof.path).is_file():
        try:
            store.write_once(root, proof.path, staging.fetch(unfinished, proof.sha256))
        except TemporaryError:
            if not (root / proof.path).is_file():  # else another process was faster
                raise
    staging.let_go(unfinished, proof.sha256)
