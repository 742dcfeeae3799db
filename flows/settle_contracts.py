"""The sweep that finds whatever an event missed: decisions, suspended runs, expired links."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from acctflows.app import App, load_app
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.recovery import MAX_STARTS
from acctflows.contracts import closing, sending
from acctflows.db.models.desk import WaitingFor, WaitingRun
from acctflows.db.models.documents import (
    Approval,
    ClientDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.documents import acceptance, waiting
from acctflows.errors import AcctflowsError, NotFoundError
from flows.contract_document import load_version, read_shown
from flows.steps import hand_over_mails, step

Item = TypeVar("Item")

PATIENCE = timedelta(minutes=5)
"""How long a run may take to act on a decision before the sweep does it."""
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
UNDECIDED = (VersionState.DRAFT, VersionState.IN_APPROVAL)


@flow(name="settle-contracts", flow_run_name="settle what is left")
def settle_contracts() -> State[Any]:
    """Close decisions, send what was approved, and wake runs whose answer is there."""
    problems = [*close_decisions(), *send_approved(), *wake_runs()]
    hand_over_mails()
    if problems:
        return Failed(message=" | ".join(problems))
    return Completed(message="Everything is settled.")


@step("Close what clients decided", again=True)
def close_decisions() -> list[str]:
    """Follow up decisions nobody has followed up; what went wrong, in sentences."""
    app = load_app()
    with app.database.reading() as session:
        ids = closing.decisions_to_close(session)
    return _each(ids, lambda decision_id: _close(app, decision_id))


@step("Send what was approved", again=True)
def send_approved() -> list[str]:
    """Invite the clients of approved contracts whose run did not get so far."""
    app = load_app()
    approved = (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .join(DocumentVersion.approval)
        .where(
            DocumentVersion.state == VersionState.APPROVED,
            Document.kind == "contract",
            Approval.decided_at < app.clock.now() - PATIENCE,
        )
    )
    with app.database.reading() as session:
        ids = list(session.scalars(approved))
    return _each(ids, lambda version_id: _send(app, version_id))


@step("Wake runs whose answer is there", again=True)
def wake_runs() -> list[str]:
    """Resume suspended runs that have nothing to wait for any more."""
    app = load_app()
    with app.database.reading() as session:
        runs = waiting.waiting_runs(session)
    api = PrefectApi(app.prefect_api_url)
    try:
        return _each(runs, lambda run: _wake(app, api, run))
    finally:
        api.close()


def _each(items: Iterable[Item], settle: Callable[[Item], None]) -> list[str]:
    # One broken item never stops the rest; the run ends with the list.
    problems = []
    for item in items:
        try:
            settle(item)
        except AcctflowsError as error:
            get_run_logger().warning(str(error))
            problems.append(str(error))
    return problems


def _close(app: App, decision_id: int) -> None:
    with app.database.reading() as session:
        version_id = session.get_one(ClientDecision, decision_id).version_id
        pdf = read_shown(app, load_version(session, version_id))
    with app.database.transaction() as session:
        closing.close_decision(
            session,
            session.get_one(ClientDecision, decision_id),
            agency=app.agency,
            templates=app.templates,
            portal_url=app.portal_url,
            pdf=pdf,
            now=app.clock.now(),
        )


def _send(app: App, version_id: int) -> None:
    with app.database.reading() as session:
        pdf = read_shown(app, load_version(session, version_id))
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        sending.queue_invitation(
            session,
            version,
            agency=app.agency,
            templates=app.templates,
            portal_url=app.portal_url,
            now=app.clock.now(),
            attach_pdf=pdf,
        )


def _wake(app: App, api: PrefectApi, run: WaitingRun) -> None:
    try:
        found = api.flow_run(run.flow_run_id)
    except NotFoundError:  # deleted in Prefect: nothing waits
        _end_waiting(app, run)
        return
    if found.state_type == "CRASHED" and found.run_count < MAX_STARTS:
        # Our database knows that it waits: it died just before, or was marked by mistake.
        _begin_again(api, run, "Waits again: it was marked as crashed while it waited.")
    elif found.state_type in ENDED:
        _end_waiting(app, run)
    elif found.state_type == "PAUSED" and _may_go_on(app, run):
        # The run reads the decision in our database; the form's answer is only its key.
        answer = {"decision": "approve", "approver": "settle-contracts"}
        approving = run.waiting_for is WaitingFor.APPROVAL
        if not api.resume(run.flow_run_id, answer if approving else None).accepted:
            # Killed between suspending and saving its form, it could never be resumed.
            _begin_again(api, run, "Goes on: what it waited for has happened.")


def _begin_again(api: PrefectApi, run: WaitingRun, words: str) -> None:
    api.set_state(
        run.flow_run_id, state_type="SCHEDULED", name="AwaitingRetry", message=words, force=True
    )


def _end_waiting(app: App, run: WaitingRun) -> None:
    with app.database.transaction() as session:
        waiting.end_waiting(
            session, run.flow_run_id, waiting_for=run.waiting_for, now=app.clock.now()
        )


def _may_go_on(app: App, run: WaitingRun) -> bool:
    with app.database.reading() as session:
        version = load_version(session, run.version_id)
        if run.waiting_for is WaitingFor.APPROVAL:
            return version.state not in UNDECIDED
        expired = acceptance.open_until(session, version, now=app.clock.now()) is None
    return version.state is not VersionState.SENT or expired
