"""Hands out stored documents: checked against the register, under a safe name."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

from acctflows.db.models.documents import DocumentVersion
from acctflows.documents import store
from acctflows.errors import ConflictError, NotFoundError
from acctflows.portal.headers import EMBEDDED

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def read_document(root: Path, version: DocumentVersion, suffix: str) -> bytes:
    """The bytes of the version's PDF or Word file, whose SHA-256 is the registered one.

    Args:
        root: The folder of all documents.
        version: Whose file.
        suffix: ``pdf`` or ``docx``.

    Raises:
        NotFoundError: The version has no such file, or it is gone.
        ConflictError: The file was changed since it was registered.
    """
    path, sha256 = {
        "pdf": (version.pdf_path, version.pdf_sha256),
        "docx": (version.docx_path, version.docx_sha256),
    }[suffix]
    if not path:
        raise NotFoundError(f"this version has no {suffix.upper()} file")
    return store.read_checked(root, path, sha256)


def read_sealed(root: Path, version: DocumentVersion) -> bytes:
    """The accepted version with its evidence, whose SHA-256 is the registered one.

    Raises:
        NotFoundError: It is not sealed (yet), or the file is gone.
        ConflictError: The file was changed since it was registered.
    """
    if version.sealed is None:
        raise NotFoundError("this version has no sealed file (yet)")
    return store.read_checked(root, version.sealed.path, version.sealed.sha256)


def sealed_response(content: bytes, version: DocumentVersion) -> Response:
    """The sealed file as an answer, to be saved under its own name."""
    name = version.sealed.path.rpartition("/")[2] if version.sealed else ""
    return Response(
        content,
        media_type=MEDIA_TYPES["pdf"],
        headers={"Content-Disposition": content_disposition(name, inline=False)},
    )


def is_intact(root: Path, version: DocumentVersion) -> bool:
    """Whether the file a decision is bound to is there and unchanged."""
    try:
        read_document(root, version, "pdf" if version.pdf_path else "docx")
    except (NotFoundError, ConflictError):
        return False
    return True


def document_response(
    content: bytes, version: DocumentVersion, suffix: str, *, download: bool
) -> Response:
    """The file as an answer; a PDF may be shown inside our own pages.

    Args:
        content: Its bytes, already checked.
        version: Names the file: ``V-2026-0001-v2.pdf``.
        suffix: ``pdf`` or ``docx``.
        download: Whether the browser should store it rather than show it.
    """
    name = f"{version.document.number}-v{version.version}.{suffix}"
    shown = suffix == "pdf" and not download
    headers: Mapping[str, str] = {
        "Content-Disposition": content_disposition(name, inline=shown),
        "X-Document-SHA256": version.pdf_sha256 if suffix == "pdf" else version.docx_sha256,
        **(EMBEDDED if suffix == "pdf" else {}),
    }
    return Response(content, media_type=MEDIA_TYPES[suffix], headers=dict(headers))


def content_disposition(name: str, *, inline: bool) -> str:
    """The header for a file name of any characters (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
