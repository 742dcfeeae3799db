"""The survey's file is edited while surveys are under way: every page still tells the truth."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.surveys import Survey
from acctflows.db.session import Database
from acctflows.documents.work_items import open_items
from tests.conftest import ROOT
from tests.documents.pdf.reading import read_pages
from tests.portal.world import Hand, make_app
from tests.satisfaction.stories import answer, asked

SignIn = Callable[..., httpx.Client]
NEW_NAME = (
    ("- id: score", "- id: recommend"),
    ("score_question: score", "score_question: recommend"),
)
NEW_KIND = ("kind: nps", "kind: csat"), ("at_most: 6 ", "at_most: 2 ")
NEW_REASONS = (("- id: reason", "- id: topic"), ("was dafür der", "war in Wahrheit der"))
BROKEN = (("score_question:", "score_questoin:"),)
EDITS = [NEW_NAME, NEW_KIND, (*NEW_NAME, *NEW_KIND, *NEW_REASONS)]


@pytest.fixture
def app(tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand) -> App:
    """An installation whose templates may be edited."""
    templates = shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return replace(make_app(tmp_path, database, agency, hand), templates=templates)


def edit(app: App, edits: tuple[tuple[str, str], ...]) -> None:
    file = app.templates / "surveys" / "project.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def invited(app: App) -> tuple[int, str]:
    with app.database.transaction() as session:
        survey, token = asked(session)
        return survey.id, token


@pytest.mark.parametrize("edits", EDITS)
def test_old_answers_keep_their_questions(
    app: App, signed_in: SignIn, edits: tuple[tuple[str, str], ...]
) -> None:
    survey_id, token = invited(app)
    with app.database.transaction() as session:
        answer(session, token, 3, reason="deadlines", satisfied=2, comment="Zu spät")
    edit(app, edits)
    desk = signed_in(language="en")

    page = desk.get("/desk/satisfaction").text
    assert "3 of 10 points · Meeting deadlines" in page
    assert "so far 1 answer of 1 asked (0 promoters, 0 passives, 1 detractor)" in page
    assert desk.get("/desk/satisfaction/charts/scores").content.startswith(b"\x89PNG")
    printed = " ".join(read_pages(desk.get("/desk/satisfaction/result.pdf").content))
    assert "3 of 10 points · Meeting deadlines" in printed.replace("\u00a0", " ")
    told = desk.get(f"/desk/satisfaction/{survey_id}").text
    for words in ("How likely are you", "What was the main reason", "3 of 10 points", "2 of 5"):
        assert words in told


@pytest.mark.parametrize("edits", [*EDITS, BROKEN])
def test_a_client_is_asked_on_the_page_what_the_mail_asked(
    app: App, browser: httpx.Client, edits: tuple[tuple[str, str], ...]
) -> None:
    _survey_id, token = invited(app)
    edit(app, edits)
    page = browser.get(f"/s/{token}?score=9")
    assert page.status_code == 200
    assert 'name="score" value="9" checked' in page.text
    posted = browser.post(f"/s/{token}", data={"score": "3", "reason": "price"})
    assert posted.status_code == 303
    assert "Vielen Dank!" in browser.get(posted.headers["location"]).text
    with app.database.reading() as session:
        kept = session.scalars(sa.select(Survey)).one()
        assert (kept.score, kept.answers["reason"]) == (3, "price")
        [item] = open_items(session)
        assert item.detail == "3 von 10 Punkten · Preis und Leistung"


def test_what_is_asked_now_is_told_apart(app: App, signed_in: SignIn) -> None:
    _survey_id, token = invited(app)
    with app.database.transaction() as session:
        answer(session, token, 9)
    edit(app, NEW_KIND)
    with app.database.transaction() as session:
        job = app.survey()
        _survey, token = asked(session, job=job)
        answer(session, token, 4)
    page = signed_in(language="en").get("/desk/satisfaction").text.replace("\u00a0", " ")
    assert "so far 1 answer of 1 asked (1 promoter, 0 passives, 0 detractors)" in page
    assert "so far 1 answer of 1 asked (1 satisfied, 0 not)" in page
    assert "Not in the NPS: 1 answer to other questions." in page
    assert "Not in the CSAT: 1 answer to other questions." in page
    assert "4 of 5 points" in page
