"""`acctflows up` killed, stopped and started again, with a flow that takes its time."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from acctflows.clockwork.api import FlowRun, PrefectApi
from acctflows.clockwork.limits import PDF_CONVERSION
from acctflows.clockwork.processes import flow_processes, marked_processes
from tests.house import ROOT, eventually, free_ports

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("own prefect")]

FLOW = """
import time
from pathlib import Path
from prefect import flow
from prefect.concurrency.sync import concurrency

@flow(name="take-time")
def take_time(file: str, seconds: float = 0):
    with Path(file).open("a") as out:
        out.write("begun ")
    time.sleep(seconds if Path(file).read_text() == "begun " else 0)
    with Path(file).open("a") as out:
        out.write("done ")

@flow(name="hold-slot")
def hold_slot(file: str):
    with concurrency("pdf-conversion", strict=True):
        Path(file).touch()
        while Path(file).exists():
            time.sleep(0.1)
"""
DEPLOYMENTS = """
name: test
pull:
- prefect.deployments.steps.set_working_directory: {directory: "{{ $ACCTFLOWS_ROOT }}"}
deployments:
- name: take-time
  entrypoint: take_time.py:take_time
  description: Takes time.
  tags: [restartable]
  work_pool: {name: acctflows}
- name: hold-slot
  entrypoint: take_time.py:hold_slot
  description: Holds a slot until its file is gone.
  work_pool: {name: acctflows}
"""


class Installed:
    """A folder with one flow, its home, and `acctflows up` as a person would start it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "var"
        (root / "take_time.py").write_text(FLOW)
        (root / "prefect.yaml").write_text(DEPLOYMENTS)
        prefect, portal = free_ports(2)
        self.environment = os.environ | {
            "ACCTFLOWS_PREFECT_PORT": str(prefect),
            "ACCTFLOWS_PORTAL_PORT": str(portal),
            "ACCTFLOWS_TEMPLATES": str(ROOT / "templates"),
            "ACCTFLOWS_AGENCY": str(ROOT / "templates/agency/agency.yaml"),
            "ACCTFLOWS_PDF_ENGINE": "none",
        }
        self.api = PrefectApi(f"http://127.0.0.1:{prefect}/api")
        self.output = root / "up.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        self.begin()
        eventually(lambda: "Ctrl-C" in self.said() or self._failed(), "everything well")

    def begin(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "acctflows", "up"],
                cwd=self.root,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def said(self) -> str:
        return self.output.read_text()

    def signal(self, signum: int) -> int:
        assert self.process
        self.process.send_signal(signum)
        return self.process.wait(60)  # far less than a run may take

    def start(self, file: Path, seconds: float) -> FlowRun:
        given = {"file": str(file), "seconds": seconds}
        return self.api.create_flow_run("take-time/take-time", given)

    def slots_taken(self) -> int:
        limit = self.api.request("GET", f"/v2/concurrency_limits/{PDF_CONVERSION.name}")
        return int(limit["active_slots"])

    def _failed(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.said()
        return False


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """The test's own installation, not started yet."""
    with installing(tmp_path) as installed:
        yield installed


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installing(tmp_path_factory.mktemp("shared")) as installed:
        yield installed


@pytest.fixture
def running(shared: Installed) -> Installed:
    """One installation for all tests that want one at work; as the test before left it."""
    if shared.process is None or shared.process.poll() is not None:
        shared.up()
    return shared


@contextmanager
def installing(root: Path) -> Iterator[Installed]:
    installed = Installed(root)
    yield installed
    if installed.process and installed.process.poll() is None:
        installed.signal(signal.SIGTERM)
    for process in marked_processes(installed.home):
        process.kill()
    installed.api.close()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_stop_while_it_starts_it_stops_at_once(
    installed: Installed, signum: int, code: int
) -> None:
    installed.begin()
    eventually(lambda: "worker" in installed.said(), "parts that start")
    assert installed.signal(signum) == code, installed.said()
    assert "ready" not in installed.said()  # it does not wait for the end of the start
    assert marked_processes(installed.home) == []


def test_killed_it_leaves_no_orphans_and_up_again_goes_on(
    running: Installed, tmp_path: Path
) -> None:
    installed, file = running, tmp_path / "told.txt"
    run = installed.start(file, 300)
    eventually(file.exists, "the flow at work")
    left = marked_processes(installed.home)
    assert flow_processes(installed.home).keys() == {run.id}

    installed.signal(signal.SIGKILL)

    _, alive = psutil.wait_procs(left, timeout=20)
    assert alive == []
    stale = installed.home / "prefect" / "concurrency_leases" / "expirations.lock"
    stale.parent.mkdir(exist_ok=True)
    stale.write_text(str(os.getpid()))  # the number of the dead server, given to a living process

    installed.up()
    assert not stale.exists()
    assert "no process): starts again" in installed.said()
    eventually(lambda: installed.api.flow_run(run.id).state_name == "Completed", "the run's end")
    assert file.read_text() == "begun begun done "


def test_a_worker_that_dies_is_started_again_and_its_runs_go_on(
    running: Installed, tmp_path: Path
) -> None:
    installed, file = running, tmp_path / "told.txt"
    run = installed.start(file, 300)
    eventually(file.exists, "the flow at work")
    (worker,) = [
        process for process in marked_processes(installed.home) if "worker" in process.cmdline()
    ]

    worker.kill()

    eventually(lambda: installed.api.flow_run(run.id).state_name == "Completed", "the run's end")
    assert "worker           ended by itself (code -9), starts again in 1 s" in " ".join(
        installed.said().split("\n")
    )
    assert file.read_text() == "begun begun done "


def test_a_server_that_dies_alone_knows_again_who_holds_a_slot(
    running: Installed, tmp_path: Path
) -> None:
    installed, file = running, tmp_path / "held.txt"
    run = installed.api.create_flow_run("hold-slot/hold-slot", {"file": str(file)})
    eventually(file.exists, "the flow in its slot")
    assert installed.slots_taken() == 1
    (server,) = [
        process
        for process in marked_processes(installed.home)
        if any("prefect_server" in word for word in process.cmdline())
    ]

    server.kill()
    server.wait(20)

    eventually(installed.api.healthy, "the server again")
    assert installed.slots_taken() == 1
    file.unlink()
    eventually(lambda: installed.api.flow_run(run.id).state_name == "Completed", "the run's end")
    assert installed.slots_taken() == 0


def test_asked_to_stop_it_lets_running_flows_finish(running: Installed, tmp_path: Path) -> None:
    installed, file = running, tmp_path / "told.txt"
    run = installed.start(file, 3)
    eventually(file.exists, "the flow at work")

    assert installed.signal(signal.SIGTERM) == 0

    assert file.read_text() == "begun done "
    assert marked_processes(installed.home) == []
    with closing(sqlite3.connect(installed.home / "prefect" / "prefect.db")) as prefect:
        state = "SELECT state_name FROM flow_run WHERE id = ?"
        assert prefect.execute(state, [run.id]).fetchone() == ("Completed",)
        paused = "SELECT is_paused FROM work_pool WHERE name = 'acctflows'"
        assert prefect.execute(paused).fetchone() == (0,)
