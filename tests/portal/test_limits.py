"""Size, speed and number of requests have limits, and nothing sent to us makes us fall over."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.session import Database
from acctflows.portal.limits import (
    BODY_SECONDS,
    MAX_BODY,
    BodyLimit,
    TokenBuckets,
    client_ip,
    visitor_key,
)
from acctflows.portal.web import REQUESTS_AT_ONCE, create_portal
from tests.portal.serving import serving
from tests.portal.world import Hand, make_app, sent


def test_a_bucket_gives_its_tokens_and_refills() -> None:
    hand = Hand()
    buckets = TokenBuckets(capacity=2, per_second=0.5, now=hand)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 2]
    assert buckets.wait("a") == 2
    assert buckets.take("b") == 0
    hand.forward(seconds=2)
    assert [buckets.take("a"), buckets.take("a")] == [0, 2]


def test_a_clock_that_jumps_back_gives_nothing_away() -> None:
    hand = Hand()
    buckets = TokenBuckets(capacity=1, per_second=1, now=hand)
    buckets.take("a")
    hand.forward(days=-1)
    assert buckets.take("a") == 1
    hand.forward(seconds=1)
    assert buckets.take("a") == 0


def test_the_buckets_stay_few_whoever_comes() -> None:
    hand = Hand()
    buckets = TokenBuckets(capacity=1, per_second=0.001, now=hand)
    for number in range(50_000):
        buckets.take(f"10.{number}")
    assert len(buckets._levels) <= 20_000


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("nonsense" * 40, ""),
        ("", ""),
    ],
)
def test_a_visitor_is_an_address_or_a_network(address: str, key: str) -> None:
    assert visitor_key({"type": "http", "client": (address, 1)}) == key


def test_a_visitor_without_an_address_is_nobody() -> None:
    assert client_ip({"type": "http", "client": None}) == ""


def test_guessing_links_ends_after_twenty_tries(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        _, token = sent(session, app)
    answers = [browser.get(f"/d/guess-{n}") for n in range(25)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 5
    assert int(answers[-1].headers["retry-after"]) > 0
    assert browser.get(f"/d/{token}").status_code == 429


def test_guessing_may_go_on_after_a_while(app: App, browser: httpx.Client, hand: Hand) -> None:
    for number in range(21):
        browser.get(f"/d/guess-{number}")
    hand.forward(seconds=3)
    assert [browser.get(f"/d/later-{n}").status_code for n in range(2)] == [404, 429]


def test_a_visitor_who_hammers_is_told_to_wait(browser: httpx.Client) -> None:
    codes = [browser.get("/health").status_code for _ in range(REQUESTS_AT_ONCE + 5)]
    assert codes == [200] * REQUESTS_AT_ONCE + [429] * 5
    refused = browser.get("/desk/login", headers={"Accept-Language": "de"})
    assert refused.headers["retry-after"] == "1"
    assert "Bitte einen Augenblick Geduld" in refused.text
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert browser.get("/static/agency.css").status_code == 200


@pytest.fixture
def behind_proxy(
    tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand
) -> Iterator[httpx.Client]:
    """A portal whose operator named 127.0.0.1 as its proxy."""
    settings = {"portal_trusted_proxies": "127.0.0.1", "portal_url": "https://portal.example"}
    app = make_app(tmp_path, database, agency, hand, **settings)
    with serving(create_portal(app, None)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_a_trusted_proxy_says_who_the_visitor_is(behind_proxy: httpx.Client) -> None:
    for number in range(25):
        behind_proxy.get(f"/d/{number}", headers={"X-Forwarded-For": "203.0.113.7"})
    other = behind_proxy.get("/d/x", headers={"X-Forwarded-For": "203.0.113.8"})
    assert other.status_code == 404


def test_what_a_visitor_tells_the_proxy_of_others_does_not_count(
    behind_proxy: httpx.Client,
) -> None:
    for number in range(25):
        told = f"198.51.100.{number}, 203.0.113.7"  # the proxy puts whom it sees at the end
        behind_proxy.get(f"/d/{number}", headers={"X-Forwarded-For": told})
    again = behind_proxy.get("/d/x", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7:4711"})
    assert again.status_code == 429


@pytest.mark.parametrize("told", ["", ",", "unknown", "1.2.3", "[::1", "x" * 5000, "6.6.6.6,,"])
def test_nonsense_of_a_proxy_opens_and_breaks_nothing(
    behind_proxy: httpx.Client, told: str
) -> None:
    for number in range(25):
        behind_proxy.get(f"/d/{number}", headers={"X-Forwarded-For": told})
    assert behind_proxy.get("/d/x", headers={"X-Forwarded-For": told}).status_code == 429


def test_nobody_else_may_say_who_they_are(browser: httpx.Client) -> None:
    for number in range(25):
        browser.get(f"/d/{number}", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert browser.get("/d/x", headers={"X-Forwarded-For": "203.0.113.99"}).status_code == 429


def test_a_large_body_is_refused_by_its_length(browser: httpx.Client) -> None:
    answer = browser.post("/d/x", content=b"a=" + b"x" * MAX_BODY, headers=FORM)
    assert answer.status_code == 413


def test_a_large_body_without_a_length_is_counted(browser: httpx.Client) -> None:
    parts = iter([b"x" * 65536] * 5)
    # All of it is there: nothing is waited for, least of all until the time for it is over.
    answer = browser.post("/d/x", content=parts, headers=FORM, timeout=BODY_SECONDS / 2)
    assert answer.status_code == 413


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"&".join(b"f%d=1" % n for n in range(60)), FORM["content-type"], 400),
        (b'{"decision": "accept"}', "application/json", 415),
        (b"--b\r\n", "multipart/form-data; boundary=b", 415),
        (b"\xff\xfe%zz=%00%ff&;;==", FORM["content-type"], 422),
        (b"", "", 422),
    ],
)
def test_garbage_is_refused_in_words(
    app: App, browser: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    with app.database.transaction() as session:
        _, token = sent(session, app)
    answer = browser.post(f"/d/{token}", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert "<h1" in answer.text


async def never() -> Message:
    await asyncio.sleep(60)
    raise AssertionError


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def wait_for_it() -> None:
        guard = BodyLimit(read_all, seconds=0.05)
        await guard({"type": "http", "headers": []}, never, never)  # type: ignore[arg-type]  # unused

    with pytest.raises(HTTPException) as refused:
        asyncio.run(wait_for_it())
    assert refused.value.status_code == 408


@pytest.mark.parametrize("length", ["-1", "1e9", "99999999999999999999"])
def test_a_length_that_lies_is_refused(browser: httpx.Client, length: str) -> None:
    port = browser.base_url.port or 0
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(
            b"POST /d/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: " + length.encode() + b"\r\n\r\n"
        )
        assert raw.recv(20).split()[1] in (b"400", b"413")


PATHS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=PATHS, body=st.binary(max_size=300), method=st.sampled_from("GP"))
def test_no_input_makes_the_portal_fall_over(
    fuzzed: httpx.Client, path: str, body: bytes, method: str
) -> None:
    address = "/" + quote(path)
    if method == "G":
        answer = fuzzed.get(address)
    else:
        answer = fuzzed.post(address, content=body, headers=FORM)
    assert answer.status_code < 500


@pytest.fixture
def fuzzed(app: App, hand: Hand) -> Iterator[httpx.Client]:
    """A portal for which time flies, so that its rate limits do not end the test."""

    class Flying(Hand):
        def __call__(self):  # type: ignore[no-untyped-def]  # as Hand
            self.forward(hours=1)
            return super().__call__()

    object.__setattr__(app.clock, "now", Flying())
    with serving(create_portal(app, None)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
