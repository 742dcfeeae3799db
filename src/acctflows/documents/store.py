"""Keeps the bytes of documents: written once, never changed, checked when read."""

import errno
import os
import re
import secrets
import unicodedata
from hashlib import sha256 as _sha256
from pathlib import Path, PurePosixPath

from acctflows.errors import ConflictError, InputError, NotFoundError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}


def document_path(client_number: str, year: int, number: str, version: int, suffix: str) -> str:
    """Where a document lies below the root: ``<client>/<year>/<number>-v2.docx``.

    Every part is reduced to letters, digits, dot, hyphen and underscore, so that no input can
    name another folder.
    """
    name = f"{_safe(number)}-v{version:d}.{_safe(suffix.lstrip('.'))}"
    return f"{_safe(client_number)}/{year:04d}/{name}"


def write_once(root: Path, relative: str, content: bytes) -> str:
    """Store the content under a name that must be free or hold the same bytes already.

    The file appears under its name complete and synced, or not at all; a killed writer leaves at
    most a hidden ``.part`` file.

    Returns:
        The SHA-256 of the content, in hexadecimal.

    Raises:
        ConflictError: The name holds other bytes.
        InputError: The name leaves the root.
    """
    target = _inside(root, relative)
    digest = _sha256(content).hexdigest()
    if not _holds(target, relative, content):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = _write_part(target, content)
        try:
            _publish(part, target)
        except FileExistsError:
            _holds(target, relative, content)  # another writer was faster: the same bytes are fine
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(target.parent)
    return digest


def read_checked(root: Path, relative: str, sha256: str) -> bytes:
    """The stored bytes, which must still have the SHA-256 noted when they were written.

    Raises:
        NotFoundError: There is no such file.
        ConflictError: The file was changed.
    """
    target = _inside(root, relative)
    try:
        content = target.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NotFoundError(
            "The stored file is missing.", where=relative, todo="Restore it from the backup."
        ) from None
    if _sha256(content).hexdigest() != sha256:
        raise ConflictError(
            "The stored file is not the one that was registered: its SHA-256 differs.",
            where=relative,
            todo="Restore it from the backup and find out who changed it.",
        )
    return content


def _safe(part: str) -> str:
    """One path part of harmless ASCII characters, never empty, never starting with a dot."""
    ascii_only = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", ascii_only).strip(".-")[:80] or "_"


def _inside(root: Path, relative: str) -> Path:
    """The path below the root, refusing every way out of it (``..``, absolute, links, NUL)."""
    pure = PurePosixPath(relative)
    odd = "\x00" in relative or "\\" in relative or pure.is_absolute() or not pure.parts
    if not odd and ".." not in pure.parts:
        base = root.resolve()
        target = base.joinpath(*pure.parts)
        if target.parent.resolve().is_relative_to(base) and not target.is_symlink():
            return target
    raise InputError("This name does not lie in the folder of the documents.", where=relative)


def _holds(target: Path, relative: str, content: bytes) -> bool:
    """Whether the name is taken by the same bytes; anything else there is a conflict."""
    try:
        if target.read_bytes() == content:
            return True
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        pass  # in the way like any other file
    raise ConflictError(
        "Another file has this name already, and a stored document is never overwritten.",
        where=relative,
        todo="Find out whose it is: was the database restored from before that file, or do two "
        "installations share the folder? Move it away, then start again.",
    )


def _write_part(target: Path, content: bytes) -> Path:
    """The content, synced, in a hidden file beside the target."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part


def _publish(part: Path, target: Path) -> None:
    """Give the finished file its name, failing with FileExistsError where it is taken."""
    try:
        target.hardlink_to(part)  # unlike a rename, a link never replaces what another wrote
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if target.exists():
            raise FileExistsError(str(target)) from error
        part.rename(target)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
