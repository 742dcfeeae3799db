"""How a document's run ends: the follow-up of each outcome and the words about it."""

from typing import Any

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import App, load_app
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.dispatch import manager_tasks
from acctflows.documents.objections import clause_name
from acctflows.errors import ConflictError
from flows.approval_forms import summary
from flows.client_post import close_decision
from flows.document_file import load_version
from flows.steps import step

NAMES = {
    VersionState.REJECTED: "Rejected",
    VersionState.REWORK: "Rework asked",
    VersionState.SUPERSEDED: "Superseded",
    VersionState.ACCEPTED: "Accepted",
    VersionState.DECLINED: "Declined",
    VersionState.OBJECTED: "Objections",
    VersionState.WITHDRAWN: "Withdrawn",
    VersionState.SENT: "No answer",
}
"""What the Prefect UI calls the end of a run, by the state the version ended in."""

VERBS = {VersionState.OBJECTED: "objected to"}
"""What a client has done, where the state is no word for it."""


@step("Hand back for rework")
def hand_back(version_id: int) -> None:
    """Give the project's manager the approver's comment as a task."""
    app = load_app()
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        manager_tasks.hand_back(session, version, today=app.clock.today(), now=app.clock.now())


@step("Close the matter")
def close_answer(version_id: int) -> None:
    """Follow up the client's decision: copies by mail, the project's stage, or a task."""
    app = load_app()
    with app.database.reading() as session:
        decision = load_version(session, version_id).decision
    if decision is not None:  # else superseded while it waited
        close_decision(app, decision.id)


@step("Note that nobody answered")
def note_silence(version_id: int) -> None:
    """Give the project's manager a task, because the client's link has expired."""
    app = load_app()
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        manager_tasks.note_silence(session, version, today=app.clock.today(), now=app.clock.now())


def finish(version_id: int) -> State[Any]:
    """The run's last state, named after the outcome, with a report beside it."""
    app = load_app()
    with app.database.reading() as session:
        version = load_version(session, version_id)
        name, sentence = NAMES[version.state], _sentence(app, version)
        report = _report(app, version, sentence)
        number = version.document.number
    create_markdown_artifact(report, key=f"outcome-{number.lower()}", description=sentence)
    return Completed(name=name, message=sentence)


def _sentence(app: App, version: DocumentVersion) -> str:
    number, approval, decision = version.document.number, version.approval, version.decision
    if decision is not None:
        named = [f"{defect.place}: {defect.description}" for defect in decision.defects]
        clauses = [clause_name(each) for each in decision.objections]
        said = "; ".join(filter(None, (decision.reason, *named, *clauses)))
        reason = f": {said}" if said else ""
        moment = app.clock.local(decision.decided_at)
        verb = VERBS.get(version.state, version.state)
        return f"{number} {verb} by {decision.name} on {moment:%d.%m.%Y, %H:%M}{reason}"
    if version.state is VersionState.ACCEPTED:
        return f"{number}: nobody answered in time, which was judged to be acceptance."
    if version.state is VersionState.WITHDRAWN:
        return f"{number}: version {version.version} was withdrawn before it was accepted."
    if version.state is VersionState.SUPERSEDED:
        return f"{number}: a newer version took the place of version {version.version}."
    if version.state is VersionState.SENT:
        return f"{number}: the link expired without an answer. Draft again to ask anew."
    if approval is None or approval.decision is None:
        raise ConflictError(f"{number} is in state “{version.state}”: nothing was decided")
    comment = f": {approval.comment}" if approval.comment else ""
    words = {VersionState.REJECTED: "rejected", VersionState.REWORK: "sent back for rework"}
    return f"{number} {words[version.state]} by {approval.decided_by}{comment}"


def _report(app: App, version: DocumentVersion, sentence: str) -> str:
    link = f"{app.portal_url}/desk/documents/{version.document_id}"
    return f"## {sentence}\n\n{summary(version)}\n\n[The document and its trail]({link})"
