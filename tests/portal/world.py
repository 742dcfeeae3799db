"""A small agency at work: a contract at each point of its life, with real files behind it."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.app import WORD_JOBS, App
from acctflows.clock import Clock
from acctflows.clockwork.api import FlowRun, ResumeResult
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.terms import ContractTerms
from acctflows.db.models.agency import Project
from acctflows.db.models.desk import Role, User
from acctflows.db.models.documents import ApprovalDecision, DocumentVersion
from acctflows.db.session import Database
from acctflows.documents import access_links, approval, register, store
from acctflows.documents.clauses import replace_wording
from acctflows.documents.word import render_word
from acctflows.errors import NotFoundError, TemporaryError
from acctflows.settings import Settings
from tests.conftest import ROOT
from tests.delivery.stories import OCTOBER, draft, finished, worked
from tests.factories import NOW, TODAY, make_project

MANAGER = "Lena Hansen"
PASSWORD = "fuenf leise Moewen im Wind"


@dataclass
class FakePrefect:
    """Stands for Prefect's API: remembers what it was asked, answers what it was told."""

    runs: list[FlowRun] = field(default_factory=list)
    """The newest first."""
    deployments: list[dict[str, Any]] = field(default_factory=list)
    silent: bool = False
    resumed: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    started: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Runs that were asked for, by their keys."""
    states: list[tuple[str, str]] = field(default_factory=list)
    woken: threading.Event = field(default_factory=threading.Event)

    def request(self, _method: str, path: str, _body: Any) -> Any:
        self._answer()
        return {"/deployments/filter": self.deployments}[path]

    def flow_runs(
        self, *, flow_runs: dict[str, Any], sort: str, limit: int, offset: int
    ) -> list[FlowRun]:
        self._answer()
        assert sort == "END_TIME_DESC"
        of, states = flow_runs["deployment_id"], flow_runs["state"]["type"]["any_"]
        wanted = {*of["any_"], None} if of.get("is_null_") else {*of["any_"]}
        found = [r for r in self.runs if r.deployment_id in wanted and r.state_type in states]
        return found[offset : offset + limit]

    def flow_run(self, flow_run_id: str) -> FlowRun:
        self._answer()
        found = next((run for run in self.runs if run.id == flow_run_id), None)
        if found is None:
            raise NotFoundError(f"HTTP 404: no run {flow_run_id}")
        return found

    def resume(self, flow_run_id: str, run_input: dict[str, Any] | None = None) -> ResumeResult:
        self._answer()
        self.resumed.append((flow_run_id, run_input))
        self.woken.set()
        return ResumeResult(accepted=True, reason="")

    def create_flow_run(
        self, deployment: str, parameters: dict[str, Any], *, idempotency_key: str
    ) -> None:
        self._answer()
        if idempotency_key not in self.started:
            self.started[idempotency_key] = (deployment, parameters)

    def set_state(self, flow_run_id: str, **state: Any) -> bool:
        self._answer()
        self.states.append((flow_run_id, state["name"]))
        return True

    def wait_for_resume(self) -> None:
        """The portal wakes runs on a thread of its own: wait until it has."""
        assert self.woken.wait(timeout=10)

    def _answer(self) -> None:
        if self.silent:
            raise TemporaryError("Prefect does not answer (ConnectError)")


@dataclass
class Hand:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


def make_app(
    folder: Path, database: Database, agency: AgencyProfile, hand: Hand, **settings: Any
) -> App:
    """An application whose files lie in the folder."""
    given = {"root": ROOT, "home": folder / "var", "docs_out": folder / "docs_out", **settings}
    given.setdefault("smtp_port", 1)  # where nobody listens
    chosen = Settings(_env_file=None, **given)
    return App(
        settings=chosen,
        agency=agency,
        clock=Clock(zone=ZoneInfo("Europe/Berlin"), now=hand),
        database=database,
        home=folder / "var",
        templates=ROOT / "templates",
        docs_out=folder / "docs_out",
        bank_inbox=folder / "var" / "bank-inbox",
        portal_url=chosen.portal_url or "http://portal.example",
        prefect_api_url="http://127.0.0.1:1/api",
        prefect_ui_url="http://127.0.0.1:1",
    )


def pdf_of(text: str) -> bytes:
    """A page that says so."""
    buffer = BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(72, 760, text)
    canvas.save()
    return buffer.getvalue()


def in_approval(
    session: Session,
    app: App,
    *,
    project: Project | None = None,
    with_pdf: bool = True,
    with_word: bool = False,
    **terms: Any,
) -> DocumentVersion:
    """A drafted contract whose files lie in docs_out and which waits for the manager."""
    version = draft_contract(
        session,
        agency=app.agency,
        project=project or make_project(session),
        terms=ContractTerms(**terms),
        actor=MANAGER,
        now=NOW,
        today=TODAY,
    )
    return put_before_manager(session, app, version, with_pdf=with_pdf, with_word=with_word)


def put_before_manager(
    session: Session,
    app: App,
    version: DocumentVersion,
    *,
    with_pdf: bool = True,
    with_word: bool = False,
) -> DocumentVersion:
    """The drafted version with its files in docs_out, waiting for the manager."""
    file_version(session, app, version, with_pdf=with_pdf, with_word=with_word)
    approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    return version


def sent(
    session: Session, app: App, *, asks_code: bool = False, **given: Any
) -> tuple[DocumentVersion, str]:
    """A contract at the client's, and the token of its link (valid for 14 days)."""
    version = in_approval(session, app, **given)
    return version, send(session, version, asks_code=asks_code)


