"""A client's reminders: where every open invoice stands and why, holds, promises, letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import (
    DunningLetter,
    Invoice,
    PaymentPromise,
    PaymentStop,
    StopKind,
)
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import Fields, FormFields
from acctflows.portal.state import Portal, PortalDep
from acctflows.receivables.follow_up.accounts import CREDIT_KEY, client_accounts
from acctflows.receivables.follow_up.dunning import decide
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules, load_rules
from acctflows.receivables.follow_up.stops import (
    LONGEST,
    lift_stop,
    record_promise,
    set_stop,
    withdraw_promise,
)
from acctflows.receivables.payments.bank_data import bank_data_as_of
from acctflows.receivables.payments.recording import read_amount

router = APIRouter()

LONGEST_REASON = 2_000


@dataclass(frozen=True)
class Stand:
    """Where an open invoice stands in the follow-up.

    Args:
        number: Of the invoice.
        open: What is open.
        due_on: Day until which it is to be paid.
        level: What its last letter was called; empty before the first.
        next_on: First day of the next level; None where there is none.
        why: What happens with it today, in sentences.
    """

    number: str
    open: Money
    due_on: date | None
    level: str
    next_on: date | None
    why: tuple[str, ...]


@router.api_route("/clients/{client_id}/reminders", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_reminders(
    request: Request, portal: PortalDep, visitor: VisitorDep, client_id: Id
) -> Response:
    """Every open invoice with its level and the reasons, what stops them, and all letters."""
    return _page(request, portal, visitor, client_id)


@router.post("/clients/{client_id}/stops")
@allow(Permission.SETTLE)
def add_stop(
    request: Request, portal: PortalDep, visitor: VisitorDep, client_id: Id, fields: FormFields
) -> Response:
    """Hold reminders, or note a dispute, until a day."""
    today = portal.app.clock.today()
    starts, ends = _day(fields, "from") or today, _day(fields, "until")
    problems = {}
    if ends is None or not max(starts, today) <= ends <= starts + LONGEST:
        problems["until"] = "desk.reminders.day_wrong"
    if not 0 < len(fields.text("reason")) <= LONGEST_REASON:
        problems["reason"] = "desk.reminders.reason_missing"
    if problems or ends is None:
        return _page(request, portal, visitor, client_id, given=fields, problems=problems)
    with portal.app.database.transaction() as session:
        client = _client(session, client_id)
        set_stop(
            session,
            client=client,
            invoice=_invoice(session, client, fields.text("invoice")),
            kind=_kind(fields.text("kind")),
            reason=fields.text("reason"),
            starts_on=starts,
            ends_on=ends,
            by=visitor.signature,
            now=portal.app.clock.now(),
        )
    return go_on(f"/desk/clients/{client_id}/reminders", done="held")


@router.post("/stops/{stop_id}/lift")
@allow(Permission.SETTLE)
def lift(portal: PortalDep, visitor: VisitorDep, stop_id: Id) -> Response:
    """Let reminders go on from today."""
    clock = portal.app.clock
    with portal.app.database.transaction() as session:
        stop = lift_stop(
            session, stop_id, by=visitor.signature, today=clock.today(), now=clock.now()
        )
        client_id = stop.client_id
    return go_on(f"/desk/clients/{client_id}/reminders", done="lifted")


@router.post("/clients/{client_id}/promises")
@allow(Permission.SETTLE)
def add_promise(
    request: Request, portal: PortalDep, visitor: VisitorDep, client_id: Id, fields: FormFields
) -> Response:
    """Note the client's word to pay."""
    today, pay_by = portal.app.clock.today(), _day(fields, "pay_by")
    problems = {}
    if pay_by is None or not today <= pay_by <= today + LONGEST:
        problems["pay_by"] = "desk.reminders.day_wrong"
    with portal.app.database.transaction() as session:
        client = _client(session, client_id)
        invoice = _invoice(session, client, fields.text("promised"))
        if invoice is None:
            raise HTTPException(400)
        amount = _amount(fields.text("amount"), invoice, problems)
        if not problems and pay_by is not None:
            record_promise(
                session,
                invoice=invoice,
                given_on=today,
                pay_by=pay_by,
                amount=amount,
                note=fields.text("note")[:LONGEST_REASON],
                by=visitor.signature,
                now=portal.app.clock.now(),
            )
    if problems:
        return _page(request, portal, visitor, client_id, given=fields, problems=problems)
    return go_on(f"/desk/clients/{client_id}/reminders", done="promised")


