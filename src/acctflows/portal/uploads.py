"""Takes files people send: only on pages that say so, few at a time, within limits.

What a file is called on the sender's machine is not asked: it gets a name of ours, or none.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.portal.limits import MULTIPART, visitor_key
from acctflows.portal.state import Portal, portal_of

Page = TypeVar("Page", bound=Callable[..., Response])

UPLOADS_AT_ONCE, UPLOADS_PER_SECOND = 20, 20 / 600
"""Per visitor: looking into a file is work."""

READ_AT_ONCE = 4
"""Files that are looked into at the same time, for all visitors together."""

BUSY_SECONDS = 15
"""After this time a portal that reads too many files already is worth another try."""

_MAX_TEXT = 64 * 1024


def takes_file(page: Page) -> Page:
    """Let the forms of a page bring one file."""
    page.takes_file = True  # type: ignore[attr-defined]  # read by `may_bring_file`
    return page


def may_bring_file(request: Request) -> bool:
    """Whether the form is sent as one with a file, to a page that takes one."""
    kind = request.headers.get("content-type", "").lower()
    return kind.startswith(MULTIPART) and getattr(request.scope["endpoint"], "takes_file", False)


@asynccontextmanager
async def receive_form(request: Request, *, max_fields: int) -> AsyncIterator[FormData]:
    """The form with its file, which lies in a nameless temporary file until the block ends.

    Raises:
        HTTPException: 429 for a visitor who sends one file after the other, 400 for what is no such
            form, more fields than any form of ours has, or more than one file.
    """
    wait = portal_of(request).uploads.take(visitor_key(request.scope))
    if wait:
        raise HTTPException(429, "upload_rate", headers={"Retry-After": str(wait)})
    try:
        form = request.form(max_files=1, max_fields=max_fields, max_part_size=_MAX_TEXT)
        async with form as received:
            yield received
    except FormParserError:
        raise HTTPException(400) from None


def uploaded(form: FormData, name: str) -> UploadFile | None:
    """The file of that field; None where nobody chose one."""
    found = form.get(name)
    return found if isinstance(found, UploadFile) and (found.filename or found.size) else None


@contextmanager
def reading_file(portal: Portal) -> Iterator[None]:
    """Read a file while few others are read, so that pages without files stay quick.

    Raises:
        HTTPException: 503 with Retry-After when too many are being read.
    """
    if not portal.reading.acquire(blocking=False):
        raise HTTPException(503, headers={"Retry-After": str(BUSY_SECONDS)})
    try:
        yield
    finally:
        portal.reading.release()
