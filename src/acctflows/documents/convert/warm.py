"""Speaks with the keeper of a warm LibreOffice, and starts it when nobody has.

One keeper serves every process of an installation, see `acctflows.documents.convert.keeper`.
"""

import contextlib
import fcntl
import inspect
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from acctflows.documents.convert import keeper, office
from acctflows.errors import ConfigurationError, InputError, TemporaryError

_PATIENCE = 5
"""How many conversions a request may wait for: other processes may be served first."""


@dataclass(frozen=True)
class KeeperOrder:
    """What a keeper is started with; another order replaces the keeper that runs.

    Args:
        python: A Python that has LibreOffice's ``uno``.
        program: The LibreOffice binary.
        folder: Where profile, socket, lock and log lie, alone.
        settings: The profile's ``registrymodifications.xcu``.
        timeout: Seconds one conversion may take.
        linger: Seconds the keeper stays when no process holds a lease.
        idle: Seconds LibreOffice stays without work.
    """

    python: Path
    program: Path
    folder: Path
    settings: str
    timeout: float = 60
    linger: float = 20
    idle: float = 600

    @property
    def key(self) -> str:
        """Equal for keepers that do the same."""
        code = inspect.getsource(keeper) + inspect.getsource(office)
        parts = (str(self.program), self.settings, str(self.timeout), code)
        return sha256("\x00".join(parts).encode()).hexdigest()[:16]


class KeeperLease:
    """One process's connection to the keeper; while it is open, the keeper stays.

    Args:
        order: The keeper to find or start.
        environment: Of the keeper and so of LibreOffice.
    """

    def __init__(self, order: KeeperOrder, environment: Mapping[str, str]) -> None:
        self._order = order
        self._environment = dict(environment)
        self._one_at_a_time = threading.Lock()
        self._connection: socket.socket | None = None
        self._keeper_pid = 0
        self._owner = 0

    def hold(self) -> None:
        """Connect, starting the keeper where none runs."""
        with self._one_at_a_time:
            self._connect()

    def convert(self, docx: bytes) -> bytes:
        """The PDF; see `Converter.convert`. A keeper that died or hangs is replaced once."""
        with self._one_at_a_time:
            try:
                return self._request(docx)
            except OSError:
                self._drop()
            try:
                return self._request(docx)
            except OSError as error:
                self._drop()
                raise TemporaryError("LibreOffice's keeper does not answer.") from error

    def close(self) -> None:
        """Give the lease back."""
        with self._one_at_a_time:
            self._drop()

    def _request(self, docx: bytes) -> bytes:
        connection = self._connect()
        try:
            connection.sendall(len(docx).to_bytes(8, "big") + docx)
            kind = connection.recv(1)
            content = keeper.receive(connection)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._keeper_pid, signal.SIGKILL)
            raise
        if not kind or content is None:
            raise ConnectionError("the keeper went away")
        if kind == b"P":
            return content
        reason = content.decode(errors="replace")
        if kind == b"U":
            raise InputError(f"LibreOffice cannot print this document ({reason}).")
        if kind == b"B":
            raise ConfigurationError(
                f"LibreOffice does not work ({reason}).",
                where=str(self._order.program),
                todo="Install it anew, or set ACCTFLOWS_PDF_ENGINE to dxpdf.",
            )
        raise TemporaryError(f"LibreOffice failed twice ({reason}).")

    def _connect(self) -> socket.socket:
        """The open connection to a keeper of our order."""
        if self._connection is not None and self._owner == os.getpid():
            return self._connection
        connection = dial(self._order.folder)
        if connection is None or not self._greeted(connection):
            connection = self._start()
        connection.settimeout(2 * office.START_SECONDS + _PATIENCE * self._order.timeout)
        self._connection, self._owner = connection, os.getpid()
        return connection

    def _greeted(self, connection: socket.socket) -> bool:
        """Whether the keeper there is ours; one of another order is asked to quit."""
        greeting = _read_line(connection)
        if greeting.get("key") == self._order.key:
            self._keeper_pid = int(greeting["pid"])
            return True
        with contextlib.suppress(OSError):
            connection.sendall(bytes(8))
        connection.close()
        return False

    def _start(self) -> socket.socket:
        """Start a keeper, or find the one another process started meanwhile."""
        with _locked(self._order.folder / "start.lock"):
            connection = dial(self._order.folder)
            if connection is not None and self._greeted(connection):
                return connection
            self._launch()
            connection = dial(self._order.folder)
            if connection is not None and self._greeted(connection):
                return connection
        raise ConnectionError("the keeper does not start")

    def _launch(self) -> None:
        """Run the keeper, which returns from the foreground as soon as it listens."""
        order = self._order
        given = {"key": order.key, "program": str(order.program), "folder": str(order.folder)}
        given |= {"settings": order.settings}
        seconds = {"timeout": order.timeout, "linger": order.linger, "idle": order.idle}
        with (order.folder / "keeper.log").open("wb") as log:
            try:
                subprocess.run(  # noqa: S603 — our own script
                    [str(order.python), "-s", keeper.__file__, json.dumps(given | seconds)],
                    env=self._environment,
                    cwd=order.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=office.START_SECONDS,
                    start_new_session=True,
                    check=True,
                )
            except (subprocess.SubprocessError, OSError) as error:
                raise ConfigurationError(
                    "The keeper of LibreOffice does not start.",
                    where=log.name,
                    todo="Read the log, or set ACCTFLOWS_PDF_ENGINE to dxpdf.",
                ) from error

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def stop_keeper(folder: Path) -> None:
    """Ask the keeper of this folder to quit with its LibreOffice, if one runs."""
    connection = dial(folder)
    if connection is None:
        return
    with connection, contextlib.suppress(OSError):
        connection.settimeout(keeper.READ_SECONDS)
        _read_line(connection)
        connection.sendall(bytes(8))
        connection.recv(1)  # nothing comes, but the end of the connection does


def dial(folder: Path) -> socket.socket | None:
    """A connection to the keeper of this folder; None where none listens."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(keeper.READ_SECONDS)
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


def _read_line(connection: socket.socket) -> dict[str, Any]:
    """The keeper's greeting; empty when it just went away."""
    line = bytearray()
    with contextlib.suppress(OSError):
        while not line.endswith(b"\n"):
            piece = connection.recv(1)
            if not piece:
                break
            line += piece
    return dict(json.loads(line)) if line.endswith(b"\n") else {}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock ends with the process, however that ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
