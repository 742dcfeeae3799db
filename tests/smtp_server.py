"""A mail server that misbehaves on demand, at every step of the conversation.

Written on sockets rather than on a server library, because half of the faults (a connection that
ends inside the message, an answer that drips) are what such a library prevents.
"""

import socket
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

DROP = "drop"
"""The connection ends without an answer."""
HOLD = "hold"
"""No answer comes as long as the client waits."""
DRIP = "drip"
"""The answer comes byte by byte and never ends."""
SLOW = "slow"
"""At ``message``: it is read to its end, but slowly at first."""
FLOOD = "flood"
"""The answer has line after line and never ends."""

Step = Literal[
    "TLS",
    "greeting",
    "EHLO",
    "STARTTLS",
    "AUTH",
    "MAIL",
    "RCPT",
    "DATA",
    "message",
    "dot",
    "answer",
    "NOOP",
]


@dataclass(frozen=True)
class Accepted:
    """A mail the server took upon itself."""

    sender: str
    recipient: str
    content: bytes


class SmtpServer:
    """Takes mails on 127.0.0.1; ``faults[step]`` lists what happens the next times at that step.

    A fault is a line to answer (``450 later``), `DROP`, `HOLD` or `DRIP`; an empty string lets one
    time pass in peace. At ``message`` the server reads a part of the message only; ``dot`` is after
    the whole message, which is not accepted then; ``answer`` is after it was accepted; at ``TLS``
    it hangs up in the middle of the handshake.

    Args:
        tls: Whether it speaks TLS, and from when on.
        context: With its certificate.
        size: What it says how large a mail may be; 0: nothing.
        mechanisms: Ways to sign in that it offers.
        slipped_in: Answers that somebody on the way sends together with the one to STARTTLS, for
            the client to take for the server's after the handshake.
    """

    def __init__(
        self,
        *,
        tls: Literal["none", "starttls", "ssl"] = "none",
        context: ssl.SSLContext | None = None,
        size: int = 0,
        mechanisms: str = "PLAIN",
        slipped_in: str = "",
    ) -> None:
        self.faults: dict[Step, list[str]] = defaultdict(list)
        self.accepted: list[Accepted] = []
        self.connections = 0
        self.logins: list[str] = []
        self._tls = tls
        self._context = context
        self._size = size
        self._mechanisms = mechanisms
        self._slipped_in = slipped_in
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stopping.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass  # wakes the listener
        for thread in self._threads:
            thread.join(10)
        self._listening.close()

    def _listen(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            if self._stopping.is_set():
                connection.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with _Conversation(self, connection) as conversation:
            try:
                if self._tls == "ssl":
                    conversation.start_tls()
                conversation.run()
            except (OSError, EOFError):
                pass  # one of the two has ended it


class _Conversation:
    def __init__(self, server: SmtpServer, connection: socket.socket) -> None:
        self._server = server
        self._use(connection)
        self._sender = self._recipient = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._connection.close()

    def _use(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        self._connection = connection
        self._lines = connection.makefile("rb")

    def start_tls(self) -> None:
        assert self._server._context is not None
        if self._fault("TLS"):
            self._connection.recv(4096)
            raise EOFError
        self._lines.close()
        self._use(self._server._context.wrap_socket(self._connection, server_side=True))

    def run(self) -> None:
        self._answer("greeting", "220 mail.example ready")
        while True:
            line = self._read_line()
            verb = line[:4].upper()
            if verb == "EHLO":
                self._answer("EHLO", "\r\n".join(self._features()))
            elif verb == "STAR":
                if self._answer("STARTTLS", f"220 go on{self._server._slipped_in}"):
                    self.start_tls()
            elif verb == "AUTH":
                self._server.logins.append(line)
                self._answer("AUTH", "235 welcome")
            elif verb == "MAIL":
                self._sender = _address(line)
                self._answer("MAIL", "250 ok")
            elif verb == "RCPT":
                self._recipient = _address(line)
                self._answer("RCPT", "250 ok")
            elif verb == "DATA":
                self._data()
            elif verb == "NOOP":
                self._answer("NOOP", "250 ok")
            else:
                self._send("221 bye" if verb == "QUIT" else "250 ok")

    def _features(self) -> list[str]:
        features = ["250-mail.example", f"250-AUTH {self._server._mechanisms}"]
        if self._server._tls == "starttls" and not isinstance(self._connection, ssl.SSLSocket):
            features.append("250-STARTTLS")
        if self._server._size:
            features.append(f"250-SIZE {self._server._size}")
        return [*features, "250 OK"]

    def _data(self) -> None:
        if not self._answer("DATA", "354 go on"):
            return
        reading = self._fault("message")
        if reading not in ("", SLOW):
            self._connection.recv(100)
            raise EOFError
        content = bytearray()
        for _ in range(40 if reading == SLOW else 0):
            self._server._stopping.wait(0.02)
            content += self._lines.read(100_000)
        while not content.endswith(b"\r\n.\r\n"):
            content += self._lines.readline() or _gone()
        words = self._fault("dot")
        if words:
            self._misbehave(words)
            return
        self._server.accepted.append(
            Accepted(
                self._sender, self._recipient, bytes(content[:-3]).replace(b"\r\n..", b"\r\n.")
            )
        )
        self._answer("answer", f"250 taken as {len(self._server.accepted)}")

    def _answer(self, step: Step, words: str) -> bool:
        fault = self._fault(step)
        if fault:
            self._misbehave(fault)
            return False
        self._send(words)
        return True

    def _fault(self, step: Step) -> str:
        planned = self._server.faults[step]
        return planned.pop(0) if planned else ""

    def _misbehave(self, fault: str) -> None:
        if fault == DROP:
            raise EOFError
        if fault == HOLD:
            while self._lines.read(1):
                pass
            raise EOFError
        if fault == DRIP:
            while not self._server._stopping.wait(0.02):
                self._connection.sendall(b"2")
        if fault == FLOOD:
            while not self._server._stopping.is_set():
                self._connection.sendall(b"250-and more\r\n" * 100)
        self._send(fault)
        if fault.startswith("421"):
            raise EOFError

    def _read_line(self) -> str:
        return (self._lines.readline() or _gone()).decode("ascii", "replace")

    def _send(self, words: str) -> None:
        self._connection.sendall(words.encode("ascii") + b"\r\n")


def _gone() -> bytes:
    raise EOFError


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
