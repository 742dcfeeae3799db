"""Keeps other web pages away from Prefect, which has no login and takes orders from any page.

A page anywhere can make the browser of someone at this machine send requests to it: resume a run,
and so approve a contract, or start one with a command of its choice. Browsers say which page a
request comes from (``Origin``, RFC 6454); names that lead here only by a foreign DNS entry (DNS
rebinding) show in ``Host``. Programs send no origin and are not concerned.
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LOCAL = ("127.0.0.1", "localhost", "[::1]")
ANSWER = (
    b"This address or page is not known to acctflows. Open Prefect under its own address, or name "
    b"the one your web server gives it in ACCTFLOWS_PREFECT_URL.\n"
)


class PageGuard:
    """Lets through what comes from Prefect's own pages or from programs.

    Args:
        application: Prefect's server.
        port: Where it listens.
        address: The address a web server in front of it gives it, such as
            https://prefect.agency.example; empty where there is none.
    """

    def __init__(self, application: Application, *, port: int, address: str = "") -> None:
        self._application = application
        self._origins = {f"http://{name}:{port}" for name in LOCAL}
        self._names = {"127.0.0.1", "localhost", "::1"}
        if address:
            parts = urlsplit(address)
            self._origins.add(f"{parts.scheme}://{parts.netloc}")
            self._names |= {parts.hostname} if parts.hostname else set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403 (RFC 9110, 15.5.4)."""
        if scope["type"] == "lifespan" or self._is_ours(_headers(scope)):
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": ANSWER})

    def _is_ours(self, headers: dict[str, str]) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._leads_here(host):
            return False
        own = {f"{scheme}://{host}" for scheme in ("http", "https")}
        return origin is None or origin in self._origins | own

    def _leads_here(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_number(name)


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _is_number(name: str) -> bool:
    """Whether it is an address of its own, which no DNS entry can bend."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
