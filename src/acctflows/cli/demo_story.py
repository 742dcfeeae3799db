"""The demo's story: a contract is drafted, approved, mailed and answered, each act with its link.

Every act looks first whether it has happened: telling the story again goes on where it stopped.
The manager acts through Prefect's API as its form does, the client through the page in the mail.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TypeVar

import httpx
from lxml import html
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from acctflows.agency import find
from acctflows.app import App
from acctflows.clockwork.api import FlowRun, PrefectApi
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.errors import TemporaryError

DEPLOYMENT = "draft-contract/Draft a contract"
MANAGER = "Lena Hansen"
PATIENCE_SECONDS = 180
"""How long one act may take before the demo says that something is wrong."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Story:
    """What the acts need: the application, Prefect, and where to print."""

    app: App
    api: PrefectApi
    console: Console
    stopped: Callable[[], bool]
    """Whether the person pressed Ctrl-C; the story then ends where it is."""

    @property
    def mailbox_url(self) -> str:
        """Where the local mailbox shows the mails."""
        return f"http://127.0.0.1:{self.app.settings.mailbox_port}/"

    def say(self, words: str, link: str = "") -> None:
        """One line of the story, with the link where it can be seen."""
        self.console.print(f"  {words}" + (f"\n    [cyan]{link}[/]" if link else ""))

    def wait(self, what: str, look: Callable[[], Found | None]) -> Found:
        """Look again and again until there is something.

        Raises:
            StoryEndedError: Ctrl-C was pressed.
            TemporaryError: Nothing came in time.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self.console.status(f"  {what} …"):
            while (found := look()) is None:
                if self.stopped():
                    raise StoryEndedError
                if time.monotonic() > deadline:
                    raise TemporaryError(
                        f"the demo waited {PATIENCE_SECONDS} s in vain: {what}",
                        todo=f"look at {self.app.prefect_ui_url} and {self.app.home / 'logs'}, "
                        "then start the demo again: it goes on with what is there",
                    )
                time.sleep(0.25)
        return found


class StoryEndedError(Exception):
    """The person pressed Ctrl-C in the middle of the story."""


@dataclass(frozen=True)
class Scene:
    """One contract of the story."""

    project: str
    """The project's number in the demo agency."""
    decision: str
    """What the client does: ``accept``, ``decline``; empty: it is left for the reader."""
    reason: str = ""
    """Why the client declines."""


SCENES = (
    Scene("P-2026-005", "accept"),
    Scene(
        "P-2026-006",
        "decline",
        "Thirty days are short for our season. May we pay the second half in June?",
    ),
    Scene("P-2026-004", ""),
)


def tell(story: Story, scenes: tuple[Scene, ...] = SCENES) -> None:
    """Tell every scene to its end, or to the Ctrl-C that stops it.

    Raises:
        TemporaryError: An act did not come to its end in time.
    """
    try:
        for scene in scenes:
            _tell(story, scene)
    except StoryEndedError:
        return


def _tell(story: Story, scene: Scene) -> None:
    project, client = _names(story, scene)
    story.console.print(f"\n[bold]{client}[/] · {project}")
    run = _start(story, scene)
    version = story.wait("The contract is being drafted", lambda: _drafted(story, scene, run))
    number = version.document.number
    form = f"PDF of {version.pages} pages" if version.pdf_path else "Word file"
    story.say(f"Contract [bold]{number}[/] is drafted: a {form}", _desk(story, number))
    if not scene.decision and version.state is VersionState.IN_APPROVAL:
        story.say("It waits for your approval, on the desk or in the run:", _ui(story, run))
        return
    _approve(story, run, version)
    mail = story.wait("The mail is on its way", lambda: _mail(story, version))
    story.say(f"Mailed to {mail.recipient_name}: “{mail.subject}”", story.mailbox_url)
    link = _answer(story, scene, mail, version)
    story.say(f"The client has {_state(story, version).value} it on this page:", link)
    end = story.wait("The matter is being closed", lambda: _ended(story, run))
    story.say(f"The run has ended: {end.state_name}", _ui(story, run))


