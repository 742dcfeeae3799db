"""Every page of the desk, every role: what is not allowed by name is refused."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.portal.desk.access import RIGHTS, Permission, admit
from acctflows.portal.web import create_portal
from tests.portal.conftest import secret_of, sign_in_as
from tests.portal.serving import serving
from tests.portal.world import FakePrefect, make_user

LOOK, SETTLE, ADMINISTER = Permission.LOOK, Permission.SETTLE, Permission.ADMINISTER
RUN = "0f6b1f6e-5b5e-4c0e-9d67-2a1f4d2b7c11"

MATRIX = {
    ("GET", "/desk/"): LOOK,
    ("GET", "/desk/approvals/{version_id}"): LOOK,
    ("POST", "/desk/approvals/{version_id}"): SETTLE,
    ("POST", "/desk/work/{item_id}/settle"): SETTLE,
    ("GET", "/desk/mails"): LOOK,
    ("GET", "/desk/mails/{mail_id}"): LOOK,
    ("POST", "/desk/mails/{mail_id}/settle"): SETTLE,
    ("POST", "/desk/runs/{run_id}/retry"): SETTLE,
    ("POST", "/desk/runs/{run_id}/settle"): SETTLE,
    ("GET", "/desk/clients"): LOOK,
    ("GET", "/desk/clients/{client_id}"): LOOK,
    ("GET", "/desk/clients/{client_id}/reminders"): LOOK,
    ("POST", "/desk/clients/{client_id}/stops"): SETTLE,
    ("POST", "/desk/stops/{stop_id}/lift"): SETTLE,
    ("POST", "/desk/clients/{client_id}/promises"): SETTLE,
    ("POST", "/desk/promises/{promise_id}/withdraw"): SETTLE,
    ("GET", "/desk/projects"): LOOK,
    ("GET", "/desk/projects/{project_id}"): LOOK,
    ("GET", "/desk/contracts"): LOOK,
    ("POST", "/desk/contracts/{contract_id}/notice"): SETTLE,
    ("POST", "/desk/notices/{notice_id}/withdraw"): SETTLE,
    ("GET", "/desk/documents"): LOOK,
    ("GET", "/desk/documents/{number}"): LOOK,
    ("POST", "/desk/defects/{defect_id}/cure"): SETTLE,
    ("POST", "/desk/versions/{version_id}/invitation"): SETTLE,
    ("POST", "/desk/versions/{version_id}/silence"): SETTLE,
    ("GET", "/desk/receivables"): LOOK,
    ("GET", "/desk/invoices/{number}"): LOOK,
    ("POST", "/desk/invoices/{number}/cancel"): SETTLE,
    ("GET", "/desk/payments"): LOOK,
    ("GET", "/desk/payments/{line_id}"): LOOK,
    ("POST", "/desk/payments/{line_id}/confirm"): SETTLE,
    ("POST", "/desk/payments/{line_id}/assign"): SETTLE,
    ("POST", "/desk/payments/{line_id}/leave"): SETTLE,
    ("POST", "/desk/payments/{line_id}/undo"): SETTLE,
    ("POST", "/desk/bookings/{payment_id}/undo"): SETTLE,
    ("POST", "/desk/credits/{payment_id}/set-off"): SETTLE,
    ("GET", "/desk/versions/{version_id}/document.{suffix}"): LOOK,
    ("GET", "/desk/objections/{version_id}"): LOOK,
    ("POST", "/desk/objections/{version_id}"): SETTLE,
    ("GET", "/desk/versions/{version_id}/comparison.docx"): LOOK,
    ("POST", "/desk/versions/{version_id}/withdrawal"): SETTLE,
    ("GET", "/desk/versions/{version_id}/sealed.pdf"): LOOK,
    ("GET", "/desk/versions/{version_id}/paper"): SETTLE,
    ("POST", "/desk/versions/{version_id}/paper"): SETTLE,
    ("GET", "/desk/versions/{version_id}/signed"): SETTLE,
    ("POST", "/desk/versions/{version_id}/signed"): SETTLE,
    ("POST", "/desk/versions/{version_id}/signed/acceptance"): SETTLE,
    ("GET", "/desk/versions/{version_id}/proof"): LOOK,
    ("GET", "/desk/satisfaction"): LOOK,
    ("GET", "/desk/satisfaction/result.pdf"): LOOK,
    ("GET", "/desk/satisfaction/charts/{chart}"): LOOK,
    ("GET", "/desk/satisfaction/{survey_id}"): LOOK,
    ("GET", "/desk/search"): LOOK,
    ("GET", "/desk/people"): ADMINISTER,
    ("POST", "/desk/people/{user_id}/access"): ADMINISTER,
    ("POST", "/desk/logout"): LOOK,
    ("POST", "/desk/language"): LOOK,
}
"""What every page asks for, written down a second time: a new page must be added here."""

OPEN = {("GET", "/desk"), ("GET", "/desk/login"), ("POST", "/desk/login")}
"""Open to everybody, and nothing else."""


class Page(NamedTuple):
    method: str
    path: str

    @property
    def address(self) -> str:
        return "/".join(_value(part) for part in self.path.split("/"))


def _value(part: str) -> str:
    if part == "{run_id}":
        return RUN
    return {"document.{suffix}": "document.pdf"}.get(part, "1" if part.startswith("{") else part)


def pages_of(routes: Sequence[BaseRoute]) -> Iterator[Page]:
    """Every method and path, whatever router it was included by."""
    for route in iter_route_contexts(routes):
        for method in (route.methods or set()) - {"HEAD"}:
            yield Page(method, str(route.path))


def desk_pages(portal: FastAPI) -> set[Page]:
    return {page for page in pages_of(portal.routes) if page.path.startswith("/desk")}


def test_the_matrix_names_every_page(app: App) -> None:
    assert desk_pages(create_portal(app, None)) == {Page(*key) for key in MATRIX} | {
        Page(*key) for key in OPEN
    }


def test_nobody_is_let_in_without_signing_in(app: App, browser: httpx.Client) -> None:
    for method, path in MATRIX:
        page = Page(method, path)
        answer = browser.request(method, page.address)
        assert answer.status_code == 303, page
        assert answer.headers["location"].startswith("/desk/login?next=")
        head = browser.head(page.address)
        assert head.status_code in (303, 405), page


@pytest.mark.parametrize("role", Role)
def test_every_role_opens_exactly_what_it_may(
    browser: httpx.Client, signed_in: Callable[[Role], httpx.Client], role: Role
) -> None:
    signed_in(role)
    secret = secret_of(browser.get("/desk/").text)
    for (method, path), permission in MATRIX.items():
        if path == "/desk/logout":
            continue
        page = Page(method, path)
        data = {"csrf": secret} if method == "POST" else None
        answer = browser.request(method, page.address, data=data)
        refused = answer.status_code == 403
        assert refused is (permission not in RIGHTS[role]), (page, answer.status_code)


def test_a_post_without_the_secret_is_refused(
    browser: httpx.Client, signed_in: Callable[[Role], httpx.Client]
) -> None:
    signed_in(Role.ADMIN)
    for method, path in MATRIX:
        if method == "POST":
            for secret in ({}, {"csrf": ""}, {"csrf": "é" * 43}, {"csrf": "x" * 43}):
                answer = browser.post(Page(method, path).address, data=secret)
                assert answer.status_code == 403, path
                assert "zu lange offen" in answer.text
    assert browser.get("/desk/").status_code == 200


def test_the_secret_of_another_session_is_refused(
    app: App, browser: httpx.Client, signed_in: Callable[[Role], httpx.Client]
) -> None:
    signed_in(Role.MANAGER)
    with app.database.transaction() as session:
        other = make_user(session, email="other@nordlicht-digital.example")
    with httpx.Client(base_url=browser.base_url) as theirs:
        sign_in_as(theirs, other.email)
        secret = secret_of(theirs.get("/desk/").text)
    assert browser.post("/desk/logout", data={"csrf": secret}).status_code == 403


def test_a_page_that_names_no_permission_opens_for_nobody(app: App) -> None:
    forgotten = APIRouter(prefix="/desk", dependencies=[Depends(admit)])

    @forgotten.get("/forgotten")
    def page() -> Response:
        return PlainTextResponse("open")

    portal = create_portal(app, FakePrefect())  # type: ignore[arg-type]  # the fake at the edge
    portal.include_router(forgotten)
    with app.database.transaction() as session:
        make_user(session, Role.ADMIN)
    with serving(portal) as url, httpx.Client(base_url=url, timeout=30) as browser:
        sign_in_as(browser, "admin@nordlicht-digital.example")
        assert browser.get("/desk/forgotten").status_code == 403


def test_the_navigation_shows_only_what_one_may_open(
    browser: httpx.Client, signed_in: Callable[[Role], httpx.Client]
) -> None:
    page = signed_in(Role.READER).get("/desk/").text
    assert "/desk/clients" in page
    assert "/desk/people" not in page
