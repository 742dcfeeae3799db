"""One listener of the pool: a process that makes one LibreOffice print, and the words it uses.

The keeper (`acctflows.documents.convert.keeper`) forks it, hands it one client's connection after
the other, and hears from it in single letters. It runs in a process group of its own together with
its LibreOffice: where one of the two fails, the keeper ends both and starts another.
"""

from __future__ import annotations

import array
import contextlib
import os
import signal
import socket

if __package__:
    from acctflows.documents.convert.office import (
        BrokenError,
        Office,
        UnreadableError,
        WrongError,
    )
else:  # see keeper.py
    from office import (  # type: ignore[import-not-found,no-redef]  # beside this file
        BrokenError,
        Office,
        UnreadableError,
        WrongError,
    )

READ_SECONDS = 30
"""What one side of a connection gives the other to send or take what is due."""

# What a listener tells its keeper.
READY, TAKEN, ANSWERING, SPOILT, BROKEN, WRONG = b"RTAXBW"
"""It is free; has the whole request; begins to answer; the client went away amid a frame; its
LibreOffice ends instead of starting; its LibreOffice made something that is no PDF."""

# What a client is answered.
PDF, UNREADABLE, LOST, HINDERED, DOES_NOT_WORK = b"P", b"U", b"L", b"H", b"B"
"""The PDF; or why not: the document cannot be read; the listener was lost over it; something else
was in the way; LibreOffice does not work here."""


def listen(channel: socket.socket, office: Office) -> None:
    """Start LibreOffice and serve clients until the keeper goes, or until LibreOffice fails."""
    try:
        office.start()
    except BrokenError:
        _tell(channel, BROKEN)
        raise
    # Idle, we wait for the keeper alone; when LibreOffice dies meanwhile, this ends us, too.
    signal.signal(signal.SIGCHLD, lambda *_: os._exit(1) if office.has_ended else None)
    _tell(channel, READY)
    while (client := receive_connection(channel)) is not None:
        with client:
            _serve(channel, office, client)
        _tell(channel, READY)


def _serve(channel: socket.socket, office: Office, client: socket.socket) -> None:
    """Answer one request; a client that goes away or is too slow is given up."""
    client.settimeout(READ_SECONDS)
    try:
        request = receive_frame(client)
        if request is None:
            _tell(channel, SPOILT)
            return
        _tell(channel, TAKEN)
        options, docx = request
        kind, content = _print(channel, office, docx, options[0])
        _tell(channel, ANSWERING)
        send_frame(client, kind, content)
    except OSError:
        _tell(channel, SPOILT)


def _print(
    channel: socket.socket, office: Office, docx: bytes, options: int
) -> tuple[bytes, bytes]:
    try:
        return PDF, office.convert(docx, options)
    except UnreadableError as error:
        return UNREADABLE, str(error).encode()
    except OSError as error:  # the disk is full, for example
        return HINDERED, str(error).encode()
    except WrongError:
        _tell(channel, WRONG)
        raise


def _tell(channel: socket.socket, letter: int) -> None:
    channel.sendall(bytes((letter,)))


def send_frame(connection: socket.socket, kind: bytes, content: bytes) -> None:
    """One letter, eight bytes of length and the content."""
    connection.sendall(frame(kind, content))


def frame(kind: bytes, content: bytes) -> bytes:
    """What `receive_frame` reads."""
    return kind + len(content).to_bytes(8, "big") + content


def receive_frame(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The letter and the content; None when the other side has gone."""
    head = _exactly(connection, 9)
    content = None if head is None else _exactly(connection, int.from_bytes(head[1:], "big"))
    return None if head is None or content is None else (head[:1], content)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    content = bytearray()
    while len(content) < size:
        piece = connection.recv(min(size - len(content), 1 << 20))
        if not piece:
            return None
        content += piece
    return bytes(content)


def send_connection(channel: socket.socket, connection: socket.socket) -> None:
    """Hand an open connection to the process at the other end of the channel."""
    handle = array.array("i", [connection.fileno()])
    channel.sendmsg([b"C"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handle)])


def receive_connection(channel: socket.socket) -> socket.socket | None:
    """The connection handed over; None when the other end has gone."""
    handle = array.array("i")
    space = socket.CMSG_SPACE(handle.itemsize)
    word, extras, _, _ = channel.recvmsg(1, space)
    for _, _, data in extras if word else ():
        handle.frombytes(data)
    return socket.socket(fileno=handle[0]) if handle else None


def report(client: socket.socket, kind: bytes, reason: str) -> None:
    """Tell a client in a few words; one that has gone need not know."""
    with contextlib.suppress(OSError):
        send_frame(client, kind, reason.encode())
