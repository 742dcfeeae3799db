"""The plan of a project: its services with quantity and price, and its milestones."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import FinishForm, MilestoneForm, PlanLineForm
from acctflows.agency.prices import given_price
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.references import milestone_of, project_of, service_of, specialist_of
from acctflows.agency.rules import fold
from acctflows.agency.saving import Saved, changes_of, check_new, resolve, whole_form, write
from acctflows.db.models.agency import (
    Milestone,
    MilestoneState,
    Project,
    ProjectService,
    Service,
    Specialist,
)
from acctflows.money import Money


def save_line(session: Session, form: PlanLineForm, *, now: datetime) -> Saved[ProjectService]:
    """Add a line to a project's plan, or change the one at that position or of that service.

    Raises:
        ProblemsError: With all problems, an unknown project, service or specialist included.
    """
    records = Records(session)
    records.lock()
    saved = put_line(records, form, now=now)
    session.flush()
    return saved


def put_line(records: Records, form: PlanLineForm, *, now: datetime) -> Saved[ProjectService]:
    """As `save_line`, among records that are read already; nothing is flushed."""
    project, service, specialist = _meant(records, form)
    lines = records.lines[project.number.casefold()]
    position = form.position or _line_position(lines, service)
    row = lines.get(position)
    if row is None:
        check_new(form)
        row = ProjectService(
            project=project, position=position, **_line_columns(form, service, specialist)
        )
        records.add(row)
        return Saved(row, created=True)
    current = line_fields(row)
    named = current | {"project": form.project, "position": position}
    if service is row.service:
        named |= {"service": form.service}
    if specialist is not None and specialist is row.specialist:
        named |= {"specialist": form.specialist}
    changes = changes_of(form, named)
    if changes:
        whole = whole_form(form, current)
        keeps = "specialist" not in form.model_fields_set
        doer = row.specialist if keeps else specialist
        write(row, _line_columns(whole, service, doer), now=now)
    return Saved(row, created=False, changes=changes)


def line_fields(row: ProjectService) -> dict[str, Any]:
    """The plan line as its form has it; the agreed price in major units of its service."""
    price = row.unit_price_minor
    return {
        "project": row.project.number,
        "position": row.position,
        "service": row.service.code,
        "specialist": row.specialist.email if row.specialist else "",
        "quantity": row.quantity,
        "unit_price": None if price is None else Money(price, row.service.currency).decimal,
        "note": row.note,
    }


def save_milestone(session: Session, form: MilestoneForm, *, now: datetime) -> Saved[Milestone]:
    """Add a milestone to a project's plan, or change the one at that position or of that title.

    Raises:
        ProblemsError: With all problems, an unknown project included.
    """
    records = Records(session)
    records.lock()
    saved = put_milestone(records, form, now=now)
    session.flush()
    return saved


def put_milestone(records: Records, form: MilestoneForm, *, now: datetime) -> Saved[Milestone]:
    """As `save_milestone`, among records that are read already; nothing is flushed."""
    problems: list[Problem] = []
    project = resolve(lambda text: project_of(records, text), form.project, "project", problems)
    if project is None:
        raise ProblemsError(problems)
    steps = records.milestones[project.number.casefold()]
    position = form.position or _step_position(steps, form.title)
    row = steps.get(position)
    if row is None:
        check_new(form)
        row = Milestone(project=project, position=position, **_step_columns(form))
        records.add(row)
        return Saved(row, created=True)
    current = milestone_fields(row)
    changes = changes_of(form, current | {"project": form.project, "position": position})
    if changes:
        write(row, _step_columns(whole_form(form, current)), now=now)
    return Saved(row, created=False, changes=changes)


def finish_milestone(session: Session, form: FinishForm, *, now: datetime) -> Saved[Milestone]:
    """Set a milestone of a project to done; done already, it gets the new day.

    Raises:
        ProblemsError: When it is unknown, or the client has accepted it already.
    """
    records = Records(session)
    project = project_of(records, form.project)
    row = milestone_of(records, form.milestone, project)
    if row.state is MilestoneState.ACCEPTED:
        raise ProblemsError([Problem("milestone", "accepted_already", {"value": row.title})])
    given = {"position": row.position, "title": row.title, "project": project.number}
    done = MilestoneForm(**given, state=MilestoneState.DONE, done_on=form.done_on)
    return save_milestone(session, done, now=now)


def milestone_fields(row: Milestone) -> dict[str, Any]:
    """The milestone as its form has it."""
    return {
        "project": row.project.number,
        "position": row.position,
        "title": row.title,
        "due_on": row.due_on,
        "with_acceptance": row.with_acceptance,
        "state": row.state,
        "done_on": row.done_on,
    }


def _meant(records: Records, form: PlanLineForm) -> tuple[Project, Service, Specialist | None]:
    problems: list[Problem] = []
    project = resolve(lambda text: project_of(records, text), form.project, "project", problems)
    service = resolve(lambda text: service_of(records, text), form.service, "service", problems)
    specialist = None
    if form.specialist:
        specialist = resolve(
            lambda text: specialist_of(records, text), form.specialist, "specialist", problems
        )
    if service and form.unit_price is not None:
        resolve(lambda price: given_price(price, service), form.unit_price, "unit_price", problems)
    if project is None or service is None or problems:
        raise ProblemsError(problems)
    return project, service, specialist


def _line_position(lines: Mapping[int, ProjectService], service: Service) -> int:
    """The place of the only line of that service, else the next free one."""
    same = [position for position, row in lines.items() if row.service is service]
    return same[0] if len(same) == 1 else max(lines, default=0) + 1


def _step_position(steps: Mapping[int, Milestone], title: str) -> int:
    """The place of the only step of that title, else the next free one."""
    same = [position for position, row in steps.items() if fold(row.title) == fold(title)]
    return same[0] if len(same) == 1 else max(steps, default=0) + 1


def _line_columns(
    whole: PlanLineForm, service: Service, specialist: Specialist | None
) -> dict[str, Any]:
    price = whole.unit_price
    return {
        "service": service,
        "specialist": specialist,
        "quantity": Decimal(1) if whole.quantity is None else whole.quantity,
        "unit_price_minor": None if price is None else given_price(price, service),
        "note": whole.note,
    }


def _step_columns(whole: MilestoneForm) -> dict[str, Any]:
    return {
        "title": whole.title,
        "due_on": whole.due_on,
        "with_acceptance": bool(whole.with_acceptance),
        "state": whole.state or MilestoneState.PLANNED,
        "done_on": whole.done_on,
    }
