"""Templates on the desk in a real browser: uploaded, looked at page by page, put in use."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.desk import Role
from acctflows.db.session import Database
from acctflows.documents.convert.choose import find_soffice
from acctflows.portal.files import MEDIA_TYPES
from acctflows.portal.web import create_portal
from acctflows.word_templates import Place, template_in_use
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
)
from tests.browser.test_desk import signed_in
from tests.conftest import ROOT, missing
from tests.documents.word_files import word_file
from tests.portal.serving import serving
from tests.portal.world import Hand, make_app, make_user

pytestmark = pytest.mark.browser

ADDRESS = "desk/templates/contract/de"


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    """An agency whose templates may be replaced."""
    if not find_soffice(None):
        missing("LibreOffice")
    templates = Path(shutil.copytree(ROOT / "templates", tmp_path / "templates"))
    database = Database(f"sqlite:///{sqlite_file}")
    app = replace(make_app(tmp_path, database, agency, Hand()), templates=templates)
    template_in_use(app, Place.of(app, "contract", "de"), actor="draft-contract")
    with database.transaction() as session:
        make_user(session, Role.ADMIN)
    with serving(create_portal(app, None)) as url:
        yield Served(app, url)
    database.close()


def choose(page: Page, content: bytes) -> None:
    file = FilePayload(name="Vorlage.docx", mimeType=MEDIA_TYPES["docx"], buffer=content)
    page.get_by_label("Word-Datei").set_input_files(file)
    page.get_by_role("button", name="Prüfen und hinzufügen").click()


def test_a_new_template_is_checked_looked_at_and_put_in_use(
    served: Served, browser: Browser
) -> None:
    page = signed_in(browser, served, PHONE, java_script_enabled=False)
    page.goto(f"{served.url}/{ADDRESS}")
    choose(page, word_file("{{ contract.nummer }}", "{% if x %}"))
    expect(page.get_by_role("alert")).to_contain_text("kann keine Vorlage werden")
    expect(page.get_by_role("alert")).to_contain_text("Fehler: 3")
    expect(page.locator("ol.findings")).to_contain_text("{{ contract.nummer }}")

    choose(page, word_file("Vertrag {{ number }}"))
    expect(page.get_by_role("status")).to_contain_text("Ohne Fehler")
    page.get_by_role("link", name="Muster ansehen").click()
    picture = page.get_by_role("img", name="Seite 1 von 1 des Musters")
    expect(picture).to_be_visible()
    assert page.request.get(f"{served.url}{picture.get_attribute('src')}").body()[1:4] == b"PNG"
    page.get_by_role("button", name="In Gebrauch nehmen").click()
    expect(page.get_by_role("status")).to_contain_text("ab jetzt mit dieser Version")
    page.get_by_role("button", name="Zu dieser zurückkehren").click()
    expect(page.get_by_role("row", name="Version 1 in Gebrauch")).to_be_visible()
    page.close()


def test_every_page_fits_the_screen_and_meets_the_rules(served: Served, browser: Browser) -> None:
    page = signed_in(browser, served, DESKTOP)
    for path in ("desk/templates", ADDRESS, f"{ADDRESS}/1", f"{ADDRESS}/1/sample"):
        page.goto(f"{served.url}/{path}")
        for width, height in (DESKTOP, PHONE, SMALL_PHONE):
            page.set_viewport_size({"width": width, "height": height})
            assert overflow(page) == 0, path
        assert accessibility_faults(page) == "", path
    page.close()
