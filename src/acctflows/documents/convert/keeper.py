"""Keeps a pool of warm LibreOffices for all processes of an installation.

`acctflows.documents.convert.warm` starts this script, under the Python that has LibreOffice's
``uno``, and speaks with it over a Unix socket:

- it greets every connection with one line of JSON: the key of its order;
- a request is a frame (see `acctflows.documents.convert.listener`): the options and the Word file;
- an answer is a frame: the PDF, or the reason why there is none.

Requests wait in one line. The keeper gives a connection to a listener that is free, so no two
processes ever use one; it starts another when some wait and there is room. It never blocks, so it
sees what hangs, dies or grows: that listener is ended with all its processes, the client is told
why, and a fresh one is started, for this client first of all. SIGTERM ends the keeper.

An open connection is a lease: the keeper quits when nobody has held one for a while, so that a
killed client leaves nothing behind. A listener is ended when it has had nothing to do.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

if __package__:
    from acctflows.documents.convert import listener as words
    from acctflows.documents.convert.office import Office, tie
else:  # run as a script, by a Python that does not know our package
    import listener as words  # type: ignore[import-not-found,no-redef]  # beside this file
    from office import Office, tie  # type: ignore[import-not-found,no-redef]  # beside this file

TICK_SECONDS = 0.2
"""How often the listeners are looked at."""
RENEW_AFTER = 500
"""Documents after which a listener is replaced."""


@dataclass(eq=False)
class Listener:
    """One LibreOffice and the process that speaks with it, as the keeper sees them.

    Args:
        number: Its place in the pool and the name of its folder.
        pid: Its process, which leads its process group.
        channel: What it says and is handed.
        since: When it began what it does now.
        promised: The client whose document has cost a listener: this one, being fresh, tries again.
        client: Whom it serves.
        said: Its letters since it was last free.
        served: Documents so far.
        is_started: Whether its LibreOffice has answered.
    """

    number: int
    pid: int
    channel: socket.socket
    since: float
    promised: socket.socket | None = None
    client: socket.socket | None = None
    said: bytes = b""
    served: int = 0
    is_started: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it waits for a document."""
        return self.is_started and self.client is None

    def has_said(self, letter: int) -> bool:
        """Whether it has, since it was last free."""
        return letter in self.said

    def end(self) -> None:
        """Kill the whole group, then hear what it still said."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with self.channel, contextlib.suppress(OSError):
            while piece := self.channel.recv(64):
                self.said += piece


class Keeper:
    """Hands each request to a listener that is free, and watches over the listeners.

    Args:
        order: What `acctflows.documents.convert.warm.KeeperOrder` says, and its key.
        door: Where clients come in.
        inherited: What a listener must not keep open.
    """

    def __init__(self, order: dict[str, Any], door: socket.socket, *inherited: Any) -> None:
        self.order = order
        self.folder = Path(order["folder"])
        self.door = door
        self.inherited = inherited
        self.greeting = json.dumps({"key": order["key"]}).encode() + b"\n"
        self.selector = selectors.DefaultSelector()
        self.selector.register(door, selectors.EVENT_READ, self._greet)
        self.clients: set[socket.socket] = set()
        self.waiting: list[socket.socket] = []
        self.listeners: list[Listener] = []

    def serve(self) -> None:
        """Until nobody has held a lease for ``linger`` seconds."""
        left_alone_since = time.monotonic()
        while time.monotonic() - left_alone_since <= self.order["linger"]:
            for key, _ in self.selector.select(timeout=TICK_SECONDS):
                key.data()
            self._watch()
            self._hand_out()
            if self.clients:
                left_alone_since = time.monotonic()

    def close(self) -> None:
        """Leave neither a process nor a name behind."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "keeper.sock").unlink()
        for listener in self.listeners:
            listener.end()
            shutil.rmtree(self.folder / str(listener.number), ignore_errors=True)

    # Clients

    def _greet(self) -> None:
        client, _ = self.door.accept()
        client.settimeout(words.READ_SECONDS)
        self.clients.add(client)
        self._await_request(client)
        with contextlib.suppress(OSError):  # it has gone already, as we shall see
            client.sendall(self.greeting)

    def _await_request(self, client: socket.socket) -> None:
        self.selector.register(client, selectors.EVENT_READ, partial(self._line_up, client))

    def _line_up(self, client: socket.socket) -> None:
        """A client asks for something or has gone; the request itself is for a listener to read."""
        self.selector.unregister(client)
        try:
            is_there = bool(client.recv(1, socket.MSG_PEEK))
        except OSError:
            is_there = False
        if is_there:
            self.waiting.append(client)
        else:
            self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self.clients.discard(client)
        client.close()

    # Who prints what

    def _hand_out(self) -> None:
        """Give those who wait to those who are free, and start another listener if any remain.

        Those who have served most come first: the others may rest and be ended.
        """
        for listener in sorted(self.listeners, key=lambda each: each.served, reverse=True):
            if listener.is_free and (client := self._next_for(listener)) is not None:
                self._hand(listener, client)
        starting = [each for each in self.listeners if not each.is_started]
        if len(starting) < len(self.waiting) and len(self.listeners) < self.order["listeners"]:
            self._start()

    def _hand(self, listener: Listener, client: socket.socket) -> None:
        try:
            words.send_connection(listener.channel, client)
        except OSError:
            return  # it has just died, as we shall hear; the client goes on waiting
        self.waiting.remove(client)
        listener.client, listener.since = client, time.monotonic()

    def _next_for(self, listener: Listener) -> socket.socket | None:
        """Whom it was promised to, else the first who waits and was promised no other."""
        promised, listener.promised = listener.promised, None
        if promised in self.waiting:
            return promised
        others = {each.promised for each in self.listeners}
        return next((client for client in self.waiting if client not in others), None)

    def _start(self, promised: socket.socket | None = None) -> None:
        """Fork one more listener."""
        number = min(set(range(self.order["listeners"])) - {each.number for each in self.listeners})
        ours, theirs = socket.socketpair()
        keeper = os.getpid()
        pid = os.fork()
        if not pid:
            self._become_listener(number, theirs, keeper, ours)
        theirs.close()
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it has done so itself
            os.setpgid(pid, pid)
        listener = Listener(number, pid, ours, time.monotonic(), promised)
        self.listeners.append(listener)
        self.selector.register(ours, selectors.EVENT_READ, partial(self._hear, listener))

    def _become_listener(
        self, number: int, channel: socket.socket, keeper: int, *inherited: Any
    ) -> None:
        """In the new process: let go of everything that is the keeper's, and serve.

        At the end of it, however that comes, its LibreOffice ends as well.
        """
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            tie(keeper)
            self.selector.close()
            others = [each.channel for each in self.listeners]
            for kept in (self.door, *self.clients, *others, *self.inherited, *inherited):
                kept.close()
            folder = self.folder / str(number)
            folder.mkdir(exist_ok=True)
            words.listen(
                channel, Office(self.order["program"], folder, settings=self.order["settings"])
            )
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(os.getpid(), signal.SIGKILL)
            os._exit(1)

    # What listeners say and do

    def _hear(self, listener: Listener) -> None:
        """Note what it says; silence means that it has ended."""
        try:
            piece = listener.channel.recv(64)
        except OSError:
            piece = b""
        listener.said += piece
        if not piece:
            self._lose(listener, "it died")
        elif listener.has_said(words.READY):
            self._is_free_again(listener)

    def _is_free_again(self, listener: Listener) -> None:
        client, listener.client = listener.client, None
        if client is not None and listener.has_said(words.SPOILT):
            self._forget(client)
        elif client is not None:
            self._await_request(client)
            listener.served += 1
        listener.is_started, listener.since, listener.said = True, time.monotonic(), b""
        if listener.served:
            self._replace_if_worn(listener)

    def _replace_if_worn(self, listener: Listener) -> None:
        """Let another take its place: LibreOffice never gives all memory back."""
        held = memory_of(listener.pid)
        if listener.served >= RENEW_AFTER or held > self.order["memory"] / 2:
            log(f"listener {listener.number}: replaced at {held / 1e6:.0f} MB")
            self._end(listener)
            self._start()

    def _watch(self) -> None:
        """End what hangs, grows or has nothing to do."""
        now = time.monotonic()
        for listener in tuple(self.listeners):
            seconds = now - listener.since
            if listener.is_free:
                if seconds > self.order["idle"]:
                    self._end(listener)
            elif trouble := self._trouble(listener, seconds):
                self._lose(listener, trouble)

    def _trouble(self, listener: Listener, seconds: float) -> str:
        """What is wrong with a listener that does something; empty when nothing is."""
        if not listener.is_started:
            limit = self.order["start"]
            return f"it did not start within {limit:.0f} seconds" if seconds > limit else ""
        limit = self.order["timeout"]
        if seconds > limit:
            return f"it took longer than {limit:g} seconds"
        most = self.order["memory"]
        return f"it took more than {most / 1e6:.0f} MB" if memory_of(listener.pid) > most else ""

    def _lose(self, listener: Listener, trouble: str) -> None:
        """End a listener; tell the log, and the client whose document was the reason."""
        self._end(listener)
        client = listener.client
        if listener.has_said(words.WRONG):
            trouble = "what it made is no PDF"
        log(f"listener {listener.number}: {trouble}")
        if not listener.is_started:
            self._could_not_start(listener, trouble)
        elif client is None:
            pass  # it had nothing to do; the next document starts another
        elif listener.has_said(words.ANSWERING) or not listener.has_said(words.TAKEN):
            self._forget(client)  # amid a frame, where it would misunderstand us: it asks again
        else:
            words.report(client, words.LOST, trouble)
            self._await_request(client)
            self._start(promised=client)

    def _could_not_start(self, listener: Listener, trouble: str) -> None:
        client = self._next_for(listener)
        if client is None:
            return
        self.waiting.remove(client)
        if listener.has_said(words.BROKEN):
            words.report(client, words.DOES_NOT_WORK, "it ends as soon as it is started")
        else:
            words.report(client, words.HINDERED, f"no LibreOffice could be started: {trouble}")
        self._await_request(client)

    def _end(self, listener: Listener) -> None:
        self.selector.unregister(listener.channel)
        self.listeners.remove(listener)
        listener.end()


def log(line: str) -> None:
    """A line in ``keeper.log``."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
    sys.stderr.flush()


def memory_of(pid: int) -> int:
    """Bytes a process and all below it hold; 0 where the kernel does not tell (macOS)."""
    try:
        proc = Path("/proc", str(pid))
        own = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = (proc / "task" / str(pid) / "children").read_text().split()
    except (OSError, IndexError):  # no such file, or it has just ended
        return 0
    return own + sum(memory_of(int(child)) for child in children)


def open_door(path: Path) -> socket.socket:
    """The socket under its name; one left by a killed keeper is replaced."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(path))
    door.listen(64)
    return door


def main() -> None:
    """Return to the caller when requests can be sent, and serve them in the background.

    The lock makes a second keeper of the same folder wait until the first has quit; who holds it
    has written its process id there.
    """
    order = json.loads(sys.argv[1])
    with Path(order["folder"], "keeper.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        door = open_door(Path(order["folder"], "keeper.sock"))
        if os.fork():
            os._exit(0)
        os.setsid()
        lock.write(str(os.getpid()))
        lock.flush()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        keeper = Keeper(order, door, lock)
        try:
            keeper.serve()
        finally:
            keeper.close()


if __name__ == "__main__":
    main()
