"""Clients and their projects: lists to search, and a page each."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.agency import Client, Contact
from acctflows.db.models.documents import Document
from acctflows.portal.desk import payments
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.listing import WishDep, containing, page_of
from acctflows.portal.state import PortalDep

router = APIRouter()


@router.api_route("/clients", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_clients(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """All clients by name; the search looks at names, numbers, places and contacts."""
    query = (
        select(Client)
        .options(selectinload(Client.projects), selectinload(Client.contacts))
        .order_by(Client.archived_at.is_not(None), Client.legal_name, Client.id)
    )
    if wish.words:
        person = containing(wish.words, Contact.given_name, Contact.family_name, Contact.email)
        own = containing(wish.words, Client.legal_name, Client.number, Client.city)
        query = query.where(own | Client.contacts.any(person))
    with portal.app.database.reading() as session:
        listing = page_of(session, query, wish.page)
    return show(request, portal, visitor, "desk/clients.html", section="clients", listing=listing)


@router.api_route("/clients/{client_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_client(
    request: Request, portal: PortalDep, visitor: VisitorDep, client_id: Id
) -> Response:
    """One client: address, terms, account, contacts, projects, documents."""
    with portal.app.database.reading() as session:
        client = session.get(Client, client_id)
        if client is None:
            raise HTTPException(404)
        documents = session.scalars(
            select(Document)
            .where(Document.client_id == client_id)
            .options(selectinload(Document.versions), joinedload(Document.client))
            .order_by(Document.id.desc())
        ).all()
        return show(
            request,
            portal,
            visitor,
            "desk/client.html",
            section="clients",
            client=client,
            documents=documents,
            balances=payments.balances_of(session, client_id),
            credits=payments.credits_of(session, client_id),
            payments_made=payments.newest_payments(session, client_id),
        )
