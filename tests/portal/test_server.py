"""Nobody keeps others out of the portal by holding connections open."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx
import pytest
from fastapi import FastAPI

from acctflows.portal import server
from acctflows.portal.server import MOST_CONNECTIONS
from tests.portal.serving import serving

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def port(browser: httpx.Client) -> int:
    assert browser.base_url.port
    return browser.base_url.port


@pytest.fixture
def crowd() -> Iterator[ExitStack]:
    """Ends the connections a test has opened."""
    with ExitStack() as stack:
        yield stack


def connect(crowd: ExitStack, port: int, *, visitor: str = "127.0.0.1") -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(visitor, 0))
    return crowd.enter_context(closing(opened))


def ask(connection: socket.socket) -> bytes:
    """The first line of an answer whose body is read too."""
    connection.sendall(HEALTH)
    answer = b""
    while b'"status":"ok"' not in answer:
        answer += connection.recv(4096) or _ended()
    return answer.split(b"\r\n")[0]


def _ended() -> bytes:
    raise AssertionError("the connection ended without an answer")


def has_ended(connection: socket.socket) -> bool:
    """Waits until the portal has ended the connection, whatever it said before."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /hea", b"POST /d/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na", HEALTH],
    ids=["nothing", "half a head", "half a body", "a request, then nothing"],
)
def test_idle_connections_keep_nobody_out(
    browser: httpx.Client, port: int, crowd: ExitStack, said: bytes
) -> None:
    for _ in range(MOST_CONNECTIONS + 50):
        connect(crowd, port, visitor="127.0.0.2").sendall(said)

    assert browser.get("/health").status_code == 200


def test_who_has_many_questions_answered_at_once_keeps_nobody_out(crowd: ExitStack) -> None:
    portal, over = FastAPI(), asyncio.Event()

    @portal.get("/slow")
    async def slow() -> str:
        await over.wait()
        return "done"

    @portal.get("/end")
    async def end() -> str:
        over.set()
        return "ok"

    with serving(portal) as address, httpx.Client(base_url=address, trust_env=False) as reader:
        port = reader.base_url.port
        assert port
        for _ in range(MOST_CONNECTIONS + 50):
            opened = connect(crowd, port, visitor="127.0.0.2")
            opened.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")

        assert reader.get("/end").status_code == 200


def test_who_holds_most_loses_first(port: int, crowd: ExitStack) -> None:
    reader = connect(crowd, port, visitor="127.0.0.2")
    assert ask(reader).endswith(b"200 OK")
    first = connect(crowd, port)

    for _ in range(MOST_CONNECTIONS):
        connect(crowd, port)

    assert has_ended(first)
    assert ask(reader).endswith(b"200 OK")


@pytest.mark.parametrize(
    "said",
    [
        [],
        [b"GET /health HTTP/1.1\r\n", b"Host: x\r\n", b"X: y\r\n"],
        [HEALTH],
        [HEALTH, b"GET /health HT"],
        [HEALTH, HEALTH, b"G"],
        [b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", b"drop", b"drop"],
    ],
    ids=[
        "nothing",
        "a head in drops",
        "one request",
        "a second head",
        "pipelined",
        "a body unread",
    ],
)
def test_who_does_not_ask_in_time_is_left(
    port: int, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch, said: list[bytes]
) -> None:
    monkeypatch.setattr(server, "ASKING_SECONDS", 0.2)
    connection = connect(crowd, port)
    for part in said:
        connection.sendall(part)

    assert has_ended(connection)


def test_who_does_not_take_the_answer_is_left(
    port: int, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ASKING_SECONDS", 0.2)
    monkeypatch.setattr(server, "ANSWERING_SECONDS", 0.2)
    connection = connect(crowd, port)
    # Small enough to be full soon, large enough that what the kernel holds is read in no time.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    for _ in range(200):
        try:
            connection.sendall(b"GET /static/fonts/regular.otf HTTP/1.1\r\nHost: x\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            break

    assert has_ended(connection)


def test_a_working_connection_stays(
    port: int, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ASKING_SECONDS", 30)
    connection = connect(crowd, port)
    assert [ask(connection)[-6:] for _ in range(20)] == [b"200 OK"] * 20


def test_web_sockets_are_not_spoken(port: int, crowd: ExitStack) -> None:
    connection = connect(crowd, port)
    connection.sendall(
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
