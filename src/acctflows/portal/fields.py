"""Reads the forms people send: URL-encoded text fields, within limits, cleaned."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from acctflows.documents.text import clean_text

_MAX_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"


class Fields(dict[str, str]):
    """The fields of a form by name, cleaned of what no document or database can hold."""

    def text(self, name: str) -> str:
        """What was typed, without blanks around it; empty where the field is missing."""
        return self.get(name, "").strip()


async def form_fields(request: Request) -> Fields:
    """The fields of the request's form; none where nothing was sent.

    The body is bounded by ``BodyLimit``. Files are not taken anywhere yet.

    Raises:
        HTTPException: 415 for another kind of body, 400 for more fields than any form of ours has.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return Fields()
    body = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != _FORM and body:
        raise HTTPException(415)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    return Fields({clean_text(name): clean_text(value) for name, value in pairs})


FormFields = Annotated[Fields, Depends(form_fields)]


def too_long(fields: Mapping[str, str], limits: Mapping[str, int]) -> list[str]:
    """Names of the fields that hold more characters than they may."""
    return [name for name, limit in limits.items() if len(fields.get(name, "").strip()) > limit]
