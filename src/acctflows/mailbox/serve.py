"""SMTP server and pages of the mailbox, side by side in one process."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from acctflows.clock import Clock
from acctflows.errors import ConfigurationError
from acctflows.mailbox.pages import create_pages
from acctflows.mailbox.receiver import smtp_session
from acctflows.mailbox.store import MailboxStore


def serve_mailbox(
    folder: Path,
    *,
    templates: Path,
    clock: Clock,
    host: str,
    smtp_port: int,
    web_port: int,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Take mails and show them until SIGINT or SIGTERM.

    Args:
        folder: Where mails are kept.
        templates: The installation's templates folder.
        clock: The agency's clock.
        host: Address both listen on; ``127.0.0.1`` keeps the mails on this machine.
        smtp_port: Port of the SMTP server.
        web_port: Port of the pages.
        ready: Called when both listen.

    Raises:
        ConfigurationError: When a port is taken.
    """
    store = MailboxStore(folder, clock_now=clock.now)
    pages = create_pages(store, templates=templates, clock=clock, hosts=[host])
    smtp = _listen(host, smtp_port, "ACCTFLOWS_SMTP_PORT")
    web = _listen(host, web_port, "ACCTFLOWS_MAILBOX_PORT")
    server = uvicorn.Server(uvicorn.Config(pages, log_level="warning", access_log=False))
    ready()
    asyncio.run(_serve(store, smtp, server, web))


async def _serve(
    store: MailboxStore, smtp: socket.socket, server: uvicorn.Server, web: socket.socket
) -> None:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: smtp_session(store), sock=smtp):
        await server.serve(sockets=[web])


def _listen(host: str, port: int, setting: str) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise ConfigurationError(
            f"the mailbox cannot listen on {host}:{port} ({error.strerror})",
            where=setting,
            todo="stop what uses the port, or set another",
        ) from error
