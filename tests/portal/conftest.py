"""The portal behind a real server, with a real database and real files."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.db.session import Database
from acctflows.portal.desk import sessions
from acctflows.portal.web import create_portal
from tests.portal.serving import serving
from tests.portal.world import PASSWORD, FakePrefect, Hand, make_app, make_user


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def app(tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand) -> App:
    return make_app(tmp_path, database, agency, hand)


@pytest.fixture
def prefect() -> FakePrefect:
    return FakePrefect()


@pytest.fixture
def browser(app: App, prefect: FakePrefect) -> Iterator[httpx.Client]:
    """A visitor of the portal."""
    portal = create_portal(app, prefect)  # type: ignore[arg-type]  # the fake at the outer edge
    with (
        serving(portal) as address,
        # Without TLS nobody needs its authorities, whose reading takes longer than a page.
        httpx.Client(base_url=address, trust_env=False, timeout=30, verify=False) as client,
    ):
        yield client


@pytest.fixture
def signed_in(app: App, browser: httpx.Client) -> Callable[[Role], httpx.Client]:
    """Makes a user of that role, and the browser one in which they have signed in."""

    def sign_in(role: Role = Role.MANAGER, language: str = "de") -> httpx.Client:
        with app.database.transaction() as session:
            user = make_user(session, role, language=language)
            token = sessions.open_session(session, user, now=app.clock.now())
        browser.cookies.set(sessions.COOKIE, token, path="/desk")
        return browser

    return sign_in


def sign_in_as(
    browser: httpx.Client, email: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    form = browser.get("/desk/login")
    data = {"csrf": secret_of(form.text), "email": email, "password": password, **more}
    return browser.post("/desk/login", data=data)


def secret_of(page: str) -> str:
    """The hidden secret of the page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]
