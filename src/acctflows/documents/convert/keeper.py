"""Keeps one LibreOffice warm for all processes of an installation.

`acctflows.documents.convert.warm` starts this script, under the Python that has LibreOffice's
``uno``, and speaks with it over a Unix socket:

- it greets every connection with one line of JSON: its key and process id;
- a request is eight bytes of length and the Word file; length zero asks it to quit;
- an answer is one letter (P: a PDF, U: the document cannot be read, F: LibreOffice failed, B: it is
  broken and will fail again), eight bytes of length and the PDF or the reason in UTF-8.

An open connection is a lease: the keeper quits when nobody has held one for a while, so that a
killed client leaves nothing behind. LibreOffice itself is stopped when it has had nothing to do.
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
from pathlib import Path
from typing import Any

if __package__:
    from acctflows.documents.convert.office import (
        BrokenError,
        Office,
        OfficeError,
        UnreadableError,
    )
else:  # run as a script, by a Python that does not know our package
    from office import (  # type: ignore[import-not-found,no-redef]  # beside this file
        BrokenError,
        Office,
        OfficeError,
        UnreadableError,
    )

READ_SECONDS = 30


class Keeper:
    """Serves one request after the other: LibreOffice does not get faster by two at once."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.folder = Path(order["folder"])
        self.greeting = json.dumps({"key": order["key"], "pid": os.getpid()}).encode() + b"\n"
        self.linger = float(order["linger"])
        self.idle = float(order["idle"])
        self.office = Office(
            order["program"], self.folder, settings=order["settings"], timeout=order["timeout"]
        )
        self.clients = selectors.DefaultSelector()
        self.busy_until = time.monotonic()

    def serve(self, listener: socket.socket) -> None:
        """Until nobody has held a lease for ``linger`` seconds, or somebody asks to quit."""
        self.clients.register(listener, selectors.EVENT_READ)
        left_alone_since = time.monotonic()
        while True:
            for key, _ in self.clients.select(timeout=0.2):
                if key.fileobj is listener:
                    self._greet(listener)
                elif not self._answer(key.fileobj):
                    return
            now = time.monotonic()
            if len(self.clients.get_map()) > 1:
                left_alone_since = now
            elif now - left_alone_since > self.linger:
                return
            if now - self.busy_until > self.idle:
                self.office.stop()

    def close(self) -> None:
        """Leave neither a process nor a name behind."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "keeper.sock").unlink()
        self.office.stop()
        shutil.rmtree(self.folder / "work", ignore_errors=True)

    def _greet(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        client.settimeout(READ_SECONDS)
        client.sendall(self.greeting)
        self.clients.register(client, selectors.EVENT_READ)

    def _answer(self, client: Any) -> bool:
        """Serve one request; False when it asks the keeper to quit."""
        try:
            docx = receive(client)
            if docx == b"":
                return False
            if docx is not None:
                kind, content = self._convert(docx)
                client.sendall(kind + len(content).to_bytes(8, "big") + content)
                return True
        except OSError:
            pass  # the client died or is too slow: drop it, it will come again
        self.clients.unregister(client)
        client.close()
        return True

    def _convert(self, docx: bytes) -> tuple[bytes, bytes]:
        try:
            return b"P", self.office.convert(docx)
        except UnreadableError as error:
            return b"U", str(error).encode()
        except BrokenError as error:
            return b"B", str(error).encode()
        except (OfficeError, OSError) as error:
            return b"F", str(error).encode()
        finally:
            self.busy_until = time.monotonic()


def receive(connection: socket.socket) -> bytes | None:
    """One length and what follows; None when the other side has gone."""
    head = _exactly(connection, 8)
    return None if head is None else _exactly(connection, int.from_bytes(head, "big"))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    content = bytearray()
    while len(content) < size:
        piece = connection.recv(min(size - len(content), 1 << 20))
        if not piece:
            return None
        content += piece
    return bytes(content)


def listen(path: Path) -> socket.socket:
    """The socket under its name; one left by a killed keeper is replaced."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)
    return listener


def main() -> None:
    """Return to the caller when requests can be sent, and serve them in the background.

    The lock makes a second keeper of the same folder wait until the first has quit.
    """
    order = json.loads(sys.argv[1])
    with Path(order["folder"], "keeper.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        listener = listen(Path(order["folder"], "keeper.sock"))
        if os.fork():
            os._exit(0)
        os.setsid()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        keeper = Keeper(order)
        try:
            keeper.serve(listener)
        finally:
            keeper.close()


if __name__ == "__main__":
    main()
