"""One bank line: what it says, what was found, and a person's decision about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, joinedload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import AuditEntry, Document
from acctflows.db.models.receivables import BankLine, BankStatement, Invoice, LineState, Payment
from acctflows.documents import audit
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.listing import WishDep, containing
from acctflows.portal.desk.payments import Decidable, decidable
from acctflows.portal.desk.receivables import TABS
from acctflows.portal.fields import Fields, FormFields
from acctflows.portal.state import PortalDep
from acctflows.receivables.payments import assigning
from acctflows.receivables.payments.bank_lines import payment_of

router = APIRouter()

MOST = 20
"""Invoices, clients or payments offered at a time."""
LONGEST_REASON = 2_000


@dataclass(frozen=True)
class Choice:
    """What a line can be assigned to: what the search finds, or what comes to mind by itself."""

    invoices: Sequence[Invoice] = ()
    clients: Sequence[Client] = ()
    payments: Sequence[Payment] = ()
    credits: Sequence[Payment] = ()
    """Payments of whose credit as much is left as went out."""


@router.api_route("/payments/{line_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_line(
    request: Request, portal: PortalDep, visitor: VisitorDep, line_id: Id, wish: WishDep
) -> Response:
    """The line, its evidence, and what it can be assigned to."""
    query = (
        select(BankLine)
        .where(BankLine.id == line_id)
        .options(joinedload(BankLine.statement).joinedload(BankStatement.file))
    )
    with portal.app.database.reading() as session:
        line = session.scalars(query).one_or_none()
        if line is None:
            raise HTTPException(404)
        each = decidable(session, [line])[0]
        waits = line.state not in (LineState.BOOKED, LineState.LEFT)
        return show(
            request,
            portal,
            visitor,
            "desk/bank_line.html",
            section="receivables",
            tabs=TABS,
            tab="payments",
            each=each,
            line=line,
            waits=waits,
            choice=_choice(session, each, wish.words) if waits else Choice(),
            undoable=_undoable(session, line),
            trail=_trail(session, line),
        )


@router.post("/payments/{line_id}/confirm")
@allow(Permission.SETTLE)
def confirm(portal: PortalDep, visitor: VisitorDep, line_id: Id, fields: FormFields) -> Response:
    """Book what was proposed and shown."""
    with portal.app.database.transaction() as session:
        assigning.confirm_proposal(
            session,
            line_id,
            shown=fields.text("shown"),
            by=visitor.signature,
            now=portal.app.clock.now(),
        )
    return go_on("/desk/payments", done="payment_booked")


@router.post("/payments/{line_id}/assign")
@allow(Permission.SETTLE)
def assign(portal: PortalDep, visitor: VisitorDep, line_id: Id, fields: FormFields) -> Response:
    """Book it to the ticked invoices or as credit; money out as a return or payout."""
    now, by = portal.app.clock.now(), visitor.signature
    payment_id, client_id = _id(fields, "payment"), _id(fields, "client")
    credit_id = _id(fields, "credit")
    with portal.app.database.transaction() as session:
        if payment_id:
            assigning.assign_reversal(session, line_id, payment_id=payment_id, by=by, now=now)
        elif credit_id:
            assigning.assign_payout(session, line_id, payment_id=credit_id, by=by, now=now)
        else:
            assigning.assign_line(
                session,
                line_id,
                invoice_ids=_ticked(fields),
                client_id=client_id,
                by=by,
                now=now,
            )
    return go_on("/desk/payments", done="payment_booked")


@router.post("/payments/{line_id}/leave")
@allow(Permission.SETTLE)
def leave(portal: PortalDep, visitor: VisitorDep, line_id: Id, fields: FormFields) -> Response:
    """Put it aside with a reason."""
    reason = fields.text("not_ours")
    if not 0 < len(reason) <= LONGEST_REASON:
        raise HTTPException(400)
    with portal.app.database.transaction() as session:
        assigning.leave_line(
            session, line_id, reason=reason, by=visitor.signature, now=portal.app.clock.now()
        )
    return go_on("/desk/payments", done="payment_left")


@router.post("/payments/{line_id}/undo")
@allow(Permission.SETTLE)
def undo(portal: PortalDep, visitor: VisitorDep, line_id: Id) -> Response:
    """Take back what was decided; the line waits again."""
    with portal.app.database.transaction() as session:
        assigning.undo_line(session, line_id, by=visitor.signature, now=portal.app.clock.now())
    return go_on(f"/desk/payments/{line_id}", done="payment_undone")


def _undoable(session: Session, line: BankLine) -> bool:
    """Whether a decision was made that can be taken back: not what the bank took back itself."""
    if line.state is LineState.BOOKED:
        payment = payment_of(session, line)
        return payment is not None and payment.reversal_of_id is None
    return line.state is LineState.LEFT and line.amount_minor != 0


def _choice(session: Session, each: Decidable, words: str) -> Choice:
    line = each.line
    if line.amount_minor < 0:
        returnable = _returnable(session, line, words)
        return Choice(payments=returnable, credits=_left_over(session, line, words))
    invoices = (
        select(Invoice)
        .join(Invoice.document)
        .join(Invoice.client)
        .options(joinedload(Invoice.document), joinedload(Invoice.client))
        .where(Invoice.open_minor > 0, Invoice.currency == line.currency)
        .order_by(Invoice.due_on, Invoice.id)
        .limit(MOST)
    )
    if words:
        invoices = invoices.where(
            containing(words, Document.number, Client.legal_name, Client.number)
        )
        clients = select(Client).where(containing(words, Client.legal_name, Client.number))
        found = session.scalars(clients.order_by(Client.legal_name).limit(MOST)).all()
        return Choice(invoices=session.scalars(invoices).all(), clients=found)
    owners = {invoice.client_id for invoice in each.invoices.values()}
    near = or_(Invoice.open_minor == line.amount_minor, Invoice.client_id.in_(owners))
    known = {invoice.client_id: invoice.client for invoice in each.invoices.values()}
    return Choice(
        invoices=session.scalars(invoices.where(near)).all(), clients=list(known.values())
    )


def _returnable(session: Session, line: BankLine, words: str) -> Sequence[Payment]:
    """Payments that the line may take back: not more than went out, and not taken back yet."""
    back = aliased(Payment)
    query = (
        select(Payment)
        .join(Payment.client)
        .outerjoin(back, back.reversal_of_id == Payment.id)
        .options(joinedload(Payment.client))
        .where(
            Payment.amount_minor > 0,
            Payment.amount_minor <= -line.amount_minor,
            Payment.currency == line.currency,
            back.id.is_(None),
        )
        .order_by(Payment.amount_minor.desc(), Payment.received_on.desc())
        .limit(MOST)
    )
    if words:
        query = query.where(containing(words, Client.legal_name, Client.number, Payment.reference))
    return session.scalars(query).all()


def _left_over(session: Session, line: BankLine, words: str) -> Sequence[Payment]:
    """Payments whose credit the line may pay back: as much is left as went out."""
    query = (
        select(Payment)
        .join(Payment.client)
        .options(joinedload(Payment.client))
        .where(Payment.left_minor >= -line.amount_minor, Payment.currency == line.currency)
        .order_by(Payment.left_minor, Payment.received_on.desc())
        .limit(MOST)
    )
    if words:
        query = query.where(containing(words, Client.legal_name, Client.number, Payment.reference))
    return session.scalars(query).all()


def _trail(session: Session, line: BankLine) -> list[AuditEntry]:
    """What happened to the line and to its payments, oldest first."""
    payments = session.scalars(select(Payment.id).where(Payment.bank_line_id == line.id)).all()
    back = session.scalars(select(Payment.id).where(Payment.reversal_of_id.in_(payments))).all()
    subjects = [f"bank_line/{line.id}", *(f"payment/{each}" for each in {*payments, *back})]
    found = [entry for subject in subjects for entry in audit.trail(session, subject)]
    return sorted(found, key=lambda entry: entry.seq)


def _ticked(fields: Fields) -> list[int]:
    names = [name.removeprefix("invoice-") for name in fields if name.startswith("invoice-")]
    return [int(each) for each in names if each.isascii() and each.isdigit() and len(each) < 16]


def _id(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise HTTPException(400)
    return int(text)
