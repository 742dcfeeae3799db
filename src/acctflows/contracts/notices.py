"""Notices of either side: recorded as they came, withdrawn when they were taken back."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.life import Life, read_life
from acctflows.contracts.term_dates import end_after_notice
from acctflows.contracts.watching import settle_reminders
from acctflows.db.models.contracts import Contract, ContractNotice, NoticeChannel, NoticeParty
from acctflows.documents.text import clean_text
from acctflows.documents.versions import lock_document, record_event
from acctflows.errors import ConflictError, InputError, NotFoundError

LONGEST_NOTE = 2_000


def record_notice(
    session: Session,
    contract: Contract,
    *,
    agency: AgencyProfile,
    party: NoticeParty,
    received_on: date,
    channel: NoticeChannel,
    note: str = "",
    ends_on: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> ContractNotice:
    """Record a notice of the agency or the client; the same again changes nothing.

    Args:
        session: The transaction.
        contract: A concluded contract.
        agency: For its calendar.
        party: Who gave notice.
        received_on: The day on which the other side received it.
        channel: How it came.
        note: What is to be known of it: where the letter or its scan is kept, and why it ends the
            contract earlier than the notice period does.
        ends_on: Last day of the contract; None takes the earliest one the contract allows.
        by: Who records it.
        today: The agency's date.
        now: The present moment.

    Raises:
        InputError: When a day cannot be right, or words are missing.
        ConflictError: When the contract is not concluded, or the same notice is on record with
            other facts.
    """
    lock_document(session, contract.document)
    session.expire(contract, ["notices"])
    life = read_life(contract, agency, today=today)
    note = clean_text(note).strip()
    _check_receipt(life, received_on, today)
    last_day = _last_day(life, received_on, ends_on=ends_on, note=note)
    if same := _on_record(contract, party, received_on):
        if (same.channel, same.ends_on) == (channel, last_day):
            return same
        raise ConflictError(
            f"a notice received on {received_on} is on record to {same.ends_on}",
            where=life.number,
            todo="withdraw it first if it was entered wrongly",
        )
    notice = ContractNotice(
        contract=contract,
        party=party,
        received_on=received_on,
        channel=channel,
        note=note,
        ends_on=last_day,
        recorded_at=now,
        recorded_by=by,
    )
    session.add(notice)
    session.flush()
    settle_reminders(session, life.version, by=by, outcome="notice was given", now=now)
    record_event(
        session,
        life.version,
        "notice.recorded",
        actor=by,
        now=now,
        party=party.value,
        received_on=received_on.isoformat(),
        channel=channel.value,
        ends_on=last_day.isoformat(),
        note=note,
    )
    return notice


def withdraw_notice(
    session: Session,
    notice_id: int,
    *,
    agency: AgencyProfile,
    note: str,
    by: str,
    today: date,
    now: datetime,
) -> ContractNotice:
    """Take a notice back, because both sides agree or it was entered wrongly; once.

    Raises:
        InputError: When no reason is given, or it is too long.
        NotFoundError: When there is no such notice.
    """
    note = clean_text(note).strip()
    if not 0 < len(note) <= LONGEST_NOTE:
        raise InputError("the reason is missing or too long", where="note", todo="say why")
    notice = session.get(ContractNotice, notice_id)
    if notice is None:
        raise NotFoundError(f"there is no notice {notice_id}", todo="look at the contract again")
    contract = notice.contract
    lock_document(session, contract.document)
    session.refresh(notice)
    if notice.withdrawn_at is None:
        notice.withdrawn_at, notice.withdrawn_by, notice.withdrawn_note = now, by, note
        session.flush()
        record_event(
            session,
            read_life(contract, agency, today=today).version,
            "notice.withdrawn",
            actor=by,
            now=now,
            party=notice.party.value,
            received_on=notice.received_on.isoformat(),
            note=note,
        )
    return notice


def standing_of(contract: Contract, party: NoticeParty, received_on: date) -> ContractNotice:
    """The notice of that side and day that was not withdrawn.

    Raises:
        NotFoundError: When there is none.
    """
    notice = _on_record(contract, party, received_on)
    if notice is None:
        what = f"no notice of the {party.value} received on {received_on} stands"
        todo = "see “acctflows contract show”"
        raise NotFoundError(what, where=contract.document.number, todo=todo)
    return notice


def _on_record(contract: Contract, party: NoticeParty, received_on: date) -> ContractNotice | None:
    found = (
        notice
        for notice in contract.notices
        if notice.withdrawn_at is None
        and (notice.party, notice.received_on) == (party, received_on)
    )
    return next(found, None)


def _check_receipt(life: Life, received_on: date, today: date) -> None:
    where = f"{life.number}, received on {received_on}"
    if received_on > today:
        raise InputError("the day is still to come", where=where, todo="enter it when it is there")
    if received_on < life.concluded_on:
        raise InputError(
            f"the contract was concluded on {life.concluded_on} only",
            where=where,
            todo="check the day",
        )
    ends_on = life.outlook.ends_on
    if ends_on is not None and received_on > ends_on:
        raise InputError(f"the contract had ended on {ends_on}", where=where, todo="check the day")


def _last_day(life: Life, received_on: date, *, ends_on: date | None, note: str) -> date:
    """The last day by this notice, which is earlier than agreed only for a reason."""
    if len(note) > LONGEST_NOTE:
        raise InputError(f"more than {LONGEST_NOTE} characters", where="note", todo="shorten it")
    earliest = end_after_notice(life.duration, received_on)
    chosen = ends_on or earliest
    if chosen is None:
        raise InputError(
            "the contract ends by itself and knows no notice period",
            where=life.number,
            todo="give the day it ends and why, such as good cause (wichtiger Grund, § 314 BGB)",
        )
    if chosen < received_on:
        raise InputError(
            f"it would end on {chosen}, before the notice was received", where=life.number
        )
    if not note and (earliest is None or chosen < earliest):
        usual = f"; by the contract it is {earliest}" if earliest else ""
        raise InputError(
            f"an end on {chosen} needs a reason{usual}",
            where=life.number,
            todo="say why in the note, such as good cause (§ 314 BGB) or an agreement",
        )
    return chosen
