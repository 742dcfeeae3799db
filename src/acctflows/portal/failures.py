"""Turns what goes wrong into a page: no tracebacks for people, the right status for machines."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from acctflows.errors import AcctflowsError, ConflictError, InputError, NotFoundError
from acctflows.portal.headers import HEADERS
from acctflows.portal.state import portal_of

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
"""After this time a database that did not answer is worth another try."""

_STATUS: dict[type[AcctflowsError], int] = {NotFoundError: 404, ConflictError: 409, InputError: 400}


def add_failure_pages(portal: FastAPI) -> None:
    """Answer every kind of failure with a page in the reader's language."""
    portal.add_exception_handler(HTTPException, _http)
    portal.add_exception_handler(RequestValidationError, _validation)
    portal.add_exception_handler(AcctflowsError, _known)
    portal.add_exception_handler(ClientDisconnect, _gone)
    portal.add_exception_handler(Exception, _unknown)


def _page(
    request: Request,
    status: int,
    *,
    detail: str = "",
    reason: str = "",
    retry_after: int | None = None,
) -> Response:
    portal = portal_of(request)
    language = getattr(request.state, "language", None) or portal.language_of(request)
    return portal.pages.error(
        status, language, detail=detail, reason=reason, retry_after=retry_after
    )


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # the handler's type is Starlette's
        raise error
    response = _page(request, error.status_code, reason=error.detail)
    response.headers.update(error.headers or {})
    return response


def _validation(request: Request, _error: Exception) -> Response:
    # The only typed inputs are ids inside addresses: an address with a wrong one leads nowhere.
    return _page(request, 404)


def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, AcctflowsError):
        raise error
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    if not error.permanent:
        logger.warning("%s", error)
        return _page(request, 503, retry_after=RETRY_SECONDS)
    if status == 500:
        logger.error("%s: %s", request.scope.get("route"), error)
    signed_in = getattr(request.state, "language", None) is not None
    return _page(request, status, detail=str(error) if signed_in else "")


def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it, and no fault of ours to log


def _unknown(request: Request, _error: Exception) -> Response:
    # Starlette serves this one outside of our middleware, and lets the server log the traceback.
    response = _page(request, 500)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
