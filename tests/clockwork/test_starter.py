"""Runs begin by a fork of the starter, end with their stand-in, and need no starter to begin."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from acctflows.clockwork.parts import listens
from acctflows.clockwork.stand_in import SOCKET
from tests.house import eventually
from tests.processes import ended

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="only Linux tells of a process by a file descriptor"
)

SAYS_WHAT_IT_FINDS = """
import os, sys
print(os.environ["WORD"], os.getcwd(), "decimal" in sys.modules, flush=True)
print("trouble", file=sys.stderr)
sys.exit(3)
"""
WAITS = """
import os, time
print(os.getpid(), flush=True)
time.sleep(60)
"""
ENDS_GENTLY = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", flush=True)
time.sleep(60)
"""


class Workshop:
    """A starter, and programs that are begun through it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "starter.sock"
        self._children: list[subprocess.Popen[str]] = []
        self.environment = {**os.environ, SOCKET: str(self.socket), "PYTHONPATH": str(folder)}
        self.starter = self._child("--preload", "decimal", "--", "acctflows.clockwork.starter")

    def wait(self) -> None:
        eventually(lambda: listens(self.socket), "a starter")

    def begin(self, code: str, **environment: str) -> "subprocess.Popen[str]":
        program = self.folder / "program_of_the_test.py"
        if not program.exists() or program.read_text() != code:  # another may just be reading it
            program.write_text(code)
        words = ("--signal", "SIGKILL", "--fork", "--", "program_of_the_test")
        return self._child(*words, **environment)

    def _child(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, "-m", "acctflows.clockwork.child", *words],
            env=self.environment | environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._children.append(child)
        return child

    def close(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()

    def waiting(self) -> "tuple[subprocess.Popen[str], psutil.Process]":
        """A run that waits for its end: its stand-in and the process that executes it."""
        stand_in = self.begin(WAITS)
        assert stand_in.stdout
        run = psutil.Process(int(stand_in.stdout.readline()))
        assert run.ppid() == self.starter.pid
        assert run.pid != stand_in.pid
        return stand_in, run


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    deep = tmp_path / ("a folder with a long name " * 5)  # too long for a socket's address
    deep.mkdir()
    workshop = Workshop(deep)
    workshop.wait()
    yield workshop
    workshop.close()


def test_a_run_has_everything_loaded_and_the_environment_it_was_given(workshop: Workshop) -> None:
    stand_in = workshop.begin(SAYS_WHAT_IT_FINDS, WORD="Grüße & ümlaute\n")
    said, _ = stand_in.communicate()
    assert said == f"Grüße & ümlaute\n {workshop.folder} True\ntrouble\n"
    assert stand_in.returncode == 3


def test_whoever_may_not_be_this_user_cannot_ask(workshop: Workshop) -> None:
    assert workshop.socket.stat().st_mode & 0o077 == 0


def test_the_stand_in_killed_the_run_ends_and_the_starter_goes_on(workshop: Workshop) -> None:
    stand_in, run = workshop.waiting()
    stand_in.kill()
    stand_in.communicate()
    eventually(lambda: ended(run), "the end of the run")
    assert workshop.begin(SAYS_WHAT_IT_FINDS, WORD="again").communicate()[0].startswith("again")


def test_the_run_killed_the_stand_in_dies_of_the_same(workshop: Workshop) -> None:
    stand_in, run = workshop.waiting()
    run.kill()
    stand_in.communicate()
    assert stand_in.returncode == -signal.SIGKILL


def test_the_starter_killed_its_runs_end_and_nobody_begins_them_again(workshop: Workshop) -> None:
    stand_in, run = workshop.waiting()
    workshop.starter.kill()
    said, _ = stand_in.communicate()
    assert (stand_in.returncode, said) == (-signal.SIGKILL, "")
    eventually(lambda: ended(run), "the end of the run")


def test_asked_to_end_the_run_is_asked(workshop: Workshop) -> None:
    stand_in = workshop.begin(ENDS_GENTLY)
    assert stand_in.stdout
    assert stand_in.stdout.readline() == "ready\n"
    stand_in.terminate()
    stand_in.communicate()
    assert stand_in.returncode == 7


def test_many_at_once_each_hear_their_own_end(workshop: Workshop) -> None:
    code = "import os, sys; print(os.environ['WORD']); sys.exit(int(os.environ['WORD']))"
    stand_ins = {number: workshop.begin(code, WORD=str(number)) for number in range(20)}
    for number, stand_in in stand_ins.items():
        assert stand_in.communicate()[0] == f"{number}\n"
        assert stand_in.returncode == number


def test_without_a_starter_a_run_loads_what_it_needs(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.starter.kill()
    workshop.starter.communicate()
    said, _ = workshop.begin(SAYS_WHAT_IT_FINDS, WORD="alone").communicate()
    assert said.startswith(f"alone {tmp_path} ")
    workshop.close()


def test_a_starter_replaces_the_socket_of_one_that_died(workshop: Workshop) -> None:
    workshop.starter.kill()
    workshop.starter.communicate()
    again = Workshop(workshop.folder)
    again.wait()
    _, run = again.waiting()
    assert run.ppid() == again.starter.pid
    again.close()


def test_what_asks_for_nothing_sensible_does_no_harm(workshop: Workshop) -> None:
    assert listens(workshop.socket)  # connects and says nothing
    assert workshop.begin(SAYS_WHAT_IT_FINDS, WORD="well").communicate()[0].startswith("well")
