"""What a client sees of an act, and how defects are named, reserved and cured."""

import html
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest

from acctflows.app import App
from acctflows.db.models.agency import ClientKind, Milestone, MilestoneState
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import ClientDecision, Defect, DocumentVersion, Outcome
from acctflows.delivery.acts import accepted_acts
from acctflows.delivery.job import ACCEPTANCE
from acctflows.dispatch.closing import close_decision
from acctflows.documents.acceptance import MOST_DEFECTS
from tests.delivery.stories import draft, finished
from tests.factories import make_client
from tests.portal.conftest import secret_of
from tests.portal.test_client_page import HOSTILE, decisions, form_of, table_counts
from tests.portal.world import Hand, put_before_manager, sent_act

GALLERY = {"place-1": "Galerie", "description-1": "Das dritte Bild fehlt."}


def open_act(app: App, *, month: bool = False, kind: ClientKind = ClientKind.BUSINESS) -> str:
    with app.database.transaction() as session:
        project = None if month else finished(session, client=make_client(session, kind=kind))
        _version, token = sent_act(session, app, month=month, project=project)
        return f"/d/{token}"


def answer(browser: httpx.Client, address: str, decision: str, **typed: str) -> httpx.Response:
    fields = form_of(browser.get(address).text, decision)
    consent = {"consent": "yes"} if decision == "accept" else {}
    return browser.post(address, data=fields | consent | typed)


def defects(app: App) -> list[tuple[str, str]]:
    with app.database.reading() as session:
        rows = session.query(Defect).order_by(Defect.position)
        return [(defect.place, defect.description) for defect in rows]


def test_the_page_says_what_is_finished_what_was_done_and_what_silence_means(
    app: App, browser: httpx.Client
) -> None:
    page = browser.get(open_act(app)).text
    for words in (
        "Abnahmeprotokoll A-2026-0001",
        "Konzept abgenommen",
        "22.\xa0November\xa02026",
        "innerhalb von 14\xa0Tagen ab Zugang",
        "Texte der Startseite überarbeitet",
        "1,5\xa0Stunden",
        "gilt das Ergebnis als abgenommen",
        "Ergebnis abnehmen",
    ):
        assert words in page
    assert "<script" not in page
    assert "ohne einen Mangel zu nennen" not in page


def test_a_consumer_reads_all_of_it_and_no_button_that_costs_money(
    app: App, browser: httpx.Client
) -> None:
    page = browser.get(open_act(app, kind=ClientKind.CONSUMER)).text
    assert "ohne einen Mangel zu nennen" in page
    assert "Zahlungspflichtig" not in page


def test_a_month_asks_for_no_defects_but_for_a_reason(app: App, browser: httpx.Client) -> None:
    address = open_act(app, month=True)
    page = browser.get(f"{address}?lang=en").text
    assert "Activity record" in page
    assert "1\xa0October\xa02026 – 31\xa0October\xa02026" in page
    assert "place-1" not in page
    refused = answer(browser, address, "decline", **GALLERY)
    assert refused.status_code == 422
    assert "Bitte schreiben Sie, was anders sein soll." in refused.text
    assert answer(browser, address, "decline", reason="Es waren 2 Stunden").status_code == 303
    assert decisions(app)[0].outcome is Outcome.DECLINED
    assert defects(app) == []


def test_refusing_names_defects(app: App, browser: httpx.Client) -> None:
    address = open_act(app)
    second = {"place-2": HOSTILE, "description-2": HOSTILE}
    done = answer(browser, address, "decline", **GALLERY | second)
    assert done.status_code == 303
    after = html.unescape(browser.get(done.headers["location"]).text)
    assert "Danke, die Mängel sind angekommen" in after
    assert "Das dritte Bild fehlt." in after
    assert HOSTILE in after
    assert defects(app) == [("Galerie", "Das dritte Bild fehlt."), (HOSTILE, HOSTILE)]
    assert decisions(app)[0].reason == ""


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"reason": "Gefällt uns nicht."}, "Bitte nennen Sie mindestens einen Mangel."),
        ({"place-1": "Galerie"}, "Bitte schreiben Sie, was nicht stimmt."),
        ({"description-2": "Leer"}, "Bitte schreiben Sie, wo sich der Mangel zeigt."),
        (GALLERY | {"place-2": "x" * 201, "description-2": "y"}, "Dieser Text ist zu lang"),
        (GALLERY | {"name": ""}, "Bitte geben Sie Ihren Namen an."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    app: App, browser: httpx.Client, typed: dict[str, str], message: str
) -> None:
    refused = answer(browser, open_act(app), "decline", **typed)
    assert refused.status_code == 422
    assert message in refused.text
    assert [value for value in typed.values() if html.escape(value) not in refused.text] == []
    assert decisions(app) == []


