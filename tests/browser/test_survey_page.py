"""The survey in a real browser: on a phone, without JavaScript, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.surveys import Survey
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.satisfaction.stories import answer, asked

pytestmark = pytest.mark.browser

WORDS = {
    "de": {
        "title": "Wie war die Zusammenarbeit?",
        "reason": "Termintreue",
        "comment": "Was sollten wir beibehalten, was besser machen?",
        "consent": "Sie dürfen mich zu meiner Antwort ansprechen.",
        "send": "Antwort senden",
        "thanks": "Vielen Dank!",
        "missing": "Bitte beantworten Sie diese Frage.",
        "objection": "Bitte keine Umfragen mehr",
        "object": "Keine Umfragen mehr schicken",
        "objected": "Sie bekommen keine Umfragen mehr",
    },
    "en": {
        "title": "How was working with us?",
        "reason": "Meeting deadlines",
        "comment": "What should we keep doing, and what should we do better?",
        "consent": "You may contact me about my answer.",
        "send": "Send answer",
        "thanks": "Thank you!",
        "missing": "Please answer this question.",
        "objection": "No more surveys, please",
        "object": "Send me no more surveys",
        "objected": "You will get no more surveys",
    },
}


@pytest.fixture
def served(tmp_path: Path, sqlite_file: Path, agency: AgencyProfile) -> Iterator[Served]:
    with portal_at(tmp_path, sqlite_file, agency) as served:
        yield served


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


def link_of(served: Served, language: str = "de") -> str:
    with served.app.database.transaction() as session:
        _survey, token = asked(session, contact={"language": language})
    return f"{served.url}/s/{token}"


def kept(served: Served) -> Survey:
    with served.app.database.reading() as session:
        return session.query(Survey).one()


@pytest.mark.parametrize("language", WORDS)
def test_a_client_answers_on_a_phone_without_javascript(
    served: Served, phone: Page, language: str
) -> None:
    words = WORDS[language]
    phone.goto(f"{link_of(served, language)}?score=9")
    expect(phone.get_by_role("heading", level=1)).to_have_text(words["title"])
    scale = phone.get_by_role("group").first
    expect(scale.get_by_label("9", exact=True)).to_be_checked()
    scale.get_by_label("3", exact=True).tap()
    expect(scale.get_by_label("3", exact=True)).to_be_checked()
    phone.get_by_text(words["reason"]).tap()
    phone.get_by_label(words["comment"]).fill("Sechs Wochen zu spät.")
    phone.get_by_text(words["consent"]).tap()
    phone.get_by_role("button", name=words["send"]).tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(words["thanks"])
    assert kept(served).answers == {
        "score": 3,
        "reason": "deadlines",
        "satisfied": None,
        "comment": "Sechs Wochen zu spät.",
        "contact_me": True,
        "quote_me": False,
    }
    phone.go_back()
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text(words["thanks"])


@pytest.mark.parametrize("language", WORDS)
def test_a_forgotten_score_is_shown_where_it_is_missing(
    served: Served, phone: Page, language: str
) -> None:
    words = WORDS[language]
    phone.goto(link_of(served, language))
    phone.get_by_label(words["comment"]).fill("Gern wieder!")
    phone.get_by_role("button", name=words["send"]).tap()
    alert = phone.get_by_role("alert")
    expect(alert).to_be_in_viewport()
    alert.get_by_role("link", name=words["missing"]).tap()
    expect(phone.get_by_text("10", exact=True)).to_be_in_viewport()
    expect(phone.get_by_label(words["comment"])).to_have_value("Gern wieder!")


@pytest.mark.parametrize("language", WORDS)
def test_a_client_wants_no_more_surveys(served: Served, phone: Page, language: str) -> None:
    words = WORDS[language]
    phone.goto(link_of(served, language))
    phone.get_by_role("link", name=words["objection"]).tap()
    phone.get_by_role("button", name=words["object"]).tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(words["objected"])
    assert kept(served).unsubscribed_at is not None


def test_the_pages_fit_every_screen_and_everybody(served: Served, browser: Browser) -> None:
    link = link_of(served)
    page = browser.new_page()
    for width, height in (PHONE, SMALL_PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        for address in (link, f"{link}?score=9&lang=en", link.replace("/s/", "/u/")):
            page.goto(address)
            assert overflow(page) == 0
    for address in (link, link.replace("/s/", "/u/")):
        page.goto(address)
        assert accessibility_faults(page) == ""
    page.goto(link)
    page.keyboard.press("Tab")
    page.get_by_label("0", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("1", exact=True).first).to_be_checked()
    with served.app.database.transaction() as session:
        answer(session, link.rpartition("/")[2], 9)
    page.goto(link)
    assert accessibility_faults(page) == ""
    page.close()
