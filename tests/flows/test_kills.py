"""Every part is killed at random moments while contracts and acts are made: once each, none lost.

``ACCTFLOWS_TEST_JOB_KILLS="12 40 7"`` (documents, kills, seed) makes it as long as you like.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from acctflows.app import App
from acctflows.cli.up import installation_of
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.processes import flow_processes, marked_processes
from acctflows.db.models.agency import MilestoneState, Project, Stage
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import (
    Approval,
    ClientDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.mail import MailAttempt, MailState, OutboxMail
from acctflows.db.models.signing import SealedFile
from acctflows.documents import audit, waiting
from acctflows.documents.filed import check_files
from tests.delivery.stories import finished
from tests.flows.people import Matter, People, received, waiting_mails
from tests.house import ROOT, eventually, new_app
from tests.processes import words_of

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("own prefect")]

DOCUMENTS, KILLS, SEED = map(int, os.environ.get("ACCTFLOWS_TEST_JOB_KILLS", "3 10 1").split())
PAUSE = (0.5, 5.0)
"""Seconds between two kills."""
CALM = 600
"""Seconds until all must be settled; a bound only, an idle machine needs half a minute."""
ONCE = ("server", "supervisor", "mailbox")
OFTEN = ("flow", "flow", "worker", "portal", "starter")
WORDS = {
    "worker": {"prefect", "worker"},
    "portal": {"acctflows", "portal"},
    "starter": {"acctflows.clockwork.starter"},  # or a run it has forked
    "mailbox": {"acctflows", "mailbox"},
    "server": {"uvicorn"},
}
"""Words in the command line of each part."""


class Machine:
    """``acctflows up`` as a real process, and the hand that kills."""

    def __init__(self, app: App, seed: int) -> None:
        self.app = app
        self.dice = random.Random(seed)
        self.killed: Counter[str] = Counter()
        self.gave_up = 0
        self._log = (app.home / "up.log").open("ab")
        self._start()

    def _start(self) -> None:
        settings = installation_of(self.app.settings, mailbox=True).settings
        self._up = subprocess.Popen(
            [sys.executable, "-m", "acctflows", "up", "--mailbox", "--grace", "5"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def look_after(self) -> None:
        """Start it again when it gave up, because a part was killed before it was ready."""
        if self._up.poll() is not None:
            self.gave_up += 1
            self._start()

    def kill(self, kind: str) -> bool:
        """``kill -9`` one process of that kind; False when there is none."""
        if kind == "supervisor":
            self._up.kill()
            self._up.wait()
            self._start()
        elif victims := self._processes(kind):
            self.dice.choice(victims).kill()
        else:
            return False
        self.killed[kind] += 1
        return True

    def stop(self) -> None:
        self._up.terminate()
        self._up.wait(60)
        self._log.close()

    def _processes(self, kind: str) -> list[psutil.Process]:
        if kind == "flow":
            running = flow_processes(self.app.home)
            return [running[run][0] for run in sorted(running)]
        parts = marked_processes(self.app.home)
        return [part for part in parts if {"--"} | WORDS[kind] <= {*words_of(part)}]


@pytest.fixture
def app(tmp_path: Path) -> App:
    # An attempt to send ends soon, so that what a killed one left behind is put right soon.
    return new_app(tmp_path, smtp_timeout_seconds=1)


@pytest.fixture
def machine(app: App) -> Iterator[Machine]:
    machine = Machine(app, SEED)
    yield machine
    machine.stop()


@pytest.fixture
def people(app: App, machine: Machine) -> Iterator[People]:
    api = PrefectApi(app.prefect_api_url, timeout=5)
    drafting = "/deployments/name/draft-contract/Draft a contract"
    eventually(lambda: api.healthy() and _answers(api, drafting), "the machine at work")
    with app.database.transaction() as session:
        projects = [finished(session).number for _ in range(DOCUMENTS)]
    # Contracts and acts by turns; of each kind, and of each way to approve, some are declined.
    matters = [
        Matter(
            project,
            "decline" if at % 3 == 2 else "accept",
            on_desk=at % 4 in (1, 2),
            act=at % 2 == 1,
        )
        for at, project in enumerate(projects)
    ]
    people = People(app, api, matters)
    yield people
    people.close()
    api.close()


def _answers(api: PrefectApi, path: str) -> bool:
    try:
        api.request("GET", path)
    except Exception:
        return False
    return True


def test_kills_at_random_moments_of_the_job(
    app: App, machine: Machine, people: People, figures: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    _storm(machine, people)
    stormed = time.monotonic()
    _calm(machine, people)
    figures(
        f"{DOCUMENTS} documents, each started twice, seed {SEED}: "
        f"{sum(machine.killed.values())} kills in {stormed - begun:.0f} s "
        f"({_figures(machine.killed)}), given up {machine.gave_up} times while starting; settled "
        f"{time.monotonic() - stormed:.0f} s later; {_figures(people.count)}; "
        f"{len(received(app))} mails arrived, attempts: {_figures(_attempts(app))}"
    )

    _assert_documents(app, people)
    _assert_mails(app, people)
    machine.stop()
    assert [process.cmdline() for process in marked_processes(app.home)] == []


def _storm(machine: Machine, people: People) -> None:
    dice = machine.dice
    kinds = [*ONCE, *(OFTEN[at % len(OFTEN)] for at in range(KILLS - len(ONCE)))]
    dice.shuffle(kinds)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.3):
            people.tend()

    working = threading.Thread(target=work)
    working.start()
    try:
        for kind in kinds:
            time.sleep(dice.uniform(*PAUSE))
            _kill_one(machine, kind)
    finally:
        over.set()
        working.join()


def _kill_one(machine: Machine, kind: str) -> None:
    """Kill a process of that kind as soon as there is one; a flow at a random moment of it."""
    patience = time.monotonic() + 20
    while time.monotonic() < patience:
        machine.look_after()
        if kind == "flow" and flow_processes(machine.app.home):
            time.sleep(machine.dice.uniform(0, 1))
        if machine.kill(kind):
            return
        time.sleep(0.05)


def _calm(machine: Machine, people: People) -> None:
    """Nothing is killed any more: work goes on until all is settled."""
    app = machine.app
    deadline = time.monotonic() + CALM
    while not _settled(app, people):
        machine.look_after()
        people.tend()
        people.settle_doubts({str(mail["Message-ID"]) for mail in received(app)})
        people.sweep()
        time.sleep(0.5)
        if time.monotonic() > deadline:
            mails = [(mail.dedup_key, mail.state, mail.error) for mail in waiting_mails(app)]
            pytest.fail(f"not settled: {people.states()}, {mails}")


def _settled(app: App, people: People) -> bool:
    versions = [people.version(matter) for matter in people.matters]
    over = (VersionState.ACCEPTED, VersionState.DECLINED)
    if not all(version and version.state in over for version in versions) or waiting_mails(app):
        return False
    runs = people.runs()
    return len(runs) == 2 * DOCUMENTS and all(run.state_type == "COMPLETED" for run in runs)


def _assert_documents(app: App, people: People) -> None:
    with app.database.reading() as session:
        count = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Document, DocumentVersion, Approval, ClientDecision)
        }
        assert set(count.values()) == {DOCUMENTS}
        year = app.clock.today().year
        acts = sum(matter.act for matter in people.matters)
        assert sorted(session.scalars(select(Document.number))) == [
            f"{prefix}-{year}-{number:04}"
            for prefix, count in (("A", acts), ("V", DOCUMENTS - acts))
            for number in range(1, count + 1)
        ]
        for matter in people.matters:
            version = people.version(matter)
            assert version is not None
            assert version.state is matter.wanted
            sealed = session.get(SealedFile, version.id)
            assert (sealed is None) is (version.state is not VersionState.ACCEPTED)
            project = session.scalars(select(Project).where(Project.number == matter.project)).one()
            accepted = matter.answer == "accept"
            done = MilestoneState.ACCEPTED if accepted and matter.act else MilestoneState.DONE
            assert project.milestones[0].state is done
            assert (project.stage is Stage.ACTIVE) == (accepted and not matter.act)
        assert session.scalar(select(func.count(WorkRecord.document_id))) == acts
        declined = [matter for matter in people.matters if matter.answer == "decline"]
        tasks = select(func.count(WorkItem.id)).where(WorkItem.kind == "declined")
        assert session.scalar(tasks) == len(declined)  # what cannot be invoiced is another's task
        assert waiting.waiting_runs(session) == []
        assert audit.verify(session).fault is None
        files = check_files(session, app.docs_out)
        filed = {path for v in session.scalars(select(DocumentVersion)) for path in _paths(v)}
    assert files.faults == []
    assert files.checked == len(filed)
    found = {str(file.relative_to(app.docs_out)) for file in app.docs_out.rglob("[!.]*.*")}
    assert found == filed


def _paths(version: DocumentVersion) -> list[str]:
    sealed = version.sealed.path if version.sealed else ""
    return [path for path in (version.docx_path, version.pdf_path, sealed) if path]


def _assert_mails(app: App, people: People) -> None:
    arrived = Counter(str(mail["Message-ID"]) for mail in received(app))
    with app.database.reading() as session:
        mails = list(session.scalars(select(OutboxMail)))
    assert {mail.state for mail in mails} == {MailState.SENT}
    assert arrived == Counter(mail.message_id for mail in mails)  # each once, none lost
    ends = {"accept": ("invitation", "accepted", "accepted_news")}
    assert Counter(mail.template for mail in mails) == Counter(
        f"{'act' if matter.act else 'contract'}_{end}"
        for matter in people.matters
        for end in ends.get(matter.answer, ("invitation", "declined"))
    )


def _attempts(app: App) -> Counter[str]:
    with app.database.reading() as session:
        return Counter(session.scalars(select(MailAttempt.outcome)))


def _figures(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
