"""Records from a file or from a table pasted out of a spreadsheet."""

from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from acctflows.agency.importing.planning import (
    ImportRefusedError,
    apply_import,
    plan_import,
)
from acctflows.agency.importing.reading import read_files, read_pasted
from acctflows.agency.importing.report import ImportReport
from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.kinds import KindName
from acctflows.app import load_app
from acctflows.errors import InputError
from flows.steps import step

Text = Annotated[str, Field(max_length=1000)]
Pasted = Annotated[str, Field(max_length=500_000)]


def run_name() -> str:
    """What the run is called: the file, or that rows were pasted."""
    return f"import {flow_run.parameters.get('file') or 'pasted rows'}"


@flow(name="import-records", flow_run_name=run_name)
def import_records(
    file: Text = "", pasted: Pasted = "", kind: KindName | None = None, dry_run: bool = True
) -> State[Any]:
    """Take in clients, contacts, projects and more; the whole file or nothing.

    Args:
        file: CSV or XLSX file on the machine of the worker; empty when you paste.
        pasted: The rows with their headings, copied from a spreadsheet; empty when you name a file.
        kind: What the rows are, where their headings leave it open; empty otherwise.
        dry_run: Only say what would happen. Read the report, then run again without the tick.
    """
    report = plan_or_apply(_sheets(file, pasted, kind or ""), dry_run=dry_run)
    language = load_app().agency.language
    summary = report.summary(language)
    create_markdown_artifact(report.markdown(language), key="import-report", description=summary)
    if report.problems:
        return Failed(message=f"Nothing was imported. {summary}")
    return Completed(name="Tried" if dry_run else "Imported", message=summary)


@step("Try the rows", again=True)
def plan_or_apply(sheets: list[Sheet], *, dry_run: bool) -> ImportReport:
    """What each row does; saved only when this is no dry run and every row is right."""
    app = load_app()
    now = app.clock.local(app.clock.now())
    if dry_run:
        with app.database.reading() as session:
            return plan_import(session, sheets, now=now)
    try:
        with app.database.transaction() as session:
            return apply_import(session, sheets, now=now)
    except ImportRefusedError as error:
        return error.report


def _sheets(file: str, pasted: str, kind: str) -> list[Sheet]:
    if bool(file.strip()) == bool(pasted.strip()):
        raise InputError("Name a file or paste rows, one of the two.", where="import-records")
    if pasted.strip():
        return read_pasted(pasted, kind=kind)
    return read_files([load_app().settings.path(Path(file.strip()))], kind=kind)
