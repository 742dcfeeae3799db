"""Limits that keep one visitor from using up the portal: size, time and number of requests."""

import asyncio
import ipaddress
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 256 * 1024
"""Bytes of a request: a reason of 10,000 characters fits several times over."""

BODY_SECONDS = 20.0
"""Within this time the whole request must have arrived."""

MAX_UPLOAD = 25_000_000
"""Bytes of a request with a file; only pages that take one read it (see `uploads`)."""

UPLOAD_SECONDS = 120.0
"""Within this time a file must have arrived: 25 MB at 1.7 Mbit/s."""

MULTIPART = "multipart/form-data"
"""How browsers send a form with a file."""

WASTE = 8
"""So many times what is allowed is taken before a visitor is cut off."""

_MAX_KEYS = 20_000  # a few megabytes, whoever comes from wherever


class TokenBuckets:
    """A bucket of tokens per key: so many at once, refilled at a steady rate.

    Args:
        capacity: Tokens of a full bucket.
        per_second: Tokens that come back each second.
        now: The present moment; a clock that jumps back counts as standing still.
    """

    def __init__(self, *, capacity: float, per_second: float, now: Callable[[], datetime]) -> None:
        self._capacity = capacity
        self._rate = per_second
        self._now = now
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key: str) -> int:
        """Take a token: 0 when there was one, else the seconds until there will be."""
        with self._lock:
            level = self._refill(key)
            if level < 1:
                return math.ceil((1 - level) / self._rate)
            self._make_room()
            self._levels[key] = (level - 1, self._now().timestamp())
            return 0

    def wait(self, key: str) -> int:
        """Seconds until there is a token, 0 when there is one; takes none."""
        with self._lock:
            level = self._refill(key)
            return 0 if level >= 1 else math.ceil((1 - level) / self._rate)

    def _refill(self, key: str) -> float:
        at = self._now().timestamp()
        if key not in self._levels:
            return self._capacity
        level, before = self._levels[key]
        level = min(self._capacity, level + max(0.0, at - before) * self._rate)
        # Noted each time: after a clock was set back, tokens come back from its new time on.
        self._levels[key] = (level, at)
        return level

    def _make_room(self) -> None:
        if len(self._levels) < _MAX_KEYS:
            return
        full = [key for key in list(self._levels) if self._refill(key) >= self._capacity]
        # Under attack from many addresses no bucket may be full: then the oldest half goes.
        for key in full or list(self._levels)[: _MAX_KEYS // 2]:
            del self._levels[key]


def client_ip(scope: Scope) -> str:
    """The visitor's address, or empty where none is known or a proxy passed on nonsense."""
    try:
        return str(ipaddress.ip_address((scope.get("client") or ("",))[0]))
    except ValueError:
        return ""


def visitor_key(scope: Scope) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 network of an IPv6 address."""
    text = client_ip(scope)
    if ":" not in text:
        return text
    return str(ipaddress.ip_network((text, 64), strict=False))


class RequestRate:
    """Refuses a visitor who asks too often (429 with Retry-After).

    Args:
        app: The application.
        buckets: One bucket per visitor.
        refuse: Makes the answer, given the seconds to wait.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        buckets: TokenBuckets,
        refuse: Callable[[Request, int], Response],
    ) -> None:
        self._app = app
        self._buckets = buckets
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request; our own static files do not count."""
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            wait = self._buckets.take(visitor_key(scope))
            if wait:
                await self._refuse(Request(scope), wait)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses requests that are too large (413) or arrive too slowly (408).

    Content-Length is checked first; a body without one, or one that lies, is counted as it comes.
    What is too large is taken and thrown away for a while: a browser that is cut off while it sends
    would show its own fault instead of our answer.

    Args:
        app: The application.
        max_bytes: Of an ordinary form.
        seconds: In which it must have arrived.
        max_upload: Bytes of a form with a file.
        upload_seconds: In which it must have arrived.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BODY,
        seconds: float = BODY_SECONDS,
        max_upload: int = MAX_UPLOAD,
        upload_seconds: float = UPLOAD_SECONDS,
    ) -> None:
        self._app = app
        self._limits = {False: (max_bytes, seconds), True: (max_upload, upload_seconds)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with a guarded ``receive``."""
        if scope["type"] == "http":
            receive = self._guarded(scope, receive)
        await self._app(scope, receive, send)

    def _guarded(self, scope: Scope, receive: Receive) -> Receive:
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        upload = headers.get(b"content-type", b"").lower().startswith(MULTIPART.encode())
        max_bytes, seconds = self._limits[upload]
        too_large = HTTPException(413, "upload_size" if upload else None)
        deadline = asyncio.get_running_loop().time() + seconds
        seen = 0
        complete = False

        async def guarded() -> Message:
            nonlocal seen, complete
            if complete:
                return await receive()
            if not declared.isdigit() or int(declared) > WASTE * max_bytes:
                raise too_large
            if int(declared) > max_bytes:
                await _throw_away(receive, at_most=WASTE * max_bytes, deadline=deadline)
                raise too_large
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            seen += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if seen > max_bytes:
                if not complete:
                    await _throw_away(receive, at_most=WASTE * max_bytes, deadline=deadline)
                raise too_large
            return message

        return guarded


async def _throw_away(receive: Receive, *, at_most: int, deadline: float) -> None:
    """Take the rest of a request that is refused, within reason."""
    taken = 0
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            while taken < at_most:
                message = await receive()
                taken += len(message.get("body", b""))
                if not message.get("more_body", False):  # the end, or the visitor has left
                    return
