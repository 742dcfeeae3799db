"""The client's objections: clauses chosen from the document, each with other words or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import DocumentVersion, Outcome
from acctflows.documents import acceptance, access_links
from acctflows.documents.clauses import Clause, read_clauses
from acctflows.documents.objections import (
    LONGEST_REASON,
    LONGEST_WORDING,
    MOST_OBJECTIONS,
    RaisedObjection,
)
from acctflows.errors import ConflictError
from acctflows.portal.client import open_offer
from acctflows.portal.comparing import comparison
from acctflows.portal.fields import Fields, FormFields, too_long
from acctflows.portal.files import read_document
from acctflows.portal.limits import client_ip
from acctflows.portal.links import Token
from acctflows.portal.offer import Offer
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import choose_language

router = APIRouter()


@dataclass(frozen=True)
class Wish:
    """What a client typed about a clause."""

    clause: Clause
    proposal: str
    reason: str

    @property
    def says_nothing(self) -> bool:
        """Whether the clause would stay as it is, without a reason."""
        return self.proposal in ("", self.clause.text.strip()) and not self.reason


@dataclass(frozen=True)
class Objecting:
    """The form as it was typed, and what is wrong with it (field to key of the message)."""

    name: str
    function: str
    wishes: Sequence[Wish] = ()
    problems: dict[str, str] = field(default_factory=dict)


@router.api_route("/d/{token}/objections", methods=["GET", "HEAD"])
def choose_clauses(request: Request, portal: PortalDep, token: Token) -> Response:
    """All clauses to choose from; with ``?clause=3&clause=7`` a form about these."""
    offer = _negotiable(open_offer(request, portal, token))
    clauses = _clauses(portal, offer)
    chosen = [each for each in clauses if str(each.index) in request.query_params.getlist("clause")]
    wishes = [Wish(each, each.text, "") for each in chosen[:MOST_OBJECTIONS]]
    form = Objecting(name=offer.contact, function=offer.function, wishes=wishes)
    language = choose_language(request.query_params.get("lang"), offer.language)
    return _page(portal, offer, clauses, form, language)


@router.post("/d/{token}/objections")
def object_to(request: Request, portal: PortalDep, token: Token, fields: FormFields) -> Response:
    """Record what the client wants to read differently; a second post is answered by the first."""
    offer = open_offer(request, portal, token)
    language = choose_language(fields.get("lang"), offer.language)
    here = RedirectResponse(f"{offer.address}?lang={language}", status_code=303)
    if offer.decision is not None or offer.consent_given is not None:
        return here
    clauses = _clauses(portal, _negotiable(offer))
    form = _read(fields, clauses)
    if form.problems:
        return _page(portal, offer, clauses, form, language)
    try:
        _record(request, portal, offer, form, language)
    except ConflictError:
        return here  # another post was faster: the page shows what it decided
    portal.resumer.wake(offer.version_id, WaitingFor.CLIENT)
    return here


@router.api_route("/d/{token}/comparison.docx", methods=["GET", "HEAD"])
def compare(request: Request, portal: PortalDep, token: Token) -> Response:
    """What changed since the version the client saw before, as tracked changes in Word."""
    offer = open_offer(request, portal, token)
    if offer.before is None:
        raise HTTPException(404)
    with portal.app.database.reading() as session:
        before = session.get_one(DocumentVersion, offer.before.id)
        version = session.get_one(DocumentVersion, offer.version_id)
        return comparison(portal.app, before, version)


def _negotiable(offer: Offer) -> Offer:
    if not offer.page.takes_objections or offer.decision or offer.consent_given:
        raise HTTPException(404)
    return offer


def _clauses(portal: Portal, offer: Offer) -> tuple[Clause, ...]:
    with portal.app.database.reading() as session:
        version = session.get_one(DocumentVersion, offer.version_id)
        found = read_clauses(read_document(portal.app.docs_out, version, "docx"))
    # Tables have no wording, and what has no number in a numbered document is no clause.
    texts = [each for each in found if not each.is_table]
    return tuple(each for each in texts if each.number) or tuple(texts)


def _read(fields: Fields, clauses: Sequence[Clause]) -> Objecting:
    """The client's objections with everything that is wrong with them."""
    wishes = [
        Wish(each, fields.text(f"proposal-{each.index}"), fields.text(f"reason-{each.index}"))
        for each in clauses
        if f"proposal-{each.index}" in fields
    ]
    limits = {"name": acceptance.LONGEST["name"], "function": acceptance.LONGEST["function"]}
    for wish in wishes:
        limits[f"proposal-{wish.clause.index}"] = LONGEST_WORDING
        limits[f"reason-{wish.clause.index}"] = LONGEST_REASON
    problems = dict.fromkeys(too_long(fields, limits), "client.problem.too_long")
    if not fields.text("name"):
        problems["name"] = "client.problem.name"
    if not 0 < len(wishes) <= MOST_OBJECTIONS:
        problems["clauses"] = "client.problem.clauses"
    for wish in wishes:
        if wish.says_nothing:
            problems[f"proposal-{wish.clause.index}"] = "client.problem.wish"
    return Objecting(fields.text("name"), fields.text("function"), wishes, problems)


def _record(request: Request, portal: Portal, offer: Offer, form: Objecting, language: str) -> None:
    now = portal.app.clock.now()
    with portal.app.database.transaction() as session:
        acceptance.record_decision(
            session,
            access_links.find_link(session, offer.token, now=now),
            outcome=Outcome.OBJECTED,
            name=form.name,
            function=form.function,
            reason="",
            objections=[
                RaisedObjection(
                    number=wish.clause.number,
                    heading=wish.clause.heading,
                    original=wish.clause.text,
                    proposal=wish.proposal,
                    reason=wish.reason,
                )
                for wish in form.wishes
            ],
            consent_text="",
            consent_language=language,
            ip=client_ip(request.scope),
            user_agent=request.headers.get("user-agent", ""),
            now=now,
        )


def _page(
    portal: Portal, offer: Offer, clauses: Sequence[Clause], form: Objecting, language: str
) -> Response:
    return portal.pages.show(
        "client/objections.html",
        language,
        status=422 if form.problems else 200,
        offer=offer,
        clauses=[
            (heading, list(group)) for heading, group in groupby(clauses, attrgetter("heading"))
        ],
        form=form,
        most=MOST_OBJECTIONS,
    )
