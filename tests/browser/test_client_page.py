"""The client's page in a real browser: on a phone, without JavaScript, by keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import AccessLink, ClientDecision, Means, Outcome
from acctflows.db.models.mail import OutboxMail
from acctflows.portal.desk.mails import read_mail
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.documents.test_codes import wrong
from tests.factories import NOW, make_client, make_contact, make_project
from tests.portal.world import sent

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    with portal_at(tmp_path, sqlite_file, agency) as served:
        yield served


@pytest.fixture
def link(served: Served) -> str:
    return offer(served)


def offer(served: Served, **given: str) -> str:
    """The link of a contract; ``given`` are fields of the client."""
    with served.app.database.transaction() as session:
        client = make_client(session, **given)
        make_contact(session, client)
        _, token = sent(session, served.app, project=make_project(session, client=client))
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


def code_of(served: Served) -> str:
    """The code in the mail that was queued last."""
    with served.app.database.reading() as session:
        mail = session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    assert mail
    found = re.search(r"Ihr Code: ([0-9]{6})", read_mail(mail.raw).text)
    assert found
    return found[1]


def with_code(served: Served) -> str:
    """The link of a contract that is accepted with a code."""
    with served.app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client)
        project = make_project(session, client=client)
        _, token = sent(session, served.app, asks_code=True, project=project)
    return f"{served.url}/d/{token}"


def test_a_client_accepts_with_a_code_on_a_phone_without_javascript(
    served: Served, phone: Page
) -> None:
    phone.goto(with_code(served))
    phone.get_by_label("Ihre Funktion").first.fill("Prokuristin")
    phone.get_by_role("checkbox").check()
    assert phone.get_by_role("button", name="Vertrag annehmen").count() == 0
    phone.get_by_role("button", name="Code zusenden").tap()
    field = phone.get_by_label("Code aus der E-Mail")
    expect(field).to_be_in_viewport()
    expect(phone.get_by_label("Ihre Funktion").first).to_have_value("Prokuristin")
    expect(phone.get_by_role("checkbox")).to_be_checked()
    assert overflow(phone) == 0
    code = code_of(served)
    field.fill(wrong(code))
    field.press("Enter")  # the button that accepts, and not the one for another code
    expect(phone.get_by_role("alert")).to_contain_text("Dieser Code stimmt nicht")
    expect(phone.get_by_role("checkbox")).to_be_checked()
    phone.get_by_label("Code aus der E-Mail").fill(code)
    phone.get_by_role("button", name="Vertrag annehmen").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Vielen Dank")
    assert decision(served).means is Means.CODE


def test_the_page_of_an_expired_link_meets_the_rules_of_accessibility(
    served: Served, link: str, phone: Page, browser: Browser
) -> None:
    with served.app.database.transaction() as session:
        session.query(AccessLink).one().expires_at = NOW
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Dieser Link ist abgelaufen")
    expect(phone.get_by_role("link", name="+49 40 5550143")).to_be_in_viewport()
    assert overflow(phone) == 0
    page = browser.new_page()
    page.goto(f"{link}?lang=en")
    assert accessibility_faults(page) == ""
    page.close()


@pytest.mark.parametrize("size", [SMALL_PHONE, DESKTOP])
def test_the_form_for_a_code_meets_the_rules_of_accessibility(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{with_code(served)}?lang=en")
    assert accessibility_faults(page) == ""
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code from the mail")).to_be_visible()
    assert accessibility_faults(page) == ""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Accept the contract").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert accessibility_faults(page) == ""
    assert overflow(page) == 0
    page.close()


def decision(served: Served) -> ClientDecision:
    with served.app.database.reading() as session:
        return session.query(ClientDecision).one()


def test_a_client_accepts_on_a_phone_without_javascript(
    served: Served, link: str, phone: Page
) -> None:
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Relaunch moewe.example")
    expect(phone.get_by_text("7. Dezember 2026, 10:00 Uhr")).to_be_in_viewport()
    expect(phone.get_by_role("link", name="Zur Entscheidung")).to_be_in_viewport()
    phone.get_by_role("link", name="Zur Entscheidung").tap()
    expect(phone.get_by_label("Ihr Vor- und Nachname").first).to_have_value("Käthe Brünning")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Vertrag annehmen").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Vielen Dank")
    assert decision(served).outcome is Outcome.ACCEPTED


def test_a_forgotten_tick_is_shown_where_it_is_missing(
    served: Served, link: str, phone: Page
) -> None:
    phone.goto(link)
    phone.get_by_label("Ihre Funktion").first.fill("Prokuristin")
    phone.get_by_role("button", name="Vertrag annehmen").tap()
    alert = phone.get_by_role("alert")
    expect(alert).to_be_in_viewport()
    alert.get_by_role("link").tap()
    expect(phone.get_by_role("checkbox")).to_be_in_viewport()
    expect(phone.get_by_label("Ihre Funktion").first).to_have_value("Prokuristin")


def test_a_client_declines_with_reasons_on_a_phone(served: Served, link: str, phone: Page) -> None:
    phone.goto(link)
    phone.get_by_text("Etwas ändern oder ablehnen").tap()
    phone.get_by_label("Was soll anders sein?").fill("Die Anzahlung ist zu hoch.")
    phone.get_by_role("button", name="Nicht annehmen").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Danke für Ihre Rückmeldung")
    assert decision(served).reason == "Die Anzahlung ist zu hoch."


def test_a_phone_does_not_load_the_pdf_by_itself(link: str, browser: Browser) -> None:
    asked = requests_of(browser, link, PHONE)
    assert not any("document.pdf" in address for address in asked)


def test_a_desktop_shows_the_pdf_inside_the_page(link: str, browser: Browser) -> None:
    asked = requests_of(browser, link, DESKTOP)
    assert any("document.pdf" in address for address in asked)


def requests_of(browser: Browser, link: str, size: tuple[int, int]) -> list[str]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    page.locator("#decision").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    page.close()
    return asked


def test_everything_can_be_reached_by_keyboard(link: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(link)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt")
    page.locator("#consent").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Vertrag annehmen")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Anderen Wortlaut vorschlagen")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Was soll anders sein?")).to_be_visible()
    page.close()


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, DESKTOP])
def test_nothing_is_wider_than_the_screen(
    served: Served, browser: Browser, size: tuple[int, int]
) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente" * 4
    address = offer(served, legal_name=long, street=long)
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    for path in (address, f"{address}?lang=en", f"{served.url}/d/unknown"):
        page.goto(path)
        assert overflow(page) == 0, path
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_page_meets_the_rules_of_accessibility(
    served: Served, link: str, browser: Browser, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    for path in (link, f"{link}?lang=en", f"{served.url}/d/unknown"):
        page.goto(path)
        assert accessibility_faults(page) == ""
    page.goto(link)
    page.get_by_role("button", name="Vertrag annehmen").click()
    expect(page.get_by_role("alert")).to_be_visible()  # the answer is here, not on its way
    assert accessibility_faults(page) == ""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Vertrag annehmen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vielen Dank")
    assert accessibility_faults(page) == ""
    page.close()


def test_hostile_words_stay_words(served: Served, browser: Browser) -> None:
    name = """<img src=x onerror="document.title='hacked'"> {{ 7*7 }} </w:t> 🦆"""
    page = browser.new_page()
    page.goto(offer(served, legal_name=name))
    expect(page.get_by_text(name).first).to_be_visible()
    assert "hacked" not in page.title()
    with served.app.database.reading() as session:
        assert session.query(Client).one().legal_name == name
    page.close()
