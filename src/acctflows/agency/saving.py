"""Find or create: how a form becomes a row, and what it changed."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from acctflows.agency.forms.fields import RecordForm
from acctflows.agency.problems import Problem, ProblemsError, problems_of

Form = TypeVar("Form", bound=RecordForm)
Row = TypeVar("Row")
Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Change:
    """One field of a record, before and after."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Saved(Generic[Row]):
    """What saving a form did."""

    row: Row
    created: bool
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> list[str]:
        """Names of the form's fields that changed; empty for a new record."""
        return [change.field for change in self.changes]


def changes_of(form: RecordForm, current: Mapping[str, Any]) -> tuple[Change, ...]:
    """What a form would change in a record whose form fields are ``current``."""
    said = ((name, getattr(form, name)) for name in form.model_fields_set if name in current)
    found = [Change(name, current[name], new) for name, new in said if new != current[name]]
    order = list(type(form).model_fields)
    return tuple(sorted(found, key=lambda change: order.index(change.field)))


def check_new(form: RecordForm) -> None:
    """Refuse a new record that lacks what every record has.

    Raises:
        ProblemsError: Naming every missing field.
    """
    problems = missing_for_new(form, form.model_fields_set)
    if problems:
        raise ProblemsError(problems)


def missing_for_new(form: RecordForm | type[RecordForm], said: Container[str]) -> list[Problem]:
    """A problem for each field a new record needs and nothing was said about."""
    return [Problem(name, "missing_for_new") for name in sorted(form.needed) if name not in said]


def whole_form(form: Form, current: Mapping[str, Any]) -> Form:
    """The form filled up with what the record has, checked as a whole record.

    Raises:
        ProblemsError: With every problem of the whole, not only of what the form said.
    """
    said = {name: getattr(form, name) for name in form.model_fields_set}
    try:
        return type(form).model_validate({**current, **said})
    except ValidationError as error:
        raise ProblemsError(problems_of(error)) from error


def write(row: Any, columns: Mapping[str, Any], *, now: datetime) -> None:
    """Put the values into the row's columns; only different ones, so that none is updated idly."""
    for name, value in columns.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    if hasattr(row, "changed_at"):
        row.changed_at = now


def archived_moment(
    archived: bool | None, before: datetime | None, *, now: datetime
) -> datetime | None:
    """Since when a record is archived: now, as before, or not at all."""
    return (before or now) if archived else None


def resolve(
    find: Callable[[Given], Found], given: Given, field: str, problems: list[Problem]
) -> Found | None:
    """What ``find`` finds, or None with its problems noted under that field."""
    try:
        return find(given)
    except ProblemsError as error:
        problems += [Problem(field, problem.code, problem.facts) for problem in error.problems]
        return None
