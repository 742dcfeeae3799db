"""No other web page can give Prefect orders through somebody's browser."""

import asyncio
from typing import Any

import httpx
import pytest

from acctflows.clockwork.page_guard import Message, PageGuard, Receive, Send
from tests.house import House

PUBLIC = "https://prefect.agency.example"


async def application(scope: Message, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Prefect"})


def answer(kind: str = "http", **headers: str) -> list[Message]:
    """What somebody hears who asks with these headers."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": kind, "headers": given}
    guard = PageGuard(application, port=4200, address=PUBLIC)
    asyncio.run(guard(scope, receive, send))
    return said


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:4200"},
        {"host": "127.0.0.1:4200", "origin": "http://127.0.0.1:4200"},
        {"host": "127.0.0.1:4200", "origin": "http://localhost:4200"},
        {"host": "[::1]:4200", "origin": "http://[::1]:4200"},
        {"host": "192.168.1.5:4200", "origin": "http://192.168.1.5:4200"},
        {"host": "prefect.agency.example", "origin": PUBLIC},
        {"host": "127.0.0.1:4200", "origin": PUBLIC},
    ],
)
def test_its_own_pages_and_programs_get_through(headers: dict[str, str]) -> None:
    assert answer(**headers)[0]["status"] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:4200", "origin": "https://evil.example"},
        {"host": "127.0.0.1:4200", "origin": "http://evil.example:4200"},
        {"host": "127.0.0.1:4200", "origin": "http://localhost:3000"},
        {"host": "127.0.0.1:4200", "origin": "null"},
        {"host": "127.0.0.1:4200", "origin": "http://prefect.agency.example"},
        {"host": "evil.example:4200"},
        {"host": "evil.example:4200", "origin": "http://evil.example:4200"},
        {"host": "127.0.0.1.evil.example:4200"},
        {"host": "127.0.0.1@evil.example"},
        {"host": "[::1"},
        {"host": ""},
        {},
    ],
)
def test_other_pages_and_names_do_not(headers: dict[str, str]) -> None:
    assert answer(**headers)[0]["status"] == 403
    assert answer("websocket", **headers) == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_the_running_server_takes_no_orders_from_another_page(house: House) -> None:
    url = f"{house.app.prefect_api_url}/work_pools/filter"
    evil = {"Origin": "https://evil.example"}
    asked = {**evil, "Access-Control-Request-Method": "POST"}
    assert httpx.options(url, headers=asked).status_code == 403
    assert httpx.post(url, content="{}", headers=evil).status_code == 403
    assert httpx.post(url, json={}, headers={"Host": "evil.example"}).status_code == 403
    own = {"Origin": house.app.prefect_ui_url}
    assert "acctflows" in [pool["name"] for pool in httpx.post(url, json={}, headers=own).json()]
