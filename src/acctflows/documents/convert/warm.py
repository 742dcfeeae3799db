"""Speaks with the keeper of the warm LibreOffices, and starts it when nobody has.

One keeper serves every process of an installation, see `acctflows.documents.convert.keeper`.
"""

import contextlib
import fcntl
import inspect
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from acctflows.documents.convert import keeper, listener, office
from acctflows.errors import ConfigurationError, InputError, TemporaryError

_KEEPER_SECONDS = 60
"""What a keeper may need to start: it waits for one that is just ending."""


@dataclass(frozen=True)
class KeeperOrder:
    """What a keeper is started with; another order replaces the keeper that runs.

    Args:
        python: A Python that has LibreOffice's ``uno``.
        program: The LibreOffice binary.
        folder: Where profiles, socket, lock and log lie, alone.
        settings: The profiles' ``registrymodifications.xcu``.
        listeners: How many LibreOffices it may have.
        timeout: Seconds one conversion may take.
        memory: Bytes one LibreOffice may take; one with more than half is replaced when it is free.
        start: Seconds a LibreOffice may take to start.
        linger: Seconds the keeper stays when no process holds a lease.
        idle: Seconds a LibreOffice stays without work.
        patience: Seconds after which a client that waits asks whether the keeper is still there.
    """

    python: Path
    program: Path
    folder: Path
    settings: str
    listeners: int = 1
    timeout: float = 60
    memory: int = 1_500_000_000
    start: float = 60
    linger: float = 20
    idle: float = 600
    patience: float = 30

    @property
    def key(self) -> str:
        """Equal for keepers that do the same."""
        code = "".join(map(inspect.getsource, (keeper, listener, office)))
        limits = (self.listeners, self.timeout, self.memory, self.start)
        parts = (str(self.program), self.settings, *map(str, limits), code)
        return sha256("\x00".join(parts).encode()).hexdigest()[:16]

    def as_json(self) -> str:
        """What the keeper is given."""
        names = ("listeners", "timeout", "memory", "start", "linger", "idle", "key", "settings")
        given = {name: getattr(self, name) for name in names}
        return json.dumps(given | {"program": str(self.program), "folder": str(self.folder)})


class ListenerLostError(Exception):
    """A listener hung, died or grew over our document."""


@dataclass(frozen=True)
class Line:
    """A connection to the keeper, and the process it belongs to."""

    connection: socket.socket
    owner: int


