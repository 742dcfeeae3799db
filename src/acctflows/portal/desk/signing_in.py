"""Signing in, with limits on failed attempts that survive a restart.

Who fails too often is refused, and strangers who fail at an account slow down all strangers there.
A browser in which that account signed in before counts for itself: nobody can lock it out from
elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import SignInAttempt, User
from acctflows.db.session import Database
from acctflows.portal.desk import known_browsers, passwords, sessions

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_VISITOR = 8, 40
"""Failed attempts of one visitor within the window, at one account and at all of them, after which
further ones are refused unread."""

_COUNT_LOCK = 0x6465736B  # "desk"; any number no other advisory lock of this database has


@dataclass(frozen=True)
class SignedIn:
    """It worked: the token of the session, and what makes the browser known; both for cookies."""

    token: str
    browser: str


@dataclass(frozen=True)
class Refused:
    """It did not: wrong, or too often wrong and to be tried again after so many seconds."""

    wait_seconds: int = 0


def sign_in(
    database: Database,
    *,
    email: str,
    password: str,
    visitor: str,
    browser: str,
    old_token: str,
    now: datetime,
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
        browser: Cookie that shows that this browser signed in before.
        old_token: Cookie of a session this browser already has, which ends.
        now: The present moment.
    """
    email = email.strip().lower()[:254]
    with database.transaction() as session:
        user = session.scalars(
            select(User).where(User.email == email, User.disabled_at.is_(None))
        ).one_or_none()
        stored = user.password_hash if user else passwords.NOBODY
        known = known_browsers.find_browser(browser, email, stored)
        visitor = f"browser {known}" if known else visitor
        _count_in_turn(session)
        wait = _wait_seconds(session, email, visitor, now, known=bool(known))
        if wait:
            return Refused(wait)
        session.add(SignInAttempt(email=email, ip=visitor, at=now))
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - 2 * WINDOW))
    if not passwords.matches(user.password_hash if user else None, password) or user is None:
        return Refused()
    with database.transaction() as session:
        # Others' failures stay: they would get as many guesses more with each success of ours.
        ours = and_(SignInAttempt.email == email, SignInAttempt.ip == visitor)
        session.execute(delete(SignInAttempt).where(ours))
        sessions.close_session(session, old_token)
        token = sessions.open_session(session, user, now=now)
        return SignedIn(token, known_browsers.make_cookie(email, stored))


def _wait_seconds(session: Session, email: str, visitor: str, now: datetime, *, known: bool) -> int:
    """How long an attempt must wait, 0 when it may be made."""
    ours, theirs = SignInAttempt.ip == visitor, SignInAttempt.email == email
    return max(
        _wait_at(session, and_(ours, theirs), PER_ACCOUNT, now),
        _wait_at(session, ours, PER_VISITOR, now),
        0 if known else _slow_down(session, theirs, now),
    )


def _wait_at(session: Session, whose: ColumnElement[bool], limit: int, now: datetime) -> int:
    count, first, _last = _recent(session, whose, now)
    return 0 if count < limit else _seconds(first + WINDOW - now)


def _slow_down(session: Session, whose: ColumnElement[bool], now: datetime) -> int:
    # Where strangers have failed often enough, from wherever, one of them gets a try from time to
    # time: in the long run as many guesses as before they were told apart.
    count, _first, last = _recent(session, whose, now)
    return 0 if count < PER_ACCOUNT else _seconds(last + WINDOW / PER_ACCOUNT - now)


def _recent(
    session: Session, whose: ColumnElement[bool], now: datetime
) -> tuple[int, datetime, datetime]:
    row = session.execute(
        select(func.count(), func.min(SignInAttempt.at), func.max(SignInAttempt.at)).where(
            whose, SignInAttempt.at > now - WINDOW
        )
    ).one()
    return row[0], row[1], row[2]


def _seconds(wait: timedelta) -> int:
    return max(0, ceil(wait.total_seconds()))


def _count_in_turn(session: Session) -> None:
    """Let nobody count attempts while another is counted; on SQLite a transaction does that."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_COUNT_LOCK)))