@router.post("/promises/{promise_id}/withdraw")
@allow(Permission.SETTLE)
def withdraw(portal: PortalDep, visitor: VisitorDep, promise_id: Id) -> Response:
    """Take back a promise, as when it was entered by mistake."""
    with portal.app.database.transaction() as session:
        promise = withdraw_promise(
            session, promise_id, by=visitor.signature, now=portal.app.clock.now()
        )
        client_id = promise.invoice.client_id
    return go_on(f"/desk/clients/{client_id}/reminders", done="withdrawn")


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    client_id: int,
    *,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    app = portal.app
    rules = load_rules(app.templates, app.agency)
    today = app.clock.today()
    with app.database.reading() as session:
        client = _client(session, client_id)
        stands = _stands(session, client, rules, today, visitor.language)
        letters = session.scalars(
            select(DunningLetter)
            .where(DunningLetter.client_id == client_id)
            .options(joinedload(DunningLetter.document), joinedload(DunningLetter.mail))
            .order_by(DunningLetter.id.desc())
        ).all()
        return show(
            request,
            portal,
            visitor,
            "desk/reminders.html",
            section="receivables",
            status=422 if problems else 200,
            client=client,
            today=today,
            stands=stands,
            stops=_stops(session, client_id, today),
            promises=_promises(session, client_id, today),
            letters=letters,
            kinds=list(StopKind),
            given=given or {},
            problems=problems or {},
        )


def _stands(
    session: Session, client: Client, rules: FollowUpRules, today: date, language: str
) -> list[Stand]:
    account = client_accounts(session, [client.id])[client.id]
    decision = decide(
        account,
        rules.policy,
        today=today,
        bank_data_as_of=bank_data_as_of(session),
        calendar=rules.calendar,
    )
    stands = []
    for item, decided in zip(account.items, decision.items, strict=True):
        if item.number.startswith(CREDIT_KEY):
            continue
        reached = max((step.level for step in item.reminders), default=0)
        stands.append(
            Stand(
                number=item.number,
                open=item.open,
                due_on=item.due_on,
                level=rules.policy.name_of(reached, language) if reached else "",
                next_on=decided.step_on,
                why=tuple(reason.say(language) for reason in decided.reasons),
            )
        )
    return stands


def _stops(session: Session, client_id: int, today: date) -> list[PaymentStop]:
    """What holds now or later, the soonest end first."""
    query = (
        select(PaymentStop)
        .where(PaymentStop.client_id == client_id, PaymentStop.ends_on >= today)
        .options(selectinload(PaymentStop.invoice).joinedload(Invoice.document))
        .order_by(PaymentStop.ends_on, PaymentStop.id)
    )
    return list(session.scalars(query))


def _promises(session: Session, client_id: int, today: date) -> list[PaymentPromise]:
    """What stands and whose invoice is open, the soonest day first."""
    query = (
        select(PaymentPromise)
        .join(PaymentPromise.invoice)
        .where(
            Invoice.client_id == client_id,
            Invoice.open_minor > 0,
            PaymentPromise.withdrawn_by == "",
        )
        .options(joinedload(PaymentPromise.invoice).joinedload(Invoice.document))
        .order_by(PaymentPromise.pay_by < today, PaymentPromise.pay_by)
    )
    return list(session.scalars(query))


def _client(session: Session, client_id: int) -> Client:
    client = session.get(Client, client_id)
    if client is None:
        raise HTTPException(404)
    return client


def _invoice(session: Session, client: Client, number: str) -> Invoice | None:
    """The invoice chosen in a form; None where the whole client was chosen."""
    if not number:
        return None
    query = select(Invoice).join(Invoice.document)
    query = query.where(Invoice.client_id == client.id, Document.number == number)
    invoice = session.scalar(query)
    if invoice is None:
        raise HTTPException(400)
    return invoice


def _kind(text: str) -> StopKind:
    try:
        return StopKind(text)
    except ValueError:
        raise HTTPException(400) from None


def _day(fields: Fields, name: str) -> date | None:
    try:
        return date.fromisoformat(fields.text(name))
    except ValueError:
        return None


def _amount(text: str, invoice: Invoice, problems: dict[str, str]) -> Money | None:
    if not text:
        return None
    try:
        amount = read_amount(text, invoice.currency)
    except InputError:
        problems["amount"] = "desk.reminders.amount_wrong"
        return None
    if amount.minor > invoice.open_minor:
        problems["amount"] = "desk.reminders.amount_wrong"
    return amount
