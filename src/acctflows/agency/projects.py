"""Projects: a client's pieces of work with their stage, manager and plan."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import MilestoneForm, PlanLineForm, ProjectForm
from acctflows.agency.plan import put_line, put_milestone
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.references import client_of, specialist_of
from acctflows.agency.rules import fold
from acctflows.agency.saving import Change, Saved, changes_of, check_new, resolve, whole_form, write
from acctflows.db.models.agency import Client, Project, Specialist, Stage

_COPIED = ("title", "goal", "starts_on", "ends_on", "closed_on", "buyer_reference")


def save_project(session: Session, form: ProjectForm, *, now: datetime) -> Saved[Project]:
    """Register a project with its plan, or change an existing one.

    The project is that of the number. Without a number it is that of the client and the title,
    else a new one with the next free number of the year. Plan lines and milestones the form does
    not name stay as they are.

    Args:
        session: Open transaction.
        form: What is known of it.
        now: The present moment on the agency's clock; its day is that of a project closed now.

    Raises:
        ProblemsError: With all problems of the record as it would be.
    """
    records = Records(session)
    records.lock()
    with session.no_autoflush:
        saved = put_project(records, form, now=now)
        changes = saved.changes + _put_plan(records, form, saved.row, now=now)
    session.flush()
    session.expire(saved.row, ["services", "milestones"])
    return Saved(saved.row, created=saved.created, changes=() if saved.created else changes)


def put_project(records: Records, form: ProjectForm, *, now: datetime) -> Saved[Project]:
    """The project without its plan, among records that are read already; nothing is flushed."""
    problems: list[Problem] = []
    client = resolve(lambda text: client_of(records, text), form.client, "client", problems)
    manager = None
    if form.manager:
        manager = resolve(
            lambda text: specialist_of(records, text), form.manager, "manager", problems
        )
    if problems or client is None:
        raise ProblemsError(problems)
    row = _existing(records, form, client)
    if row is None:
        return Saved(_new(records, form, client, manager, now=now), created=True)
    current = project_fields(row)
    named = current | {"number": form.number, "client": form.client}
    if manager is row.manager:
        named |= {"manager": form.manager}
    changes = changes_of(form, named)
    if changes:
        columns = _columns(whole_form(form, current | _closing(form, row, now)))
        write(row, columns | {"manager": manager or row.manager}, now=now)
        records.note_name(row)
    return Saved(row, created=False, changes=changes)


def project_fields(row: Project) -> dict[str, Any]:
    """The project as its form has it, without its plan."""
    return {name: getattr(row, name) for name in _COPIED} | {
        "number": row.number,
        "client": row.client.number,
        "manager": row.manager.email,
        "stage": row.stage,
    }


def _closing(form: ProjectForm, row: Project, now: datetime) -> dict[str, Any]:
    """What the stage makes of the day of closing: today when it closes, none when it opens again.

    A project that comes in as closed has no day unless one is given: nobody should be asked about
    what ended long ago.
    """
    if form.stage is None or form.stage is row.stage:
        return {}
    return {"closed_on": now.date() if form.stage is Stage.CLOSED else None}


def _existing(records: Records, form: ProjectForm, client: Client) -> Project | None:
    if form.number:
        row = records.projects.get(form.number.casefold())
        if row is not None and row.client is not client:
            facts = {"number": row.number, "client": row.client.number}
            raise ProblemsError([Problem("client", "other_client", facts)])
        return row
    titled = records.projects_by_title.get(fold(form.title), [])
    return next((row for row in titled if row.client is client), None)


def _new(
    records: Records,
    whole: ProjectForm,
    client: Client,
    manager: Specialist | None,
    *,
    now: datetime,
) -> Project:
    check_new(whole)
    row = Project(
        **_columns(whole),
        number=whole.number or records.next_project_number(now.year),
        client=client,
        manager=manager,
        created_at=now,
        changed_at=now,
    )
    records.add(row)
    return row


def _columns(whole: ProjectForm) -> dict[str, Any]:
    return {name: getattr(whole, name) for name in _COPIED} | {"stage": whole.stage or Stage.LEAD}


def _put_plan(
    records: Records, form: ProjectForm, project: Project, *, now: datetime
) -> tuple[Change, ...]:
    """Save the form's plan lines and milestones; what changed counts as change of the project."""
    changes: list[Change] = []
    for line in form.services:
        given = line.model_dump(exclude_unset=True) | {"project": project.number}
        saved_line = put_line(records, PlanLineForm(**given), now=now)
        if saved_line.created or saved_line.changes:
            changes.append(Change("services", "", line.service))
    for step in form.milestones:
        given = step.model_dump(exclude_unset=True) | {"project": project.number}
        saved_step = put_milestone(records, MilestoneForm(**given), now=now)
        if saved_step.created or saved_step.changes:
            changes.append(Change("milestones", "", step.title))
    return tuple(changes)
