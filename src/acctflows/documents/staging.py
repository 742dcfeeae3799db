"""Keeps the bytes between the steps of making a document, by their hash, until they are filed."""

import os
import secrets
import time
from hashlib import sha256
from pathlib import Path

from acctflows.errors import TemporaryError


def put_aside(folder: Path, content: bytes) -> str:
    """Keep these bytes, complete or not at all; gives their SHA-256, under which they are found."""
    digest = sha256(content).hexdigest()
    target = folder / digest
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{digest}.{secrets.token_hex(8)}"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    return digest


def fetch(folder: Path, digest: str) -> bytes:
    """The bytes put aside under that hash.

    Raises:
        TemporaryError: They are gone; making the document again brings them back.
    """
    try:
        return (folder / digest).read_bytes()
    except FileNotFoundError:
        raise TemporaryError(
            "the unfinished document is gone", where=str(folder), todo="start the run again"
        ) from None


def let_go(folder: Path, *digests: str) -> None:
    """Remove what is filed by now."""
    for digest in digests:
        if digest:
            (folder / digest).unlink(missing_ok=True)


def let_go_of_old(folder: Path, *, seconds: float) -> None:
    """Remove what nobody has come back for in that time."""
    for file in folder.glob("*"):
        if file.stat().st_mtime < time.time() - seconds:
            file.unlink(missing_ok=True)
