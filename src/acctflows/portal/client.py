"""The client's page: shows a document, takes one decision about it, says what happens next.

GET, HEAD and OPTIONS change nothing: mail scanners open every link. Only a POST decides.
"""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from acctflows.app import JOBS
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import DocumentVersion, Means, Outcome, VersionState
from acctflows.documents import acceptance, access_links
from acctflows.documents.codes import Found, check_code
from acctflows.errors import ConflictError, NotFoundError
from acctflows.portal.answers import Answer, fingerprint, read_answer
from acctflows.portal.comparing import Changed, find_changes
from acctflows.portal.expired import ExpiredLinkError
from acctflows.portal.fields import FormFields
from acctflows.portal.files import document_response, read_document, read_sealed, sealed_response
from acctflows.portal.limits import client_ip
from acctflows.portal.links import Token, miss, refuse_guessing
from acctflows.portal.offer import Offer, read_offer
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import choose_language

router = APIRouter()


@router.api_route("/d/{token}", methods=["GET", "HEAD"])
def show_document(request: Request, portal: PortalDep, token: Token) -> Response:
    """The document, its data and the two forms; after the decision, what happens next."""
    offer = open_offer(request, portal, token)
    blank = Answer(outcome=None, name=offer.contact, function=offer.function)
    return show_offer(request, portal, offer, blank)


@router.post("/d/{token}")
def decide(request: Request, portal: PortalDep, token: Token, fields: FormFields) -> Response:
    """Record the client's decision; a second one is answered with the first."""
    offer = open_offer(request, portal, token)
    language = choose_language(fields.get("lang"), offer.language)
    here = RedirectResponse(f"{offer.address}?lang={language}", status_code=303)
    if offer.decision is not None or offer.consent_given is not None:
        return here
    consent = offer.consent(portal.pages.texts[language])
    answer = read_answer(
        fields,
        consent_text=consent,
        takes_defects=offer.page.takes_defects,
        asks_code=offer.asks_code,
    )
    if answer.problems or answer.more or not offer.intact:
        return show_offer(request, portal, offer, answer, language=language)
    try:
        found = _record(request, portal, offer, answer, consent=consent, language=language)
    except ConflictError:
        return here  # another post was faster: the page shows what it decided
    if found is not Found.RIGHT:
        answer = replace(answer, code="", problems={"code": f"client.problem.code_{found}"})
        offer = open_offer(request, portal, token)  # which may have lost its last try
        return show_offer(request, portal, offer, answer, language=language)
    portal.resumer.wake(offer.version_id, WaitingFor.CLIENT)
    return here


@router.api_route("/d/{token}/document.{suffix}", methods=["GET", "HEAD"])
def document_file(
    request: Request, portal: PortalDep, token: Token, suffix: str, download: bool = False
) -> Response:
    """The PDF, or the Word file where there is no PDF; bytes checked against the register."""
    refuse_guessing(request, portal)
    with portal.app.database.reading() as session:
        try:
            link = access_links.find_link(session, token, now=portal.app.clock.now())
        except NotFoundError:
            raise _why_not(request, portal, session, token) from None
        version = link.version
        offered = "pdf" if version.pdf_path else "docx"
        if suffix != offered:
            raise HTTPException(404)
        try:
            content = read_document(portal.app.docs_out, version, suffix)
        except (NotFoundError, ConflictError):
            raise HTTPException(503) from None  # a fault of ours, which the desk and doctor show
        return document_response(content, version, suffix, download=download)


@router.api_route("/d/{token}/sealed.pdf", methods=["GET", "HEAD"])
def sealed_file(request: Request, portal: PortalDep, token: Token) -> Response:
    """The accepted document with its evidence, once it is sealed."""
    refuse_guessing(request, portal)
    with portal.app.database.reading() as session:
        try:
            link = access_links.find_link(session, token, now=portal.app.clock.now())
        except NotFoundError:
            raise _why_not(request, portal, session, token) from None
        if link.version.sealed is None:
            raise HTTPException(404)
        try:
            content = read_sealed(portal.app.docs_out, link.version)
        except (NotFoundError, ConflictError):
            raise HTTPException(503) from None  # a fault of ours, which the desk and doctor show
        return sealed_response(content, link.version)


