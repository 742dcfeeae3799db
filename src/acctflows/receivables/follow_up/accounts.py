"""Clients' accounts as the rules of dunning see them, read for many clients at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import (
    BankLine,
    DunningLetter,
    DunningLine,
    Invoice,
    LetterState,
    LineState,
    Payment,
    PaymentPromise,
    PaymentStop,
)
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_items import (
    ClientAccount,
    OpenItem,
    Promise,
    SentStep,
    Stop,
)
from acctflows.receivables.follow_up.dunning_policy import COURTESY
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules

CREDIT_KEY = "payment/"
"""How the item of a client's credit begins; the payment's row follows."""

# Written out, not handed over as a value: else the index of open invoices cannot be used.
_OPEN = Invoice.open_minor != literal_column("0")
_WITHDRAWN = MailState.CANCELLED
_ON_ITS_WAY = (MailState.QUEUED, MailState.IN_FLIGHT, MailState.UNKNOWN, MailState.FAILED)


def clients_to_follow_up(
    session: Session, rules: FollowUpRules, *, today: date, client_id: int | None = None
) -> list[int]:
    """The clients for whom something may be due today, found by the index of open invoices.

    Those with an invoice that is due or about which a courtesy note may be sent, and those with a
    letter that was decided and not sent yet.

    Args:
        session: For reading.
        rules: Say how early a courtesy note is sent.
        today: The day.
        client_id: Only this client.
    """
    until = rules.policy.notes_until(today, rules.calendar)
    owing = select(Invoice.client_id).where(_OPEN, Invoice.due_on <= until)
    waiting = select(DunningLetter.client_id).where(DunningLetter.state == LetterState.DECIDED)
    if client_id is not None:
        owing = owing.where(Invoice.client_id == client_id)
        waiting = waiting.where(DunningLetter.client_id == client_id)
    # Told to give each once, SQLite would read all invoices in order of their clients.
    return sorted({*session.scalars(owing), *session.scalars(waiting)})


def client_accounts(
    session: Session, client_ids: Sequence[int], *, without: int | None = None
) -> dict[int, ClientAccount]:
    """The accounts of these clients with all that is open, in a few queries for all of them.

    Letters whose mail was withdrawn count as never sent; those whose mail waits, failed, or may or
    may not have been taken by the server count as pending until that is settled.

    Args:
        session: For reading, or with the clients locked.
        client_ids: Of a batch: a few dozen.
        without: Id of a letter that shall not count, as if it had never been decided.
    """
    names = select(Client.id, Client.number).where(Client.id.in_(client_ids))
    items = _open_items(session, client_ids, without)
    stops = _stops(session, client_ids)
    letters, notes, pending = _letters(session, client_ids, without)
    return {
        client_id: ClientAccount(
            client=number,
            items=tuple(
                replace(item, stops=tuple(stops[client_id, invoice_id]))
                for invoice_id, item in items[client_id]
            ),
            stops=tuple(stops[client_id, None]),
            letters=tuple(letters[client_id]),
            notes=tuple(notes[client_id]),
            pending=frozenset(pending[client_id]),
        )
        for client_id, number in session.execute(names)
    }


Items = dict[int, list[tuple[int | None, OpenItem]]]


def _open_items(session: Session, client_ids: Sequence[int], without: int | None) -> Items:
    """Open invoices in order of their due date, then credits; an invoice with its row."""
    owed = (Invoice.client_id.in_(client_ids), _OPEN)
    steps = _steps(session, owed, without)
    promises = _promises(session, owed)
    waiting = _money_waits(session)
    items: Items = defaultdict(list)
    query = (
        select(Invoice, Document.number)
        .join(Invoice.document)
        .where(*owed)
        .order_by(Invoice.due_on, Invoice.id)
        .execution_options(populate_existing=True)
    )
    for invoice, number in session.execute(query):
        item = OpenItem(
            number=number,
            open=Money(invoice.open_minor, invoice.currency),
            due_on=invoice.due_on,
            first_sent_on=invoice.sent_on,
            steps=tuple(steps[invoice.id]),
            promises=tuple(promises[invoice.id]),
            money_waits=tuple(waiting[invoice.id]),
        )
        items[invoice.client_id].append((invoice.id, item))
    left_over = (
        select(Payment.id, Payment.client_id, Payment.left_minor, Payment.currency)
        .where(Payment.client_id.in_(client_ids), Payment.left_minor > 0)
        .order_by(Payment.id)
    )
    for payment_id, client_id, left, currency in session.execute(left_over):
        credit = OpenItem(f"{CREDIT_KEY}{payment_id}", Money(-left, currency), None, None)
        items[client_id].append((None, credit))
    return items


def _money_waits(session: Session) -> dict[int, list[date]]:
    """Days of the payments proposed for an invoice that no person has decided about, by invoice."""
    found: dict[int, list[date]] = defaultdict(list)
    proposed = (
        select(BankLine.booked_on, BankLine.match)
        .where(BankLine.state == LineState.PROPOSED, BankLine.amount_minor > 0)
        .order_by(BankLine.booked_on, BankLine.id)
    )
    for booked_on, match in session.execute(proposed):
        for portion in match.get("portions", []):
            found[portion["invoice_id"]].append(booked_on)
    return found


def _steps(
    session: Session, owed: Sequence[ColumnElement[bool]], without: int | None
) -> dict[int, list[SentStep]]:
    found: dict[int, list[SentStep]] = defaultdict(list)
    query = (
        select(
            DunningLine.invoice_id,
            DunningLine.step,
            DunningLetter.sent_on,
            func.coalesce(DunningLetter.pay_by, Invoice.due_on),
            OutboxMail.sent_at,
        )
        .join(DunningLine.letter)
        .join(DunningLine.invoice)
        .outerjoin(DunningLetter.mail)
        .where(*owed, DunningLine.step.is_not(None), _sent(), DunningLetter.id != (without or 0))
        .order_by(DunningLine.step)
    )
    for invoice_id, step, sent_on, pay_by, sent_at in session.execute(query):
        delivered_on = sent_at.date() if sent_at else None
        found[invoice_id].append(SentStep(step, sent_on, pay_by, delivered_on))
    return found


def _promises(session: Session, owed: Sequence[ColumnElement[bool]]) -> dict[int, list[Promise]]:
    found: dict[int, list[Promise]] = defaultdict(list)
    query = (
        select(PaymentPromise, Invoice.currency)
        .join(PaymentPromise.invoice)
        .where(*owed, PaymentPromise.withdrawn_by == "")
        .order_by(PaymentPromise.id)
    )
    for promise, currency in session.execute(query):
        amount = promise.amount_minor
        found[promise.invoice_id].append(
            Promise(
                given_on=promise.given_on,
                pay_by=promise.pay_by,
                open_when_given=Money(promise.open_when_given_minor, currency),
                amount=None if amount is None else Money(amount, currency),
            )
        )
    return found


def _stops(session: Session, client_ids: Sequence[int]) -> dict[tuple[int, int | None], list[Stop]]:
    found: dict[tuple[int, int | None], list[Stop]] = defaultdict(list)
    query = (
        select(PaymentStop)
        .where(PaymentStop.client_id.in_(client_ids))
        .order_by(PaymentStop.id)
        .execution_options(populate_existing=True)
    )
    for stop in session.scalars(query):
        key = (stop.client_id, stop.invoice_id)
        found[key].append(Stop(stop.kind, stop.starts_on, stop.ends_on))
    return found


Days = dict[int, list[tuple[str, date]]]


def _letters(
    session: Session, client_ids: Sequence[int], without: int | None
) -> tuple[Days, Days, dict[int, set[str]]]:
    """Currency and newest day of letters and of notes sent, and the currencies of pending ones."""
    whose = (DunningLetter.client_id, DunningLetter.currency)
    concerned = (DunningLetter.client_id.in_(client_ids), DunningLetter.id != (without or 0))
    letters: Days = defaultdict(list)
    notes: Days = defaultdict(list)
    newest = (
        select(*whose, DunningLetter.level, func.max(DunningLetter.sent_on))
        .outerjoin(DunningLetter.mail)
        .where(*concerned, _sent())
        .group_by(*whose, DunningLetter.level)
    )
    for client_id, currency, level, sent_on in session.execute(newest):
        (letters if level > COURTESY else notes)[client_id].append((currency, sent_on))
    pending: dict[int, set[str]] = defaultdict(set)
    waiting = (
        select(*whose)
        .outerjoin(DunningLetter.mail)
        .where(
            *concerned,
            or_(
                DunningLetter.state == LetterState.DECIDED,
                (DunningLetter.state == LetterState.QUEUED) & OutboxMail.state.in_(_ON_ITS_WAY),
            ),
        )
    )
    for client_id, currency in session.execute(waiting):
        pending[client_id].add(currency)
    return letters, notes, pending


def _sent() -> ColumnElement[bool]:
    mail = or_(OutboxMail.id.is_(None), OutboxMail.state != _WITHDRAWN)
    return (DunningLetter.state == LetterState.QUEUED) & mail
