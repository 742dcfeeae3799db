"""The folder into which people put bank files: what is ready, and where it goes afterwards.

A file is moved only after its lines are stored. Whoever is stopped in between finds it again, and
the file's hash says that it was taken.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from acctflows.errors import ConfigurationError, InputError

QUIET_SECONDS = 10
"""A file changed within this time may still be growing; it waits for the next run."""
TAKEN, REFUSED = "taken", "refused"
"""Folders below the inbox."""
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".partial", ".download")


@dataclass(frozen=True)
class Waiting:
    """What lies in the inbox.

    Args:
        ready: Files to take, by name.
        growing: Files that may still be written.
    """

    ready: tuple[Path, ...]
    growing: tuple[Path, ...]


def look_into(inbox: Path, *, now: datetime) -> Waiting:
    """The files in the inbox, which is made with its folders when it is missing.

    Raises:
        ConfigurationError: The folder cannot be made or read.
    """
    try:
        for folder in (inbox, inbox / TAKEN, inbox / REFUSED):
            folder.mkdir(parents=True, exist_ok=True)
        files = sorted(file for file in inbox.iterdir() if file.is_file() and not _hidden(file))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {inbox} cannot be used: {error.strerror}",
            where="ACCTFLOWS_BANK_INBOX",
            todo="choose a folder in which you may write",
        ) from error
    growing = tuple(file for file in files if _may_grow(file, now))
    return Waiting(tuple(file for file in files if file not in growing), growing)


def read_file(file: Path, *, at_most: int) -> bytes:
    """The bytes of a file, one more than the most where there are more.

    Raises:
        FileNotFoundError: Another run has moved it.
        InputError: It cannot be read.
    """
    try:
        with file.open("rb") as source:
            return source.read(at_most + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}",
            where=file.name,
            todo="check who may read it",
        ) from error


def keep_taken(file: Path, data: bytes) -> Path:
    """Move a file whose lines are stored; where it lies now."""
    return _move(file, file.parent / TAKEN, data)


def keep_refused(file: Path, data: bytes, why: str) -> Path:
    """Move a file that was refused, with a text beside it that says why; where it lies now."""
    target = _target(file, file.parent / REFUSED, data)
    note = target.with_name(f"{target.name}.txt")
    beside = note.with_name(f".{note.name}.{os.getpid()}")
    beside.write_text(f"{why}\n", encoding="utf-8")
    beside.replace(note)  # first the reason: a refused file never lies there without
    return _move(file, file.parent / REFUSED, data)


def _move(file: Path, folder: Path, data: bytes) -> Path:
    target = _target(file, folder, data)
    try:
        file.replace(target)
    except FileNotFoundError:
        if not target.exists():  # else another run was faster
            raise
    return target


def _target(file: Path, folder: Path, data: bytes) -> Path:
    """A name of the folder that no other content has: the hash tells files of one name apart."""
    target = folder / file.name
    if not target.exists() or target.read_bytes() == data:
        return target
    return target.with_name(f"{file.stem}-{sha256(data).hexdigest()[:8]}{file.suffix}")


def _hidden(file: Path) -> bool:
    return file.name.startswith((".", "~")) or file.suffix.lower() in _UNFINISHED


def _may_grow(file: Path, now: datetime) -> bool:
    try:
        age = now.timestamp() - file.stat().st_mtime
    except FileNotFoundError:  # another run has moved it
        return True
    return abs(age) < QUIET_SECONDS
