"""Keeps Prefect and the application loaded, and begins every flow run by a fork of itself.

A process that loads them anew spends three seconds on that, of a run that often has less to do
(docs/adr/0011-runs-begin-by-a-fork.md). Linux only; elsewhere each run loads everything itself.
"""

import json
import os
import selectors
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from acctflows.clockwork.child import become, die_with_parent
from acctflows.clockwork.stand_in import SOCKET, short_address

_PATIENCE = 5
"""Seconds within which a stand-in must have said what to run."""


@dataclass(frozen=True)
class Run:
    """What a stand-in asks for: module and arguments, environment, working directory."""

    program: list[str]
    environment: dict[str, str]
    folder: str


class Starter:
    """Listens on a socket of its user's, forks a process per request, and tells how it ended.

    Args:
        path: The socket; one that a dead starter left is replaced.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)  # whoever may connect may run programs as this user
        try:
            with short_address(path) as address:
                self._listener.bind(address)
        finally:
            os.umask(before)
        self._listener.listen(64)
        self._events = selectors.DefaultSelector()
        self._events.register(self._listener, selectors.EVENT_READ)
        self._stand_ins: dict[int, socket.socket] = {}
        """Process id of a run to the connection of its stand-in."""

    def next_run(self) -> Run:
        """A run that was asked for, returned in a fresh process that shall execute it.

        There standard output and error are the stand-in's, and nothing of the starter's is open.
        It ends with the starter. In the starter's own process it never returns.
        """
        while True:
            for key, _ in self._events.select():
                if key.fileobj is self._listener:
                    if run := self._begin():
                        return run
                elif isinstance(key.fileobj, socket.socket):
                    self._stand_in_ended(key.data)
                else:
                    self._run_ended(key.data)

    def _begin(self) -> Run | None:
        stand_in, _ = self._listener.accept()
        try:
            run, output, error = _receive(stand_in)
        except (OSError, ValueError, TypeError):  # it was killed while it asked: nothing to run
            stand_in.close()
            return None
        starter = os.getpid()
        pid = os.fork()
        if pid == 0:
            die_with_parent(signal.SIGKILL, parent=starter)
            self._forget()
            os.dup2(output, 1)
            os.dup2(error, 2)
            # A stand-in that knows of no fork runs the program itself, so it is told before the run
            # begins, by the run itself: from here on, without a starter there is no run.
            with suppress(OSError):  # the stand-in was killed, and the starter ends this run
                stand_in.sendall(f"{os.getpid()}\n".encode())
            stand_in.close()
        else:
            self._note(pid, stand_in)
        os.close(output)
        os.close(error)
        return run if pid == 0 else None

    def _note(self, pid: int, stand_in: socket.socket) -> None:
        stand_in.settimeout(None)
        self._stand_ins[pid] = stand_in
        self._events.register(stand_in, selectors.EVENT_READ, pid)
        self._events.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)

    def _stand_in_ended(self, pid: int) -> None:
        # Killed, or its worker died: nobody would hear how the run ends, so it ends now.
        if stand_in := self._stand_ins.pop(pid, None):
            self._events.unregister(stand_in)
            stand_in.close()
            os.kill(pid, signal.SIGKILL)

    def _run_ended(self, pid: int) -> None:
        _, status = os.waitpid(pid, 0)
        for key in [key for key in self._events.get_map().values() if key.data == pid]:
            self._events.unregister(key.fileobj)
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
        if stand_in := self._stand_ins.pop(pid, None):
            with suppress(OSError):  # it ended at the same time
                stand_in.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            stand_in.close()

    def _forget(self) -> None:
        # The kernel's list of events is shared with the starter: close, but unregister nothing.
        for key in list(self._events.get_map().values()):
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
            elif isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._events.close()


def _receive(stand_in: socket.socket) -> tuple[Run, int, int]:
    stand_in.settimeout(_PATIENCE)
    _, files, _, _ = socket.recv_fds(stand_in, 1, 2)
    try:
        with stand_in.makefile("rb") as lines:
            run = Run(**json.loads(lines.readline()))
        output, error = files
    except (OSError, ValueError, TypeError):
        for file in files:
            os.close(file)
        raise
    return run, output, error


def main() -> None:
    """Begin runs until told to end; in the process of a run, execute it."""
    run = Starter(Path(os.environ[SOCKET])).next_run()
    os.setsid()
    os.environ.clear()
    os.environ.update(run.environment)
    os.chdir(run.folder)
    become(run.program)


if __name__ == "__main__":
    main()
