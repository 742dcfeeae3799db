"""Children that never outlive their parent, their logs, and the ports they need."""

import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from acctflows.clockwork.installation import MARK, Installation, check_ports
from acctflows.clockwork.lock import take_lock
from acctflows.clockwork.processes import (
    KEPT_LOGS,
    Child,
    end_all,
    flow_processes,
    marked_processes,
    rotate,
)
from acctflows.errors import ConfigurationError, ConflictError
from tests.house import ROOT, eventually, free_ports

PARENT = """
import sys, time
from pathlib import Path
from acctflows.clockwork.processes import Child
home = Path(sys.argv[1])
child = Child("sleeper", "http.server", ["--bind", "127.0.0.1", sys.argv[2]], home / "log")
child.start(cwd=home, environment={"ACCTFLOWS_SUPERVISED": str(home), "PYTHONUNBUFFERED": "1"})
time.sleep(60)
"""


def installation(home: Path, **given: object) -> Installation:
    prefect, portal, mailbox, smtp = free_ports(4)
    values: dict[str, object] = {
        "root": ROOT,
        "home": home,
        "timezone": "Europe/Berlin",
        "prefect_host": "127.0.0.1",
        "prefect_port": prefect,
        "prefect_database_url": "",
        "portal_host": "127.0.0.1",
        "portal_port": portal,
        "mailbox": (mailbox, smtp),
        "worker_concurrency": 2,
        "settings": {},
    }
    return Installation(**values | given)  # type: ignore[arg-type] — a test's shorthand


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    port = str(free_ports(1)[0])
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), port])
    (child,) = eventually(lambda: marked_processes(tmp_path), "the child")
    eventually(lambda: "Serving" in _read(tmp_path / "log"), "the child at work")

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()


def test_what_a_dead_supervisor_left_is_found_and_ended(tmp_path: Path) -> None:
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], env={MARK: str(tmp_path)}
    )
    found = marked_processes(tmp_path)
    assert [process.pid for process in found] == [left.pid]
    assert flow_processes(tmp_path) == {}
    assert marked_processes(tmp_path / "other") == []

    end_all(found, grace=5)

    assert not found[0].is_running()
    left.wait(1)


def test_a_child_that_waits_begins_on_the_word(tmp_path: Path) -> None:
    child = Child("module", "this", [], tmp_path / "log", preload=("json",), wait=True)
    child.start(cwd=tmp_path, environment={})
    child.go()
    assert child.process
    assert child.process.wait(20) == 0
    assert "Zen of Python" in child.last_words(lines=30)


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    (tmp_path / "deaf.py").write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\ntime.sleep(60)\n"
    )
    child = Child("deaf", "deaf", [], tmp_path / "log")
    child.start(cwd=tmp_path, environment={})
    eventually(lambda: "deaf" in _read(child.log), "the child at work")
    child.stop(grace=0.2)
    assert not child.running


def test_old_logs_are_kept_a_while(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    for number in range(KEPT_LOGS + 3):
        log.write_text(str(number))
        rotate(log)
    kept = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert kept["worker.1.log"] == str(KEPT_LOGS + 2)
    assert len(kept) == KEPT_LOGS


def test_busy_ports_are_named_with_the_settings_that_choose_others(tmp_path: Path) -> None:
    ours = installation(tmp_path)
    check_ports(ours)
    with (
        socket.create_server(("127.0.0.1", ours.portal_port)),
        pytest.raises(ConfigurationError, match="ACCTFLOWS_PORTAL_PORT=") as caught,
    ):
        check_ports(ours)
    assert f"port {ours.portal_port}" in caught.value.what


def test_an_address_of_another_machine_is_named_as_such(tmp_path: Path) -> None:
    ours = replace(installation(tmp_path), portal_host="192.0.2.1")
    with pytest.raises(ConfigurationError, match=r"nobody can listen on 192\.0\.2\.1"):
        check_ports(ours)


def test_two_parts_on_one_port_are_told_apart_before_anything_starts(tmp_path: Path) -> None:
    ours = installation(tmp_path)
    clash = replace(ours, portal_port=ours.prefect_port)
    with pytest.raises(ConfigurationError, match=f"the portal needs port {ours.prefect_port}"):
        check_ports(clash)


def test_a_second_supervisor_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = take_lock(tmp_path)
    with pytest.raises(ConflictError, match=f"process {psutil.Process().pid}"):
        take_lock(tmp_path)
    lock.close()
    take_lock(tmp_path).close()


def test_the_operators_own_prefect_does_not_leak_in(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "secret-of-the-cloud")
    monkeypatch.setenv("PREFECT_API_URL", "https://cloud.example")
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql+asyncpg://theirs/p")
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    environment = installation(tmp_path).environment()
    assert "PREFECT_API_KEY" not in environment
    assert "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in environment
    assert environment["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert environment["PREFECT_API_URL"].startswith("http://127.0.0.1:")


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
