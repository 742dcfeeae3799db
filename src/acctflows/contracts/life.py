"""The life of a concluded contract: its terms on record, the notice that ends it, where it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session, joinedload, selectinload

from acctflows.agency.profile import AgencyProfile
from acctflows.business_days import BusinessCalendar
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.term_dates import (
    Duration,
    Outlook,
    RunningTerm,
    outlook,
    terms_of,
    urgency,
)
from acctflows.db.models.agency import Project
from acctflows.db.models.contracts import Agreement, Contract, ContractNotice, ContractTerm
from acctflows.db.models.documents import ClientDecision, Document, DocumentVersion, VersionState
from acctflows.db.once import find_or_add
from acctflows.documents.acceptance import accepted_on
from acctflows.documents.versions import name, record_event
from acctflows.errors import ConflictError, NotFoundError

ACTOR = "acctflows"
"""Who is on record for what happens by the passing of time."""


@dataclass(frozen=True)
class Life:
    """What is known of a concluded contract on a day.

    Args:
        contract: Its row.
        version: The version that was accepted.
        snapshot: What it says, or the last change order that was accepted.
        concluded_on: When its acceptance came to the agency, in the agency's calendar.
        notice: The notice that ends it; None where none stands.
        outlook: Where it is and what comes.
    """

    contract: Contract
    version: DocumentVersion
    snapshot: ContractSnapshot
    concluded_on: date
    notice: ContractNotice | None
    outlook: Outlook

    @property
    def number(self) -> str:
        """Of its document."""
        return self.version.document.number

    @property
    def duration(self) -> Duration:
        """What was agreed about how long it lasts."""
        return Duration.of(self.snapshot)


def calendar_of(agency: AgencyProfile) -> BusinessCalendar:
    """The business days of the agency's Land, where notices to it are received.

    Where the client sits in another Land, the day may be a holiday there: the calendar of a client
    is not on record, and a day or two earlier does no harm.
    """
    return BusinessCalendar(agency.country, agency.state)


def concluded_contracts(session: Session) -> list[int]:
    """Ids of the contracts a client has accepted, oldest first."""
    query = (
        sa.select(Contract.id)
        .join(DocumentVersion, DocumentVersion.document_id == Contract.document_id)
        .where(
            DocumentVersion.state == VersionState.ACCEPTED,
            Contract.agreement != Agreement.CHANGE,  # it lives in the contract it changes
        )
        .order_by(Contract.id)
    )
    return list(session.scalars(query))


def find_contract(session: Session, number: str) -> Contract:
    """The contract of that number, such as ``V-2026-0001``.

    Raises:
        NotFoundError: When there is none.
    """
    query = sa.select(Contract).join(Contract.document).where(Document.number == number.strip())
    contract = session.scalars(query).one_or_none()
    if contract is None:
        raise NotFoundError(f"there is no contract {number}", todo="see “acctflows contract list”")
    return contract


def accepted_version(contract: Contract) -> DocumentVersion | None:
    """The version the client accepted; None while there is none."""
    accepted = (v for v in contract.document.versions if v.state is VersionState.ACCEPTED)
    return next(accepted, None)


def standing_notice(contract: Contract) -> ContractNotice | None:
    """Of the notices that were not withdrawn, the one that ends the contract first."""
    standing = [notice for notice in contract.notices if notice.withdrawn_at is None]
    return min(standing, key=lambda notice: (notice.ends_on, notice.id), default=None)


def read_life(contract: Contract, agency: AgencyProfile, *, today: date) -> Life:
    """Where a contract is on that day.

    Args:
        contract: Of the register.
        agency: For its calendar.
        today: The day to look from.

    Raises:
        ConflictError: When the contract is not concluded, or its words cannot be read.
    """
    version = accepted_version(contract)
    if version is None:
        raise ConflictError(
            "the contract is not concluded",
            where=contract.document.number,
            todo="wait until the client has accepted it",
        )
    zone = ZoneInfo(agency.timezone)
    snapshot = _read(_last_change(contract, zone) or version)
    concluded_on = accepted_on(version, zone)
    notice = standing_notice(contract)
    return Life(
        contract=contract,
        version=version,
        snapshot=snapshot,
        concluded_on=concluded_on,
        notice=notice,
        outlook=outlook(
            Duration.of(snapshot),
            calendar_of(agency),
            concluded_on=concluded_on,
            today=today,
            ended_by_notice=notice.ends_on if notice else None,
        ),
    )


def read_lives(
    session: Session, agency: AgencyProfile, *, today: date
) -> tuple[list[Life], list[str]]:
    """All concluded contracts, the next notice day first, and what is wrong with the unreadable.

    Args:
        session: For reading.
        agency: For its calendar.
        today: The day to look from.
    """
    query = (
        sa.select(Contract)
        .where(Contract.id.in_(concluded_contracts(session)))
        .options(
            joinedload(Contract.project).joinedload(Project.manager),
            joinedload(Contract.document)
            .selectinload(Document.versions)
            .joinedload(DocumentVersion.decision)
            .joinedload(ClientDecision.proof),
            selectinload(Contract.notices),
            selectinload(Contract.referring),
        )
    )
    lives, broken = [], []
    for contract in session.scalars(query):
        try:
            lives.append(read_life(contract, agency, today=today))
        except ConflictError as error:
            broken.append(str(error))
    return sorted(lives, key=lambda life: (urgency(life.outlook), life.number)), broken


def begin(session: Session, version: DocumentVersion, *, now: datetime) -> None:
    """Put on record, once, that the contract was concluded and its first term.

    A change order has no term of its own: it is noted with the contract it changes.
    """
    query = sa.select(Contract).where(Contract.document_id == version.document_id)
    contract = session.scalars(query).one_or_none()
    if contract is None or contract.concluded_at is not None:
        return
    contract.concluded_at = _recorded(version)
    if contract.agreement is Agreement.CHANGE:
        _note_change(session, contract, version, now=now)
        return
    duration = Duration.of(_read(version))
    _enter(session, contract, version, next(terms_of(duration)), now=now)


def renew(session: Session, life: Life, *, today: date, now: datetime) -> list[RunningTerm]:
    """Put on record the terms that began by that day because nobody gave notice, each once.

    Args:
        session: The transaction, with the document's lock.
        life: As it is on that day.
        today: The day up to which terms have begun.
        now: The present moment.

    Returns:
        Those that were not on record.
    """
    until = min(today, life.outlook.ends_on or today)
    return [
        term
        for term in _begun(life.duration, until)
        if _enter(session, life.contract, life.version, term, now=now)
    ]


def _last_change(contract: Contract, zone: ZoneInfo) -> DocumentVersion | None:
    """The change order of the contract that was accepted last; None where there is none."""
    changes = (each for each in contract.referring if each.agreement is Agreement.CHANGE)
    accepted = [version for each in changes if (version := accepted_version(each))]
    return max(accepted, key=lambda each: (accepted_on(each, zone), _recorded(each)), default=None)


def _recorded(version: DocumentVersion) -> datetime:
    """When the acceptance of a version was put on record."""
    return version.decision.decided_at if version.decision else version.created_at


def _note_change(
    session: Session, change: Contract, version: DocumentVersion, *, now: datetime
) -> None:
    changed = accepted_version(change.refers_to) if change.refers_to else None
    if changed is not None:
        facts = {"by": version.document.number, "net_minor": _read(version).totals.net_minor}
        record_event(session, changed, "contract.changed", actor=ACTOR, now=now, **facts)


def _read(version: DocumentVersion) -> ContractSnapshot:
    try:
        return ContractSnapshot.model_validate(version.snapshot)
    except ValidationError as error:
        raise ConflictError(
            f"what the contract says cannot be read ({error.error_count()} faults)",
            where=name(version),
            todo="run “acctflows document verify”; the backup has it as it was",
        ) from error


def _begun(duration: Duration, until: date) -> Iterator[RunningTerm]:
    begun = takewhile(lambda term: term.first_day <= until, terms_of(duration))
    return (term for term in begun if term.number > 1)


def _enter(
    session: Session,
    contract: Contract,
    version: DocumentVersion,
    term: RunningTerm,
    *,
    now: datetime,
) -> bool:
    """Whether the term is new on record."""
    row = ContractTerm(
        contract_id=contract.id,
        number=term.number,
        first_day=term.first_day,
        last_day=term.last_day,
        recorded_at=now,
    )
    known = sa.select(ContractTerm).where(
        ContractTerm.contract_id == contract.id, ContractTerm.number == term.number
    )
    _row, new = find_or_add(session, known, lambda: row)
    if new:
        record_event(
            session,
            version,
            "term.begun" if term.number == 1 else "term.renewed",
            actor=ACTOR,
            now=now,
            term=term.number,
            first_day=term.first_day.isoformat(),
            last_day=term.last_day.isoformat() if term.last_day else "",
        )
    return new
