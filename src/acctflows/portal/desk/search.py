"""The search in the header: clients, people, projects and documents in one answer."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from starlette.responses import Response

from acctflows.db.models.agency import Client, Contact, Project
from acctflows.db.models.documents import Document
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.listing import WishDep, containing
from acctflows.portal.state import PortalDep

router = APIRouter()

MOST = 20
"""Results of each sort."""


@router.api_route("/search", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def search(request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep) -> Response:
    """What contains the words; nothing for no words."""
    q = wish.words
    clients = select(Client).where(containing(q, Client.legal_name, Client.number, Client.city))
    people = (
        select(Contact)
        .options(joinedload(Contact.client))
        .where(containing(q, Contact.given_name, Contact.family_name, Contact.email))
    )
    projects = (
        select(Project)
        .options(joinedload(Project.client))
        .where(containing(q, Project.title, Project.number))
    )
    documents = (
        select(Document)
        .options(joinedload(Document.client), selectinload(Document.versions))
        .where(containing(q, Document.number, Document.title))
    )
    with portal.app.database.reading() as session:
        found = {
            "clients": session.scalars(clients.limit(MOST)).all() if q else [],
            "people": session.scalars(people.limit(MOST)).all() if q else [],
            "projects": session.scalars(projects.limit(MOST)).all() if q else [],
            "documents": session.scalars(documents.limit(MOST)).all() if q else [],
        }
    return show(
        request,
        portal,
        visitor,
        "desk/search.html",
        section="",
        found=found,
        nothing=not any(found.values()),
    )
