"""Receivables: what clients owe, invoice by invoice; the other pages of the section add a tab."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from fastapi import APIRouter, Request
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Allocation, Invoice
from acctflows.documents import audit
from acctflows.documents.text import clean_text
from acctflows.documents.versions import subject
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.listing import WishDep, chosen, containing, page_of
from acctflows.portal.kinds import KIND_PAGES
from acctflows.portal.state import PortalDep

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


def standing(invoice: Invoice, today: date) -> Standing:
    """The most pressing thing there is to say about an invoice."""
    if invoice.open_minor == 0:
        return Standing.PAID
    if invoice.open_minor < 0:
        return Standing.CREDIT
    if invoice.sent_on is None:
        return Standing.UNSENT
    return Standing.OVERDUE if invoice.due_on < today else Standing.OPEN


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
    today = portal.app.clock.today()
    wanted = chosen(Standing, wish.state)
    conditions = [_is(wanted, today)] if wanted else []
    if wish.words:
        conditions.append(containing(wish.words, Document.number, Client.legal_name, Client.number))
    with portal.app.database.reading() as session:
        listing = page_of(session, _invoices(conditions), wish.page)
        owed = _owed(session, conditions, today)
    return show(
        request,
        portal,
        visitor,
        "desk/invoices.html",
        section="receivables",
        tabs=TABS,
        tab="invoices",
        listing=listing,
        standings={invoice.id: standing(invoice, today) for invoice in listing.rows},
        owed=owed,
        state=wanted,
        states=list(Standing),
    )


@router.api_route("/invoices/{number}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_invoice(request: Request, portal: PortalDep, visitor: VisitorDep, number: str) -> Response:
    """One invoice: what it says, what was paid, its PDF and its history."""
    with portal.app.database.reading() as session:
        invoice = session.scalar(
            _invoices([Document.number == clean_text(number)]).options(
                selectinload(Invoice.allocations).joinedload(Allocation.payment)
            )
        )
        if invoice is None:
            raise HTTPException(404)
        versions = invoice.document.versions
        page = KIND_PAGES["invoice"]
        return show(
            request,
            portal,
            visitor,
            "desk/invoice.html",
            section="receivables",
            tabs=TABS,
            tab="invoices",
            invoice=invoice,
            standing=standing(invoice, portal.app.clock.today()),
            version=versions[-1] if versions else None,
            doc=page.read(versions[-1].snapshot) if versions else None,
            page=page,
            words=page.words,
            trail=audit.trail(session, subject(invoice.document)),
        )


def _invoices(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[tuple[Invoice]]:
    """Open ones by due date, then the settled ones, newest first."""
    settled = Invoice.open_minor == 0
    return (
        sa.select(Invoice)
        .join(Invoice.document)
        .join(Invoice.client)
        .options(joinedload(Invoice.document), joinedload(Invoice.client))
        .where(*conditions)
        .order_by(settled, sa.case((~settled, Invoice.due_on)), Invoice.id.desc())
    )


def _owed(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], today: date
) -> list[Owed]:
    overdue = sa.case((Invoice.due_on < today, Invoice.open_minor), else_=0)
    rows = session.execute(
        sa.select(Invoice.currency, sa.func.sum(Invoice.open_minor), sa.func.sum(overdue))
        .join(Invoice.document)
        .join(Invoice.client)
        .where(Invoice.open_minor > 0, Invoice.sent_on.is_not(None), *conditions)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [Owed(currency, int(whole), int(late)) for currency, whole, late in rows]


def _is(wanted: Standing, today: date) -> sa.ColumnElement[bool]:
    """The condition under which `standing` says so."""
    sent = sa.and_(Invoice.open_minor > 0, Invoice.sent_on.is_not(None))
    return {
        Standing.OPEN: sa.and_(sent, Invoice.due_on >= today),
        Standing.OVERDUE: sa.and_(sent, Invoice.due_on < today),
        Standing.UNSENT: sa.and_(Invoice.open_minor > 0, Invoice.sent_on.is_(None)),
        Standing.PAID: Invoice.open_minor == 0,
        Standing.CREDIT: Invoice.open_minor < 0,
    }[wanted]