def test_more_room_for_defects_is_given_and_decides_nothing(
    app: App, browser: httpx.Client
) -> None:
    address = open_act(app)
    before = table_counts(app)
    typed: dict[str, str] = dict(GALLERY)
    for _ in range(3):
        page = answer(browser, address, "decline", more="yes", **typed)
        assert page.status_code == 200
        assert "Das dritte Bild fehlt." in page.text
        rows = page.text.count('name="place-') - 2  # the other form's
        typed = {
            f"{part}-{n}": "voll" for n in range(2, rows + 1) for part in ("place", "description")
        } | GALLERY
    assert rows == 1 + 2 + 2 + 2
    assert table_counts(app) == before


def test_there_is_room_for_as_many_defects_as_may_be_named(app: App, browser: httpx.Client) -> None:
    address = open_act(app)
    many = {
        f"{part}-{n}": f"{part} {n}"
        for n in range(1, MOST_DEFECTS + 1)
        for part in ("place", "description")
    }
    page = answer(browser, address, "decline", more="yes", **many)
    assert "Weitere Mängel nennen" not in page.text.partition('id="decline-defects"')[2]
    assert answer(browser, address, "decline", **many).status_code == 303
    assert len(defects(app)) == MOST_DEFECTS


def test_accepting_may_reserve_defects(app: App, browser: httpx.Client) -> None:
    address = open_act(app)
    done = answer(browser, address, "accept", **GALLERY)
    after = browser.get(done.headers["location"]).text
    assert "Vielen Dank, das Ergebnis ist abgenommen" in after
    assert "Vorbehaltene Mängel" in after
    (decision,) = decisions(app)
    assert decision.outcome is Outcome.ACCEPTED
    assert "behalten wir uns vor" in decision.consent_text
    assert defects(app) == [("Galerie", "Das dritte Bild fehlt.")]


def test_opening_the_page_changes_nothing(app: App, browser: httpx.Client) -> None:
    address = open_act(app)
    before = table_counts(app)
    for method in ("GET", "HEAD"):
        assert browser.request(method, address).status_code == 200
        assert browser.request(method, f"{address}?decision=decline&place-1=x").status_code == 200
    assert table_counts(app) == before


def test_fifty_refusals_at_once_record_one_with_its_defects(
    app: App, browser: httpx.Client
) -> None:
    address = open_act(app)
    fields = form_of(browser.get(address).text, "decline") | GALLERY
    with ThreadPoolExecutor(50) as pool:
        posts = [pool.submit(browser.post, address, data=fields) for _ in range(50)]
        answers = [post.result() for post in posts]
    assert {each.status_code for each in answers} == {303}
    assert len(decisions(app)) == 1
    assert len(defects(app)) == 1


def test_the_manager_marks_defects_as_cured_on_the_desk(
    app: App, browser: httpx.Client, signed_in: Callable[..., httpx.Client]
) -> None:
    answer(browser, open_act(app), "decline", **GALLERY)
    desk = signed_in(Role.MANAGER)
    page = desk.get("/desk/documents/A-2026-0001").text
    assert "Das dritte Bild fehlt." in page
    assert "Issue an act" not in page
    fields = {"csrf": secret_of(page), "cured_on": "2026-11-23", "note": "Bild ergänzt"}
    with app.database.reading() as session:
        address = f"/desk/defects/{session.query(Defect).one().id}/cure"
    assert f'action="{address}"' in page

    done = desk.post(address, data=fields)

    after = desk.get(done.headers["location"]).text
    for words in ("Als beseitigt vermerkt.", "Beseitigt am 23.11.2026", "Bild ergänzt", "Issue an"):
        assert words in after
    with app.database.reading() as session:
        assert session.query(Defect).one().cured_on == date(2026, 11, 23)
    for wrong in ("", "morgen", "2027-01-01"):
        assert desk.post(address, data=fields | {"cured_on": wrong}).status_code == 400


