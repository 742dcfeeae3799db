"""Find a record by what a person types: its number, code or address, or a name only one has."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TypeVar

from sqlalchemy.orm import Session

from acctflows.agency import references
from acctflows.agency.problems import ProblemsError
from acctflows.agency.records import Records
from acctflows.db.models.agency import Client, Contact, Project, Service, Specialist
from acctflows.errors import NotFoundError

Row = TypeVar("Row")


def client(session: Session, text: str) -> Client:
    """The client of that number or legal name.

    Raises:
        NotFoundError: Naming what comes close, or the several it could be.
    """
    records = Records(session)
    return _find(
        "client",
        lambda: references.client_of(records, text),
        lambda: map(references.client_words, records.clients.values()),
        text,
    )


def contact(session: Session, text: str, *, client: Client | None = None) -> Contact:
    """The contact of that address or full name, among one client's where it is given.

    Raises:
        NotFoundError: Naming what comes close, or the several it could be.
    """
    records = Records(session)
    return _find(
        "contact",
        lambda: references.contact_of(records, text, client),
        lambda: map(references.person_words, records.contacts.values()),
        text,
    )


def specialist(session: Session, text: str) -> Specialist:
    """The specialist of that address or full name.

    Raises:
        NotFoundError: Naming what comes close, or the several it could be.
    """
    records = Records(session)
    return _find(
        "specialist",
        lambda: references.specialist_of(records, text),
        lambda: map(references.person_words, records.specialists.values()),
        text,
    )


def service(session: Session, text: str) -> Service:
    """The service of that code or title.

    Raises:
        NotFoundError: Naming what comes close, or the several it could be.
    """
    records = Records(session)
    return _find(
        "service",
        lambda: references.service_of(records, text),
        lambda: map(references.service_words, records.services.values()),
        text,
    )


def project(session: Session, text: str) -> Project:
    """The project of that number or title.

    Raises:
        NotFoundError: Naming what comes close, or the several it could be.
    """
    records = Records(session)
    return _find(
        "project",
        lambda: references.project_of(records, text),
        lambda: map(references.project_words, records.projects.values()),
        text,
    )


def _find(
    kind: str, find: Callable[[], Row], everyone: Callable[[], Iterable[str]], text: str
) -> Row:
    try:
        return find()
    except ProblemsError as error:
        close = _close(text, list(everyone()))
        todo = f"did you mean {close}?" if close else f"register the {kind} first"
        ambiguous = error.problems[0].code == "ambiguous_name"
        raise NotFoundError(
            error.problems[0].text("en"), where=kind, todo="" if ambiguous else todo
        ) from error


def _close(text: str, everyone: list[str]) -> str:
    """Up to three records that contain the text or look like it."""
    bare = text.strip().casefold()
    near = [words for words in everyone if bare and bare in words.casefold()]
    by_word = {word.casefold(): words for words in everyone for word in words.split()}
    near += [by_word[word] for word in get_close_matches(bare, by_word, n=3)]
    near += get_close_matches(text, everyone, n=3, cutoff=0.5)
    return ", ".join(list(dict.fromkeys(near))[:3])
