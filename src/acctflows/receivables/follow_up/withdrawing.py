"""Letters that are not sent after all: their levels are free again, and the trail says why."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import DunningLetter, LetterState
from acctflows.documents.versions import UNDECIDED, lock_version, record_event
from acctflows.errors import NotFoundError
from acctflows.mail import outbox

ACTOR = "follow-up"
Because = Sequence[tuple[str, str]]
"""Why, in German and in English."""

_WITHDRAWN: Because = (("Die Mail ging nicht hinaus.", "The mail did not go out."),)


def lock_client(session: Session, client_id: int) -> Client:
    """The client, locked: no two transactions decide about or send to one client at once.

    Raises:
        NotFoundError: There is no such client.
    """
    query = select(Client).where(Client.id == client_id).with_for_update(key_share=True)
    client = session.scalar(query)
    if client is None:
        raise NotFoundError(f"there is no client with the id {client_id}")
    return client


def drop(
    session: Session, letter: DunningLetter, because: Because, *, actor: str, now: datetime
) -> None:
    """Leave a letter unsent for good and give its levels back.

    Args:
        session: The transaction, with the client locked.
        letter: One that was not handed over to the mail server.
        because: Every reason.
        actor: Who or what dropped it.
        now: When.
    """
    version = letter.document.newest
    lock_version(session, version)
    letter.state = LetterState.DROPPED
    letter.sent_on = None
    letter.dropped_because = {
        "de": [german for german, _ in because],
        "en": [english for _, english in because],
    }
    for line in letter.lines:
        line.step = None
    if version.state in UNDECIDED:
        version.state = VersionState.SUPERSEDED
    session.flush()
    reasons = letter.dropped_because["en"]
    record_event(session, version, "letter.dropped", actor=actor, now=now, because=reasons)


def clients_with_unsent(session: Session, client_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Those of these clients who have letters for `drop_unsent`."""
    query = select(DunningLetter.client_id).join(DunningLetter.mail)
    query = query.where(DunningLetter.client_id.in_(client_ids), _unsent(now))
    return sorted(set(session.scalars(query)))


def drop_unsent(session: Session, client_id: int, *, now: datetime) -> None:
    """Drop the client's letters whose mail was withdrawn, or waited until it was too old.

    Args:
        session: The transaction, with the client locked.
        client_id: The client.
        now: The present moment.
    """
    query = select(DunningLetter).join(DunningLetter.mail)
    query = query.where(DunningLetter.client_id == client_id, _unsent(now))
    for letter in session.scalars(query):
        mail = letter.mail
        if mail is not None and mail.state is MailState.FAILED:
            outbox.cancel(session, mail.id, by=ACTOR, reason="too old to be sent", now=now)
        drop(session, letter, _WITHDRAWN, actor=ACTOR, now=now)


def _unsent(now: datetime) -> ColumnElement[bool]:
    too_old = (OutboxMail.state == MailState.FAILED) & (OutboxMail.expires_at <= now)
    withdrawn = OutboxMail.state == MailState.CANCELLED
    return (DunningLetter.state == LetterState.QUEUED) & (withdrawn | too_old)
