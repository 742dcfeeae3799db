"""Work records: what was done for a project on which day, by whom, and how much of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from acctflows.agency.forms import WorkRecordForm
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.references import (
    milestone_of,
    project_of,
    service_of,
    specialist_of,
    step_words,
)
from acctflows.agency.saving import Change, Saved, missing_for_new, resolve, write
from acctflows.db.models.agency import Milestone, Project, Service, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document, VersionState

CORRECTABLE = (VersionState.REWORK, VersionState.REJECTED, VersionState.DECLINED)
"""States of an act's newest version in which its work can be corrected: it must be drafted anew."""

_COLUMNS = (
    "project", "done_on", "service", "specialist", "milestone", "quantity", "unit", "note",
    "billable",
)  # fmt: skip


def save_work_record(session: Session, form: WorkRecordForm, *, now: datetime) -> Saved[WorkRecord]:
    """Record work done, or change the record of that reference.

    A form without a reference that says what is on file already changes nothing: whoever did equal
    work twice on one day gives a reference of their own.

    Raises:
        ProblemsError: With all problems; a record that an act reports cannot be changed.
    """
    records = Records(session)
    records.lock()
    with session.no_autoflush:
        saved = put_work_record(records, form, now=now)
    session.flush()
    return saved


def put_work_record(records: Records, form: WorkRecordForm, *, now: datetime) -> Saved[WorkRecord]:
    """As `save_work_record`, among records that are read already; nothing is flushed.

    The n-th row without a reference that says the same is the n-th such record, so that equal rows
    of one file stay as many, and the file read again finds each of them.
    """
    reference = form.reference
    row = records.work(reference) if reference else None
    columns = _columns(records, form, row)
    if not reference:
        said = _digest(columns)
        records.drawn[said] += 1
        reference = f"{said}-{records.drawn[said]}"
        row = records.work(reference)
        columns = _columns(records, form, row)
    if row is None:
        row = WorkRecord(**columns, reference=reference, created_at=now, changed_at=now)
        records.add(row)
        return Saved(row, created=True)
    before, after = work_record_fields(row), _fields(columns)
    changes = tuple(
        Change(name, before[name], new) for name, new in after.items() if new != before[name]
    )
    if changes:
        act = _act_of(records, row)
        if act is not None:
            told = {"number": act.number}
            raise ProblemsError([Problem(change.field, "claimed", told) for change in changes])
        write(row, columns, now=now)
    return Saved(row, created=False, changes=changes)


def work_record_fields(row: WorkRecord) -> dict[str, Any]:
    """The record as its form has it: hours as hours, everything else as a quantity."""
    return _fields({name: getattr(row, name) for name in _COLUMNS}) | {"reference": row.reference}


def _act_of(records: Records, row: WorkRecord) -> Document | None:
    """The act that reports the record by now; from here on no other transaction can claim it.

    An act that was sent back or refused reports nothing: its records are there to be corrected.
    """
    if inspect(row).persistent:
        records.session.refresh(row, ["document_id", "document"], with_for_update=True)
    versions = row.document.versions if row.document else []
    return None if versions and versions[-1].state in CORRECTABLE else row.document


def _fields(columns: Mapping[str, Any]) -> dict[str, Any]:
    service, specialist, step = (columns[name] for name in ("service", "specialist", "milestone"))
    hours = columns["unit"] is Unit.HOUR
    return {
        "project": columns["project"].number,
        "done_on": columns["done_on"],
        "service": service.code if service else "",
        "specialist": specialist.email if specialist else "",
        "hours": columns["quantity"] if hours else None,
        "quantity": None if hours else columns["quantity"],
        "unit": columns["unit"],
        "note": columns["note"],
        "milestone": step_words(step) if step else "",
        "billable": columns["billable"],
    }


def _columns(records: Records, form: WorkRecordForm, row: WorkRecord | None) -> dict[str, Any]:
    """The columns as they would be: what the form says, else what the record has."""
    said = form.model_fields_set
    problems = missing_for_new(form, said) if row is None else []
    columns = {name: getattr(row, name, None) for name in _COLUMNS}
    columns |= {
        name: getattr(form, name) for name in ("done_on", "note", "billable") if name in said
    }
    project = resolve(lambda text: project_of(records, text), form.project, "project", problems)
    for name, find in (("service", service_of), ("specialist", specialist_of)):
        if name in said:
            columns[name] = _link(records, find, getattr(form, name), name, problems)
    if project is not None:
        columns["milestone"] = _milestone(records, form, row, project, problems)
    quantity, unit = _amount(form, row, columns["service"], problems)
    if problems:
        raise ProblemsError(problems)
    usual = {"note": columns["note"] or "", "billable": columns["billable"] is not False}
    return columns | usual | {"project": project, "quantity": quantity, "unit": unit}


def _link(records: Records, find: Any, text: str, field: str, problems: list[Problem]) -> Any:
    """The record a text means; a text emptied by a dash means none."""
    return resolve(lambda words: find(records, words), text, field, problems) if text else None


def _milestone(
    records: Records,
    form: WorkRecordForm,
    row: WorkRecord | None,
    project: Project,
    problems: list[Problem],
) -> Milestone | None:
    kept = row.milestone if row else None
    if "milestone" not in form.model_fields_set and (kept is None or kept.project is project):
        return kept
    # A record that moves to another project keeps its milestone only where that has one so called.
    text = form.milestone if "milestone" in form.model_fields_set or not kept else kept.title
    found: Milestone | None = _link(
        records,
        lambda known, words: milestone_of(known, words, project),
        text,
        "milestone",
        problems,
    )
    return found


def _amount(
    form: WorkRecordForm, row: WorkRecord | None, service: Service | None, problems: list[Problem]
) -> tuple[Decimal | None, Unit | None]:
    """How much of what: hours, or a quantity in its unit, that of the service unless said."""
    quantity = form.hours if form.quantity is None else form.quantity
    unit = form.unit or (row.unit if row else None)
    if form.hours is not None:
        if form.quantity is not None:
            problems.append(Problem("quantity", "hours_and_quantity"))
        elif form.unit not in (None, Unit.HOUR):
            problems.append(Problem("unit", "unit_of_hours"))
        return quantity, Unit.HOUR
    if quantity is None:
        if row is None:
            problems.append(Problem("hours", "hours_missing"))
        return (row.quantity if row else None), unit
    if unit is None and service is not None and service.unit is not Unit.LUMP_SUM:
        unit = service.unit
    if unit is None:
        problems.append(Problem("unit", "unit_missing"))
    return quantity, unit


def _digest(columns: Mapping[str, Any]) -> str:
    """A key made of what equal work has in common; it must never change, or files repeat work."""
    said = _fields(columns)
    names = ("project", "done_on", "specialist", "service", "hours", "quantity", "unit", "note")
    texts = (_text(said[name]).casefold() if name != "note" else said[name] for name in names)
    return "auto-" + hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:24]


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
