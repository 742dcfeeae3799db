"""What wants its invoice: accepted acts and periods of fees that none charges yet."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.receivables import Deposit, Invoice, RecurringFee, UnchargedAct
from acctflows.receivables.invoices.fee_periods import FeePeriod, periods_due

REFUSED = "invoice_refused"
"""Kind of the task a person gets for what cannot be invoiced (``db.models.desk.WorkItem``)."""


def document_key(number: str) -> str:
    """Business key of the task about an act or a deposit that cannot be invoiced."""
    return f"{REFUSED}/{number}"


def fee_key(fee: RecurringFee, first: date) -> str:
    """The same about the period of a fee that begins on that day."""
    return f"{REFUSED}/{fee.reference}/{first}"


@dataclass(frozen=True)
class DueDeposit:
    """The deposit of an accepted contract that wants its invoice."""

    version_id: int


@dataclass(frozen=True)
class DueFee:
    """A period of a recurring fee that wants its invoice."""

    fee_id: int
    period: FeePeriod


def acts_without_invoice(
    session: Session, kinds: Sequence[str], *, client_id: int | None = None
) -> list[int]:
    """Ids of the accepted versions of acts that no invoice charges yet, oldest first.

    Left out are those nothing is charged for, and what a person has settled (see `REFUSED`).

    Args:
        session: For reading.
        kinds: The kinds of documents that are acts.
        client_id: Only those of one client.
    """
    charged = sa.exists().where(Invoice.act_id == Document.id)
    nothing = sa.exists().where(UnchargedAct.act_id == Document.id)
    by_hand = sa.exists().where(
        WorkItem.key == sa.literal(document_key("")) + Document.number,
        WorkItem.settled_at.is_not(None),
    )
    query = (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .where(Document.kind.in_(kinds), DocumentVersion.state == VersionState.ACCEPTED)
        .where(~charged, ~nothing, ~by_hand)
        .order_by(DocumentVersion.id)
    )
    if client_id is not None:
        query = query.where(Document.client_id == client_id)
    return list(session.scalars(query))


def fees_due(session: Session, *, today: date, client_id: int | None = None) -> list[DueFee]:
    """The periods of recurring fees that want their invoice by today, missed ones included.

    Left out is what a person has settled (see `REFUSED`).
    """
    query = sa.select(RecurringFee).where(RecurringFee.starts_on <= today).order_by(RecurringFee.id)
    if client_id is not None:
        query = query.join(RecurringFee.project).where(Project.client_id == client_id)
    known: dict[int, set[date]] = defaultdict(set)
    issued = sa.select(Invoice.fee_id, Invoice.period_from).where(Invoice.fee_id.is_not(None))
    for fee_id, first in session.execute(issued).tuples():
        if fee_id is not None and first is not None:
            known[fee_id].add(first)
    by_hand = settled_refusals(session)
    return [
        DueFee(fee.id, period)
        for fee in session.scalars(query)
        for period in periods_due(
            starts_on=fee.starts_on,
            ends_on=fee.ends_on,
            months=fee.months,
            in_advance=fee.in_advance,
            today=today,
        )
        if period.first not in known[fee.id] and fee_key(fee, period.first) not in by_hand
    ]


def deposits_due(session: Session, *, client_id: int | None = None) -> list[DueDeposit]:
    """The deposits of accepted contracts that no invoice charges yet, oldest first.

    Left out is what a person has settled (see `REFUSED`).
    """
    charged = sa.exists().where(Deposit.contract_id == Document.id)
    by_hand = sa.exists().where(
        WorkItem.key == sa.literal(document_key("")) + Document.number,
        WorkItem.settled_at.is_not(None),
    )
    percent = DocumentVersion.snapshot["terms"]["deposit_percent"].as_integer()
    query = (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .where(Document.kind == "contract", DocumentVersion.state == VersionState.ACCEPTED)
        .where(percent > 0, ~charged, ~by_hand)
        .order_by(DocumentVersion.id)
    )
    if client_id is not None:
        query = query.where(Document.client_id == client_id)
    return [DueDeposit(version_id) for version_id in session.scalars(query)]


def settled_refusals(session: Session) -> set[str]:
    """Business keys of the tasks about what could not be invoiced that a person has settled."""
    query = sa.select(WorkItem.key).where(
        WorkItem.kind == REFUSED, WorkItem.settled_at.is_not(None)
    )
    return set(session.scalars(query))
