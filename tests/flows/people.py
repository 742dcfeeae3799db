"""Who works with an installation: a manager and clients who try again until it works."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import httpx
from sqlalchemy import select

from acctflows.app import App
from acctflows.clockwork.api import FAILED_STATES, FlowRun, PrefectApi
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.errors import AcctflowsError
from acctflows.mail import outbox
from acctflows.portal.desk import sessions
from tests.portal.conftest import secret_of
from tests.portal.world import make_user

DRAFT, ISSUE = "draft-contract/Draft a contract", "issue-act/Issue an act"
ENDED = (*FAILED_STATES, "COMPLETED", "CANCELLED")


@dataclass
class Matter:
    """A contract, or the act of a project's first milestone, and what people want of it."""

    project: str
    answer: str
    """The client's: ``accept`` or ``decline``."""
    on_desk: bool
    """Whether the manager approves on the desk; else in Prefect's form."""
    act: bool = False
    runs: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"act/{self.project}/milestone-1" if self.act else f"contract/{self.project}/main"

    @property
    def wanted(self) -> VersionState:
        return VersionState.ACCEPTED if self.answer == "accept" else VersionState.DECLINED


def received(app: App) -> list[EmailMessage]:
    """The mails in the local mailbox, oldest first."""
    files = sorted((app.home / "mailbox").glob("*.eml"))
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return [mail for mail in mails if isinstance(mail, EmailMessage)]