def _names(story: Story, scene: Scene) -> tuple[str, str]:
    with story.app.database.reading() as session:
        project = find.project(session, scene.project)
        return project.title, project.client.legal_name


def _start(story: Story, scene: Scene) -> FlowRun:
    """The run of this scene: started once, found again when the demo is."""
    return story.api.create_flow_run(
        DEPLOYMENT, {"project": scene.project}, idempotency_key=f"demo/{scene.project}"
    )


def _drafted(story: Story, scene: Scene, run: FlowRun) -> DocumentVersion | None:
    """The newest version of the contract, once it was shown for approval."""
    _refuse_failed(story, run)
    query = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Document.project)
        .where(Project.number == scene.project, DocumentVersion.state != VersionState.DRAFT)
        .order_by(DocumentVersion.version.desc())
        .options(joinedload(DocumentVersion.document), joinedload(DocumentVersion.approval))
    )
    with story.app.database.reading() as session:
        return session.scalars(query).first()


def _approve(story: Story, run: FlowRun, version: DocumentVersion) -> None:
    """The manager's form: filled in when the run waits for it."""
    if version.approval is None or version.approval.decision is not None:
        return
    answer = {
        "decision": "approve",
        "approver": MANAGER,
        "comment": "",
        "document_hash": version.shown_sha256,
    }

    def resumed() -> bool | None:
        return story.api.resume(run.id, answer).accepted or None

    story.wait("The approval is asked for", resumed)
    story.say(
        f"{MANAGER} has approved it in the run's form, for exactly these bytes:",
        f"SHA-256 {version.shown_sha256}",
    )


def _mail(story: Story, version: DocumentVersion) -> OutboxMail | None:
    query = select(OutboxMail).where(
        OutboxMail.template == "contract_invitation",
        OutboxMail.dedup_key.contains(f"{version.document.number}/v{version.version}/"),
        OutboxMail.state == MailState.SENT,
    )
    with story.app.database.reading() as session:
        return session.scalars(query).first()


def _answer(story: Story, scene: Scene, mail: OutboxMail, version: DocumentVersion) -> str:
    """Open the link of the mail as the client's browser does, and send the page's form."""
    text = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
    found = re.search(r"https?://\S+?(/d/[\w-]+)", text.get_content() if text else "")
    if found is None:
        raise TemporaryError(f"the mail of {version.document.number} has no link")
    link = story.app.portal_url + found[1]  # a mail of an earlier start may name another port
    if _state(story, version) is not VersionState.SENT:
        return link
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        page = browser.get(link).raise_for_status().text
        form = _form(page, scene.decision)
        form |= {"consent": "yes"} if scene.decision == "accept" else {"reason": scene.reason}
        browser.post(link, data=form).raise_for_status()
    return link


def _form(page: str, decision: str) -> dict[str, str]:
    """The filled-in fields of the page's form for that decision."""
    for form in html.document_fromstring(page).iter("form"):
        fields = {field.get("name", ""): field.get("value", "") for field in form.iter("input")}
        if fields.get("decision") == decision:
            return fields
    raise TemporaryError(f"the client's page has no form to {decision}")


def _state(story: Story, version: DocumentVersion) -> VersionState:
    with story.app.database.reading() as session:
        return session.get_one(DocumentVersion, version.id).state


def _ended(story: Story, run: FlowRun) -> FlowRun | None:
    now = _refuse_failed(story, run)
    return now if now.state_type == "COMPLETED" else None


def _refuse_failed(story: Story, run: FlowRun) -> FlowRun:
    now = story.api.flow_run(run.id)
    if now.state_type in ("FAILED", "CRASHED", "CANCELLED"):
        raise TemporaryError(
            f"the run “{now.name}” has {now.state_name.lower()}: {now.message}",
            where=_ui(story, run),
            todo="see its log there",
        )
    return now


def _desk(story: Story, number: str) -> str:
    return f"{story.app.portal_url}/desk/documents/{number}"


def _ui(story: Story, run: FlowRun) -> str:
    return f"{story.app.prefect_ui_url}/v2/runs/flow-run/{run.id}"
