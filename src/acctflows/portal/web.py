"""Puts the portal together: pages, limits, headers, failures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import BoundedSemaphore

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from acctflows.app import App
from acctflows.clockwork.api import PrefectApi
from acctflows.portal import client, desk, mail_codes, objecting, survey, verifying
from acctflows.portal.desk.access import SignInNeededError, to_sign_in
from acctflows.portal.expired import ExpiredLinkError, tell_expired
from acctflows.portal.failures import add_failure_pages
from acctflows.portal.headers import SecureHeaders
from acctflows.portal.limits import BodyLimit, RequestRate, TokenBuckets
from acctflows.portal.look import serve_look
from acctflows.portal.pages import Pages
from acctflows.portal.postman import Postman
from acctflows.portal.resume import Resumer
from acctflows.portal.state import Portal
from acctflows.portal.uploads import READ_AT_ONCE, UPLOADS_AT_ONCE, UPLOADS_PER_SECOND

REQUESTS_AT_ONCE, REQUESTS_PER_SECOND = 240, 8
"""Per visitor: nobody who reads comes near it, nobody who hammers gets far."""

MISSES_AT_ONCE, MISSES_PER_SECOND = 20, 20 / 60
"""Wrong client links per visitor."""


def create_portal(app: App, prefect: PrefectApi | None) -> FastAPI:
    """The portal as an ASGI application: clients' pages, the desk at ``/desk/``.

    Args:
        app: The wired application.
        prefect: Prefect's API with a short timeout, or None to run without Prefect.
    """
    state = Portal(
        app=app,
        prefect=prefect,
        pages=Pages(app),
        resumer=Resumer(app.database, prefect),
        postman=Postman(app),
        misses=TokenBuckets(
            capacity=MISSES_AT_ONCE, per_second=MISSES_PER_SECOND, now=app.clock.now
        ),
        uploads=TokenBuckets(
            capacity=UPLOADS_AT_ONCE, per_second=UPLOADS_PER_SECOND, now=app.clock.now
        ),
        reading=BoundedSemaphore(READ_AT_ONCE),
    )

    @asynccontextmanager
    async def lifespan(_portal: FastAPI) -> AsyncIterator[None]:
        yield
        state.resumer.close()
        state.postman.close()

    portal = FastAPI(
        title="acctflows",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # would build addresses from whatever Host a visitor claims
        lifespan=lifespan,
    )
    portal.state.portal = state
    portal.include_router(client.router)
    portal.include_router(objecting.router)
    portal.include_router(mail_codes.router)
    portal.include_router(survey.router)
    portal.include_router(verifying.router)
    portal.include_router(desk.router)
    _add_front_door(portal)
    serve_look(portal, app)
    add_failure_pages(portal)
    portal.add_exception_handler(SignInNeededError, to_sign_in)
    portal.add_exception_handler(ExpiredLinkError, tell_expired)
    _add_guards(portal, state)
    return portal


def _add_front_door(portal: FastAPI) -> None:
    @portal.api_route("/", methods=["GET", "HEAD"])
    @portal.api_route("/desk", methods=["GET", "HEAD"])
    def front_door() -> Response:
        return RedirectResponse("/desk/", status_code=303)

    @portal.api_route("/health", methods=["GET", "HEAD"])
    def health() -> Response:
        return JSONResponse({"status": "ok"})


def _add_guards(portal: FastAPI, state: Portal) -> None:
    """Middleware, innermost first: the last one added sees a request first."""

    def refuse(request: Request, wait: int) -> Response:
        return state.pages.error(429, state.language_of(request), retry_after=wait)

    portal.add_middleware(BodyLimit)
    portal.add_middleware(
        RequestRate,
        buckets=TokenBuckets(
            capacity=REQUESTS_AT_ONCE, per_second=REQUESTS_PER_SECOND, now=state.app.clock.now
        ),
        refuse=refuse,
    )
    portal.add_middleware(SecureHeaders, https=state.https)
    proxies = state.app.settings.portal_trusted_proxies
    if proxies:
        # Only a proxy the operator named may say who the visitor is and that the way was https.
        portal.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
