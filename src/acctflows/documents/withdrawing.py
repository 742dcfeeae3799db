"""The agency takes back what it offered, before the client has accepted it."""

from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.documents.register import end_links
from acctflows.documents.text import clean_text
from acctflows.documents.versions import UNDECIDED, lock_version, record_event, require_state
from acctflows.errors import InputError

LONGEST_REASON = 2_000


def withdraw(
    session: Session, version: DocumentVersion, *, by: str, reason: str, now: datetime
) -> bool:
    """Withdraw a version that nobody has decided about; its links say so from here on.

    Whether the agency may do so is its own to judge: an offer binds for as long as it says
    (§§ 145, 148 BGB).

    Args:
        session: The transaction.
        version: That waits for an approval or for the client.
        by: Who withdraws it.
        reason: Why.
        now: When.

    Returns:
        Whether the client has seen it: then they must be told.

    Raises:
        InputError: When the reason is missing or too long.
        ConflictError: When it was accepted, or waits for nothing any more.
    """
    reason = clean_text(reason).strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError("the reason is missing or too long", where="reason", todo="say why")
    lock_version(session, version)
    require_state(version, *UNDECIDED, VersionState.OBJECTED, todo="look at the document again")
    seen = version.state in (VersionState.SENT, VersionState.OBJECTED)
    version.state = VersionState.WITHDRAWN
    end_links(session, version, now=now)
    session.flush()
    record_event(session, version, "version.withdrawn", actor=by, now=now, reason=reason)
    return seen
