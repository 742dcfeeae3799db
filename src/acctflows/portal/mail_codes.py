"""The code a client needs to accept where the link asks for one: mailed on demand."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from acctflows.app import JOBS
from acctflows.dispatch.codes import mail_code
from acctflows.documents import acceptance, access_links, codes
from acctflows.documents.codes import TooManyCodesError
from acctflows.errors import ConflictError
from acctflows.portal.answers import read_answer
from acctflows.portal.client import open_offer, show_offer
from acctflows.portal.fields import FormFields
from acctflows.portal.links import Token
from acctflows.portal.offer import Offer
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import choose_language

router = APIRouter()

BARELY_AGO = 20
"""Seconds in which a second click on the button asks for nothing new."""


@router.api_route("/d/{token}/code", methods=["GET", "HEAD"])
def back(token: Token) -> Response:
    """Where a browser asks for the page again by its address."""
    return RedirectResponse(f"/d/{token}", status_code=303)


@router.post("/d/{token}/code")
def send_code(request: Request, portal: PortalDep, token: Token, fields: FormFields) -> Response:
    """Mail a code and show the form again as it was typed; nothing else changes."""
    offer = open_offer(request, portal, token)
    language = choose_language(fields.get("lang"), offer.language)
    here = RedirectResponse(f"{offer.address}?lang={language}", status_code=303)
    if offer.decision is not None or offer.consent_given is not None or not offer.asks_code:
        return here
    consent = offer.consent(portal.pages.texts[language])
    typed = read_answer(fields, consent_text=consent, takes_defects=offer.page.takes_defects)
    answer = replace(typed, code="", problems={})
    if not offer.intact:
        return show_offer(request, portal, offer, answer, language=language)
    try:
        _send(portal, offer)
    except TooManyCodesError:
        answer = replace(answer, problems={"code": "client.problem.codes"})
    except ConflictError:
        return here  # answered meanwhile
    # Read anew: it says now until when the code is valid.
    offer = open_offer(request, portal, token)
    return show_offer(request, portal, offer, answer, language=language)


def _send(portal: Portal, offer: Offer) -> None:
    app, now = portal.app, portal.app.clock.now()
    with app.database.transaction() as session:
        link = access_links.find_link(session, offer.token, now=now)
        version = acceptance.still_open(session, link, now=now)
        made = codes.open_code(session, link, now=now)
        if made is not None and (now - made.asked_at).total_seconds() < BARELY_AGO:
            return
        job = JOBS[version.document.kind]
        mail = mail_code(session, link, offer.token, job=job, office=app.office, now=now)
    portal.postman.send(mail.id)
