"""Has the starter run a program in our place, and ends as it ends.

What the worker starts for a run stays as the run's stand-in: it carries the run's id, is what
Prefect signals, and its end, however it comes, ends the run. Loaded for every run, so it must be
small.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NoReturn

SOCKET = "ACCTFLOWS_STARTER"
"""Environment variable with the path of the starter's socket."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""What asks the run to end."""
_LONGEST = 108
"""Bytes of a socket's path on Linux (``unix(7)``)."""


def ask_for_fork(program: list[str]) -> None:
    """Have a fork of the starter run the program and end as it ends; return where none answers.

    Args:
        program: Module and arguments; environment, working directory, output and error are ours.
    """
    with _signals_later():  # asked to end before we know whom to tell, we tell it then
        answers = _asked(program)
        if not answers or not (pid := answers.readline()):  # without its starter a fork is dead too
            return
        for signum in SIGNALS:
            signal.signal(signum, lambda number, _: _pass_on(number, int(pid)))
    try:
        code = answers.readline()
    except OSError:  # the starter was killed, and the run with it
        code = ""
    _end_like(int(code or -signal.SIGKILL))


@contextmanager
def _signals_later() -> Iterator[None]:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _asked(program: list[str]) -> IO[str] | None:
    path = Path(os.environ.get(SOCKET, ""))
    asked = {"program": program, "environment": dict(os.environ), "folder": str(Path.cwd())}
    starter = socket.socket(socket.AF_UNIX)
    try:
        with short_address(path) as address:
            starter.connect(address)
        socket.send_fds(starter, [b"\n"], [sys.stdout.fileno(), sys.stderr.fileno()])
        starter.sendall(json.dumps(asked).encode() + b"\n")
    except OSError:  # not there, not yet there, or just killed
        starter.close()
        return None
    return starter.makefile("r", encoding="ascii")


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """An address of the socket that the kernel takes, however deep its folder lies (Linux).

    Args:
        path: Where the socket is or shall be; the address holds within the block.
    """
    if len(os.fsencode(path)) < _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _pass_on(signum: int, pid: int) -> None:
    with suppress(ProcessLookupError):  # it ends just now
        os.kill(pid, signum)


def _end_like(code: int) -> NoReturn:
    """Exit with the run's code; died it of a signal (a negative code), die of the same."""
    if code < 0:
        with suppress(OSError):  # SIGKILL has no handler to take away
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
