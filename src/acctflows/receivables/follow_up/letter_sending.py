"""Sends decided letters: everything is read again under lock, then mail and levels in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.receivables import (
    DunningLetter,
    DunningLine,
    Invoice,
    LetterState,
    StopKind,
)
from acctflows.dispatch.letters import Office
from acctflows.documents import register
from acctflows.mail.deliver import Wait
from acctflows.receivables.follow_up.accounts import client_accounts
from acctflows.receivables.follow_up.dunning import still_holds
from acctflows.receivables.follow_up.dunning_items import Role
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.follow_up.dunning_reasons import Reason, Why
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules
from acctflows.receivables.follow_up.letter_mail import Copy, fitting, queue_mail
from acctflows.receivables.follow_up.stops import set_stop
from acctflows.receivables.follow_up.withdrawing import ACTOR, Because, drop, lock_client
from acctflows.receivables.payments.bank_data import bank_data_as_of
from acctflows.receivables.payments.booking import locked_invoices

MAIL_PREFIX = "dunning/"
"""How the keys of all mails that carry a letter begin."""

PASSING = (Why.NO_SENDING_DAY, Why.NO_BANK_DATA, Why.STALE_BANK_DATA)
"""Reasons that keep a letter waiting instead of dropping it."""

_MONEY_ASKED = (Role.STEP.value, Role.OVERDUE.value, Role.COURTESY.value)


class Fate(StrEnum):
    """What became of a decided letter."""

    QUEUED = "queued"
    WAITING = "waiting"
    """For a manager's approval, a sending day or newer bank data."""
    DROPPED = "dropped"


@dataclass(frozen=True)
class Sent:
    """What became of a letter, and why where it was not sent."""

    fate: Fate
    because: Because = ()


def decided_letters(session: Session, client_ids: Sequence[int]) -> list[int]:
    """The letters of these clients that were decided and neither sent nor dropped, oldest first."""
    query = select(DunningLetter.id).where(
        DunningLetter.client_id.in_(client_ids), DunningLetter.state == LetterState.DECIDED
    )
    return list(session.scalars(query.order_by(DunningLetter.id)))


def approved_letters(session: Session) -> list[int]:
    """The letters a manager has decided about and nobody has sent or dropped yet."""
    over = (VersionState.APPROVED, VersionState.REJECTED, VersionState.REWORK)
    query = (
        select(DunningLetter.id)
        .join(DunningLetter.document)
        .join(Document.versions)
        .where(DunningLetter.state == LetterState.DECIDED, DocumentVersion.state.in_(over))
    )
    return list(session.scalars(query.order_by(DunningLetter.id)))


def read_letter(version: DocumentVersion) -> DunningSnapshot:
    """The frozen facts of a letter's version."""
    return DunningSnapshot.model_validate(version.snapshot)


def copies_of(session: Session, letter: DunningLetter) -> list[DocumentVersion]:
    """The filed invoices whose payment the letter asks for, in its order."""
    query = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Invoice, Invoice.document_id == Document.id)
        .join(DunningLine, DunningLine.invoice_id == Invoice.id)
        .where(
            DunningLine.letter_id == letter.id,
            DunningLine.role.in_(_MONEY_ASKED),
            DocumentVersion.pdf_sha256 != "",
        )
        .options(selectinload(DocumentVersion.document))
        .order_by(DunningLine.id, DocumentVersion.version)
    )
    newest = {version.document_id: version for version in session.scalars(query)}
    return list(newest.values())


def send_letter(
    session: Session,
    letter_id: int,
    *,
    rules: FollowUpRules,
    office: Office,
    today: date,
    bank_data_as_of: date | None,
    now: datetime,
    pdf: bytes,
    copies: Sequence[Copy],
) -> Sent:
    """Queue the letter's mail if everything still holds; else keep it waiting or drop it.

    Mail, levels and state are kept together or not at all; called again, nothing happens twice.

    Args:
        session: The transaction of this one letter.
        letter_id: A decided letter whose PDF is filed.
        rules: The agency's rules.
        office: Who writes.
        today: The day of sending.
        bank_data_as_of: Last day that the imported bank statements cover now.
        now: The present moment.
        pdf: The letter.
        copies: Invoices to go along, in order; those that make the mail too large are left out.
    """
    letter = session.get_one(DunningLetter, letter_id)
    lock_client(session, letter.client_id)
    session.refresh(letter)
    if letter.state is not LetterState.DECIDED:
        return _found(letter)
    if today < letter.decided_on:  # a run for a day gone by leaves what was decided since
        return Sent(Fate.WAITING)
    version = letter.document.newest
    session.refresh(version)
    if version.state in (VersionState.REJECTED, VersionState.REWORK):
        return _not_approved(session, letter, version, rules=rules, today=today, now=now)
    against = _against(session, letter, version, rules, today=today, as_of=bank_data_as_of)
    if against and not all(reason.code in PASSING for _, reason in against):
        because = _words(against)
        drop(session, letter, because, actor=ACTOR, now=now)
        return Sent(Fate.DROPPED, because)
    snapshot = read_letter(version)
    careful = snapshot.approved_by is Approver.MANAGER
    if against or (careful and version.state is not VersionState.APPROVED):
        return Sent(Fate.WAITING, _words(against))
    letter.mail = queue_mail(
        session,
        version,
        snapshot,
        office=office,
        files=fitting([Copy(snapshot.number, pdf), *copies]),
        now=now,
        expires_at=now + timedelta(days=rules.policy.letter_valid_days + 1),
    )
    register.mark_sent(session, version, actor=ACTOR, now=now)
    letter.state, letter.sent_on = LetterState.QUEUED, today
    session.flush()
    return Sent(Fate.QUEUED)


