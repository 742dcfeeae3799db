"""A mail server in a process of its own that remembers what it took: ``python -m tests.mail.sink``.

Arguments: the file that gets a line (the Message-ID) for each mail, on the disk before the answer;
and how many of a hundred mails it takes without ever answering, and how many it puts off.
"""

import asyncio
import os
import random
import re
import socket
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    def __init__(self, file: str, *, silent: int, later: int) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._silent, self._later = silent, later
        self._dice = random.Random(0)

    async def handle_DATA(  # noqa: N802 — aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        throw = self._dice.randrange(100)
        if throw < self._later:
            return "451 4.3.0 try later"
        found = re.search(rb"(?m)^Message-ID: (.*)\r$", envelope.content)
        os.write(self._file, found.group(1) + b"\n")
        os.fsync(self._file)
        if throw >= 100 - self._silent:
            server.transport.abort()
        return "250 taken"


async def main(file: str, silent: str, later: str) -> None:
    sink = Sink(file, silent=int(silent), later=int(later))
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="sink.example", loop=loop), sock=listening
    )
    print(listening.getsockname()[1], flush=True)  # noqa: T201 — tells the test where it listens
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
