"""Failed flow runs: seen on the desk, tried again or put aside with a word."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.clockwork.api import FAILED_STATES, FlowRun, PrefectApi
from acctflows.clockwork.failures import Failure, failures
from acctflows.db.models.desk import WorkItem
from acctflows.documents import work_items
from acctflows.errors import AcctflowsError, ConflictError
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on
from acctflows.portal.desk.lines import Action, Found, Line
from acctflows.portal.fields import FormFields
from acctflows.portal.state import Portal, PortalDep

router = APIRouter()

RunId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]

KIND = "failed_run"
LONGEST_OUTCOME = 2_000
MOST = 50
"""Lines of the list; when there are more, it says so and the rest moves up."""


def failed_runs(portal: Portal) -> Found:
    """Runs that failed or crashed and that nobody put aside; a note where Prefect is silent."""
    if portal.prefect is None:
        return Found((), note="no_prefect")
    with portal.app.database.reading() as session:
        aside = set(session.scalars(select(WorkItem.key).where(WorkItem.kind == KIND)))
    unsettled = (each for each in failures(portal.prefect) if _key(each.newest) not in aside)
    try:
        found = list(islice(unsettled, MOST + 1))
    except AcctflowsError:
        return Found((), note="prefect_silent")
    lines = [_line(portal, failure) for failure in found[:MOST]]
    return Found(lines, note="more_runs" if len(found) > MOST else "")


def _key(run: FlowRun) -> str:
    # With the moment in it: a run that was put aside and fails again comes up again.
    return f"run/{run.id}/{run.changed_at}"


def _line(portal: Portal, failure: Failure) -> Line:
    run = failure.newest
    return Line(
        client="",
        matter=run.name,
        address=f"{portal.app.prefect_ui_url}/v2/runs/flow-run/{run.id}",
        since=_moment(failure.runs[-1].changed_at, portal),
        actions=(
            Action("run_again", f"/desk/runs/{run.id}/retry", post=True, main=True),
            Action("put_aside", f"/desk/runs/{run.id}/settle", post=True, asks="outcome"),
        ),
        detail=run.message,
        times=len(failure.runs),
    )


def _moment(text: str, portal: Portal) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return portal.app.clock.now()
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@router.post("/runs/{run_id}/retry")
@allow(Permission.SETTLE)
def retry(portal: PortalDep, visitor: VisitorDep, run_id: RunId) -> Response:
    """Let Prefect run it again: what was done is found, only what is missing is made."""
    prefect = _prefect(portal)
    _require_failed(prefect.flow_run(run_id))
    message = f"tried again from the desk by {visitor.name}"
    # Forced, because a failed run is final to Prefect's orchestration rules.
    taken = prefect.set_state(
        run_id, state_type="SCHEDULED", name="AwaitingRetry", message=message, force=True
    )
    if not taken:
        raise ConflictError("Prefect did not take the run back", todo="look at it in Prefect's UI")
    return go_on("/desk/", done="run_again")


@router.post("/runs/{run_id}/settle")
@allow(Permission.SETTLE)
def put_aside(
    portal: PortalDep, visitor: VisitorDep, run_id: RunId, fields: FormFields
) -> Response:
    """Take a failed run off the list, with the reason; Prefect keeps it as it is."""
    outcome = fields.text("outcome")
    if not 0 < len(outcome) <= LONGEST_OUTCOME:
        raise HTTPException(400)
    run = _prefect(portal).flow_run(run_id)
    _require_failed(run)
    now = portal.app.clock.now()
    with portal.app.database.transaction() as session:
        item = work_items.open_item(
            session,
            key=_key(run),
            kind=KIND,
            detail=run.message[:LONGEST_OUTCOME],
            version=None,
            owner_id=None,
            due_on=None,
            now=now,
        )
        work_items.settle_item(session, item.id, by=visitor.signature, outcome=outcome, now=now)
    return go_on("/desk/", done="put_aside")


def _prefect(portal: Portal) -> PrefectApi:
    if portal.prefect is None:
        raise HTTPException(503)
    return portal.prefect


def _require_failed(run: FlowRun) -> None:
    if run.state_type not in FAILED_STATES:
        raise ConflictError(
            f"the run is “{run.state_name}” by now", where=run.name, todo="look at the desk again"
        )
