"""How the registering flows save a form and say what it did."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed
from sqlalchemy.orm import Session

from acctflows.agency.saving import Saved
from acctflows.app import load_app

Row = TypeVar("Row")


def keep(
    kind: str,
    save: Callable[[Session, datetime], Saved[Row]],
    name: Callable[[Row], str],
    *,
    same: str = "nothing has changed",
) -> State[Any]:
    """Save a record in one transaction; the run's last state says what happened.

    Args:
        kind: Names the artifact.
        save: Saves it in a session, at a moment of the agency's clock.
        name: What the record is called.
        same: What is said where it was on file like this already.
    """
    app = load_app()
    with app.database.transaction() as session:
        saved = save(session, app.clock.local(app.clock.now()))
        sentence, table = _told(saved, name(saved.row), same)
    create_markdown_artifact(f"## {sentence}\n\n{table}", key=f"{kind}-saved", description=sentence)
    return Completed(message=sentence)


def _told(saved: Saved[Any], name: str, same: str) -> tuple[str, str]:
    if saved.created:
        return f"{name}: registered", ""
    if not saved.changes:
        return f"{name}: {same}", ""
    rows = [f"| {change.field} | {change.old} | {change.new} |" for change in saved.changes]
    table = "\n".join(["| Field | Before | Now |", "|---|---|---|", *rows])
    return f"{name}: {len(rows)} changed", table
