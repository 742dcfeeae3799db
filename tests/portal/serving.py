"""The portal behind a real server on a free port, in a thread of the test."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from acctflows.portal.server import OPTIONS


class _Server(uvicorn.Server):
    """Ends when it is told; uvicorn's own looks ten times a second whether it shall."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._running = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self._running.set()
        await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # As uvicorn's own, without its pause of a tenth of a second: nobody is far away.
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        async with asyncio.timeout(10):
            while self.server_state.connections or self.server_state.tasks:
                await asyncio.sleep(0.001)
            for server in self.servers:
                await server.wait_closed()
        await self.lifespan.shutdown()

    def end(self) -> None:
        if self._running.wait(10):
            self._loop.call_soon_threadsafe(self._over.set)


@contextmanager
def serving(portal: FastAPI) -> Iterator[str]:
    """The address under which the portal answers while the block runs."""
    # asyncio sends small answers at once (TCP_NODELAY) only on sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    # The kernel keeps visitors waiting from here on; else they were refused until uvicorn listens.
    listener.listen(128)
    server = _Server(uvicorn.Config(portal, log_config=None, **OPTIONS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        thread.join(timeout=10)
        listener.close()
