"""Hands over a mail somebody waits for, at once: best effort, because a sweep sends the rest."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from acctflows.app import App
from acctflows.db.models.mail import MailState, OutboxMail

logger = logging.getLogger(__name__)

PAUSES = (5, 20, 60, 150)
"""Seconds between the tries: a server that is away for a moment, one that lets strangers wait."""


class Postman:
    """Sends single mails on threads of its own, so that no page waits for the mail server.

    Each mail is claimed as in a sweep, so none goes out twice, and the limit per minute holds.

    Args:
        app: Whose outbox it is.
        pauses: Seconds between the tries.
    """

    def __init__(self, app: App, *, pauses: Sequence[float] = PAUSES) -> None:
        self._app = app
        self._pauses = pauses
        self._closing = Event()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="postman")

    def send(self, mail_id: int) -> None:
        """Hand over that mail; returns at once. Call it after the mail is committed."""
        self._pool.submit(self._send, mail_id)

    def close(self) -> None:
        """Stop; what is not yet sent is left to the sweep."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, mail_id: int) -> None:
        try:
            for pause in (*self._pauses, None):
                report = self._app.sweep_outbox(only=mail_id, pause=self._closing.wait)
                if report.stopped is not None:
                    logger.warning("mail %s: %s", mail_id, report.stopped)
                if not self._waits(mail_id) or pause is None or self._closing.wait(pause):
                    return
        except Exception:
            # Nobody is there to see it, and nothing is lost: the sweep sends it.
            logger.exception("mail %s was not handed over", mail_id)

    def _waits(self, mail_id: int) -> bool:
        with self._app.database.reading() as session:
            return session.get_one(OutboxMail, mail_id).state is MailState.QUEUED
