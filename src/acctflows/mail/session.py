"""The conversation with a mail server, in which nobody is kept waiting for ever."""

import smtplib
import socket
import time


class _Lines:
    """The server's lines; reading ends at a deadline, and half a line is none."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._read = b""
        self.deadline = 0.0

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self._read and len(self._read) < limit:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left)
            part = self._sock.recv(4096)
            if not part:
                return b""
            self._read += part
        line, end, self._read = self._read.partition(b"\n")
        return line + end

    def close(self) -> None:
        self._read = b""


class Session(smtplib.SMTP):
    """A conversation in which a whole answer has to arrive within the timeout.

    smtplib's own timeout counts from byte to byte, so that a server that drips would hold us for
    ever; and it takes the torn-off beginning of a line for an answer.
    """

    def getreply(self) -> tuple[int, bytes]:
        """The next answer of the server, as smtplib gives it."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.file is None:
            self.file = _Lines(self.sock)
        self.file.deadline = time.monotonic() + self.timeout
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)


class SecureSession(Session, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte."""
