"""Checking a file and recording signatures from elsewhere, in a real browser at every size."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import DocumentVersion, VersionState
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.browser.test_desk import signed_in
from tests.factories import TODAY
from tests.portal.outside_files import HTML, picture
from tests.portal.signing import elsewhere
from tests.portal.world import make_user, sent

pytestmark = pytest.mark.browser

PDF = "application/pdf"


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    """An agency with two contracts at the client's."""
    with portal_at(tmp_path, sqlite_file, agency) as served:
        with served.app.database.transaction() as session:
            make_user(session, Role.ADMIN)
            sent(session, served.app)
            sent(session, served.app)
        yield served


def shown(served: Served) -> bytes:
    with served.app.database.reading() as session:
        version = session.get_one(DocumentVersion, 1)
        return (served.app.docs_out / version.pdf_path).read_bytes()


def choose(page: Page, content: bytes, name: str = "file.pdf", kind: str = PDF) -> None:
    page.set_input_files("input[type=file]", {"name": name, "mimeType": kind, "buffer": content})


def meets_the_rules(page: Page) -> None:
    assert overflow(page) == 0, page.url
    assert accessibility_faults(page) == "", page.url


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_anybody_checks_a_file_and_a_hash(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="de-DE")
    page.goto(f"{served.url}/verify")
    meets_the_rules(page)
    choose(page, shown(served))
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Ja, diese Datei ist bei uns verzeichnet")
    meets_the_rules(page)
    choose(page, shown(served) + b"\n%%EOF")
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Diese Datei wurde verändert")
    meets_the_rules(page)
    page.get_by_label("SHA-256").fill("12 34")
    page.get_by_role("button", name="Prüfsumme prüfen").click()
    expect(page.get_by_text("Das ist keine SHA-256")).to_be_visible()
    meets_the_rules(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("This is no SHA-256")).to_be_visible()
    page.close()


def test_a_file_that_is_too_large_gets_an_answer_and_not_a_broken_connection(
    served: Served, browser: Browser, tmp_path: Path
) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(60_000_000)
    page = browser.new_page(locale="de-DE")
    page.goto(f"{served.url}/verify")
    page.set_input_files("input[type=file]", large)
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Diese Datei ist zu groß")
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_manager_records_a_signature_on_paper(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    page = signed_in(browser, served, size, java_script_enabled=True)
    page.goto(f"{served.url}/desk/documents/V-2026-0001")
    page.get_by_role("link", name="Auf Papier unterschrieben").click()
    meets_the_rules(page)
    page.get_by_label("Wer hat unterschrieben?").fill("Käthe Brünning")
    page.get_by_label("Tag der Unterschrift").fill(TODAY.isoformat())
    choose(page, HTML, "scan.pdf")
    page.get_by_role("button", name="Als angenommen festhalten").click()
    expect(page.get_by_text("Das ist weder PDF noch PNG noch JPEG")).to_be_visible()
    meets_the_rules(page)
    choose(page, picture(), "scan.png", "image/png")
    page.get_by_role("button", name="Als angenommen festhalten").click()
    expect(page.get_by_role("status")).to_contain_text("Als angenommen festgehalten.")
    expect(page.get_by_role("link", name="Beleg herunterladen")).to_be_visible()
    meets_the_rules(page)
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_manager_judges_a_pdf_that_was_signed_elsewhere(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    page = signed_in(browser, served, size, java_script_enabled=False)
    page.goto(f"{served.url}/desk/documents/V-2026-0001")
    page.get_by_role("link", name="Anderswo signiert (QES)").click()
    choose(page, elsewhere().sign(shown(served), "Käthe Brünning"))
    page.get_by_role("button", name="Datei prüfen").click()
    expect(page.get_by_role("alert")).to_contain_text("Nicht hinter jeder Signatur")
    expect(page.get_by_label("Wer hat unterschrieben?")).to_have_value("Käthe Brünning")
    assert overflow(page) == 0
    page.get_by_label("Tag der Unterschrift").fill(TODAY.isoformat())
    page.get_by_role("button", name="Als angenommen festhalten").click()
    expect(page.get_by_role("status")).to_contain_text("Als angenommen festgehalten.")
    with served.app.database.reading() as session:
        assert session.get_one(DocumentVersion, 1).state is VersionState.ACCEPTED
    page.close()


def test_the_findings_meet_the_rules(served: Served, browser: Browser) -> None:
    page = signed_in(browser, served, PHONE)
    page.goto(f"{served.url}/desk/versions/1/signed")
    meets_the_rules(page)
    choose(page, elsewhere().sign(shown(served), "Käthe Brünning"))
    page.get_by_role("button", name="Datei prüfen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    meets_the_rules(page)
    page.close()
