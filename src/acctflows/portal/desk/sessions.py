"""Signed-in browsers: a random token in a cookie, only its hash in the database."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload
from starlette.responses import Response

from acctflows.db.models.desk import DeskSession, User

COOKIE = "acctflows_desk"
LASTS = timedelta(hours=12)
"""A working day; then one signs in again."""


def open_session(session: Session, user: User, *, now: datetime) -> str:
    """A new session of the user; returns the token for the cookie.

    Sessions that have run out, of anybody, are removed on the way.
    """
    session.execute(delete(DeskSession).where(DeskSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        DeskSession(
            token_sha256=_hash(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return token


def find_session(session: Session, token: str, *, now: datetime) -> DeskSession | None:
    """The session of that cookie, unless it has run out or its user was disabled."""
    query = (
        select(DeskSession)
        .join(DeskSession.user)
        .where(
            DeskSession.token_sha256 == _hash(token),
            DeskSession.expires_at > now,
            User.disabled_at.is_(None),
        )
        .options(joinedload(DeskSession.user))
    )
    return session.scalars(query).one_or_none()


def close_session(session: Session, token: str) -> None:
    """Forget the session of that cookie, if there is one."""
    session.execute(delete(DeskSession).where(DeskSession.token_sha256 == _hash(token)))


def close_all_of(session: Session, user: User) -> None:
    """Sign the user out everywhere."""
    session.execute(delete(DeskSession).where(DeskSession.user_id == user.id))


def set_cookie(response: Response, name: str, value: str, *, https: bool, seconds: int) -> None:
    """A cookie of the desk: out of reach of scripts and of other sites' forms.

    Lax, not Strict: a link in a mail must open the page for someone who is signed in.
    """
    response.set_cookie(
        name, value, max_age=seconds, path="/desk", httponly=True, secure=https, samesite="lax"
    )


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
