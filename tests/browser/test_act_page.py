"""The page of an act in a real browser: on a phone, without JavaScript, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.documents import ClientDecision, Outcome
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.delivery.stories import finished
from tests.factories import make_client, make_contact
from tests.portal.world import sent_act

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente" * 3


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    with portal_at(tmp_path, sqlite_file, agency) as served:
        yield served


def offer(served: Served, language: str = "de", *, month: bool = False) -> str:
    """The link of an act whose accepting contact speaks that language."""
    with served.app.database.transaction() as session:
        client = make_client(session, language=language, legal_name=LONG)
        make_contact(session, client)
        project = None if month else finished(session, client=client)
        _version, token = sent_act(session, served.app, month=month, project=project)
    return f"{served.url}/d/{token}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone that runs no JavaScript."""
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=True,
        has_touch=True,
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


def decision(served: Served) -> tuple[Outcome, list[tuple[str, str]]]:
    with served.app.database.reading() as session:
        found = session.query(ClientDecision).one()
        return found.outcome, [(each.place, each.description) for each in found.defects]


def test_a_client_names_three_defects_on_a_phone(served: Served, phone: Page) -> None:
    phone.goto(offer(served))
    phone.get_by_text("Mängel nennen und nicht abnehmen").tap()
    form = phone.locator(".decline")
    for n, (place, words) in enumerate((("Galerie", "Bild fehlt"), ("Fuß", "Nummer falsch")), 1):
        phone.locator(f"#decline-place-{n}").fill(place)
        phone.locator(f"#decline-description-{n}").fill(words)
    form.get_by_role("button", name="Weitere Mängel nennen").tap()
    expect(phone.locator("#decline-place-1")).to_have_value("Galerie")
    phone.locator("#decline-place-3").fill("Kontakt")
    form.get_by_role("button", name="Nicht abnehmen").tap()

    alert = phone.get_by_role("alert")
    expect(alert).to_be_in_viewport()
    alert.get_by_role("link").tap()
    missing = phone.locator("#decline-description-3")
    expect(missing).to_be_in_viewport()
    missing.fill("Formular sendet nicht")
    form.get_by_role("button", name="Nicht abnehmen").tap()

    expect(phone.get_by_role("heading", level=1)).to_have_text("Danke, die Mängel sind angekommen")
    assert decision(served) == (
        Outcome.DECLINED,
        [
            ("Galerie", "Bild fehlt"),
            ("Fuß", "Nummer falsch"),
            ("Kontakt", "Formular sendet nicht"),
        ],
    )


def test_a_client_accepts_and_reserves_in_english(served: Served, phone: Page) -> None:
    phone.goto(offer(served, "en"))
    expect(phone.get_by_text("7 December 2026, 10:00")).to_be_in_viewport()
    phone.get_by_text("Accept with defects you reserve").tap()
    phone.locator("#place-1").fill("Gallery")
    phone.locator("#description-1").fill("A picture is missing.")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Accept the result").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Thank you")
    expect(phone.get_by_text("A picture is missing.")).to_be_visible()
    assert decision(served) == (Outcome.ACCEPTED, [("Gallery", "A picture is missing.")])


def test_enter_in_a_field_sends_the_form_and_asks_for_no_more_defects(
    served: Served, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(offer(served))
    page.locator("#name").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Bitte bestätigen Sie die Erklärung")
    page.get_by_text("Mängel nennen und nicht abnehmen").click()
    page.locator("#decline-place-1").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("mindestens einen Mangel")
    page.close()


@pytest.mark.parametrize("month", [False, True], ids=["milestone", "month"])
@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, DESKTOP])
def test_the_page_fits_every_screen_and_everybody(
    served: Served, browser: Browser, size: tuple[int, int], month: bool
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    address = offer(served, month=month)
    for path in (address, f"{address}?lang=en"):
        page.goto(path)
        for details in page.locator("#decision details summary").all():
            details.click()
        assert overflow(page) == 0
        assert accessibility_faults(page) == ""
    page.locator(".decline button").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert overflow(page) == 0
    assert accessibility_faults(page) == ""
    page.close()
