"""Payments: bank lines that wait for a decision, credits of clients, what was booked of late."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.receivables import (
    Allocation,
    BankLine,
    BankStatement,
    Invoice,
    LineState,
    Payment,
)
from acctflows.money import Money
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.lines import Action, Found, Line
from acctflows.portal.desk.listing import WishDep, page_of
from acctflows.portal.desk.receivables import TABS
from acctflows.portal.fields import FormFields
from acctflows.portal.state import Portal, PortalDep
from acctflows.receivables.payments import booking
from acctflows.receivables.payments.assigning import shown_hash
from acctflows.receivables.payments.bank_data import bank_data_as_of
from acctflows.receivables.payments.bank_lines import Finding, finding_of

router = APIRouter()

NEWEST = 20
"""Bookings the page shows."""
MOST_TODAY = 10
"""Lines on the first page of the desk; the others stand on the page of payments."""


@dataclass(frozen=True)
class Decidable:
    """A bank line with what a page shows of it.

    Args:
        line: The line.
        finding: What was found about it.
        invoices: The invoices it is proposed or booked for, by id.
        reverses: The payment it takes back; None for most.
        pays_out: The payment whose credit it pays back; None for most.
        shown: Names what is shown, for confirming it.
    """

    line: BankLine
    finding: Finding
    invoices: dict[int, Invoice]
    reverses: Payment | None
    pays_out: Payment | None
    shown: str

    @property
    def left_minor(self) -> int:
        """What of it no invoice takes up."""
        return self.line.amount_minor - sum(each.amount.minor for each in self.finding.portions)


@dataclass(frozen=True)
class Balance:
    """What a client owes in one currency less the credits: above zero is in our favour."""

    currency: str
    open_minor: int
    credit_minor: int

    @property
    def minor(self) -> int:
        """The balance in minor units."""
        return self.open_minor - self.credit_minor


@dataclass(frozen=True)
class Credit:
    """A credit of a client and the open invoices it can be used for."""

    payment: Payment
    invoices: Sequence[Invoice]


def waiting_payments(portal: Portal) -> Found:
    """The bank lines that wait for a decision, proposals first."""
    language = portal.app.agency.language
    with portal.app.database.reading() as session:
        lines = session.scalars(_waiting().limit(MOST_TODAY)).all()
        found = [
            Line(
                client=each.line.counterparty,
                matter=_matter(each, language),
                address=f"/desk/payments/{each.line.id}",
                since=each.line.statement.file.taken_at,
                actions=_actions(each),
                detail="\n".join((each.line.remittance, *_sentences(each.finding, language))),
            )
            for each in decidable(session, lines)
        ]
    return Found(found)


def decidable(session: Session, lines: Sequence[BankLine]) -> list[Decidable]:
    """The lines with everything a page shows of them, read together."""
    findings = [finding_of(line) for line in lines]
    wanted = {each.invoice_id for finding in findings for each in finding.portions}
    payments = {each for found in findings for each in (found.reverses, found.pays_out)} - {None}
    invoices = session.scalars(_invoices().where(Invoice.id.in_(wanted)))
    known = {invoice.id: invoice for invoice in invoices} if wanted else {}
    named = session.scalars(
        select(Payment).where(Payment.id.in_(payments)).options(joinedload(Payment.client))
    )
    paid = {payment.id: payment for payment in named} if payments else {}
    return [
        Decidable(
            line=line,
            finding=finding,
            invoices={each.invoice_id: known[each.invoice_id] for each in finding.portions},
            reverses=paid.get(finding.reverses or 0),
            pays_out=paid.get(finding.pays_out or 0),
            shown=shown_hash(line),
        )
        for line, finding in zip(lines, findings, strict=True)
    ]


def credits_of(session: Session, client_id: int | None = None) -> list[Credit]:
    """The credits of a client, or of all, each with the invoices it can be used for."""
    query = (
        select(Payment)
        .where(Payment.left_minor > 0)
        .options(joinedload(Payment.client))
        .order_by(Payment.received_on, Payment.id)
    )
    if client_id is not None:
        query = query.where(Payment.client_id == client_id)
    payments = session.scalars(query).all()
    owners = {payment.client_id for payment in payments}
    owed = _invoices().where(Invoice.client_id.in_(owners), Invoice.open_minor > 0)
    invoices = session.scalars(owed.order_by(Invoice.due_on, Invoice.id)).all() if owners else []
    return [
        Credit(
            payment,
            [
                invoice
                for invoice in invoices
                if (invoice.client_id, invoice.currency) == (payment.client_id, payment.currency)
            ],
        )
        for payment in payments
    ]


def balances_of(session: Session, client_id: int) -> list[Balance]:
    """A client's account, one line for each currency in which there ever was something."""
    invoiced = select(Invoice.currency, func.sum(Invoice.open_minor)).where(
        Invoice.client_id == client_id
    )
    paid = select(Payment.currency, func.sum(Payment.left_minor)).where(
        Payment.client_id == client_id
    )
    open_ = {each: int(sum_) for each, sum_ in session.execute(invoiced.group_by(Invoice.currency))}
    left = {each: int(sum_) for each, sum_ in session.execute(paid.group_by(Payment.currency))}
    return [
        Balance(each, open_.get(each, 0), left.get(each, 0)) for each in sorted({*open_, *left})
    ]


