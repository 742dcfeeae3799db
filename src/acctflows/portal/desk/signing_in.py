"""Signing in, with a limit on attempts per account and per visitor that survives a restart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import SignInAttempt, User
from acctflows.db.session import Database
from acctflows.portal.desk import passwords, sessions

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_VISITOR = 8, 40
"""Failed attempts within the window, after which further ones are refused unread."""


@dataclass(frozen=True)
class SignedIn:
    """It worked: the token for the cookie."""

    token: str


@dataclass(frozen=True)
class Refused:
    """It did not: wrong, or too often wrong and to be tried again after so many seconds."""

    wait_seconds: int = 0


def sign_in(
    database: Database, *, email: str, password: str, visitor: str, old_token: str, now: datetime
) -> SignedIn | Refused:
    """Check the password and open a new session.

    An unknown user, a disabled one and a wrong password cost the same work and give the same
    answer. The attempt is counted before the password is checked, so that many at once do not get
    more tries than one after the other.

    Args:
        database: Where users and attempts are; the slow check runs outside of a transaction.
        email: As typed.
        password: As typed.
        visitor: Address or network the attempt comes from.
        old_token: Cookie of a session this browser already has, which ends.
        now: The present moment.
    """
    email = email.strip().lower()[:254]
    with database.transaction() as session:
        wait = _wait_seconds(session, email, visitor, now)
        if wait:
            return Refused(wait)
        session.add(SignInAttempt(email=email, ip=visitor, at=now))
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - 2 * WINDOW))
        user = session.scalars(
            select(User).where(User.email == email, User.disabled_at.is_(None))
        ).one_or_none()
    if not passwords.matches(user.password_hash if user else None, password) or user is None:
        return Refused()
    with database.transaction() as session:
        session.execute(delete(SignInAttempt).where(SignInAttempt.email == email))
        sessions.close_session(session, old_token)
        return SignedIn(sessions.open_session(session, user, now=now))


def _wait_seconds(session: Session, email: str, visitor: str, now: datetime) -> int:
    limits = (
        (SignInAttempt.email == email, PER_ACCOUNT),
        (SignInAttempt.ip == visitor, PER_VISITOR),
    )
    return max(_wait_for(session, whose, limit, now) for whose, limit in limits)


def _wait_for(session: Session, whose: ColumnElement[bool], limit: int, now: datetime) -> int:
    recent = session.execute(
        select(func.count(), func.min(SignInAttempt.at)).where(
            whose, SignInAttempt.at > now - WINDOW
        )
    ).one()
    if recent[0] < limit:
        return 0
    return max(1, int((recent[1] + WINDOW - now).total_seconds()))