class KeeperLease:
    """One process's connections to the keeper; while one is open, the keeper stays.

    Each conversion has a connection of its own, which afterwards serves the next.

    Args:
        order: The keeper to find or start.
        environment: Of the keeper and so of LibreOffice.
    """

    def __init__(self, order: KeeperOrder, environment: Mapping[str, str]) -> None:
        self._order = order
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._unused: list[Line] = []

    def hold(self) -> None:
        """Connect, starting the keeper where none runs."""
        try:
            with self._line():
                pass
        except OSError as error:
            raise TemporaryError(f"LibreOffice's keeper does not answer ({error}).") from error

    def convert(self, docx: bytes, options: int, *, name: str) -> bytes:
        """The PDF; see `Converter.convert`. A lost listener or keeper is replaced once."""
        request = listener.frame(bytes((options,)), docx)
        reasons: list[str] = []
        while len(reasons) < 2:
            try:
                return self._ask_who_is_there(request, name)
            except ListenerLostError as lost:
                reasons.append(str(lost))
        raise InputError(
            f"LibreOffice cannot print {name}: it was tried twice ({'; '.join(reasons)}).",
            todo="look for what is unusual in the Word file: very large tables or pictures",
        )

    def close(self) -> None:
        """Give the lease back."""
        with self._lock:
            while self._unused:
                self._unused.pop().connection.close()

    def _ask_who_is_there(self, request: bytes, name: str) -> bytes:
        """The PDF; a keeper that was killed, or asked to make room for another, is replaced."""
        for _ in range(2):
            try:
                return self._ask(request, name)
            except OSError:
                self.close()  # the other connections are to the same keeper
        raise TemporaryError("LibreOffice's keeper does not answer.")

    def _ask(self, request: bytes, name: str) -> bytes:
        with self._line() as line:
            self._send(line, request)
            self._wait(line, reading=True)
            line.connection.settimeout(listener.READ_SECONDS)
            answer = listener.receive_frame(line.connection)
            if answer is None:
                raise ConnectionError("the keeper or the listener went away")
        kind, content = answer
        if kind == listener.PDF:
            return content
        reason = content.decode(errors="replace")
        if kind == listener.LOST:
            raise ListenerLostError(reason)
        raise self._refusal(kind, reason, name)

    def _refusal(self, kind: bytes, reason: str, name: str) -> Exception:
        if kind == listener.UNREADABLE:
            return InputError(f"LibreOffice cannot print {name} ({reason}).")
        if kind == listener.DOES_NOT_WORK:
            return ConfigurationError(
                f"LibreOffice does not work ({reason}).",
                where=str(self._order.program),
                todo="Install it anew, or set ACCTFLOWS_PDF_ENGINE to dxpdf.",
            )
        return TemporaryError(f"LibreOffice cannot print now ({reason}).")

    def _send(self, line: Line, request: bytes) -> None:
        """The whole request; what does not fit into the socket waits for its turn with us."""
        line.connection.setblocking(False)
        left = memoryview(request)
        while left:
            self._wait(line, reading=False)
            left = left[line.connection.send(left) :]

    def _wait(self, line: Line, *, reading: bool) -> None:
        """Until something can be read or written, for as long as the keeper is alive.

        The keeper sees to it that everything in line gets its turn; one that says nothing to a
        newcomer hangs, and is killed with all its LibreOffices.
        """
        waiting = select.poll()
        waiting.register(line.connection, select.POLLIN if reading else select.POLLOUT)
        while not waiting.poll(self._order.patience * 1000):
            connection = self._dial()
            if connection is None:
                raise ConnectionError("the keeper went away")
            with connection:
                greet(connection, self._order.folder)

    def _dial(self) -> socket.socket | None:
        return dial(self._order.folder, patience=self._order.patience)

    @contextlib.contextmanager
    def _line(self) -> Iterator[Line]:
        """A connection for one conversion; after a failure, it is not used again."""
        line = self._unused_line() or self._connect()
        try:
            yield line
        except BaseException:
            line.connection.close()
            raise
        with self._lock:
            self._unused.append(line)

    def _unused_line(self) -> Line | None:
        """A connection of this process: one from before a fork is the parent's."""
        with self._lock:
            while self._unused:
                line = self._unused.pop()
                if line.owner == os.getpid():
                    return line
                line.connection.close()
        return None

    def _connect(self) -> Line:
        """A new connection to a keeper of our order, started where none runs."""
        return self._reach() or self._start()

    def _reach(self) -> Line | None:
        """The keeper there, if it is ours; one of another order is asked to quit."""
        connection = self._dial()
        if connection is None:
            return None
        key = ""
        with contextlib.suppress(TimeoutError):  # it hung, and has been killed
            key = greet(connection, self._order.folder)
        if key == self._order.key:
            return Line(connection, os.getpid())
        connection.close()
        if key:
            signal_keeper(self._order.folder, signal.SIGTERM)
        return None

    def _start(self) -> Line:
        """Start a keeper, or find the one another process started meanwhile."""
        with _locked(self._order.folder / "start.lock"):
            line = self._reach()
            if line is None:
                self._launch()
                line = self._reach()
        if line is None:
            raise ConnectionError("the keeper does not start")
        return line

    def _launch(self) -> None:
        """Run the keeper, which returns from the foreground as soon as it listens."""
        order = self._order
        with (order.folder / "keeper.log").open("wb") as log:
            try:
                subprocess.run(  # noqa: S603 — our own script
                    [str(order.python), "-s", keeper.__file__, order.as_json()],
                    env=self._environment,
                    cwd=order.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=_KEEPER_SECONDS,
                    start_new_session=True,
                    check=True,
                )
            except (subprocess.SubprocessError, OSError) as error:
                raise ConfigurationError(
                    "The keeper of LibreOffice does not start.",
                    where=log.name,
                    todo="Read the log, or set ACCTFLOWS_PDF_ENGINE to dxpdf.",
                ) from error


def stop_keeper(folder: Path) -> None:
    """Ask the keeper of this folder to quit with its LibreOffices, if one runs."""
    connection = dial(folder)
    if connection is None:
        return
    with connection, contextlib.suppress(OSError):
        greet(connection, folder)
        signal_keeper(folder, signal.SIGTERM)
        connection.recv(1)  # nothing comes, but the end of the connection does


def signal_keeper(folder: Path, number: signal.Signals) -> None:
    """Send a signal to the keeper that holds this folder's lock, if one does."""
    with (folder / "keeper.lock").open() as lock, contextlib.suppress(ProcessLookupError):
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if pid := lock.read():  # else it has just begun
                os.kill(int(pid), number)


def dial(folder: Path, *, patience: float = listener.READ_SECONDS) -> socket.socket | None:
    """A connection to the keeper of this folder; None where none listens."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience)
    try:
        connection.connect(str(folder / "keeper.sock"))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise ConfigurationError(
            f"The socket of LibreOffice's keeper cannot be used ({error}).",
            where=str(folder),
            todo="Choose a shorter path for ACCTFLOWS_HOME.",
        ) from error
    return connection


def greet(connection: socket.socket, folder: Path) -> str:
    """The keeper's key; empty when it just went away. One that hangs is killed.

    Raises:
        TimeoutError: It hung.
    """
    line = bytearray()
    try:
        while not line.endswith(b"\n"):
            piece = connection.recv(64)
            if not piece:
                return ""
            line += piece
    except TimeoutError:
        signal_keeper(folder, signal.SIGKILL)
        raise
    except OSError:
        return ""
    return str(json.loads(line)["key"])


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock ends with the process, however that ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
