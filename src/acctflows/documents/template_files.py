"""The files of the Word templates: the bytes of every version, and the folder people edit in."""

import os
import secrets
import shutil
from hashlib import sha256
from pathlib import Path

from acctflows.documents.store import read_checked, write_once
from acctflows.errors import ConfigurationError


def keep(folder: Path, content: bytes) -> str:
    """Keep the bytes of a template for ever; gives their SHA-256, under which they are found."""
    digest = sha256(content).hexdigest()
    write_once(folder, _name(digest), content)
    return digest


def read_kept(folder: Path, digest: str) -> bytes:
    """The bytes kept under that SHA-256.

    Raises:
        NotFoundError: They are gone.
        ConflictError: They were changed.
    """
    return read_checked(folder, _name(digest), digest)


def put_in_place(file: Path, content: bytes) -> None:
    """Make these bytes the file people edit in Word: complete, or not at all.

    Raises:
        ConfigurationError: The folder or the file cannot be written.
    """
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as new:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
            if file.exists():
                shutil.copymode(file, part)  # whoever may edit it in Word may go on
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the template cannot be written ({error.strerror}), so the other one stays active",
            where=str(file),
            todo="close it in Word, let acctflows write into this folder, then try again; or put "
            "the file there yourself",
        ) from error


def set_aside(file: Path, content: bytes) -> Path:
    """Save bytes nobody has used beside the template they were edited in, before it is replaced."""
    name = f"{file.stem}-{sha256(content).hexdigest()[:12]}{file.suffix}"
    aside = file.parent / "replaced" / name
    put_in_place(aside, content)
    return aside


def _name(digest: str) -> str:
    return f"{digest}.docx"
