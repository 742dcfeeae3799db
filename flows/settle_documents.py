"""The sweep that finds whatever an event missed: decisions, suspended runs, expired links."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from acctflows.app import JOBS, WORD_JOBS, App, load_app
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.recovery import keeps_dying
from acctflows.db.models.desk import WaitingFor, WaitingRun
from acctflows.db.models.documents import (
    Approval,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.receivables import DunningLetter
from acctflows.delivery.reports.sending import reports_in_state
from acctflows.dispatch import manager_tasks, reminding
from acctflows.dispatch.closing import decisions_to_close
from acctflows.dispatch.sending import to_ask_next
from acctflows.dispatch.signing_policy import load_signing_policy
from acctflows.documents import access_links, waiting
from acctflows.errors import AcctflowsError, ConfigurationError, NotFoundError
from acctflows.receivables.follow_up.follow_up_report import FollowUpReport
from acctflows.receivables.follow_up.letter_sending import approved_letters
from acctflows.receivables.invoices.invoice_sending import approved_invoices
from flows.client_post import close_decision, invite_client
from flows.document_endings import hand_back, note_silence
from flows.document_file import load_version
from flows.dunning_letters import open_workday, send_letters
from flows.invoice_items import read_policy, send_item
from flows.invoice_report import Told
from flows.report_post import send_report
from flows.steps import hand_over_mails, step

Item = TypeVar("Item")

PATIENCE = timedelta(minutes=5)
"""How long a run may take to act on a decision before the sweep does it."""
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
UNDECIDED = (VersionState.DRAFT, VersionState.IN_APPROVAL)


@flow(name="settle-documents", flow_run_name="settle what is left")
def settle_documents() -> State[Any]:
    """Close decisions, send what was approved, remind, hand out tasks, wake runs."""
    problems = [*close_decisions(), *send_approved(), *send_approved_invoices()]
    problems += [*send_approved_letters(), *send_approved_reports()]
    problems += [*remind_signers(), *hand_out_tasks(), *wake_runs()]
    hand_over_mails()
    if problems:
        return Failed(message=" | ".join(problems))
    return Completed(message="Everything is settled.")


@step("Close what clients decided", again=True)
def close_decisions() -> list[str]:
    """Follow up decisions nobody has followed up; what went wrong, in sentences."""
    app = load_app()
    with app.database.reading() as session:
        ids = decisions_to_close(session)
    return _each(ids, lambda decision_id: close_decision(app, decision_id))


@step("Send what was approved", again=True)
def send_approved() -> list[str]:
    """Invite to what was approved, and who signs next, where the run did not get so far."""
    app = load_app()
    approved = (
        sa.select(DocumentVersion.id)
        .join(DocumentVersion.document)
        .join(DocumentVersion.approval)
        .where(
            DocumentVersion.state == VersionState.APPROVED,
            Document.kind.in_(JOBS),
            Approval.decided_at < app.clock.now() - PATIENCE,
        )
    )
    with app.database.reading() as session:
        ids = [*session.scalars(approved), *to_ask_next(session, JOBS)]
    return _each(ids, lambda version_id: invite_client(app, version_id))


@step("Send invoices a manager has approved", again=True)
def send_approved_invoices() -> list[str]:
    """Mail the invoices that waited for an approval, within minutes instead of next morning."""
    app = load_app()
    with app.database.reading() as session:
        ids = approved_invoices(session)
    policy = read_policy(app)
    lines = [send_item(app, policy, invoice_id, app.clock.today()) for invoice_id in ids]
    return [f"{line.number}: {line.why}" for line in lines if line.told is Told.REFUSED]


@step("Send letters a manager has decided about", again=True)
def send_approved_letters() -> list[str]:
    """Send reminders that were approved, drop those that were refused."""
    app = load_app()
    with app.database.reading() as session:
        letters = approved_letters(session)
    report = FollowUpReport()
    for day, ids in _by_day(app, letters).items():
        send_letters(open_workday(app, day), ids, report)
    return report.problems


@step("Send reports a manager has approved", again=True)
def send_approved_reports() -> list[str]:
    """Mail the reports that were approved since the last sweep."""
    app = load_app()
    with app.database.reading() as session:
        approved = reports_in_state(session, VersionState.APPROVED)
    return _each(approved, lambda version_id: send_report(app, version_id))


@step("Remind signers", again=True)
def remind_signers() -> list[str]:
    """Remind those who have not answered on the days of the policy, each day once."""
    app = load_app()
    try:
        policy = load_signing_policy(app.templates)
    except ConfigurationError as error:  # the rest of the sweep does not wait until it is mended
        return [str(error)]
    given: dict[str, Any] = {"policy": policy, "office": app.office, "now": app.clock.now()}
    with app.database.reading() as session:
        ids = reminding.to_remind(session, JOBS, **given)

    def remind(version_id: int) -> None:
        with app.database.transaction() as session:
            version = load_version(session, version_id)
            reminding.remind(session, version, job=JOBS[version.document.kind], **given)

    return _each(ids, remind)


@step("Make tasks of reworks and silences", again=True)
def hand_out_tasks() -> list[str]:
    """Tell managers what was sent back to them and who never answered, whose run did not."""
    app = load_app()
    with app.database.reading() as session:
        rework = manager_tasks.to_rework(session, WORD_JOBS)
        silent = manager_tasks.unanswered(session, JOBS, now=app.clock.now())
    return _each(rework, hand_back.fn) + _each(silent, note_silence.fn)


@step("Wake runs whose answer is there", again=True)
def wake_runs() -> list[str]:
    """Resume suspended runs that have nothing to wait for any more."""
    app = load_app()
    with app.database.reading() as session:
        runs = waiting.waiting_runs(session)
    api = PrefectApi(app.prefect_api_url, timeout=60)  # nobody waits: let a busy server answer
    try:
        return _each(runs, lambda run: _wake(app, api, run))
    finally:
        api.close()


def _by_day(app: App, letters: list[int]) -> dict[date, list[int]]:
    """All of them today; where days are simulated, each on the day it was decided for."""
    if not app.settings.simulate_days:
        return {app.clock.today(): letters} if letters else {}
    days: dict[date, list[int]] = {}
    with app.database.reading() as session:
        for letter_id in letters:
            decided_on = session.get_one(DunningLetter, letter_id).decided_on
            days.setdefault(decided_on, []).append(letter_id)
    return days


def _each(items: Iterable[Item], settle: Callable[[Item], object]) -> list[str]:
    # One broken item never stops the rest; the run ends with the list.
    problems = []
    for item in items:
        try:
            settle(item)
        except AcctflowsError as error:
            get_run_logger().warning(str(error))
            problems.append(str(error))
    return problems


def _wake(app: App, api: PrefectApi, run: WaitingRun) -> None:
    try:
        found = api.flow_run(run.flow_run_id)
    except NotFoundError:  # deleted in Prefect: nothing waits
        _end_waiting(app, run)
        return
    if found.state_type == "CRASHED" and not keeps_dying(api, found):
        # Our database knows that it waits: it died just before, or was marked by mistake.
        _begin_again(api, run, "Waits again: it was marked as crashed while it waited.")
    elif found.state_type in ENDED:
        _end_waiting(app, run)
    elif found.state_type == "PAUSED" and _may_go_on(app, run):
        # The run reads the decision in our database; the form's answer is only its key.
        answer = {"decision": "approve", "approver": "settle-documents"}
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
        expired = access_links.open_until(session, version, now=app.clock.now()) is None
    return version.state is not VersionState.SENT or expired
