"""Receivables: what clients owe, invoice by invoice; the other pages of the section add a tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from fastapi import APIRouter, Request
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import App
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Allocation, Invoice
from acctflows.documents import audit
from acctflows.documents.text import clean_text
from acctflows.documents.versions import subject
from acctflows.errors import InputError
from acctflows.portal.desk.access import Permission, Visitor, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.listing import WishDep, chosen, containing, page_of
from acctflows.portal.fields import FormFields
from acctflows.portal.kinds import KIND_PAGES
from acctflows.portal.state import Portal, PortalDep
from acctflows.receivables.invoices.cancelling import LONGEST_REASON, cancel_invoice

router = APIRouter()


@dataclass(frozen=True)
class Tab:
    """A page of the section; its words are the text ``desk.receivables.tab.<key>``."""

    key: str
    address: str


TABS = (
    Tab("invoices", "/desk/receivables"),
    Tab("payments", "/desk/payments"),
)
"""The pages beside each other, in order; every template of the section shows them as ``tabs``."""


class Standing(StrEnum):
    """How an invoice stands on a day."""

    OPEN = "open"
    OVERDUE = "overdue"
    UNSENT = "unsent"
    """Issued, but no mail has been queued: it waits for an approval, or something went wrong."""
    PAID = "paid"
    CREDIT = "credit"
    """More was credited than it asked for."""
    CANCELLED = "cancelled"
    CANCELLATION = "cancellation"
    """It cancels another one."""


def last_passed(app: App) -> date:
    """The latest due date by which no payment can come in time any more.

    What is due on no business day may be paid until the next one (§ 193 BGB).
    """
    return BusinessCalendar(app.agency.country, app.agency.state).before(app.clock.today())


def standing(invoice: Invoice, passed: date) -> Standing:
    """The most pressing thing there is to say about an invoice.

    Args:
        invoice: With what is open.
        passed: The latest due date that has passed, see `last_passed`.
    """
    if invoice.cancelled_on is not None:
        return Standing.CANCELLED
    if invoice.open_minor == 0:
        return Standing.CANCELLATION if invoice.cancels else Standing.PAID
    if invoice.open_minor < 0:
        return Standing.CREDIT
    if invoice.sent_on is None:
        return Standing.UNSENT
    return Standing.OVERDUE if invoice.due_on <= passed else Standing.OPEN


@dataclass(frozen=True)
class Owed:
    """The open sum of one currency, and what of it is overdue; minor units."""

    currency: str
    open_minor: int
    overdue_minor: int


@router.api_route("/receivables", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_invoices(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """All invoices, the open ones first and of them the longest due; with what they sum up to."""
    passed = last_passed(portal.app)
    wanted = chosen(Standing, wish.state)
    conditions = [_is(wanted, passed)] if wanted else []
    if wish.words:
        conditions.append(containing(wish.words, Document.number, Client.legal_name, Client.number))
    with portal.app.database.reading() as session:
        listing = page_of(session, _invoices(conditions), wish.page)
        owed = _owed(session, conditions, passed)
    return show(
        request,
        portal,
        visitor,
        "desk/invoices.html",
        section="receivables",
        tabs=TABS,
        tab="invoices",
        listing=listing,
        standings={invoice.id: standing(invoice, passed) for invoice in listing.rows},
        owed=owed,
        state=wanted,
        states=list(Standing),
    )


@router.api_route("/invoices/{number}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_invoice(request: Request, portal: PortalDep, visitor: VisitorDep, number: str) -> Response:
    """One invoice: what it says, what was paid, its PDF and its history."""
    return _page(request, portal, visitor, number)


@router.post("/invoices/{number}/cancel")
@allow(Permission.SETTLE)
def cancel(
    request: Request, portal: PortalDep, visitor: VisitorDep, number: str, fields: FormFields
) -> Response:
    """Cancel it by an invoice below zero, which goes out within minutes if this one was sent."""
    app, reason, again = portal.app, fields.text("reason"), fields.text("again")
    problems = {} if again in ("yes", "no") else {"again": "desk.receivables.again_missing"}
    problems |= _reason_problem(app, reason)
    if problems:
        return _page(request, portal, visitor, number, given=fields, problems=problems)
    with app.database.transaction() as session:
        below = cancel_invoice(
            session,
            _invoice(session, number).id,
            reason=reason,
            again=again == "yes",
            by=visitor.signature,
            now=app.clock.now(),
            today=app.clock.today(),
        )
        address = f"/desk/invoices/{below.document.number}"
    return go_on(address, done="cancelled")


def _reason_problem(app: App, reason: str) -> dict[str, str]:
    if not 0 < len(reason) <= LONGEST_REASON:
        return {"reason": "desk.receivables.reason_missing"}
    try:
        app.stationery().faces.width(" ".join(reason.split()), 9)
    except InputError:
        return {"reason": "desk.receivables.reason_letters"}
    return {}


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    number: str,
    *,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    with portal.app.database.reading() as session:
        invoice = _invoice(session, number)
        versions = invoice.document.versions
        page = KIND_PAGES["invoice"]
        return show(
            request,
            portal,
            visitor,
            "desk/invoice.html",
            section="receivables",
            status=422 if problems else 200,
            tabs=TABS,
            tab="invoices",
            invoice=invoice,
            standing=standing(invoice, last_passed(portal.app)),
            version=versions[-1] if versions else None,
            doc=page.read(versions[-1].snapshot) if versions else None,
            page=page,
            words=page.words,
            trail=audit.trail(session, subject(invoice.document)),
            given=given or {},
            problems=problems or {},
        )


def _invoice(session: Session, number: str) -> Invoice:
    invoice = session.scalar(
        _invoices([Document.number == clean_text(number)]).options(
            selectinload(Invoice.allocations).joinedload(Allocation.payment)
        )
    )
    if invoice is None:
        raise HTTPException(404)
    return invoice


def _invoices(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[tuple[Invoice]]:
    """Open ones by due date, then the settled ones, newest first."""
    settled = Invoice.open_minor == 0
    return (
        sa.select(Invoice)
        .join(Invoice.document)
        .join(Invoice.client)
        .options(joinedload(Invoice.document), joinedload(Invoice.client))
        .options(selectinload(Invoice.cancels), selectinload(Invoice.cancelled_by))
        .where(*conditions)
        .order_by(settled, sa.case((~settled, Invoice.due_on)), Invoice.id.desc())
    )


def _owed(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], passed: date
) -> list[Owed]:
    overdue = sa.case((Invoice.due_on <= passed, Invoice.open_minor), else_=0)
    rows = session.execute(
        sa.select(Invoice.currency, sa.func.sum(Invoice.open_minor), sa.func.sum(overdue))
        .join(Invoice.document)
        .join(Invoice.client)
        .where(Invoice.open_minor > 0, Invoice.sent_on.is_not(None), *conditions)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [Owed(currency, int(whole), int(late)) for currency, whole, late in rows]


def _is(wanted: Standing, passed: date) -> sa.ColumnElement[bool]:
    """The condition under which `standing` says so."""
    sent = sa.and_(Invoice.open_minor > 0, Invoice.sent_on.is_not(None))
    return {
        Standing.OPEN: sa.and_(sent, Invoice.due_on > passed),
        Standing.OVERDUE: sa.and_(sent, Invoice.due_on <= passed),
        Standing.UNSENT: sa.and_(Invoice.open_minor > 0, Invoice.sent_on.is_(None)),
        Standing.PAID: sa.and_(
            Invoice.open_minor == 0, Invoice.cancelled_on.is_(None), ~Invoice.cancels.has()
        ),
        Standing.CREDIT: Invoice.open_minor < 0,
        Standing.CANCELLED: Invoice.cancelled_on.is_not(None),
        Standing.CANCELLATION: Invoice.cancels.has(),
    }[wanted]
