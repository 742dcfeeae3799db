"""The door of the desk: signing in and out, and the language of one's pages."""

import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from acctflows.db.models.desk import User
from acctflows.portal.desk import known_browsers, sessions
from acctflows.portal.desk.access import (
    Permission,
    VisitorDep,
    allow,
    require_secret,
    safe_next,
)
from acctflows.portal.desk.signing_in import SignedIn, sign_in
from acctflows.portal.fields import FormFields
from acctflows.portal.limits import visitor_key
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import LANGUAGES

outside = APIRouter()
"""Pages before anybody is signed in: the only ones of the desk without `admit`."""

inside = APIRouter()

DOOR_COOKIE = "acctflows_door"
"""Holds the secret of the sign-in form, so that no other site can sign somebody in as another."""

_DOOR_SECONDS = 3600


@outside.api_route("/login", methods=["GET", "HEAD"])
def sign_in_page(request: Request, portal: PortalDep, next: str = "") -> Response:  # noqa: A002 — the name in the address
    """The form."""
    return _form(request, portal, address=safe_next(next))


@outside.post("/login")
def sign_in_post(request: Request, portal: PortalDep, fields: FormFields) -> Response:
    """Sign in; a wrong answer shows the form again, in the same words whatever was wrong."""
    require_secret(request, fields, request.cookies.get(DOOR_COOKIE) or secrets.token_urlsafe())
    address, email = safe_next(fields.text("next")), fields.text("email")
    result = sign_in(
        portal.app.database,
        email=email,
        password=fields.get("password", ""),
        visitor=visitor_key(request.scope),
        browser=request.cookies.get(known_browsers.COOKIE, ""),
        old_token=request.cookies.get(sessions.COOKIE, ""),
        now=portal.app.clock.now(),
    )
    if not isinstance(result, SignedIn):
        wait = result.wait_seconds
        return _form(request, portal, address=address, email=email, wait=wait, wrong=True)
    response = RedirectResponse(address, status_code=303)
    for name, value, lasts in (
        (sessions.COOKIE, result.token, sessions.LASTS),
        (known_browsers.COOKIE, result.browser, known_browsers.LASTS),
    ):
        seconds = int(lasts.total_seconds())
        sessions.set_cookie(response, name, value, https=portal.https, seconds=seconds)
    response.delete_cookie(DOOR_COOKIE, path="/desk")
    return response


@inside.post("/logout")
@allow(Permission.LOOK)
def sign_out(request: Request, portal: PortalDep) -> Response:
    """End the session."""
    with portal.app.database.transaction() as session:
        sessions.close_session(session, request.cookies.get(sessions.COOKIE, ""))
    response = RedirectResponse("/desk/login", status_code=303)
    response.delete_cookie(sessions.COOKIE, path="/desk")
    return response


@inside.post("/language")
@allow(Permission.LOOK)
def choose_language(portal: PortalDep, visitor: VisitorDep, fields: FormFields) -> Response:
    """Keep the language of one's pages."""
    wish = fields.text("language")
    if wish in LANGUAGES:
        with portal.app.database.transaction() as session:
            session.get_one(User, visitor.user_id).language = wish
    return RedirectResponse(safe_next(fields.text("next")), status_code=303)


def _form(
    request: Request,
    portal: Portal,
    *,
    address: str,
    email: str = "",
    wait: int = 0,
    wrong: bool = False,
) -> Response:
    secret = request.cookies.get(DOOR_COOKIE) or secrets.token_urlsafe(24)
    response = portal.pages.show(
        "desk/login.html",
        portal.language_of(request),
        status=429 if wait else 422 if wrong else 200,
        headers={"Retry-After": str(wait)} if wait else None,
        csrf=secret,
        next=address,
        email=email,
        wrong=wrong,
        wait_minutes=-(-wait // 60),
    )
    sessions.set_cookie(response, DOOR_COOKIE, secret, https=portal.https, seconds=_DOOR_SECONDS)
    return response