def sent_act(
    session: Session, app: App, *, month: bool = False, project: Project | None = None
) -> tuple[DocumentVersion, str]:
    """The act of a milestone, or of October's services, at the client's, and its link's token."""
    project = project or (worked(session) if month else finished(session))
    subject = OCTOBER if month else project.milestones[0]
    version = put_before_manager(session, app, draft(session, project, subject, app.agency))
    return version, send(session, version)


def send(session: Session, version: DocumentVersion, *, asks_code: bool = False) -> str:
    """Approve the version and send it; the token of its link (valid for 14 days)."""
    approval.decide_approval(
        session,
        version,
        decision=ApprovalDecision.APPROVE,
        sha256=version.shown_sha256,
        by=MANAGER,
        comment="",
        now=NOW,
    )
    signer = version.document.client.contacts[0]
    _link, token = access_links.invite(
        session, version, signer, now=NOW, valid_days=14, asks_code=asks_code
    )
    return token


def word_of(app: App, version: DocumentVersion) -> bytes:
    """The version's Word file, made as its run makes it."""
    job = WORD_JOBS[version.document.kind]
    rendered = render_word(
        app.templates / "documents" / version.template_name,
        job.word_context(version),
        created=version.created_at,
        title=version.document.number,
        author=app.agency.legal_name,
    )
    return replace_wording(rendered.content, job.wordings(version))


def file_version(
    session: Session,
    app: App,
    version: DocumentVersion,
    *,
    with_pdf: bool,
    with_word: bool = False,
) -> None:
    """Put files of the version where the register then says they are, made up but for Word."""
    number, client = version.document.number, version.document.client.number
    files: dict[str, tuple[str, str]] = {"pdf": ("", "")}
    for suffix in ("docx", "pdf") if with_pdf else ("docx",):
        content = pdf_of(number) if suffix == "pdf" else f"Word file of {number}".encode()
        if suffix == "docx" and with_word:
            content = word_of(app, version)
        path = store.document_path(client, 2026, number, version.version, suffix)
        files[suffix] = (path, store.write_once(app.docs_out, path, content))
    register.record_files(
        session,
        version,
        template_sha256="0" * 64,
        docx_path=files["docx"][0],
        docx_sha256=files["docx"][1],
        pdf_path=files["pdf"][0],
        pdf_sha256=files["pdf"][1],
        pdf_engine="LibreOffice 7.4" if with_pdf else "",
        pdf_note="" if with_pdf else "no converter",
        pages=4 if with_pdf else None,
        actor=MANAGER,
        now=NOW,
    )


def make_user(session: Session, role: Role = Role.MANAGER, **given: Any) -> User:
    """Somebody with a desk account and the password PASSWORD."""
    values: dict[str, Any] = {
        "email": f"{role}@nordlicht-digital.example",
        "name": MANAGER,
        "role": role,
        "language": "de",
        "password_hash": hashed(PASSWORD),
        "created_at": NOW,
    }
    user = User(**values | given)
    session.add(user)
    session.flush()
    return user


@cache
def hashed(password: str) -> str:
    """A hash that is checked fast: argon2 carries its costs with it, high ones for real users."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
