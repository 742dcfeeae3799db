"""The way of a document once it is drafted: made, approved, mailed, answered, followed up.

The same for every kind. A suspended run has no process; when it goes on it starts again from the
top. So every step finds what exists already, and wherever a person may have decided meanwhile our
database is asked (docs/adr/0005-suspend-and-resume.md).
"""

from datetime import datetime
from typing import Any

from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from sqlalchemy.orm import Session

from acctflows.app import load_app
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import ApprovalDecision, VersionState
from acctflows.documents import access_links, approval, waiting
from acctflows.documents.text import clean_text
from acctflows.errors import ConflictError
from flows.approval_forms import ApprovalForm, approval_form, approval_text, given_answers
from flows.client_post import invite_client
from flows.document_endings import close_answer, finish, hand_back, note_silence
from flows.document_file import load_version, make_document
from flows.document_seal import seal_document
from flows.steps import hand_over_mails, step, suspend

UNDECIDED = (VersionState.DRAFT, VersionState.IN_APPROVAL)
NOT_SENT = (
    VersionState.REJECTED,
    VersionState.REWORK,
    VersionState.SUPERSEDED,
    VersionState.WITHDRAWN,
)
DAYS_AFTER_EXPIRY = 7
"""The sweep ends a wait when the link expires; Prefect's own timeout is only the last resort."""


def see_to_its_end(version_id: int) -> State[Any]:
    """Make the document, have it approved, mail it, wait for the answer and follow it up."""
    make_document(version_id)
    state = get_approval(version_id)
    if state is VersionState.REWORK:
        hand_back(version_id)
    if state in NOT_SENT:
        return finish(version_id)
    if state in (VersionState.APPROVED, VersionState.SENT):
        send_to_client(version_id)
        hand_over_mails()
    answer = get_answer(version_id)
    if answer is VersionState.SENT:
        note_silence(version_id)
        return finish(version_id)
    if answer is VersionState.ACCEPTED:
        seal_document(version_id)
    close_answer(version_id)
    hand_over_mails()
    return finish(version_id)


def version_drafted_before(session: Session) -> int | None:
    """The version this run has drafted before it was suspended; it keeps it, whatever changed."""
    return waiting.version_of_run(session, str(flow_run.id))


def asked_at() -> datetime | None:
    """When this run was started: waiting or killed, it may begin long after its twin has ended."""
    context = FlowRunContext.get()
    return context.flow_run.created if context and context.flow_run else None


def get_approval(version_id: int) -> VersionState:
    """The state after someone has decided, in the form or on the desk; suspends until then."""
    problem = ""
    for answer in given_answers():
        if _state(version_id) in UNDECIDED:
            problem = _settle(version_id, answer)
    state = _state(version_id)
    if state in UNDECIDED:
        ask_for_approval(version_id, problem)
        suspend("approval", wait_for_input=_approval_form(version_id, problem))
    _end_waiting(WaitingFor.APPROVAL)
    return state


@step("Ask for approval", again=True)
def ask_for_approval(version_id: int, problem: str) -> None:
    """Put the version before the manager, with what must be decided and where to read it."""
    app = load_app()
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        approval.ask_approval(session, version, actor=flow_run.flow_name, now=app.clock.now())
        _note_waiting(session, version_id, WaitingFor.APPROVAL)
        number, text = version.document.number, approval_text(app, version, problem=problem)
        link = f"{app.portal_url}/desk/documents/{version.document_id}"
    create_markdown_artifact(text, key=f"approval-{number.lower()}", description="To be decided")
    create_link_artifact(link, link_text=f"{number} on the desk", key=f"desk-{number.lower()}")


def _approval_form(version_id: int, problem: str) -> type[ApprovalForm]:
    app = load_app()
    with app.database.reading() as session:
        return approval_form(app, load_version(session, version_id), problem=problem)


def _settle(version_id: int, answer: ApprovalForm) -> str:
    """Record the decision of the form; why it must be asked for again, or nothing."""
    decision, comment = ApprovalDecision(answer.decision), clean_text(answer.comment).strip()
    if decision is not ApprovalDecision.APPROVE and not comment:
        return f"“{answer.decision}” needs a comment that says why or what must change."
    app = load_app()
    try:
        with app.database.transaction() as session:
            approval.decide_approval(
                session,
                load_version(session, version_id),
                decision=decision,
                sha256=answer.document_hash,
                by=clean_text(answer.approver).strip() or "someone in Prefect",
                comment=comment,
                now=app.clock.now(),
            )
    except ConflictError as error:  # decided on the desk meanwhile, or another file was shown
        return str(error)
    return ""


@step("Send to the client", again=True)
def send_to_client(version_id: int) -> None:
    """Queue the invitation of whose turn it is; the mail goes out in the next step.

    Each signer is asked when the one before has signed: the run comes here again.
    """
    get_run_logger().info("invitation for %s", invite_client(load_app(), version_id))


def get_answer(version_id: int) -> VersionState:
    """The state after the client has answered; ``SENT`` when the link expired without an answer."""
    state, open_seconds = _state(version_id), _open_seconds(version_id)
    if state is VersionState.SENT and open_seconds:
        wait_for_client(version_id)
        suspend("client", timeout=open_seconds + DAYS_AFTER_EXPIRY * 86_400)
    _end_waiting(WaitingFor.CLIENT)
    return state


@step("Wait for the client", again=True)
def wait_for_client(version_id: int) -> None:
    """Note that this run goes on when the client has answered."""
    with load_app().database.transaction() as session:
        _note_waiting(session, version_id, WaitingFor.CLIENT)


def _state(version_id: int) -> VersionState:
    with load_app().database.reading() as session:
        return load_version(session, version_id).state


def _open_seconds(version_id: int) -> int:
    app = load_app()
    now = app.clock.now()
    with app.database.reading() as session:
        until = access_links.open_until(session, load_version(session, version_id), now=now)
    return int((until - now).total_seconds()) if until else 0


def _note_waiting(session: Session, version_id: int, waiting_for: WaitingFor) -> None:
    waiting.note_waiting(
        session,
        flow_run_id=str(flow_run.id),
        waiting_for=waiting_for,
        version_id=version_id,
        now=load_app().clock.now(),
    )


def _end_waiting(waiting_for: WaitingFor) -> None:
    app = load_app()
    with app.database.transaction() as session:
        waiting.end_waiting(session, str(flow_run.id), waiting_for=waiting_for, now=app.clock.now())
