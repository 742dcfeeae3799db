"""A whole installation for tests: Prefect, its worker, portal and mailbox, once per session."""

import itertools
import json
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.cli.up import installation_of
from acctflows.clockwork.api import FlowRun, PrefectApi, ResumeResult
from acctflows.clockwork.supervisor import Supervisor
from acctflows.db.migrate import upgrade
from acctflows.db.models.documents import Document, DocumentVersion
from acctflows.db.models.mail import OutboxMail
from acctflows.errors import NotFoundError, TemporaryError
from acctflows.settings import Settings
from tests.factories import make_project

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 150

Found = TypeVar("Found")


def _own_ports() -> Iterator[int]:
    # Each process of the tests running here has a range of its own, below those the system gives to
    # whoever asks for any (ip_local_port_range), so nobody takes a port before its server listens.
    first = 10_000 + os.getpid() % 200 * 100
    return itertools.cycle(range(first, first + 100))


_PORTS = _own_ports()


def free_ports(count: int) -> list[int]:
    """Ports nothing listens on now, and nobody else is given soon."""
    return list(itertools.islice(filter(_is_free, _PORTS), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def eventually(look: Callable[[], Found | None], what: str | Callable[[], object]) -> Found:
    """What ``look`` finds, asked again and again until there is something.

    A server that is busy for a moment is asked again, as a person would. ``what`` says in the end
    what was waited for; a callable says how it is then.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(TemporaryError):
            if found := look():
                return found
        time.sleep(0.2)
    pytest.fail(f"in vain: {what() if callable(what) else what}")


@dataclass
class House:
    """The installation and what a test says to it."""

    app: App
    supervisor: Supervisor

    @property
    def api(self) -> PrefectApi:
        return self.supervisor.api

    def eventually(
        self, look: Callable[[], Found | None], what: str | Callable[[], object]
    ) -> Found:
        """What ``look`` finds in the end, while parts that die are started again as by `up`."""

        def look_after_all() -> Found | None:
            self.supervisor.look_after()
            return look()

        return eventually(look_after_all, what)

    def project(self) -> str:
        """A new project with all a contract needs; its number."""
        with self.app.database.transaction() as session:
            return make_project(session).number

    def draft(self, project: str, **parameters: Any) -> str:
        """Start drafting a contract; the run's id."""
        given = {"project": project, **parameters}
        return self.api.create_flow_run("draft-contract/Draft a contract", given).id

    def until(self, run_id: str, *names: str) -> FlowRun:
        """The run once its state has one of these names."""

        def look() -> FlowRun | None:
            run = self.api.flow_run(run_id)
            return run if run.state_name in names else None

        return self.eventually(look, lambda: f"{names}: {self.api.flow_run(run_id)}")

    def sweep(self, deployment: str) -> FlowRun:
        """Run a sweep now and return its end.

        Of two at once Prefect cancels one, as it should; then the other may have looked too early.
        """
        while True:
            run = self.api.create_flow_run(deployment, {})
            ended = self.until(run.id, "Completed", "Failed", "Cancelled")
            if ended.state_name != "Cancelled":
                return ended

    def asked(self, run_id: str, *, again: bool = False) -> dict[str, Any]:
        """The form a run waits with, once it does: its schema, and the ``text`` above it."""

        def look() -> dict[str, Any] | None:
            state = self.api.request("GET", f"/flow_runs/{run_id}")["state"]
            keys = state["state_details"].get("run_input_keyset") or {}
            if state["name"] != "Suspended" or not keys:
                return None
            inputs = f"/flow_runs/{run_id}/input"
            try:
                schema = self.api.request("GET", f"{inputs}/{keys['schema']}")
                text = self.api.request("GET", f"{inputs}/{keys['description']}")
            except NotFoundError:
                return None
            return {**_decoded(schema), "text": text}

        def look_again() -> dict[str, Any] | None:
            form = look()
            return form if form and "decide again" in form["text"] else None

        return self.eventually(look_again if again else look, f"run {run_id} asking")

    def answer(self, run_id: str, decision: str, **given: str) -> ResumeResult:
        """Fill in and send the approval form as a manager would."""
        form = self.asked(run_id)
        fields = {
            "decision": decision,
            "approver": "Lena Hansen",
            "document_hash": form["properties"]["document_hash"]["default"],
        }
        return self.api.resume(run_id, fields | given)

    def retry(self, run_id: str) -> None:
        """Press Retry until the run has begun again: Prefect may report a crash twice."""
        before = self.api.flow_run(run_id).run_count

        def begun() -> bool:
            run = self.api.flow_run(run_id)
            if run.state_name == "Crashed":
                words = "Retry pressed"
                self.api.set_state(
                    run_id, state_type="SCHEDULED", name="AwaitingRetry", message=words, force=True
                )
            return run.run_count > before

        self.eventually(begun, f"run {run_id} beginning again")

    def versions(self, project: str, key: str = "contract/{}/main") -> list[DocumentVersion]:
        """The versions of a project's contract, or another document's, as they are now."""
        with self.app.database.reading() as session:
            query = select(DocumentVersion).join(Document)
            query = query.where(Document.key == key.format(project))
            return list(session.scalars(query.order_by(DocumentVersion.version)))

    def mails(self, project: str, key: str = "contract/{}/main") -> list[OutboxMail]:
        """The mails about a project's contract, or another document, oldest first."""
        with self.app.database.reading() as session:
            number = session.scalar(
                select(Document.number).where(Document.key == key.format(project))
            )
            query = select(OutboxMail).where(OutboxMail.matter == f"document/{number}")
            return list(session.scalars(query.order_by(OutboxMail.id)))

    def client_link(self, project: str, key: str = "contract/{}/main", version: int = 1) -> str:
        """The link in the invitation to that version, once it was sent."""

        def invitations() -> list[OutboxMail]:
            mails = self.mails(project, key)
            return [m for m in mails if m.sent_at and f"/v{version}/invitation/" in m.dedup_key]

        sent = self.eventually(invitations, f"a mail for {project}")
        return self.link_in(sent[0])

    def link_in(self, mail: OutboxMail) -> str:
        """The client's own link in a mail."""
        text = mail.raw.decode().replace("=\r\n", "")
        found = re.search(rf"{re.escape(self.app.portal_url)}/d/([\w-]+)", text)
        assert found, text
        return found[0]

    def client_answers(self, project: str, decision: str, **given: str) -> None:
        """Send the page of the client's contract as a browser would."""
        self.client_says(self.client_link(project), decision, **given)

    def client_says(self, link: str, decision: str, **given: str) -> None:
        """Send the client's page behind that link as a browser would."""
        shown = re.search(r'name="shown" value="(\w+)"', httpx.get(link).text)
        assert shown
        fields = {"decision": decision, "lang": "de", "name": "Käthe Brünning", "function": "GF"}
        fields |= {"shown": shown[1], "consent": "yes"} if decision == "accept" else {}
        origin = {"Origin": self.app.portal_url}
        posted = httpx.post(link, data=fields | given, headers=origin)
        assert posted.status_code == 303, posted.text


def _decoded(value: Any) -> dict[str, Any]:
    return dict(json.loads(value) if isinstance(value, str) else value)


def new_app(home: Path, **settings: Any) -> App:
    """An installation below ``home`` on free ports, not started yet."""
    prefect, portal, mailbox, smtp = free_ports(4)
    given: dict[str, Any] = {
        "root": ROOT,
        "home": home,
        "docs_out": home / "docs_out",
        "prefect_port": prefect,
        "portal_port": portal,
        "mailbox_port": mailbox,
        "smtp_port": smtp,
        "mail_per_minute": 1000,
        "worker_concurrency": 2,
    }
    return App.from_settings(Settings(_env_file=None, **given | settings))


def start_house(app: App, *, mailbox: bool) -> House:
    """The installation with all its parts running."""
    supervisor = Supervisor(
        installation_of(app.settings, mailbox=mailbox),
        meanwhile=lambda: upgrade(app.database),
        report=lambda part, words: logging.getLogger("house").warning("%s: %s", part, words),
    )
    supervisor.start()
    _stop_schedules(supervisor.api)
    return House(app, supervisor)


def _stop_schedules(api: PrefectApi) -> None:
    # A test says when a sweep runs; one that comes with the hour would take its part.
    for deployment in api.request("POST", "/deployments/filter", {}):
        api.request("POST", f"/deployments/{deployment['id']}/pause_deployment")


_HOUSE = pytest.StashKey[House]()


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The one installation of this test session; ended when the session ends."""
    if _HOUSE not in request.config.stash:
        app = new_app(tmp_path_factory.mktemp("house"))
        house = start_house(app, mailbox=True)
        request.config.stash[_HOUSE] = house
        request.config.add_cleanup(lambda: house.supervisor.stop(grace=5))
    return request.config.stash[_HOUSE]
