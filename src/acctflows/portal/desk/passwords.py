"""Passwords of the desk: argon2id, and the same work whether or not the user exists."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from acctflows.errors import InputError

SHORTEST, LONGEST = 12, 200
"""Characters of a password."""

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106, low-memory profile
NOBODY = _hasher.hash("the password of nobody")
"""Stands for the stored password where there is no such user."""

# A check takes 64 MiB: a crowd at the door must queue instead of using up the machine.
_at_work = BoundedSemaphore(4)


def hash_password(password: str, *, email: str) -> str:
    """What is stored of a new password.

    Raises:
        InputError: It is too short, too long, or the e-mail address.
    """
    if not SHORTEST <= len(password) <= LONGEST or password.lower() == email.lower():
        raise InputError(
            "this password is not safe",
            where="password",
            todo=f"choose {SHORTEST} to {LONGEST} characters, for example four or five words",
        )
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the stored password; None (no such user) costs the same time and is not."""
    with _at_work:
        try:
            return _hasher.verify(stored or NOBODY, password[:LONGEST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