def newest_payments(session: Session, client_id: int | None = None) -> Sequence[Payment]:
    """The payments booked last, of a client or of all."""
    query = (
        select(Payment)
        .options(
            joinedload(Payment.client),
            joinedload(Payment.reversal),
            selectinload(Payment.allocations)
            .joinedload(Allocation.invoice)
            .joinedload(Invoice.document),
        )
        .order_by(Payment.id.desc())
        .limit(NEWEST)
    )
    if client_id is not None:
        query = query.where(Payment.client_id == client_id)
    return session.scalars(query).all()


@router.api_route("/payments", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_payments(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """What waits, proposals first; the credits; the newest bookings."""
    with portal.app.database.reading() as session:
        listing = page_of(session, _waiting(), wish.page)
        return show(
            request,
            portal,
            visitor,
            "desk/payments.html",
            section="receivables",
            tabs=TABS,
            tab="payments",
            listing=listing,
            waiting=decidable(session, listing.rows),
            credits=credits_of(session),
            newest=newest_payments(session),
            as_of=bank_data_as_of(session),
            inbox=str(portal.app.bank_inbox),
        )


@router.post("/bookings/{payment_id}/undo")
@allow(Permission.SETTLE)
def undo_booking(portal: PortalDep, visitor: VisitorDep, payment_id: Id) -> Response:
    """Take back a payment that was entered by hand; that of a bank line is undone with its line."""
    with portal.app.database.transaction() as session:
        payment = session.get(Payment, payment_id)
        if payment is None or payment.bank_line_id is not None:
            raise HTTPException(404)
        booking.reverse_payment(
            session,
            payment.id,
            key=f"undo/{payment.key}",
            on=None,
            reason=payment.reference,
            by=visitor.signature,
            now=portal.app.clock.now(),
        )
        address = f"/desk/clients/{payment.client_id}"
    return go_on(address, done="booking_undone")


@router.post("/credits/{payment_id}/set-off")
@allow(Permission.SETTLE)
def set_off(portal: PortalDep, visitor: VisitorDep, payment_id: Id, fields: FormFields) -> Response:
    """Use a credit for the chosen invoice of the same client."""
    chosen = fields.text("invoice")
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 15:
        raise HTTPException(400)
    with portal.app.database.transaction() as session:
        booking.set_off(
            session,
            payment_id,
            int(chosen),
            by=visitor.signature,
            now=portal.app.clock.local(portal.app.clock.now()),
        )
    back = fields.text("back")
    return go_on(back if back.startswith("/desk/clients/") else "/desk/payments", done="set_off")


def _waiting() -> Select[tuple[BankLine]]:
    """Proposals first, then the oldest."""
    return (
        select(BankLine)
        .where(BankLine.state.in_((LineState.PROPOSED, LineState.OPEN)))
        .options(joinedload(BankLine.statement).joinedload(BankStatement.file))
        .order_by(BankLine.state != LineState.PROPOSED, BankLine.booked_on, BankLine.id)
    )


def _invoices() -> Select[tuple[Invoice]]:
    return select(Invoice).options(joinedload(Invoice.document), joinedload(Invoice.client))


def _matter(each: Decidable, language: str) -> str:
    amount = Money(each.line.amount_minor, each.line.currency).format(language)
    numbers = ", ".join(invoice.document.number for invoice in each.invoices.values())
    return f"{amount} → {numbers}" if numbers else amount


def _sentences(finding: Finding, language: str) -> list[str]:
    said = (*finding.evidence, *finding.doubts)
    return [each.de if language == "de" else each.en for each in said]


def _actions(each: Decidable) -> tuple[Action, ...]:
    address = f"/desk/payments/{each.line.id}"
    assign = Action("assign", address, main=each.line.state is not LineState.PROPOSED)
    if each.line.state is not LineState.PROPOSED:
        return (assign,)
    shown = {"shown": each.shown}
    confirm = Action("confirm_payment", f"{address}/confirm", post=True, fields=shown, main=True)
    return (confirm, assign)
