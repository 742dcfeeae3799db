"""Whom or what a text means: a number, code, address, or a name that only one record has."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.rules import fold
from acctflows.db.models.agency import (
    Client,
    Contact,
    Milestone,
    Project,
    ProjectService,
    Service,
    Specialist,
    Unit,
)
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.receivables import RecurringFee

Row = TypeVar("Row")


def client_of(records: Records, text: str) -> Client:
    """The client of that number or legal name."""
    exact = _by_key(records.clients, text, client_words)
    named = records.clients_by_name.get(fold(text), ()) if exact is None else ()
    return _only(text, exact, named, client_words)


def project_of(records: Records, text: str) -> Project:
    """The project of that number or title."""
    exact = _by_key(records.projects, text, project_words)
    named = records.projects_by_title.get(fold(text), ()) if exact is None else ()
    return _only(text, exact, named, project_words)


def service_of(records: Records, text: str) -> Service:
    """The service of that code, or German or English title."""
    exact = _by_key(records.services, text, service_words)
    named = (
        [row for row in records.services.values() if fold(text) in _folded_titles(row)]
        if exact is None
        else ()
    )
    return _only(text, exact, named, service_words)


def specialist_of(records: Records, text: str) -> Specialist:
    """The specialist of that address or full name."""
    exact = records.specialists.get(text.strip().casefold())
    named = (
        [row for row in records.specialists.values() if fold(row.full_name) == fold(text)]
        if exact is None
        else ()
    )
    return _only(text, exact, named, person_words)


def milestone_of(records: Records, text: str, project: Project) -> Milestone:
    """The project's milestone of that position or title, or of both as `step_words` has them."""
    steps = records.milestones[project.number.casefold()]
    bare, folded = text.strip(), fold(text)
    told = {step_words(row): row for row in steps.values()}
    exact = {str(position): row for position, row in steps.items()} | told
    named = [row for words, row in told.items() if folded in (fold(row.title), fold(words))]
    return _only(text, exact.get(bare), named, milestone_words)


def contact_of(records: Records, text: str, client: Client | None = None) -> Contact:
    """The contact of that address or full name, among those of one client where it is given."""
    among = [row for row in records.contacts.values() if client is None or row.client is client]
    bare = text.strip().casefold()
    addressed = [row for row in among if row.email.casefold() == bare]
    named = addressed or [row for row in among if fold(row.full_name) == fold(text)]
    return _only(text, None, named, person_words)


def other_name(records: Records, field: str, key: str, name: str) -> Problem | None:
    """Whether the name beside a number is that of another record; an unknown number is not told.

    A name that says less (“Möwe” for “Möwe Handel GmbH”) is no contradiction.
    """
    find, called = _NAMED[field]
    try:
        row = find(records, key)
    except ProblemsError:
        return None
    if any(_says_less(name, other) or _says_less(other, name) for other in called(row)):
        return None
    facts = {"value": name, "key": key, "name": called(row)[0]}
    return Problem(field, "other_name", facts)


def _says_less(one: str, other: str) -> bool:
    few, many = ({fold(word) for word in re.split(r"[\s-]+", text)} for text in (one, other))
    return fold(one) == fold(other) or few - {""} <= many


def client_words(row: Client) -> str:
    """Number and name, to tell clients apart."""
    return f"{row.number} {row.legal_name}"


def project_words(row: Project) -> str:
    """Number and title, to tell projects apart."""
    return f"{row.number} {row.title}"


def service_words(row: Service) -> str:
    """Code and English title, to tell services apart."""
    return f"{row.code} {row.title_en}"


def person_words(row: Contact | Specialist) -> str:
    """Name and address, to tell people apart."""
    return f"{row.full_name} <{row.email}>"


def line_words(row: ProjectService) -> str:
    """Project, position and service code."""
    return f"{row.project.number} · {row.position} · {row.service.code}"


def milestone_words(row: Milestone) -> str:
    """Project, position and title."""
    return f"{row.project.number} · {row.position} · {row.title}"


def step_words(row: Milestone) -> str:
    """Position and title, to tell the milestones of one project apart."""
    return f"{row.position} {row.title}"


def work_words(row: WorkRecord) -> str:
    """Project, day, who or what for, and how much."""
    doing = row.service.code if row.service else ""
    who = row.specialist.full_name if row.specialist else doing
    number = f"{row.quantity.normalize():f}"
    much = f"{number} h" if row.unit is Unit.HOUR else f"{number} × {doing or row.unit.value}"
    return " · ".join(filter(None, (row.project.number, row.done_on.isoformat(), who, much)))


def fee_words(row: RecurringFee) -> str:
    """Reference, and the project where the reference does not begin with it."""
    number = row.project.number
    return row.reference if row.reference.startswith(number) else f"{number} · {row.reference}"


_NAMED: dict[str, tuple[Callable[[Records, str], Any], Callable[[Any], tuple[str, ...]]]] = {
    "client": (client_of, lambda row: (row.legal_name, client_words(row))),
    "project": (project_of, lambda row: (row.title, project_words(row))),
    "service": (service_of, lambda row: (row.title_de, row.title_en, row.code)),
}
"""How each field with a number finds its record, and what that is called."""


def _folded_titles(row: Service) -> set[str]:
    return {fold(row.title_de), fold(row.title_en)}


def _by_key(known: Mapping[str, Row], text: str, words: Callable[[Row], str]) -> Row | None:
    """The record of that key, also where its name was copied along with it."""
    bare = text.strip()
    row = known.get(bare.casefold())
    if row is None and bare:
        first = known.get(bare.split()[0].casefold())
        row = first if first is not None and fold(words(first)) == fold(bare) else None
    return row


def _only(text: str, exact: Row | None, named: Iterable[Row], words: Callable[[Row], str]) -> Row:
    if exact is not None:
        return exact
    found = list(named) if fold(text) else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise ProblemsError([Problem("", "not_found", {"value": text})])
    candidates = ", ".join(words(row) for row in found[:5])
    raise ProblemsError([Problem("", "ambiguous_name", {"value": text, "candidates": candidates})])
