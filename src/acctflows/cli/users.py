"""`acctflows user …`: who may sign in to the desk."""

import getpass
import secrets
import sys
from typing import Literal

import cyclopts

from acctflows.cli.opening import open_app
from acctflows.db.models.desk import Role
from acctflows.errors import InputError
from acctflows.portal.desk import users

app = cyclopts.App(name="user", help="People who may sign in to the desk.")


@app.command
def add(
    email: str,
    *,
    name: str,
    role: Role = Role.MANAGER,
    language: Literal["de", "en"] = "de",
    generate: bool = False,
) -> None:
    """Add a user; the password is asked for, or read from standard input.

    Args:
        email: Address they sign in with.
        name: First and last name.
        role: admin (everything), manager (settles matters) or reader (looks only).
        language: Language of their pages.
        generate: Make a password and print it.
    """
    password = _password(generate=generate)
    main = open_app()
    with main.database.transaction() as session:
        user = users.add_user(
            session,
            email=email,
            name=name,
            role=role,
            language=language,
            password=password,
            now=main.clock.now(),
        )
    print(f"{user.name} <{user.email}> may sign in as {user.role} at {main.portal_url}/desk/")
    _show(password, generated=generate)


@app.command(name="list")
def list_users() -> None:
    """List everybody."""
    with open_app().database.reading() as session:
        everybody = users.all_users(session)
        for user in everybody:
            disabled = "  (shut out)" if user.disabled_at else ""
            print(f"{user.email:40} {user.role:8} {user.language}  {user.name}{disabled}")
    if not everybody:
        print("There is no user yet: see “acctflows user add --help”.")


@app.command
def password(email: str, *, generate: bool = False) -> None:
    """Set another password and sign the user out everywhere.

    Args:
        email: Whose.
        generate: Make a password and print it.
    """
    new = _password(generate=generate)
    with open_app().database.transaction() as session:
        user = users.find_user(session, email)
        users.set_password(session, user, new)
    print(f"{user.email}: the new password holds from now on")
    _show(new, generated=generate)


@app.command
def disable(email: str) -> None:
    """Shut a user out and sign them out everywhere; their name stays in the records.

    Args:
        email: Whom.
    """
    main = open_app()
    with main.database.transaction() as session:
        user = users.find_user(session, email)
        users.disable(session, user, now=main.clock.now())
    print(f"{user.email} is shut out")


@app.command
def enable(email: str) -> None:
    """Let a user in again.

    Args:
        email: Whom.
    """
    with open_app().database.transaction() as session:
        user = users.find_user(session, email)
        users.enable(user)
    print(f"{user.email} may sign in again")


def _password(*, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(15)
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise InputError("the two passwords differ", where="password", todo="try again")
    return first


def _show(password: str, *, generated: bool) -> None:
    if generated:
        print(f"Password: {password}")
