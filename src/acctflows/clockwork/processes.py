"""Child processes: started with a log and tied to their parent's life, stopped, and left over."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import psutil

from acctflows.clock import utc_now
from acctflows.clockwork.installation import MARK

KEPT_LOGS = 5
FLOW_MODULE = "acctflows.clockwork.engine"
"""What executes a flow run."""
FLOW_RUN = "PREFECT__FLOW_RUN_ID"
"""Environment variable by which Prefect tells a process which flow run it executes."""


@dataclass
class Child:
    """One program of ours, restartable, in a session of its own."""

    name: str
    module: str
    arguments: Sequence[str]
    log: Path
    preload: Sequence[str] = ()
    wait: bool = False
    """Start it loaded but waiting for `go`."""
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0
    """Monotonic seconds of the last start."""
    started_at: datetime = field(default_factory=utc_now)
    """The moment of the last start."""
    deaths: int = 0
    """Unwanted ends in a row."""
    retry_at: float = field(default=0, compare=False)
    _told: bytes = b""

    def start(self, *, cwd: Path, environment: Mapping[str, str], first: str = "") -> None:
        """Start the program; its output is appended to its log.

        Args:
            cwd: Its working directory.
            environment: All its environment variables.
            first: Module to run before, in the same process; `next_line` reads what it prints.
        """
        command = [sys.executable, "-m", "acctflows.clockwork.child"]
        command += ["--first", first] if first else []
        for module in self.preload:
            command += ["--preload", module]
        command += ["--wait"] if self.wait else []
        command += ["--", self.module, *self.arguments]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 — our own interpreter and modules
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE if self.wait else subprocess.DEVNULL,
                stdout=subprocess.PIPE if first else output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor alone
            )
        self.started = time.monotonic()
        self.started_at = utc_now()
        self._told = b""

    def next_line(self, seconds: float) -> str:
        """The next line the first module prints; "" when it ended or took longer than that."""
        deadline = time.monotonic() + seconds
        pipe = self.process.stdout if self.process else None
        while pipe and b"\n" not in self._told:
            ready, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
            more = os.read(pipe.fileno(), 1 << 16) if ready else b""
            if not more:
                return ""
            self._told += more
        line, _, self._told = self._told.partition(b"\n")
        return line.decode()

    def go(self) -> None:
        """Let a waiting program begin."""
        if self.process and self.process.stdin:
            with suppress(BrokenPipeError):  # it died meanwhile: whoever waits for it will see
                self.process.stdin.write(b"go\n")
                self.process.stdin.close()
            self.process.stdin = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self, grace: float) -> None:
        """Ask it once to end (SIGTERM) and wait; after ``grace`` seconds, kill it."""
        if not self.process:
            return
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process = None

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(
            self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        )


def rotate(log: Path) -> None:
    """Make room for a new log; the last few are kept as ``name.1.log`` (newest) and so on."""
    names = [log, *(log.with_suffix(f".{n}.log") for n in range(1, KEPT_LOGS + 1))]
    for younger, older in reversed(list(pairwise(names))):
        if younger.exists():
            younger.replace(older)


def marked_processes(home: Path) -> list[psutil.Process]:
    """All other processes that were started for that home, whoever their parent is by now."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _environ(process).get(MARK) == str(home)
    ]


def flow_processes(home: Path) -> dict[str, list[psutil.Process]]:
    """The processes that execute flow runs of that home, by flow run id.

    What a flow started in the background (a warm LibreOffice) carries the run's id too, but is
    not the flow.
    """
    found: dict[str, list[psutil.Process]] = {}
    for process in marked_processes(home):
        run = _environ(process).get(FLOW_RUN)
        if run and FLOW_MODULE in _command(process):
            found.setdefault(run, []).append(process)
    return found


def end_all(processes: Sequence[psutil.Process], grace: float) -> None:
    """Ask processes to end, wait, and kill those that do not."""
    for process in processes:
        _signal(process, kill=False)
    _, stubborn = psutil.wait_procs(list(processes), timeout=grace)
    for process in stubborn:
        _signal(process, kill=True)
    psutil.wait_procs(stubborn, timeout=5)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with suppress(psutil.NoSuchProcess):  # it ended by itself
        process.kill() if kill else process.terminate()


def _environ(process: psutil.Process) -> dict[str, str]:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return {}
        return dict(process.environ())
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return {}  # ended meanwhile, or another user's: not ours


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []
