"""Reads the forms people send: text fields and perhaps a file, within limits, cleaned."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from acctflows.documents.text import clean_text
from acctflows.portal import uploads

_MAX_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"


class Fields(dict[str, str]):
    """The fields of a form by name, cleaned of what no document or database can hold."""

    form: FormData | None = None
    """The form a file may have come with; only while the request is answered."""

    def text(self, name: str) -> str:
        """What was typed, without blanks around it; empty where the field is missing."""
        return self.get(name, "").strip()

    def file(self, name: str) -> bytes | None:
        """The bytes of the file that was sent; None where nobody chose one."""
        found = uploads.uploaded(self.form, name) if self.form else None
        return found.file.read() if found else None


async def form_fields(request: Request) -> AsyncIterator[Fields]:
    """The fields of the request's form; none where nothing was sent.

    The body is bounded by ``BodyLimit``. Files are taken by pages that say so (`takes_file`).

    Raises:
        HTTPException: 415 for another kind of body, 400 for more fields than any form of ours has.
    """
    if uploads.may_bring_file(request):
        async with uploads.receive_form(request, max_fields=_MAX_FIELDS) as form:
            fields = _cleaned(
                (n, v) for n, v in form.multi_items() if not isinstance(v, UploadFile)
            )
            fields.form = form
            yield fields
        return
    yield _cleaned(await _typed(request))


async def _typed(request: Request) -> list[tuple[str, str]]:
    """The fields of a form without files."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return []
    body = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != _FORM and body:
        raise HTTPException(415)
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None


def _cleaned(pairs: Iterable[tuple[str, str]]) -> Fields:
    return Fields({clean_text(name): clean_text(value) for name, value in pairs})


FormFields = Annotated[Fields, Depends(form_fields)]


def too_long(fields: Mapping[str, str], limits: Mapping[str, int]) -> list[str]:
    """Names of the fields that hold more characters than they may."""
    return [name for name, limit in limits.items() if len(fields.get(name, "").strip()) > limit]
