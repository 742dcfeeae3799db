"""Every answer, whatever it is, carries the headers that protect the reader."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.db.session import Database
from acctflows.portal.look import colour_css, contrast
from acctflows.portal.web import create_portal
from tests.portal.conftest import secret_of
from tests.portal.serving import serving
from tests.portal.world import PASSWORD, Hand, make_app, make_user, sent

PATHS = ("/", "/desk", "/desk/", "/desk/login", "/d/x", "/nowhere", "/health", "/favicon.ico")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_protected(browser: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
        headers = browser.request(method, path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "camera=()" in headers["permissions-policy"]
        assert "server" not in headers


def test_private_pages_are_not_kept_and_static_files_are(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        _, token = sent(session, app)
    for path in (f"/d/{token}", f"/d/{token}/document.pdf", "/desk/login", "/d/x"):
        assert browser.get(path).headers["cache-control"] == "no-store"
    for path in ("/static/acctflows.css", "/static/agency.css", "/static/fonts/regular.otf"):
        assert browser.get(path).headers["cache-control"].startswith("public")


def test_only_our_own_pages_may_show_a_pdf_inside(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        _, token = sent(session, app)
    headers = browser.get(f"/d/{token}/document.pdf").headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_without_https_there_is_no_strict_transport(browser: httpx.Client) -> None:
    assert "strict-transport-security" not in browser.get("/health").headers


@pytest.fixture
def secure(
    tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand
) -> Iterator[httpx.Client]:
    """A portal people reach by https, behind a proxy."""
    app = make_app(tmp_path, database, agency, hand, portal_url="https://portal.example")
    with serving(create_portal(app, None)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_by_https_cookies_and_transport_are_strict(secure: httpx.Client) -> None:
    answer = secure.get("/desk/login")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=lax", "path=/desk"))


def test_by_https_each_cookie_of_a_signed_in_browser_is_strict(
    secure: httpx.Client, database: Database
) -> None:
    with database.transaction() as session:
        user = make_user(session)
    form = secure.get("/desk/login")
    secret = form.cookies["acctflows_door"]
    data = {"csrf": secret_of(form.text), "email": user.email, "password": PASSWORD}
    answer = secure.post("/desk/login", data=data, headers={"Cookie": f"acctflows_door={secret}"})

    cookies = answer.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "acctflows_desk", "acctflows_browser", "acctflows_door",
    }  # fmt: skip
    for cookie in cookies:
        if not cookie.startswith("acctflows_door"):  # which is deleted
            assert {"secure", "httponly", "samesite=lax", "path=/desk"} <= {
                part.strip().lower() for part in cookie.split(";")
            }


def test_the_session_cookie_is_out_of_reach(
    browser: httpx.Client, signed_in: Callable[[Role], httpx.Client]
) -> None:
    signed_in(Role.READER)
    form = browser.get("/desk/")
    again = browser.post("/desk/logout", data={"csrf": secret_of(form.text)})
    assert "acctflows_desk=" in again.headers["set-cookie"]


def test_a_fault_of_ours_is_protected_and_says_nothing(app: App) -> None:
    portal = create_portal(app, None)

    @portal.get("/broken")
    def broken() -> None:
        raise RuntimeError("a secret detail")

    with serving(portal) as url:
        answer = httpx.get(f"{url}/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_no_static_path_leads_out(browser: httpx.Client) -> None:
    for path in ("../texts/de.yaml", "%2e%2e/texts/de.yaml", "..%2f..%2fagency/agency.yaml"):
        assert browser.get(f"/static/{path}").status_code == 404
    assert browser.get("/static/fonts/..%2f__init__.otf").status_code == 404


@pytest.mark.parametrize("colour", ["#1f4e5f", "#ffee00", "#888888", "#000000", "#ffffff"])
def test_any_colour_of_an_agency_can_be_read(colour: str) -> None:
    values = dict(part.split(":") for part in colour_css(colour)[6:].strip("}\n").split(";"))
    assert contrast(values["--brand"], values["--brand-ink"]) >= 4.5
    assert contrast(values["--link"], "#ffffff") >= 4.5


def test_the_contrast_of_black_on_white_is_the_greatest() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
