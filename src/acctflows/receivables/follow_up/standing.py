"""Where a client stands with us, for those who ask before they write about something else."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import (
    DunningLetter,
    DunningLine,
    Invoice,
    LetterState,
    PaymentStop,
    StopKind,
)


def open_dispute(session: Session, client_id: int, *, today: date) -> str:
    """What a dispute of the client that holds today is about; empty where there is none.

    Args:
        session: For looking only.
        client_id: Of the client.
        today: The day.
    """
    reason = session.scalar(
        sa.select(PaymentStop.reason)
        .where(
            PaymentStop.client_id == client_id,
            PaymentStop.kind == StopKind.DISPUTE,
            PaymentStop.starts_on <= today,
            PaymentStop.ends_on >= today,
        )
        .order_by(PaymentStop.id)
        .limit(1)
    )
    return reason or ""


def dunning_level(session: Session, client_id: int) -> int:
    """The highest level that an open invoice of the client has reached; 0 for none.

    Args:
        session: For looking only.
        client_id: Of the client.
    """
    level = session.scalar(
        sa.select(sa.func.max(DunningLine.step))
        .join(DunningLine.letter)
        .join(DunningLine.invoice)
        .where(
            Invoice.client_id == client_id,
            Invoice.open_minor > 0,
            DunningLetter.state == LetterState.QUEUED,
        )
    )
    return level or 0
