"""The desk's pages of satisfaction: figures, answers, and the action that makes good."""

from collections.abc import Callable

import httpx
import pytest

from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.documents.work_items import open_items
from tests.portal.conftest import secret_of
from tests.portal.world import Hand
from tests.satisfaction.stories import answer, asked

SignIn = Callable[..., httpx.Client]
UNHAPPY = {"reason": "deadlines", "comment": "Sechs Wochen <zu spät>", "contact_me": True}


@pytest.fixture
def unhappy(app: App) -> int:
    """The survey of a client who answered with 3 and may be called."""
    with app.database.transaction() as session:
        survey, token = asked(session)
        answer(session, token, 3, **UNHAPPY)
        return survey.id


def happy(app: App, score: int = 9) -> None:
    with app.database.transaction() as session:
        answer(session, asked(session)[1], score, satisfied=5, reason="results")


def test_before_anybody_was_asked_the_page_explains(signed_in: SignIn) -> None:
    page = signed_in().get("/desk/satisfaction").text
    assert "Noch wurde niemand gefragt." in page


def test_few_answers_are_counted_and_quoted(app: App, signed_in: SignIn, unhappy: int) -> None:
    happy(app)
    page = signed_in(language="en").get("/desk/satisfaction").text
    assert "from 5 answers on; so far 2 answers of 2 asked" in page
    assert "3 of 10 points · Meeting deadlines" in page
    assert "Sechs Wochen &lt;zu spät&gt;" in page
    assert f'href="/desk/satisfaction/{unhappy}"' in page


def test_enough_answers_have_score_interval_and_pictures(app: App, signed_in: SignIn) -> None:
    for score in (9, 9, 10, 10, 7):
        happy(app, score)
    desk = signed_in()
    page = desk.get("/desk/satisfaction").text.replace("\u00a0", " ")
    assert "NPS +80, zwischen +2 und +96, 5 Antworten bei 5 Einladungen" in page
    assert "CSAT 100 %, zwischen 57 % und 100 %" in page
    for chart in ("scores", "trend"):
        assert f"/desk/satisfaction/charts/{chart}" in page
        picture = desk.get(f"/desk/satisfaction/charts/{chart}")
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    assert desk.get("/desk/satisfaction/charts/other").status_code == 404


def test_the_result_can_be_downloaded(signed_in: SignIn, unhappy: int) -> None:
    printed = signed_in().get("/desk/satisfaction/result.pdf")
    assert printed.content.startswith(b"%PDF-1.7")
    assert printed.headers["content-disposition"] == (
        'attachment; filename="satisfaction-2026-11-23.pdf"'
    )


def test_an_unhappy_client_needs_somebody_today(
    app: App, signed_in: SignIn, hand: Hand, unhappy: int
) -> None:
    today = signed_in().get("/desk/").text
    assert "Unzufriedenheit beheben" in today
    assert "3 von 10 Punkten · Termintreue" in today
    assert "Lena Hansen" in today
    assert "fällig 25. November" in today.replace("\u00a0", " ")
    assert f'href="/desk/satisfaction/{unhappy}"' in today
    assert 'class="late"' not in today
    hand.forward(days=2)
    assert 'class="late"' in signed_in_again(signed_in)


def signed_in_again(signed_in: SignIn) -> str:
    return signed_in(Role.ADMIN).get("/desk/").text


def test_the_action_is_closed_with_an_outcome_only(
    app: App, signed_in: SignIn, unhappy: int
) -> None:
    desk = signed_in()
    page = desk.get(f"/desk/satisfaction/{unhappy}").text
    assert "Sprechen Sie mit Käthe Brünning" in page
    assert "Form of 3 March 2026" in page
    with app.database.reading() as session:
        [item] = open_items(session)
    settle = {"csrf": secret_of(page), "outcome": "  "}
    assert desk.post(f"/desk/work/{item.id}/settle", data=settle).status_code == 400
    settle["outcome"] = "Angerufen; Gutschrift über zwei Tage vereinbart."
    assert desk.post(f"/desk/work/{item.id}/settle", data=settle).status_code == 303
    page = desk.get(f"/desk/satisfaction/{unhappy}").text
    assert "Gutschrift über zwei Tage" in page
    assert "Geschlossen von Lena Hansen" in page
    assert "<textarea" not in page
    assert "Unzufriedenheit beheben" not in desk.get("/desk/").text


def test_a_reader_sees_the_action_but_cannot_close_it(signed_in: SignIn, unhappy: int) -> None:
    page = signed_in(Role.READER).get(f"/desk/satisfaction/{unhappy}").text
    assert "Unzufriedenheit beheben" in page
    assert "<textarea" not in page


def test_who_does_not_want_to_be_called_is_not(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        survey, token = asked(session)
        answer(session, token, 0)
    page = signed_in().get(f"/desk/satisfaction/{survey.id}").text
    assert "möchte auf die Antwort nicht angesprochen werden" in page
    assert "mailto:" not in page


def test_a_survey_without_answer_has_no_page(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        survey, _token = asked(session)
    desk = signed_in()
    for wrong in (survey.id, survey.id + 1, "x"):
        assert desk.get(f"/desk/satisfaction/{wrong}").status_code == 404
