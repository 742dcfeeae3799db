"""The mailbox's SMTP side: takes every mail, whoever it is for, and keeps it."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from acctflows.mailbox.store import MailboxStore

LARGEST = 50 * 1024 * 1024
"""Bytes of the largest mail that is taken."""


class Keeper:
    """Answers 250 only when the mail is on the disk."""

    def __init__(self, store: MailboxStore) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802 — aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 — aiosmtpd's signature
        session: Session,  # noqa: ARG002 — aiosmtpd's signature
        envelope: Envelope,
    ) -> str:
        """Keep a mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail_id = await asyncio.to_thread(
            self._store.add,
            content,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
        )
        return f"250 OK kept as {mail_id}"


def smtp_session(store: MailboxStore) -> SMTP:
    """The protocol of one connection."""
    return SMTP(Keeper(store), hostname="mailbox.example", data_size_limit=LARGEST)
