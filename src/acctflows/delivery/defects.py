"""Defects the client has named: which an act must answer, and how they were cured."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.documents import ClientDecision, Defect, Document, DocumentVersion, Outcome
from acctflows.documents.text import clean_text
from acctflows.documents.versions import record_event
from acctflows.errors import InputError, NotFoundError

LONGEST_NOTE = 2_000


def named_defects(session: Session, key: str) -> list[Defect]:
    """What the client named in the last refusal of the act of that business key, in order."""
    refusal = (
        sa.select(ClientDecision.id)
        .join(ClientDecision.version)
        .join(DocumentVersion.document)
        .where(Document.key == key, ClientDecision.outcome == Outcome.DECLINED)
        .order_by(DocumentVersion.version.desc())
        .limit(1)
    )
    defects = sa.select(Defect).where(Defect.decision_id == refusal.scalar_subquery())
    return list(session.scalars(defects.order_by(Defect.position)))


def cure_defect(
    session: Session,
    defect_id: int,
    *,
    cured_on: date,
    note: str,
    by: str,
    today: date,
    now: datetime,
) -> Defect:
    """Note that a defect was cured; said again, the later words count.

    Args:
        session: Open transaction.
        defect_id: Of a defect a client has named.
        cured_on: When it was.
        note: How, for the client to read; may be empty.
        by: Who says so, for the audit trail.
        today: The agency's date.
        now: The present moment.

    Raises:
        NotFoundError: There is no such defect.
        InputError: The day has not come, or lies before the defect was named; or the note is long.
    """
    query = sa.select(Defect).where(Defect.id == defect_id).with_for_update()
    defect = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if defect is None:
        raise NotFoundError(f"there is no defect {defect_id}", todo="look at the document again")
    note = clean_text(note).strip()
    if cured_on > today:
        raise InputError(f"{cured_on} has not come yet", where="cured_on", todo="give a past day")
    if len(note) > LONGEST_NOTE:
        raise InputError(f"more than {LONGEST_NOTE} characters", where="note", todo="shorten it")
    if (defect.cured_on, defect.cured_note) == (cured_on, note):
        return defect
    defect.cured_on, defect.cured_note = cured_on, note
    session.flush()
    record_event(
        session,
        defect.decision.version,
        "defect.cured",
        actor=by,
        now=now,
        position=defect.position,
        cured_on=cured_on.isoformat(),
    )
    return defect
