"""What the manager reads and fills in when a document waits for approval."""

from copy import copy
from typing import Literal, cast

from prefect.client.schemas.objects import FlowRunInput
from prefect.input import RunInput
from prefect.input.actions import filter_flow_run_input
from pydantic import Field

from acctflows.app import JOBS, App
from acctflows.db.models.documents import DocumentVersion


class ApprovalForm(RunInput):
    """The manager's decision about what was shown."""

    decision: Literal["approve", "reject", "rework"] = Field(
        title="Decision",
        description="approve: it is mailed to the client. rework: it comes back to the "
        "project's manager with your comment. reject: nothing is sent and the matter ends.",
    )
    approver: str = Field(
        title="Your name", description="Stands in the audit trail.", min_length=1, max_length=200
    )
    comment: str = Field(
        default="",
        title="Comment",
        description="What must change, or why not. Needed for rework and reject.",
        max_length=5000,
    )
    document_hash: str = Field(
        default="",
        title="Fingerprint of the document",
        description="Leave as it is: it binds your decision to exactly the file you have seen.",
    )


def given_answers() -> list[ApprovalForm]:
    """What was answered to this run's forms so far, oldest first."""
    inputs = cast("list[FlowRunInput]", filter_flow_run_input("suspended-approval-", limit=200))
    answers = [given for given in inputs if given.key.endswith("-response")]
    answers.sort(key=lambda given: str(given.created))
    return [ApprovalForm.model_validate(given.decoded_value) for given in answers]


def approval_form(app: App, version: DocumentVersion, *, problem: str) -> type[ApprovalForm]:
    """The form about this version: what must be decided above it, the fingerprint filled in."""
    fingerprint = copy(ApprovalForm.model_fields["document_hash"])  # a bare value loses its title
    fingerprint.default = version.shown_sha256
    return ApprovalForm.with_initial_data(
        description=approval_text(app, version, problem=problem), document_hash=fingerprint
    )


def approval_text(app: App, version: DocumentVersion, *, problem: str) -> str:
    """What must be decided, in Markdown: summary, links, and why it is asked again."""
    document = version.document
    job = JOBS[document.kind]
    kind = job.kind.title_en.lower()
    again = f"**Please decide again:** {problem}\n\n" if problem else ""
    return (
        f"{again}**May {kind} {document.number} (version {version.version}) be "
        f"sent to {job.addressed(version).name}?** "
        f"[Read it on the desk]({app.portal_url}/desk/approvals/{version.id}), then decide here "
        f"or there.\n\n{summary(version)}"
    )


def summary(version: DocumentVersion) -> str:
    """The figures of the document and of its file, in Markdown."""
    file = f"{version.pages} pages (PDF by {version.pdf_engine})" if version.pdf_path else "Word"
    fingerprint = f"| File | {file}, SHA-256 `{version.shown_sha256[:16]}…` |"
    return f"{JOBS[version.document.kind].summary(version)}\n{fingerprint}"
