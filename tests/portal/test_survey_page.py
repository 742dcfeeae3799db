"""The survey's pages: looking records nothing, one answer counts, an objection is one click."""

import re
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from acctflows.app import App
from acctflows.db.models.agency import Contact
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.documents.work_items import open_items
from acctflows.portal.web import MISSES_AT_ONCE
from acctflows.satisfaction.kinds import KINDS
from tests.conftest import ROOT
from tests.portal.world import Hand
from tests.racing import race
from tests.satisfaction.stories import asked


@pytest.fixture
def token(app: App) -> str:
    """Of a German-speaking contact's link, valid for three weeks."""
    with app.database.transaction() as session:
        return asked(session)[1]


def survey_of(app: App) -> Survey:
    with app.database.reading() as session:
        return session.scalars(sa.select(Survey)).one()


def objected(app: App) -> bool:
    with app.database.reading() as session:
        return session.scalars(sa.select(Contact.opted_out_at)).one() is not None


def mails(app: App) -> int:
    with app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) or 0


def checked(page: str) -> list[str]:
    return re.findall(r'value="(\w+)" checked', page)


def test_looking_records_nothing(app: App, browser: httpx.Client, token: str) -> None:
    """As mail scanners do: every score's link, the objection, by GET, HEAD and OPTIONS."""
    for score in range(11):
        for method in ("GET", "HEAD", "OPTIONS"):
            browser.request(method, f"/s/{token}", params={"score": score})
    for method in ("GET", "HEAD", "OPTIONS"):
        browser.request(method, f"/u/{token}")
    found = survey_of(app)
    assert (found.answered_at, found.answers, found.unsubscribed_at) == (None, {}, None)
    assert not objected(app)


def test_the_clicked_score_is_selected(browser: httpx.Client, token: str) -> None:
    assert checked(browser.get(f"/s/{token}").text) == []
    assert checked(browser.get(f"/s/{token}?score=9").text) == ["9"]
    for wrong in ("11", "-1", "x", "9 9", ""):
        page = browser.get(f"/s/{token}?score={wrong}")
        assert (page.status_code, checked(page.text)) == (200, [])


def test_an_answer_is_recorded_and_thanked_for(app: App, browser: httpx.Client, token: str) -> None:
    fields = {"lang": "de", "score": "9", "reason": "results", "comment": "Gern wieder <b>!"}
    posted = browser.post(f"/s/{token}", data=fields)
    assert (posted.status_code, posted.headers["location"]) == (303, f"/s/{token}?lang=de")
    page = browser.get(posted.headers["location"]).text
    assert "Vielen Dank!" in page
    assert "<form" not in page
    assert survey_of(app).answers == {
        "score": 9,
        "reason": "results",
        "satisfied": None,
        "comment": "Gern wieder <b>!",
        "contact_me": False,
        "quote_me": False,
    }


def test_a_second_answer_changes_nothing(app: App, browser: httpx.Client, token: str) -> None:
    browser.post(f"/s/{token}", data={"score": "9"})
    again = browser.post(f"/s/{token}", data={"score": "0"}, follow_redirects=True)
    assert "Vielen Dank!" in again.text
    assert survey_of(app).score == 9
    assert mails(app) == 1


def test_fifty_posts_at_once_record_one(app: App, browser: httpx.Client, token: str) -> None:
    def post(caller: int) -> int:
        with httpx.Client(base_url=browser.base_url, trust_env=False, timeout=60) as visitor:
            return visitor.post(f"/s/{token}", data={"score": str(caller % 7)}).status_code

    done, failed = race(50, post)
    assert (failed, set(done)) == ([], {303})
    with app.database.reading() as session:
        assert len(open_items(session)) == 1
    assert mails(app) == 2


def test_an_answer_without_score_is_asked_again_with_what_was_typed(
    app: App, browser: httpx.Client, token: str
) -> None:
    fields = {"lang": "en", "reason": "price", "comment": "x" * 2001, "quote_me": "yes"}
    page = browser.post(f"/s/{token}", data=fields)
    assert page.status_code == 422
    assert 'href="#score">Please answer this question.' in page.text
    assert 'href="#comment">Please shorten the text to 2000 characters; it now has 2001.' in (
        page.text
    )
    assert checked(page.text) == ["price", "yes"]
    assert "x" * 2001 in page.text
    assert survey_of(app).answered_at is None


