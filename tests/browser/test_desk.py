"""The desk in a real browser: sign in, decide, settle; at every size, by the rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.terms import Term
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import Approval, ApprovalDecision
from acctflows.documents import work_items
from acctflows.receivables.payments.importing import match_waiting
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.contracts.stories import concluded
from tests.factories import NOW, TODAY, make_invoice, make_project
from tests.portal.test_desk import failed_run
from tests.portal.world import PASSWORD, in_approval, make_user, sent
from tests.receivables.bank_world import line, take

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    """An agency with an approval, a decline and a failed run on the desk."""
    with portal_at(tmp_path, sqlite_file, agency) as served:
        with served.app.database.transaction() as session:
            make_user(session, Role.ADMIN)
            in_approval(session, served.app)
            version, _ = sent(session, served.app)
            work_items.open_item(
                session,
                key="declined/V-2026-0002/v1",
                kind="declined",
                detail="Zu teuer",
                version=version,
                owner_id=None,
                due_on=TODAY,
                now=NOW,
            )
            make_invoice(session, version.document.client, number="RE-2026-0017")
            take(
                session,
                line(120_000, "Rechnung RE-2026-0017", counterparty="Möwe"),
                line(500, "danke"),
                line(-500, "Rückgabe", reversal=True),
            )
            concluded(
                session,
                served.app.agency,
                project=make_project(session, ends_on=None),
                term=Term.RENEWING,
            )
        match_waiting(served.app.database, now=NOW)
        served.prefect.runs = [failed_run()]
        yield served


def signed_in(browser: Browser, served: Served, size: tuple[int, int], **options: bool) -> Page:
    viewport = {"width": size[0], "height": size[1]}
    page = browser.new_page(viewport=viewport, locale="de-DE", **options)  # type: ignore[arg-type]  # passed on
    page.goto(f"{served.url}/desk/")
    page.get_by_label("E-Mail-Adresse").fill("admin@nordlicht-digital.example")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Heute")
    return page


def test_a_manager_approves_and_settles_without_javascript(
    served: Served, browser: Browser
) -> None:
    page = signed_in(browser, served, PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Ansehen und entscheiden").click()
    page.get_by_role("button", name="Freigeben").click()
    expect(page.get_by_role("status")).to_contain_text("Freigegeben")
    page.get_by_text("Erledigen").click()
    page.get_by_label("Was ist dabei herausgekommen?").first.fill("Neues Angebot")
    page.get_by_role("button", name="Speichern").first.click()
    expect(page.get_by_role("status")).to_have_text("Erledigt.")
    with served.app.database.reading() as session:
        decided = {(each.decision, each.decided_by) for each in session.query(Approval)}
    assert (ApprovalDecision.APPROVE, "Lena Hansen <admin@nordlicht-digital.example>") in decided
    page.close()


def test_the_desk_speaks_english_at_the_press_of_a_button(served: Served, browser: Browser) -> None:
    page = signed_in(browser, served, DESKTOP)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{served.url}/desk/login")
    page.close()


PAGES = (
    "",
    "approvals/1",
    "clients",
    "clients/1",
    "projects",
    "projects/1",
    "documents",
    "documents/V-2026-0001",
    "contracts",
    "documents/V-2026-0003",
    "payments",
    "payments/1",
    "payments/2?q=moewe",
    "payments/3",
    "mails",
    "search?q=moewe",
    "people",
    "nowhere",
)


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, DESKTOP])
def test_every_page_fits_the_screen_and_meets_the_rules(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{served.url}/desk/login")
    assert accessibility_faults(page) == ""
    page.close()
    page = signed_in(browser, served, size)
    for path in PAGES:
        page.goto(f"{served.url}/desk/{path}")
        assert overflow(page) == 0, path
        assert accessibility_faults(page) == "", path
    page.close()