class People:
    """Everybody outside the machine; each of `tend` and `settle_doubts` is one attempt at all."""

    def __init__(self, app: App, api: PrefectApi, matters: list[Matter]) -> None:
        self.app = app
        self.api = api
        self.matters = matters
        self.count: Counter[str] = Counter()
        """How often they met an error, pressed Retry, and settled a doubt which way."""
        with app.database.transaction() as session:
            user = make_user(session, Role.MANAGER)
            token = sessions.open_session(session, user, now=app.clock.now())
        self.desk = httpx.Client(base_url=app.portal_url, trust_env=False, timeout=5)
        self.desk.cookies.set(sessions.COOKIE, token, path="/desk")
        self._pool = ThreadPoolExecutor(2)
        self._sweeps: dict[str, str] = {}

    def close(self) -> None:
        self._pool.shutdown()
        self.desk.close()

    def tend(self) -> None:
        """Look at every document and do what is to be done next."""
        for matter in self.matters:
            with self._trying():
                self._tend(matter)

    def settle_doubts(self, arrived: set[str]) -> None:
        """Say on the desk of each mail in doubt what became of it, by the Message-IDs received."""
        with self.app.database.reading() as session:
            doubts = outbox.doubtful(session)
        for mail in doubts:
            with self._trying():
                address = f"/desk/mails/{mail.id}/settle"
                today = self.desk.get("/desk/").text
                assert address in today, f"{mail.dedup_key} is in doubt, and the desk is silent"
                word = "was_sent" if mail.message_id in arrived else "send_again"
                self._post(address, today, word=word)
                self.count[f"{word.replace('_', ' ')}: doubts"] += 1

    def version(self, matter: Matter) -> DocumentVersion | None:
        """The newest version of the document."""
        with self.app.database.reading() as session:
            query = select(DocumentVersion).join(Document)
            query = query.where(Document.key == matter.key)
            return session.scalar(query.order_by(DocumentVersion.version.desc()))

    def runs(self) -> list[FlowRun]:
        """All runs that were started; none while Prefect is silent."""
        with self._trying():
            return [self.api.flow_run(run) for matter in self.matters for run in matter.runs]
        return []

    def sweep(self) -> None:
        """Start the sweeps by hand when the last ones are over: the schedule's are minutes away."""
        with self._trying():
            for name in ("settle-documents/Settle documents", "deliver-mail/Deliver mail"):
                last = self._sweeps.get(name)
                if last is None or self.api.flow_run(last).state_type in ENDED:
                    self._sweeps[name] = self.api.create_flow_run(name, {}).id

    def states(self) -> list[str]:
        """What became of every document and every run, in words."""
        versions = [self.version(matter) for matter in self.matters]
        words = [str(version.state) if version else "nothing" for version in versions]
        runs = self.runs()
        return words + [f"{r.name} {r.state_name} ({r.run_count}) {r.message[:200]}" for r in runs]

    @contextmanager
    def _trying(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, AcctflowsError):
            self.count["errors met"] += 1

    def _tend(self, matter: Matter) -> None:
        if not matter.runs:
            matter.runs = self._start_twice(matter)
        runs = [self.api.flow_run(run) for run in matter.runs]
        for run in runs:
            if run.state_type in FAILED_STATES:
                self._press_retry(run)
        version = self.version(matter)
        if version and version.state is VersionState.IN_APPROVAL:
            self._approve(matter, version, runs)
        elif version and version.state is VersionState.SENT:
            self._answer(matter, version)

    def _start_twice(self, matter: Matter) -> list[str]:
        def start(key: int) -> str:
            parameters = {"project": matter.project} | ({"milestone": "1"} if matter.act else {})
            # The key is the person's look whether the start that met an error happened after all.
            key_of_start = f"{matter.project}/{key}"
            name = ISSUE if matter.act else DRAFT
            return self.api.create_flow_run(name, parameters, idempotency_key=key_of_start).id

        return list(self._pool.map(start, (1, 2)))

    def _press_retry(self, run: FlowRun) -> None:
        words = "Retry pressed"
        self.api.set_state(
            run.id, state_type="SCHEDULED", name="AwaitingRetry", message=words, force=True
        )
        self.count["Retry pressed"] += 1

    def _approve(self, matter: Matter, version: DocumentVersion, runs: list[FlowRun]) -> None:
        if matter.on_desk:
            address = f"/desk/approvals/{version.id}"
            page = self.desk.get(address).text
            fields = {"decision": "approve", "sha256": version.shown_sha256}
            self._post(address, page, **fields)
            return
        answer = {"decision": "approve", "approver": "Lena", "document_hash": version.shown_sha256}
        for run in runs:
            if run.state_name == "Suspended":
                self.api.resume(run.id, answer)

    def _answer(self, matter: Matter, version: DocumentVersion) -> None:
        # Both presses of a double click; what comes back does not matter, the page tells.
        link = self._link(version.document_id)
        if not link:
            return
        page = httpx.get(link, trust_env=False).text
        shown = re.search(r'name="shown" value="(\w+)"', page)
        fields = {"decision": matter.answer, "lang": "de", "name": "Käthe", "function": "GF"}
        fields |= {"shown": shown[1] if shown else "", "consent": "yes"}
        if matter.answer == "decline":
            defect = {"place-1": "Galerie", "description-1": "Bild fehlt"}
            fields |= defect if matter.act else {"reason": "Zu teuer"}

        def press(_: int) -> None:
            origin = {"Origin": self.app.portal_url}
            httpx.post(link, data=fields, headers=origin, trust_env=False)

        list(self._pool.map(press, range(2)))

    def _link(self, document_id: int) -> str:
        with self.app.database.reading() as session:
            number = session.get_one(Document, document_id).number
        for mail in received(self.app):
            body = mail.get_body(("plain",))
            text = body.get_content() if body else ""
            found = re.search(rf"{re.escape(self.app.portal_url)}/d/[\w-]+", text)
            if found and number in text:
                return found[0]
        return ""

    def _post(self, address: str, page: str, **fields: str) -> None:
        if 'name="csrf"' not in page:
            return  # nothing to decide any more
        origin = {"Origin": self.app.portal_url}
        data = {"csrf": secret_of(page), **fields}
        posted = self.desk.post(address, data=data, headers=origin)
        if posted.is_error:
            posted.raise_for_status()


def waiting_mails(app: App) -> list[OutboxMail]:
    """Mails whose way has not ended."""
    with app.database.reading() as session:
        open_states = (MailState.QUEUED, MailState.IN_FLIGHT, MailState.UNKNOWN)
        return list(session.scalars(select(OutboxMail).where(OutboxMail.state.in_(open_states))))