def open_offer(request: Request, portal: Portal, token: str) -> Offer:
    """What the link leads to.

    Raises:
        HTTPException: 410 for one to a version that was superseded or withdrawn, 404 in the same
            words for every other link that does not work, 429 for a visitor who tried too many.
        ExpiredLinkError: For one whose time is over (410).
    """
    refuse_guessing(request, portal)
    with portal.app.database.reading() as session:
        try:
            link = access_links.find_link(session, token, now=portal.app.clock.now())
        except NotFoundError:
            raise _why_not(request, portal, session, token) from None
        return read_offer(portal.app, session, link, token)


def _why_not(request: Request, portal: Portal, session: Session, token: str) -> Exception:
    """What to tell whoever holds a link that does not work: why, if they were invited by it."""
    ended = access_links.find_ended_link(session, token)
    if ended is not None:
        withdrawn = ended.version.state is VersionState.WITHDRAWN
        return HTTPException(410, "withdrawn" if withdrawn else "superseded")
    expired = access_links.find_expired_link(session, token, now=portal.app.clock.now())
    return ExpiredLinkError.of(expired) if expired is not None else miss(request, portal)


def _record(
    request: Request, portal: Portal, offer: Offer, answer: Answer, *, consent: str, language: str
) -> Found:
    """Record the answer, unless the code it needs is not right: that is all that is kept then."""
    if answer.outcome is None:
        raise ValueError("an answer without problems has an outcome")
    now = portal.app.clock.now()
    with portal.app.database.transaction() as session:
        link = access_links.find_link(session, offer.token, now=now)
        version = acceptance.still_open(session, link, now=now)  # locked: whose turn it is, holds
        needs_code = link.asks_code and answer.outcome is Outcome.ACCEPTED
        if needs_code:
            found = check_code(session, link, offer.token, answer.code, now=now)
            if found is not Found.RIGHT:
                return found
        given: dict[str, Any] = {
            "name": answer.name,
            "function": answer.function,
            "consent_text": consent if answer.outcome is Outcome.ACCEPTED else "",
            "consent_language": language,
            "ip": client_ip(request.scope),
            "user_agent": request.headers.get("user-agent", ""),
            "now": now,
            "means": Means.CODE if needs_code else Means.LINK,
        }
        job = JOBS[version.document.kind]
        if answer.outcome is Outcome.ACCEPTED and not job.signs_last(version):
            acceptance.record_consent(session, link, **given)
            return Found.RIGHT
        acceptance.record_decision(
            session,
            link,
            outcome=answer.outcome,
            reason=answer.reason,
            defects=answer.defects,
            **given,
        )
    return Found.RIGHT


def _changed(portal: Portal, offer: Offer) -> Changed | None:
    """What changed since the version the client saw before; None where that cannot be shown."""
    if offer.before is None or not offer.intact or offer.decision:
        return None
    with portal.app.database.reading() as session:
        before = session.get_one(DocumentVersion, offer.before.id)
        version = session.get_one(DocumentVersion, offer.version_id)
        return find_changes(portal.app, before, version)


def show_offer(
    request: Request,
    portal: Portal,
    offer: Offer,
    answer: Answer,
    *,
    language: str | None = None,
) -> Response:
    """The page of what is offered, with the forms as they were typed and what is wrong with them.

    Args:
        request: Of the visitor.
        portal: The portal.
        offer: What the link leads to.
        answer: The form; blank at first.
        language: As the form says; None: as the address asks, or the reader's own.
    """
    language = language or choose_language(request.query_params.get("lang"), offer.language)
    consent = offer.consent(portal.pages.texts[language])
    status = 422 if answer.problems else 200 if offer.intact else 503
    shown = "signed" if offer.consent_given else "document"
    return portal.pages.show(
        f"client/{'decided' if offer.decision else shown}.html",
        language,
        status=status,
        offer=offer,
        doc=offer.doc,
        words=offer.page.words,
        answer=answer,
        changed=_changed(portal, offer),
        consent=consent,
        shown=fingerprint(consent),
    )
