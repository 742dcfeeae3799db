"""Prefect's answers and silences, as our small client understands them."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from acctflows.clockwork.api import PrefectApi
from acctflows.errors import ConflictError, InputError, NotFoundError, TemporaryError
from tests.house import free_ports


class Answers(BaseHTTPRequestHandler):
    """Answers with what is queued, in that order."""

    queue: list[tuple[int, Any]]
    asked: list[str]

    def do_POST(self) -> None:
        status, body = self.queue.pop(0)
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_GET = do_POST  # noqa: N815 — the name is http.server's

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture
def server() -> Iterator[tuple[PrefectApi, type[Answers]]]:
    handler = type("Handler", (Answers,), {"queue": [], "asked": []})
    web = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=web.serve_forever, args=(0.02,))
    thread.start()
    api = PrefectApi(f"http://127.0.0.1:{web.server_port}/api")
    yield api, handler
    api.close()
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, NotFoundError), (409, ConflictError), (422, InputError), (500, TemporaryError)],
)
def test_an_answer_of_refusal_says_what_and_where(server, status, error) -> None:
    api, answers = server
    answers.queue.append((status, {"detail": "no such thing"}))
    with pytest.raises(error, match=r"/api/things.*no such thing"):
        api.request("POST", "/things", {})


def test_a_busy_server_is_asked_again(server) -> None:
    api, answers = server
    answers.queue += [(503, {}), (429, {}), (200, {"id": "1"})]
    assert api.request("POST", "/things", {}) == {"id": "1"}


def test_a_server_that_stays_busy_is_a_temporary_trouble(server) -> None:
    api, answers = server
    answers.queue += [(503, {"exception_message": "Service Unavailable"})] * 5
    with pytest.raises(TemporaryError, match="Service Unavailable") as caught:
        api.request("POST", "/things", {})
    assert not caught.value.permanent


def test_silence_is_a_temporary_trouble_with_advice() -> None:
    api = PrefectApi(f"http://127.0.0.1:{free_ports(1)[0]}/api")
    assert not api.healthy()
    with pytest.raises(TemporaryError, match="acctflows up"):
        api.flow_run("x")
    api.close()


def test_a_refused_resume_is_a_result_though_the_answer_is_200(server) -> None:
    api, answers = server
    answers.queue.append((200, {"status": "REJECT", "details": {"reason": "decision is needed"}}))
    result = api.resume("some-run", {"decision": "?"})
    assert not result.accepted
    assert result.reason == "decision is needed"


def test_an_id_cannot_name_another_path(server) -> None:
    api, answers = server
    answers.queue.append((404, {"detail": "nothing"}))
    with pytest.raises(NotFoundError):
        api.flow_run("../admin?x=1")
    assert answers.asked == ["/api/flow_runs/..%2Fadmin%3Fx%3D1"]