def test_a_low_score_is_on_the_desk_with_its_mail(
    app: App, browser: httpx.Client, token: str
) -> None:
    browser.post(f"/s/{token}", data={"score": "2", "reason": "deadlines"})
    with app.database.reading() as session:
        [item] = open_items(session)
        assert item.detail == "2 von 10 Punkten · Termintreue"
    assert mails(app) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Wie war die Zusammenarbeit?"), ("en", "How was working with us?")],
)
def test_the_page_speaks_the_contacts_language(
    app: App, browser: httpx.Client, language: str, words: str
) -> None:
    with app.database.transaction() as session:
        _survey, token = asked(session, contact={"language": language})
    page = browser.get(f"/s/{token}").text
    assert f'<html lang="{language}"' in page
    assert f"<h1>{words}</h1>" in page
    other = {"de": "en", "en": "de"}[language]
    assert f'<html lang="{other}"' in browser.get(f"/s/{token}?lang={other}").text


def test_unknown_and_expired_links_answer_alike(
    app: App, browser: httpx.Client, hand: Hand, token: str
) -> None:
    hand.forward(days=22)
    expired = browser.get(f"/s/{token}")
    unknown = browser.get(f"/s/{'x' * 32}")
    assert expired.status_code == unknown.status_code == 404
    assert expired.text == unknown.text
    assert browser.post(f"/s/{token}", data={"score": "9"}).status_code == 404
    assert survey_of(app).answered_at is None


@pytest.mark.parametrize("page", ["s", "u"])
def test_who_tries_links_is_stopped(browser: httpx.Client, token: str, page: str) -> None:
    answers = [browser.get(f"/{page}/{n:032}").status_code for n in range(MISSES_AT_ONCE + 1)]
    assert answers[-2:] == [404, 429]
    assert browser.post(f"/{page}/{token}", data={"score": "9"}).status_code == 429


def test_odd_links_lead_nowhere(browser: httpx.Client) -> None:
    odd = ("..%2f..", "%00", "x" * 201, "%F0%9F%98%80")
    answers = {browser.get(f"/{page}/{token}").status_code for page in "su" for token in odd}
    assert answers == {404}


ONE_CLICK = "List-Unsubscribe=One-Click"
PART = f'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n{ONE_CLICK}'
MULTIPART = f"--b\r\n{PART}\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=b"),
    ],
)
def test_a_mail_program_unsubscribes_by_one_post(
    app: App, browser: httpx.Client, token: str, body: str, kind: str
) -> None:
    """RFC 8058: no cookie, no Origin, no redirect; the POST acts at once."""
    done = browser.post(f"/u/{token}", content=body, headers={"Content-Type": kind})
    assert done.status_code == 200
    assert objected(app)
    assert survey_of(app).unsubscribed_at is not None


def test_a_person_unsubscribes_by_the_pages_button(
    app: App, browser: httpx.Client, hand: Hand, token: str
) -> None:
    hand.forward(days=400)  # an objection has no last day
    page = browser.get(f"/u/{token}").text
    assert "Keine Umfragen mehr?" in page
    assert not objected(app)
    action = re.search(r'action="([^"]+)"', page)
    assert action
    done = browser.post(action[1], data={"List-Unsubscribe": "One-Click"})
    assert "Sie bekommen keine Umfragen mehr" in done.text
    assert objected(app)
    assert "Sie bekommen keine Umfragen mehr" in browser.get(f"/u/{token}").text
    assert browser.post(f"/u/{token}").status_code == 200


def test_the_pages_carry_the_same_guards_as_the_clients_other_pages(
    browser: httpx.Client, token: str
) -> None:
    for address in (f"/s/{token}", f"/u/{token}"):
        headers = browser.get(address).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers
        assert "<script" not in browser.get(address).text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_question_has_its_part_of_the_page(kind: str) -> None:
    assert Path(ROOT, "templates", "portal", "questions", f"{kind}.html").is_file()