def test_the_register_lists_acts_and_finds_them_by_kind(
    app: App, browser: httpx.Client, signed_in: Callable[..., httpx.Client]
) -> None:
    open_act(app)
    open_act(app, month=True)
    desk = signed_in(Role.READER)
    page = desk.get("/desk/documents?kind=acceptance").text
    assert "A-2026-0001" in page
    assert "L-2026-0001" not in page
    assert "Leistungsnachweis" in desk.get("/desk/documents/L-2026-0001").text


def test_the_manager_reads_the_act_before_approving_it(
    app: App, browser: httpx.Client, signed_in: Callable[..., httpx.Client]
) -> None:
    with app.database.transaction() as session:
        project = finished(session)
        version = draft(session, project, project.milestones[0], app.agency)
        put_before_manager(session, app, version)
        address = f"/desk/approvals/{version.id}"
    desk = signed_in(Role.MANAGER, "en")
    assert address in desk.get("/desk/").text
    page = desk.get(address).text
    for words in ("A-2026-0001", "Konzept abgenommen", "1.5\xa0hours"):
        assert words in page


def test_reserved_defects_are_on_the_managers_list(
    app: App, browser: httpx.Client, signed_in: Callable[..., httpx.Client]
) -> None:
    address = open_act(app)
    answer(browser, address, "accept", **GALLERY)
    with app.database.transaction() as session:
        decision = session.query(ClientDecision).one()
        close_decision(
            session, decision, job=ACCEPTANCE, office=app.office, pdf=None, now=app.clock.now()
        )
    today = signed_in(Role.MANAGER).get("/desk/").text
    assert "Vorbehaltene Mängel beseitigen" in today
    assert "Galerie: Das dritte Bild fehlt." in today


def test_silence_counts_as_acceptance_when_a_manager_says_so(
    app: App,
    browser: httpx.Client,
    signed_in: Callable[..., httpx.Client],
    hand: Hand,
) -> None:
    open_act(app)
    hand.forward(days=13)
    desk = signed_in(Role.MANAGER)
    assert "Als abgenommen behandeln" not in desk.get("/desk/documents/A-2026-0001").text
    with app.database.reading() as session:
        address = f"/desk/versions/{session.query(DocumentVersion).one().id}/silence"
    hand.forward(days=2)
    desk = signed_in(Role.ADMIN)
    page = desk.get("/desk/documents/A-2026-0001").text
    assert f'action="{address}"' in page
    fields = {"csrf": secret_of(page), "reason": "Am Telefon den Empfang bestätigt"}
    assert desk.post(address, data=fields | {"reason": " "}).status_code == 400

    done = desk.post(address, data=fields)

    after = desk.get(done.headers["location"]).text
    assert "Als abgenommen festgehalten." in after
    assert "Schweigen gilt als Abnahme" in after
    assert "Als abgenommen behandeln" not in after
    assert desk.post(address, data=fields).status_code == 409
    with app.database.reading() as session:
        (act,) = accepted_acts(session)
        assert act.decision is None
        assert session.query(Milestone).filter_by(state=MilestoneState.ACCEPTED).count() == 1


def test_the_silence_about_a_month_accepts_nothing(
    app: App,
    browser: httpx.Client,
    signed_in: Callable[..., httpx.Client],
    hand: Hand,
) -> None:
    open_act(app, month=True)
    hand.forward(days=20)
    desk = signed_in(Role.MANAGER)
    page = desk.get("/desk/documents/L-2026-0001").text
    assert "Als abgenommen behandeln" not in page
    with app.database.reading() as session:
        address = f"/desk/versions/{session.query(DocumentVersion).one().id}/silence"
    posted = desk.post(address, data={"csrf": secret_of(page), "reason": "egal"})
    assert posted.status_code == 409
