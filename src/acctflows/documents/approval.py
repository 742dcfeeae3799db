"""The agency's own approval of a version, bound to the bytes that were shown."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    Approval,
    ApprovalDecision,
    DocumentVersion,
    VersionState,
)
from acctflows.documents.text import clean_text
from acctflows.documents.versions import lock_version, name, record_event, require_state
from acctflows.errors import ConflictError, NotFoundError

STATE_AFTER = {
    ApprovalDecision.APPROVE: VersionState.APPROVED,
    ApprovalDecision.REJECT: VersionState.REJECTED,
    ApprovalDecision.REWORK: VersionState.REWORK,
}
"""What each decision makes of the version."""


def ask_approval(
    session: Session, version: DocumentVersion, *, actor: str, now: datetime
) -> Approval:
    """Ask for the approval of a draft whose files are recorded; asked already, it is found.

    Raises:
        ConflictError: When the version has no files yet or is no draft any more.
    """
    lock_version(session, version)
    if version.approval is not None:
        return version.approval
    require_state(version, VersionState.DRAFT, todo="ask for the newest version")
    if not version.shown_sha256:
        raise ConflictError("there is nothing to show yet", where=name(version), todo="render it")
    approval = Approval(version=version, sha256=version.shown_sha256, asked_at=now)
    version.state = VersionState.IN_APPROVAL
    session.add(approval)
    session.flush()
    record_event(session, version, "approval.asked", actor=actor, now=now, sha256=approval.sha256)
    return approval


def decide_approval(
    session: Session,
    version: DocumentVersion,
    *,
    decision: ApprovalDecision,
    sha256: str,
    by: str,
    comment: str,
    now: datetime,
) -> Approval:
    """Record the manager's one decision; the same decision again changes nothing.

    Args:
        session: The transaction.
        version: What was decided about.
        decision: Approve, reject, or send back for rework.
        sha256: Hash of the file the manager looked at, as the page or form carried it.
        by: Who decided.
        comment: Why, in the manager's words; empty is allowed.
        now: When.

    Raises:
        NotFoundError: When nobody asked for an approval.
        ConflictError: When another file was shown, another decision was made already, or a newer
            version took this one's place.
    """
    lock_version(session, version)
    approval = version.approval
    if approval is None:
        raise NotFoundError("no approval was asked for", where=name(version))
    if sha256 != approval.sha256:
        raise ConflictError(
            "what was shown is not what is filed",
            where=name(version),
            todo="open the document again and decide about what you see",
        )
    if approval.decision is decision:
        return approval
    require_state(version, VersionState.IN_APPROVAL, todo="look at the newest version")
    approval.decision, approval.comment = decision, clean_text(comment)
    approval.decided_by, approval.decided_at = by, now
    version.state = STATE_AFTER[decision]
    session.flush()
    record_event(
        session,
        version,
        f"approval.{version.state}",
        actor=by,
        now=now,
        sha256=sha256,
        comment=approval.comment,
    )
    return approval


def open_approvals(session: Session) -> list[Approval]:
    """The approvals that wait for a decision, longest first."""
    query = (
        select(Approval)
        .join(Approval.version)
        .where(DocumentVersion.state == VersionState.IN_APPROVAL)
        .order_by(Approval.asked_at, Approval.id)
    )
    return list(session.scalars(query))
