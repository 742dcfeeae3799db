"""How the registering flows save a form and say what it did."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed
from sqlalchemy.orm import Session

from acctflows.agency.importing.report import show
from acctflows.agency.markdown import escape, table
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
        sentence, changes = told(saved, name(saved.row), same)
    shown = f"## {escape(sentence)}\n\n{changes}"
    create_markdown_artifact(shown, key=f"{kind}-saved", description=escape(sentence))
    return Completed(message=sentence)


def told(saved: Saved[Any], name: str, same: str) -> tuple[str, str]:
    """What saving did, in a sentence as it is and in a table as Markdown."""
    if saved.created:
        return f"{name}: registered", ""
    if not saved.changes:
        return f"{name}: {same}", ""
    rows = [(c.field, show(c.old, "en"), show(c.new, "en")) for c in saved.changes]
    return f"{name}: {len(rows)} changed", table(("Field", "Before", "Now"), rows)