def still_asks(
    session: Session,
    mail: OutboxMail,
    *,
    rules: FollowUpRules,
    now: datetime,
    simulated: bool = False,
) -> bool | Wait:
    """Whether a queued letter may still go out: all that was asked before queuing, asked again.

    Asked right before the mail is handed over, which may be days later: on a day without sending,
    or on bank data that became too old, it waits; what else speaks against it ends it.

    Args:
        session: For looking only.
        mail: A mail that `send_letter` queued.
        rules: The agency's rules.
        now: The present moment on the agency's clock.
        simulated: Look as of the day it was queued for, in an installation that simulates days.
    """
    letter = session.scalar(select(DunningLetter).where(DunningLetter.mail_id == mail.id))
    if letter is None or letter.state is not LetterState.QUEUED or letter.sent_on is None:
        return False
    today = letter.sent_on if simulated else now.date()
    against = still_holds(
        read_letter(letter.document.newest).letter,
        client_accounts(session, [letter.client_id], without=letter.id)[letter.client_id],
        rules.policy,
        today=today,
        bank_data_as_of=bank_data_as_of(session),
        calendar=rules.calendar,
    ).against
    if not against:
        return True
    if not all(reason.code in PASSING for _, reason in against):
        return False
    words = " ".join(english for _, english in _words(against))
    return Wait(_look_again(mail, today, rules, now), words)


def _look_again(mail: OutboxMail, today: date, rules: FollowUpRules, now: datetime) -> datetime:
    """In an hour, or on the next day with sending at the time of day at which it was queued."""
    next_on = rules.policy.sending_day(today, rules.calendar)
    if next_on == today:
        return now + timedelta(hours=1)
    return datetime.combine(next_on, mail.created_at.astimezone(now.tzinfo).time(), now.tzinfo)


def _found(letter: DunningLetter) -> Sent:
    said = letter.dropped_because
    because = list(zip(said.get("de", []), said.get("en", []), strict=True))
    return Sent(Fate.DROPPED if letter.state is LetterState.DROPPED else Fate.QUEUED, because)


def _against(
    session: Session,
    letter: DunningLetter,
    version: DocumentVersion,
    rules: FollowUpRules,
    *,
    today: date,
    as_of: date | None,
) -> Sequence[tuple[str, Reason]]:
    locked_invoices(session, [line.invoice_id for line in letter.lines])
    fresh = client_accounts(session, [letter.client_id])[letter.client_id]
    recheck = still_holds(
        read_letter(version).letter,
        fresh,
        rules.policy,
        today=today,
        bank_data_as_of=as_of,
        calendar=rules.calendar,
    )
    return recheck.against


def _not_approved(
    session: Session,
    letter: DunningLetter,
    version: DocumentVersion,
    *,
    rules: FollowUpRules,
    today: date,
    now: datetime,
) -> Sent:
    """Drop what a manager refused; rejected, the client rests for the days between two letters."""
    approval = version.approval
    comment = approval.comment if approval else ""
    by = approval.decided_by if approval else ACTOR
    rejected = version.state is VersionState.REJECTED
    because = [
        (f"Abgelehnt: {comment}", f"Rejected: {comment}")
        if rejected
        else (f"Zurückgegeben: {comment}", f"Sent back: {comment}")
    ]
    drop(session, letter, because, actor=by, now=now)
    if rejected:
        set_stop(
            session,
            client=letter.client,
            invoice=None,
            kind=StopKind.HOLD,
            reason=f"{letter.document.number}: {comment}".strip(": "),
            starts_on=today,
            ends_on=today + timedelta(days=rules.policy.days_between_letters - 1),
            by=by,
            now=now,
        )
    return Sent(Fate.DROPPED, because)


def _words(against: Sequence[tuple[str, Reason]]) -> list[tuple[str, str]]:
    said = []
    for number, reason in against:
        place = f"{number}: " if number else ""
        said.append((place + reason.say("de"), place + reason.say("en")))
    return list(dict.fromkeys(said))
