"""Codes of six digits, mailed to a signer, with which they accept: right once, for one file.

A million codes are tried in a second by whoever has their hashes, however slow the hash, so a slow
one would only seem to help. Ours are keyed with the token of the link, 192 random bits that no
table holds: without the link a stored hash tells nothing. Whoever has the link but not the mailbox
has five tries for a code, and `MOST_A_DAY` codes; in two weeks they would find one in 1,400 times,
and the signer would have had 140 mails about it.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AccessLink
from acctflows.db.models.signing import MailCode
from acctflows.documents.versions import name as version_name
from acctflows.documents.versions import record_event
from acctflows.errors import AcctflowsError

DIGITS = 6
VALID = timedelta(minutes=10)
MOST_TRIES = 5
"""Wrong ones of a code, after which another must be asked for."""

MOST_AN_HOUR, MOST_A_DAY = 5, 10
"""Codes for one person and version, through whichever of their links."""


class Found(StrEnum):
    """What a typed code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"
    """Wrong too often."""
    EXPIRED = "expired"
    """Too old, used, for another file, or never asked for."""


class TooManyCodesError(AcctflowsError):
    """So many codes were mailed that the next one must wait."""


def make_code(
    session: Session, link: AccessLink, token: str, *, now: datetime
) -> tuple[MailCode, str]:
    """A new code for what the link shows, in the place of those before it.

    Args:
        session: Open transaction that holds the lock of the version (`acceptance.still_open`).
        link: Through which it is asked for.
        token: The link's.
        now: The present moment.

    Returns:
        The code's row, and the code itself, which is in no database.

    Raises:
        TooManyCodesError: When that person was mailed too many.
    """
    _refuse_too_many(session, link, now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    sha256 = link.version.shown_sha256
    made = MailCode(
        link=link,
        code_sha256=_keyed(token, code, link.id, sha256),
        sha256=sha256,
        asked_at=now,
        expires_at=now + VALID,
    )
    session.add(made)
    session.flush()
    record_event(
        session,
        link.version,
        "code.sent",
        actor=_whoever(link),
        now=now,
        recipient=link.contact.email,
        sha256=sha256,
        expires_at=made.expires_at.isoformat(),
    )
    return made, code


def check_code(
    session: Session, link: AccessLink, token: str, code: str, *, now: datetime
) -> Found:
    """Whether this is the code that was mailed last; right, it is used up.

    A wrong try is counted: commit it. A right one belongs in the transaction of the acceptance, so
    that both are kept or none.

    Args:
        session: Open transaction that holds the lock of the version (`acceptance.still_open`).
        link: Through which the client came.
        token: The link's.
        code: What they typed, six digits.
        now: The present moment.
    """
    made = _newest(session, link)
    if made is None or not _fits(made, link, now):
        return Found.EXPIRED
    if made.tries >= MOST_TRIES:
        return Found.SPENT
    if hmac.compare_digest(made.code_sha256, _keyed(token, code, link.id, made.sha256)):
        made.used_at = now
        session.flush()
        return Found.RIGHT
    made.tries += 1
    session.flush()
    record_event(
        session,
        link.version,
        "code.refused",
        actor=_whoever(link),
        now=now,
        tries=made.tries,
    )
    return Found.WRONG if made.tries < MOST_TRIES else Found.SPENT


def open_code(session: Session, link: AccessLink, *, now: datetime) -> MailCode | None:
    """The code that can be typed now; None when one must be asked for first."""
    made = _newest(session, link)
    usable = made is not None and _fits(made, link, now) and made.tries < MOST_TRIES
    return made if usable else None


def is_newest(session: Session, made: MailCode) -> bool:
    """Whether no other code took the place of this one."""
    return _newest(session, made.link) is made


def _newest(session: Session, link: AccessLink) -> MailCode | None:
    query = select(MailCode).where(MailCode.link_id == link.id).order_by(MailCode.id.desc())
    return session.scalars(query.limit(1).execution_options(populate_existing=True)).one_or_none()


def _fits(made: MailCode, link: AccessLink, now: datetime) -> bool:
    same_file = made.sha256 == link.version.shown_sha256
    return made.used_at is None and made.asked_at <= now < made.expires_at and same_file


def _refuse_too_many(session: Session, link: AccessLink, now: datetime) -> None:
    query = (
        select(MailCode.asked_at)
        .join(MailCode.link)
        .where(
            AccessLink.version_id == link.version_id,
            AccessLink.contact_id == link.contact_id,
            MailCode.asked_at > now - timedelta(days=1),
        )
    )
    asked = list(session.scalars(query))
    lately = [at for at in asked if at > now - timedelta(hours=1)]
    if len(lately) >= MOST_AN_HOUR or len(asked) >= MOST_A_DAY:
        raise TooManyCodesError(
            f"{len(asked)} codes were mailed to {link.contact.full_name} since yesterday",
            where=version_name(link.version),
            todo="look for them in the mailbox, or wait an hour",
        )


def _whoever(link: AccessLink) -> str:
    return f"whoever has the link of {link.contact.full_name}"[:200]


def _keyed(token: str, code: str, link_id: int, sha256: str) -> str:
    words = f"{code}/{link_id}/{sha256}".encode()
    return hmac.new(token.encode("utf-8", "replace"), words, hashlib.sha256).hexdigest()
