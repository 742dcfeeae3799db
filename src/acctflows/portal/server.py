"""The portal's server: uvicorn, in which nobody keeps others out by holding connections open.

uvicorn waits for ever for a first request, and for the rest of one that comes in drops. Here a
visitor must ask within a time, and when too many connections are open, the visitor who holds the
most of them loses one: the one that has kept us waiting longest, where there is such a one.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from acctflows.portal.limits import visitor_key

MOST_CONNECTIONS = 200
"""More are never open at once; a page needs six at most."""

FAIR_SHARE = 30
"""Whoever holds no more loses none that is being answered, as long as others keep us waiting."""

ASKING_SECONDS = 15.0
"""Within this time a request's head must have arrived, counted from the last answer."""

ANSWERING_SECONDS = 300.0
"""Within this time the visitor must have taken the answer: 10 MB at 35 kB/s."""


class Connection(H11Protocol):
    """One visitor's connection, which ends when they keep us waiting."""

    visitor = ""
    waits_since = 0.0
    _clock: asyncio.TimerHandle | None = None
    _answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request; make room where too many wait."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.visitor = visitor_key({"client": self.client})
        self._watch(answering=False)
        _make_room(cast("Iterable[Connection]", self.connections))

    def data_received(self, data: bytes) -> None:
        """Take what the visitor says."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there already."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_clock()
        super().connection_lost(exc)

    @property
    def keeps_us_waiting(self) -> bool:
        """Whether it is the visitor's turn to ask, to finish asking, or to take the answer."""
        complete = self.conn.their_state in (h11.DONE, h11.MUST_CLOSE)
        return not (self._answering and complete) or self.flow.write_paused

    def _look(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering is not self._answering:
            self._watch(answering=answering)

    def _watch(self, *, answering: bool) -> None:
        self._stop_clock()
        self._answering = answering
        self.waits_since = self.loop.time()
        if answering:
            self._clock = self.loop.call_later(ANSWERING_SECONDS, self.transport.abort)
        else:
            self._clock = self.loop.call_later(ASKING_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        self.transport.close()  # when the last answer has been taken
        self._clock = self.loop.call_later(ANSWERING_SECONDS, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()


OPTIONS: dict[str, Any] = {
    "http": Connection,
    "ws": "none",  # no page of ours speaks it, and our limits would not hold there
    "access_log": False,  # addresses hold the clients' tokens
    "server_header": False,
    "proxy_headers": False,  # create_portal trusts the proxies the operator named, and no others
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": 10,
}
"""How uvicorn serves the portal."""


def _make_room(connections: Iterable[Connection]) -> None:
    open_ones = [each for each in connections if not each.transport.is_closing()]
    if len(open_ones) <= MOST_CONNECTIONS:
        return
    held = Counter(each.visitor for each in open_ones)

    def goes(each: Connection) -> tuple[int, bool, int, float]:
        holds = held[each.visitor]
        return max(holds, FAIR_SHARE), each.keeps_us_waiting, holds, -each.waits_since

    max(open_ones, key=goes).transport.abort()
