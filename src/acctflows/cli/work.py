"""`acctflows work …`: what was done for the projects."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from pydantic import ValidationError
from sqlalchemy import select

from acctflows.agency import find
from acctflows.agency.forms import WorkRecordForm
from acctflows.agency.problems import ProblemsError, printable, problems_of
from acctflows.agency.references import work_words
from acctflows.agency.work_records import save_work_record
from acctflows.cli.opening import open_app
from acctflows.db.models.agency import Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.documents.wording import hours as in_hours

app = cyclopts.App(name="work", help="What was done for the projects, as acts report it.")


@app.command
def add(
    project: str,
    day: date,
    hours: str = "",
    *,
    quantity: str = "",
    unit: str = "",
    service: str = "",
    specialist: str = "",
    note: str = "",
    milestone: str = "",
    billable: bool | None = None,
    reference: str = "",
) -> None:
    """Record work done, or change the record of a reference; an empty field keeps what is there.

    Args:
        project: Its number, or its unique title.
        day: When the work was done, such as 2026-11-20.
        hours: Such as 1:30 or 1.5.
        quantity: Of work that is not counted in hours.
        unit: What the quantity counts (hour, day, month, piece); that of the service unless given.
        service: Code or title in the catalogue.
        specialist: Who did it: e-mail address or full name.
        note: What was done; the client may read it in the act.
        milestone: Its position or title in the project.
        billable: Whether the client is charged for it; yes unless said.
        reference: Your own key, to correct the record later or to enter equal work twice.
    """
    said = {
        "project": project, "done_on": day, "hours": hours, "quantity": quantity, "unit": unit,
        "service": service, "specialist": specialist, "note": note, "milestone": milestone,
        "billable": billable, "reference": reference,
    }  # fmt: skip
    try:
        form = WorkRecordForm.model_validate(said)
    except ValidationError as error:
        raise ProblemsError(problems_of(error)) from error
    main = open_app()
    with main.database.transaction() as session:
        saved = save_work_record(session, form, now=main.clock.now())
        words, key = work_words(saved.row), saved.row.reference
    if saved.created:
        print(f"{words}: recorded as {key}")
    elif saved.changes:
        print(f"{words}: changed ({', '.join(saved.changed)})")
    else:
        print(f"{words}: on file already; equal work done twice needs a --reference of its own")


@app.command(name="list")
def list_work(
    *, project: str, open_only: Annotated[bool, Parameter(name="--open", negative="")] = False
) -> None:
    """List the work done for a project, oldest first.

    Args:
        project: Its number, or its unique title.
        open_only: Only what no act has reported yet.
    """
    with open_app().database.reading() as session:
        found = find.project(session, project)
        query = select(WorkRecord).where(WorkRecord.project_id == found.id)
        if open_only:
            query = query.where(WorkRecord.document_id.is_(None))
        rows = session.scalars(query.order_by(WorkRecord.done_on, WorkRecord.id)).all()
        for row in rows:
            service = row.service.code if row.service and row.unit is Unit.HOUR else ""
            act = f"in {row.document.number}" if row.document else ""
            free = "" if row.billable else "not billable"
            facts = (work_words(row), service, free, act, row.reference)
            print("  ".join(filter(None, facts)))
            if row.note:
                print(f"    {printable(row.note)}")
        title = f"{found.number} {found.title}"
        hours = sum((row.quantity for row in rows if row.unit is Unit.HOUR), Decimal(0))
    if rows:
        count = "1 record" if len(rows) == 1 else f"{len(rows)} records"
        print(f"{title}: {count}, {in_hours(hours, 'en')} hours")
    else:
        print(f"{title}: no work is recorded; see “acctflows work add --help”")
