"""Links that only their recipients know: nobody may find one by trying."""

from typing import Annotated

from fastapi import Path, Request
from starlette.exceptions import HTTPException

from acctflows.portal.limits import visitor_key
from acctflows.portal.state import Portal

Token = Annotated[str, Path(max_length=200)]
"""The secret part of a link."""


def refuse_guessing(request: Request, portal: Portal) -> None:
    """Refuse a visitor who tried too many links that do not exist.

    Raises:
        HTTPException: 429, saying when to come again.
    """
    wait = portal.misses.wait(visitor_key(request.scope))
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})


def miss(request: Request, portal: Portal) -> HTTPException:
    """Count a link that does not work against its visitor; the answer to raise, always the same."""
    portal.misses.take(visitor_key(request.scope))
    return HTTPException(404)
