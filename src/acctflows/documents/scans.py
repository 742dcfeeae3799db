"""Looks at the scan of a signed paper: what kind of file it is, and whether it can be read."""

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from acctflows.documents.sealing.apart import read_apart
from acctflows.errors import InputError

MOST_PIXELS = 200_000_000
"""Of one picture: a page of A3 at 600 dpi has 70 million."""

_BEGINNINGS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
"""What the kinds of file we take begin with; what a file is called does not matter."""

ENDINGS = {"pdf": "pdf", "png": "png", "jpeg": "jpg"}
"""How the names of these files end."""

MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
"""Ending of a name to what browsers call such a file."""


class Fault(StrEnum):
    """Why a file is not taken."""

    MISSING = "missing"
    EMPTY = "empty"
    OTHER_TYPE = "other_type"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Scan:
    """A scan that can be read: its kind (``pdf``, ``png`` or ``jpeg``) and number of pages."""

    kind: str
    pages: int


def check_scan(content: bytes | None) -> Scan | Fault:
    """What a file is, or why it is not taken; a hostile one costs a few seconds and nothing else.

    Args:
        content: Its bytes; None where none was sent.
    """
    if content is None:
        return Fault.MISSING
    if not content:
        return Fault.EMPTY
    kind = next((kind for kind, begin in _BEGINNINGS.items() if content.startswith(begin)), "")
    if not kind:
        return Fault.OTHER_TYPE
    try:
        said = read_apart("acctflows.documents.scans.inspect_scan", content=content, kind=kind)
    except InputError:
        return Fault.UNREADABLE
    return Scan(kind, said["pages"]) if said["pages"] else Fault.UNREADABLE


def inspect_scan(content: bytes, kind: str) -> dict[str, Any]:
    """How many pages can be read; run in a process of its own.

    Returns:
        ``pages``, none for a file that cannot be read to its end.
    """
    try:
        return {"pages": _pages_of_pdf(content) if kind == "pdf" else _pages_of_picture(content)}
    except Exception:  # a stranger's file may raise anything
        return {"pages": 0}


def _pages_of_pdf(content: bytes) -> int:
    import pypdfium2  # noqa: PLC0415 — only the process that reads loads what reads

    document = pypdfium2.PdfDocument(content)
    return sum(1 for _page in document)


def _pages_of_picture(content: bytes) -> int:
    from PIL import Image  # noqa: PLC0415 — the same

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
        picture.load()
    return 1
