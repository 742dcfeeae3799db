"""The mails of the local mailbox: one ``.eml`` file each, which any mail program can open."""

import os
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_MAIL_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


class Person(NamedTuple):
    """Who a mail is from; the name may be empty."""

    name: str
    address: str


@dataclass(frozen=True)
class Summary:
    """A line of the list."""

    mail_id: str
    received_at: datetime
    sender: Person
    recipients: tuple[str, ...]
    subject: str
    attachments: int


@dataclass(frozen=True)
class File:
    """A file that came with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Reading:
    """A mail as it is read: its headers as a person sees them, its two forms, its files."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    files: tuple[File, ...]
    raw: bytes


class MailboxStore:
    """Keeps mails in a folder; what `add` returned survives a crash.

    Args:
        folder: Where the files are; made when missing.
        clock_now: The present moment, aware.
    """

    def __init__(self, folder: Path, *, clock_now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock_now = clock_now

    def add(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> str:
        """Keep a mail for good (it is on the disk when this returns) and give its id.

        The envelope stands before it in the lines a mail server writes (Return-Path, RFC 5321
        4.4, and Delivered-To, RFC 9228); the mail itself is kept byte by byte.
        """
        moment = self._clock_now().astimezone(UTC)
        mail_id = f"{moment:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {each}" for each in recipients)]
        head = "".join(f"{line}\r\n" for line in envelope).encode("utf-8")
        unfinished = self._folder / f".{mail_id}.part"
        with unfinished.open("wb") as file:
            file.write(head + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / f"{mail_id}.eml")
        _sync_folder(self._folder)
        return mail_id

    def summaries(self) -> list[Summary]:
        """All mails, the newest first."""
        files = sorted(self._folder.glob("*.eml"), reverse=True)
        return [_summary(file) for file in files if _MAIL_ID.fullmatch(file.stem)]

    def read(self, mail_id: str) -> Reading | None:
        """One mail, or None when there is none of that id."""
        file = self._folder / f"{mail_id}.eml"
        if not _MAIL_ID.fullmatch(mail_id) or not file.is_file():
            return None
        raw = file.read_bytes()
        message = _parse(raw)
        return Reading(
            summary=_summary(file),
            headers=tuple((name, _header(message, name)) for name in dict.fromkeys(message.keys())),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            files=tuple(_files(message)),
            raw=raw,
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


@lru_cache(maxsize=5000)  # the files never change
def _summary(file: Path) -> Summary:
    message = _parse(file.read_bytes())
    received = f"{file.stem.partition('-')[0]}+0000"
    return Summary(
        mail_id=file.stem,
        received_at=datetime.strptime(received, "%Y%m%dT%H%M%S%f%z"),
        sender=Person(*parseaddr(_header(message, "From"))),
        recipients=tuple(str(each) for each in message.get_all("Delivered-To", [])),
        subject=_header(message, "Subject"),
        attachments=sum(1 for _ in message.iter_attachments()),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return ", ".join(str(value) for value in message.get_all(name, []))
    except (
        Exception
    ):  # Python's header parser has faults of its own; one odd mail must not hide all
        return "?"


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return _text(part) if part is not None else ""


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset Python does not know
        return raw.decode("utf-8", "replace")


def _files(message: EmailMessage) -> list[File]:
    found = []
    for number, part in enumerate(message.iter_attachments(), 1):
        content = part.get_payload(decode=True)
        name = part.get_filename() or f"{number}"
        kind = part.get_content_type()
        found.append(File(name, kind, content if isinstance(content, bytes) else part.as_bytes()))
    return found
