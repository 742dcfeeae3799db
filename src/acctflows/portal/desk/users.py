"""The people who may sign in to the desk."""

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import Role, User
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.portal.desk import passwords, sessions


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    password: str,
    now: datetime,
) -> User:
    """A new user of the desk.

    Raises:
        InputError: The address or the password cannot be used.
        ConflictError: There is a user of that address.
    """
    address = _address(email)
    if session.scalars(select(User).where(User.email == address)).one_or_none():
        raise ConflictError(
            f"{address} is a user already",
            todo="change the password with “acctflows user password”",
        )
    user = User(
        email=address,
        name=name.strip()[:200] or address,
        role=role,
        language=language,
        password_hash=passwords.hash_password(password, email=address),
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, email: str) -> User:
    """The user of that address.

    Raises:
        NotFoundError: There is none.
    """
    user = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if user is None:
        raise NotFoundError(f"there is no user {email}", todo="see “acctflows user list”")
    return user


def all_users(session: Session) -> list[User]:
    """Everybody, by name."""
    return list(session.scalars(select(User).order_by(User.name, User.id)))


def set_password(session: Session, user: User, password: str) -> None:
    """Give the user another password, which signs them out everywhere.

    Raises:
        InputError: The password cannot be used.
    """
    user.password_hash = passwords.hash_password(password, email=user.email)
    sessions.close_all_of(session, user)


def disable(session: Session, user: User, *, now: datetime) -> None:
    """Let the user in no more and sign them out everywhere; their name stays in the records."""
    user.disabled_at = user.disabled_at or now
    sessions.close_all_of(session, user)


def enable(user: User) -> None:
    """Let a disabled user in again."""
    user.disabled_at = None


def _address(email: str) -> str:
    try:
        # Only the form: the address may be on a server this machine cannot see.
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InputError(f"“{email}” is no e-mail address: {error}", where="email") from error
    return found.normalized.lower()
