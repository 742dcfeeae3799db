"""Looks after a concluded contract, day by day: renewals on record, reminders in time."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.life import ACTOR, Life, begin, read_life, renew
from acctflows.contracts.term_dates import NoticeDay, Outlook, Reminder, RunningTerm, reminder_due
from acctflows.contracts.term_words import doubt_words, notice_words
from acctflows.db.models.contracts import Contract
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import DocumentVersion
from acctflows.documents import work_items
from acctflows.documents.versions import lock_version

KIND = "contract_notice_day"
"""Kind of the task that reminds of a notice day."""


@dataclass(frozen=True)
class Watched:
    """A contract after it was looked after.

    Args:
        number: Of the contract.
        client: Whose it is.
        manager: Who looks after it.
        outlook: Where it is and what comes.
        renewed: The terms that were put on record now.
        reminder: The reminder that was given now, if any.
    """

    number: str
    client: str
    manager: str
    outlook: Outlook
    renewed: tuple[RunningTerm, ...]
    reminder: Reminder | None


def watch(
    session: Session, contract_id: int, *, agency: AgencyProfile, today: date, now: datetime
) -> Watched:
    """Put renewals on record and remind the manager of the notice day, each once.

    After missed days only the nearest reminder is given. Nothing more happens to a contract that
    ended or was given notice of, and nothing at all to one that ends by itself.

    Args:
        session: The transaction of this contract.
        contract_id: A concluded contract.
        agency: For its calendar and language.
        today: The day to do it for.
        now: The present moment.

    Raises:
        ConflictError: When the contract is not concluded.
    """
    contract = session.get_one(Contract, contract_id)
    version = read_life(contract, agency, today=today).version
    lock_version(session, version)
    session.expire(contract)
    begin(session, version, now=now)
    life = read_life(contract, agency, today=today)
    renewed = renew(session, life, today=today, now=now)
    notice, reminder = life.outlook.notice, None
    if notice is not None:
        reminder = _remind(session, life, notice, agency=agency, today=today, now=now)
    return Watched(
        number=life.number,
        client=life.snapshot.client.legal_name,
        manager=contract.project.manager.full_name,
        outlook=life.outlook,
        renewed=tuple(renewed),
        reminder=reminder,
    )


def settle_reminders(
    session: Session,
    version: DocumentVersion,
    *,
    by: str,
    outcome: str,
    now: datetime,
    but: str = "",
) -> None:
    """Close the contract's open reminders, all but the one of that key."""
    open_tasks = sa.select(WorkItem.id).where(
        WorkItem.version_id == version.id,
        WorkItem.kind == KIND,
        WorkItem.settled_at.is_(None),
        WorkItem.key != but,
    )
    # All locked before the first comes to the audit trail, which no lock may follow.
    for item_id in session.scalars(open_tasks.order_by(WorkItem.id).with_for_update()).all():
        work_items.settle_item(session, item_id, by=by, outcome=outcome, now=now)


def _remind(
    session: Session,
    life: Life,
    notice: NoticeDay,
    *,
    agency: AgencyProfile,
    today: date,
    now: datetime,
) -> Reminder | None:
    """The reminder, if it is given only now; those before it are closed, for one is enough."""
    due = reminder_due(notice, today)
    key = _key(life, notice, due) if due else ""
    given = due is None or _is_there(session, key)
    if due is not None and not given:
        work_items.open_item(
            session,
            key=key,
            kind=KIND,
            detail=" ".join(
                [
                    notice_words(notice, agency.language),
                    *doubt_words(life.outlook, agency.language),
                ]
            ),
            version=life.version,
            owner_id=life.contract.project.manager_id,
            due_on=notice.notice_by,
            now=now,
        )
    settle_reminders(session, life.version, by=ACTOR, outcome="its day is over", now=now, but=key)
    return None if given else due


def _key(life: Life, notice: NoticeDay, reminder: Reminder) -> str:
    """Once per term and number of days, and again after a notice that was taken back."""
    taken_back = sum(each.withdrawn_at is not None for each in life.contract.notices)
    again = f"/{taken_back}" if taken_back else ""
    return f"notice-day/{life.number}/t{notice.term.number}/{reminder.days_before}{again}"


def _is_there(session: Session, key: str) -> bool:
    return session.scalar(sa.select(WorkItem.id).where(WorkItem.key == key)) is not None
