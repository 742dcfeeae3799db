"""What a client sees, and that exactly one decision comes of it."""

import html
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from acctflows.app import App
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import (
    AccessLink,
    AuditEntry,
    ClientDecision,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.documents import register, waiting
from acctflows.portal.web import MISSES_AT_ONCE
from tests.factories import NOW, make_client, make_contact, make_project
from tests.portal.world import FakePrefect, Hand, sent

HOSTILE = """Müller & Söhne <b>"GmbH"</b> {{ 7*7 }} {% x %} </w:t> \u202eRTL\u202c 🦆 \u200d'"""


def open_offer(app: App, **given: object) -> tuple[int, str]:
    with app.database.transaction() as session:
        version, token = sent(session, app, **given)  # type: ignore[arg-type]  # passed on
        return version.id, token


def form_of(page: str, decision: str = "accept") -> dict[str, str]:
    """The fields of the form as the browser would send them, nothing typed yet."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.S) if f'"{decision}"' in f)
    inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in inputs if name != "consent"}


def accept(browser: httpx.Client, token: str, **typed: str) -> httpx.Response:
    fields = form_of(browser.get(f"/d/{token}").text) | {"consent": "yes"} | typed
    return browser.post(f"/d/{token}", data=fields)


def decisions(app: App) -> list[ClientDecision]:
    with app.database.reading() as session:
        return list(session.scalars(select(ClientDecision)))


def table_counts(app: App) -> tuple[int, ...]:
    with app.database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (ClientDecision, AuditEntry, AccessLink)
        )


def test_the_page_says_what_it_is_from_whom_and_by_when(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    page = browser.get(f"/d/{token}").text
    assert '<html lang="de">' in page
    for words in (
        "Vertrag V-2026-0001",
        "Nordlicht Digital GmbH legt Möwe Handel",
        "7.\xa0Dezember\xa02026, 10:00\xa0Uhr",
        "12.000,50\xa0€",
        "21.063,60\xa0€",
        "15.\xa0Januar\xa02027",
        "Käthe Brünning",
        '<iframe class="pdf"',
    ):
        assert words in page
    assert "<script" not in page


def test_the_page_speaks_the_contacts_language_and_can_be_switched(
    app: App, browser: httpx.Client
) -> None:
    with app.database.transaction() as session:
        client = make_client(session, language="en")
        make_contact(session, client, language="de")
        version, token = sent(session, app, project=make_project(session, client=client))
        assert version.document.language == "en"
    assert '<html lang="de">' in browser.get(f"/d/{token}").text
    english = browser.get(f"/d/{token}?lang=en").text
    assert '<html lang="en">' in english
    assert "€12,000.50" in english
    assert '<html lang="de">' in browser.get(f"/d/{token}?lang=xx").text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_scanner_that_opens_every_link_changes_nothing(
    app: App, browser: httpx.Client, method: str
) -> None:
    _, token = open_offer(app)
    before = table_counts(app)
    for _ in range(5):
        for path in (f"/d/{token}", f"/d/{token}?lang=en", f"/d/{token}/document.pdf"):
            assert browser.request(method, path).status_code in (200, 405)
    assert table_counts(app) == before


def test_the_client_accepts(app: App, browser: httpx.Client, prefect: FakePrefect) -> None:
    version_id, token = open_offer(app)
    page = browser.get(f"/d/{token}").text
    answer = accept(browser, token, name="Käthe Brünning-Öz", function="")
    assert answer.status_code == 303
    after = browser.get(answer.headers["location"]).text
    assert "Vielen Dank, der Vertrag ist angenommen" in after
    assert f"/d/{token}/document.pdf?download=true" in after
    [decision] = decisions(app)
    assert decision.outcome is Outcome.ACCEPTED
    assert (decision.name, decision.function) == ("Käthe Brünning-Öz", "")
    assert decision.ip == "127.0.0.1"
    assert decision.consent_text in html.unescape(page)
    assert "im Namen von Möwe Handel" in decision.consent_text
    with app.database.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        assert version.state is VersionState.ACCEPTED
        assert decision.sha256 == version.pdf_sha256


def test_the_declaration_is_kept_in_the_language_it_was_shown_in(
    app: App, browser: httpx.Client
) -> None:
    _, token = open_offer(app)
    page = browser.get(f"/d/{token}?lang=en").text
    browser.post(f"/d/{token}", data=form_of(page) | {"consent": "yes"})
    [decision] = decisions(app)
    assert decision.consent_language == "en"
    assert decision.consent_text.startswith("I accept contract V-2026-0001")


def test_a_declaration_that_changed_meanwhile_is_shown_again(
    app: App, browser: httpx.Client
) -> None:
    _, token = open_offer(app)
    answer = accept(browser, token, shown="0" * 64)
    assert answer.status_code == 422
    assert "Die Erklärung hat sich geändert" in answer.text
    assert decisions(app) == []


def test_the_client_declines_with_reasons(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    fields = form_of(browser.get(f"/d/{token}").text, "decline")
    answer = browser.post(f"/d/{token}", data=fields | {"reason": "Die Frist ist zu kurz."})
    after = browser.get(answer.headers["location"]).text
    assert "Danke für Ihre Rückmeldung" in after
    assert "Die Frist ist zu kurz." in after
    [decision] = decisions(app)
    assert (decision.outcome, decision.reason) == (Outcome.DECLINED, "Die Frist ist zu kurz.")
    assert decision.consent_text == ""


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "  "}, "Bitte geben Sie Ihren Namen an."),
        ({"name": "x" * 201}, "Dieser Text ist zu lang"),
        ({"function": "x" * 201}, "Dieser Text ist zu lang"),
        ({"consent": ""}, "Bitte bestätigen Sie die Erklärung"),
        ({"decision": "decline", "reason": " \n "}, "Bitte schreiben Sie, was anders sein soll."),
        ({"decision": "decline", "reason": "x" * 10_001}, "Dieser Text ist zu lang"),
        ({"decision": "maybe"}, "Bitte wählen Sie"),
    ],
)
def test_wrong_input_shows_the_form_again_and_keeps_what_was_typed(
    app: App, browser: httpx.Client, typed: dict[str, str], message: str
) -> None:
    _, token = open_offer(app)
    answer = accept(browser, token, **{"function": "Prokuristin & Köchin"} | typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'role="alert"' in answer.text
    kept = typed.get("function", "Prokuristin & Köchin")
    assert html.escape(kept) in answer.text
    assert decisions(app) == []


def test_ten_thousand_characters_of_reasons_arrive_whole(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    reason = ("Ä<&>\"'🦆\u202e " * 1250)[:10_000].strip()
    fields = form_of(browser.get(f"/d/{token}").text, "decline")
    answer = browser.post(f"/d/{token}", data=fields | {"reason": reason})
    assert decisions(app)[0].reason == reason
    assert reason in html.unescape(browser.get(answer.headers["location"]).text)


def test_a_second_post_shows_the_recorded_decision(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    accept(browser, token)
    decline = {"decision": "decline", "name": "Jemand", "reason": "Doch nicht"}
    answer = browser.post(f"/d/{token}", data=decline)
    assert answer.status_code == 303
    assert "der Vertrag ist angenommen" in browser.get(answer.headers["location"]).text
    assert len(decisions(app)) == 1


def test_fifty_posts_at_once_record_one_decision(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    fields = form_of(browser.get(f"/d/{token}").text) | {"consent": "yes"}
    with ThreadPoolExecutor(50) as pool:
        posts = [pool.submit(browser.post, f"/d/{token}", data=fields) for _ in range(50)]
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {303}
    assert len(decisions(app)) == 1


def dead_links(app: App, hand: Hand) -> dict[str, str]:
    """Tokens that do not work (any more), by the reason."""
    tokens = {"unknown": "A" * 32, "odd": "%00..%2f", "long": "x" * 3000}
    with app.database.transaction() as session:
        version, tokens["revoked"] = sent(session, app)
        session.query(AccessLink).filter_by(version_id=version.id).update({"revoked_at": NOW})
        version, tokens["revoked and expired"] = sent(session, app)
        session.query(AccessLink).filter_by(version_id=version.id).update({"revoked_at": NOW})
    hand.forward(days=3)
    with app.database.transaction() as session:
        session.query(AccessLink).filter_by(version_id=version.id).update({"expires_at": NOW})
    return tokens


def test_every_dead_link_gets_the_same_answer(app: App, browser: httpx.Client, hand: Hand) -> None:
    tokens = dead_links(app, hand)
    answers = {why: browser.get(f"/d/{token}") for why, token in tokens.items()}
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(
        tokens, 404
    )
    assert len({answer.text for answer in answers.values()}) == 1
    page = answers["unknown"].text
    assert "hallo@nordlicht-digital.example" in page
    assert "+49 40 5550142" in page


def test_a_link_to_what_was_superseded_says_so(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        version, token = sent(session, app)
        snapshot = version.snapshot | {"project_goal": "anders"}
        register.add_version(
            session, version.document, snapshot=snapshot, template_name="x", actor="x", now=NOW
        )
    answer = browser.get(f"/d/{token}")
    assert answer.status_code == 410
    assert "Eine neue Version ist an die Stelle getreten" in answer.text
    assert browser.post(f"/d/{token}", data={"decision": "accept"}).status_code == 410
    assert browser.get(f"/d/{token}/document.pdf").status_code == 410
    assert decisions(app) == []


def test_a_dead_link_takes_no_decision_and_hands_out_no_file(
    app: App, browser: httpx.Client, hand: Hand
) -> None:
    token = dead_links(app, hand)["revoked"]
    answer = browser.post(f"/d/{token}", data={"decision": "accept"})
    assert answer.status_code == 404
    assert browser.get(f"/d/{token}/document.pdf").status_code == 404
    assert decisions(app) == []


def test_an_expired_link_says_until_when_it_worked_and_whom_to_ask(
    app: App, browser: httpx.Client, hand: Hand
) -> None:
    _, token = open_offer(app)
    fields = form_of(browser.get(f"/d/{token}").text) | {"consent": "yes"}
    hand.forward(days=14)
    answer = browser.get(f"/d/{token}")
    assert answer.status_code == 410
    for words in (
        "Vertrag V-2026-0001",
        "Dieser Link ist abgelaufen",
        "7.\xa0Dezember\xa02026, 10:00\xa0Uhr",
        "Wollen Sie noch antworten",
        "Lena Hansen ist für Sie da",
    ):
        assert words in answer.text
    assert "Relaunch" not in answer.text  # nothing of what it is about
    assert "It worked until" in browser.get(f"/d/{token}?lang=en").text
    for path in ("", "/objections", "/code"):
        assert browser.post(f"/d/{token}{path}", data=fields).status_code == 410
    for path in ("/document.pdf", "/comparison.docx", "/objections"):
        assert browser.get(f"/d/{token}{path}").status_code == 410
    assert decisions(app) == []
    assert browser.get(f"/d/{token[:-1]}x").status_code == 404


def test_a_link_that_expired_after_the_answer_asks_for_none(
    app: App, browser: httpx.Client, hand: Hand
) -> None:
    _, token = open_offer(app)
    accept(browser, token)
    hand.forward(days=14)
    answer = browser.get(f"/d/{token}")
    assert answer.status_code == 410
    assert "Das Dokument ist beantwortet" in answer.text


def test_expired_links_are_no_way_around_the_guard_against_guessing(
    app: App, browser: httpx.Client, hand: Hand
) -> None:
    _, token = open_offer(app)
    hand.forward(days=14)
    for _ in range(MISSES_AT_ONCE):
        browser.get(f"/d/{'A' * 32}")
    assert browser.get(f"/d/{token}").status_code == 429


def test_the_pdf_is_handed_out_under_its_number(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    shown = browser.get(f"/d/{token}/document.pdf")
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"].startswith('inline; filename="V-2026-0001-v1.pdf"')
    assert shown.content.startswith(b"%PDF")
    kept = browser.get(f"/d/{token}/document.pdf?download=true")
    assert kept.headers["content-disposition"].startswith("attachment")


def test_only_the_file_that_was_sent_is_offered(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    assert browser.get(f"/d/{token}/document.docx").status_code == 404
    assert browser.get(f"/d/{token}/document.py").status_code == 404


def test_without_a_pdf_the_word_file_is_offered(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, with_pdf=False)
    page = browser.get(f"/d/{token}").text
    assert "Word-Datei herunterladen" in page
    assert "<iframe" not in page
    file = browser.get(f"/d/{token}/document.docx")
    assert file.headers["content-disposition"].startswith("attachment")
    assert accept(browser, token).status_code == 303


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_file_is_neither_shown_nor_decided_about(
    app: App, browser: httpx.Client, damage: str
) -> None:
    _, token = open_offer(app)
    fields = form_of(browser.get(f"/d/{token}").text) | {"consent": "yes"}
    [file] = app.docs_out.rglob("*.pdf")
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + b" ")
    page = browser.get(f"/d/{token}")
    assert page.status_code == 503
    assert "kann im Augenblick nicht gezeigt werden" in page.text
    assert "<form" not in page.text
    assert browser.get(f"/d/{token}/document.pdf").status_code == 503
    assert browser.post(f"/d/{token}", data=fields).status_code == 503
    assert decisions(app) == []


def test_hostile_client_data_stands_literally_on_the_page(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        client = make_client(session, legal_name=HOSTILE)
        make_contact(session, client, given_name=HOSTILE[:100], function=HOSTILE[:100])
        project = make_project(session, client=client, title=HOSTILE, goal="ä" * 10_000)
        _, token = sent(session, app, project=project)
    page = browser.get(f"/d/{token}").text
    assert HOSTILE not in page
    assert page.count(html.escape(HOSTILE, quote=False)) + html.unescape(page).count(HOSTILE) > 3
    assert "<b>" not in page
    assert "ä" * 10_000 in page
    assert accept(browser, token).status_code == 303
    assert HOSTILE in decisions(app)[0].consent_text


def test_a_consumers_button_says_that_it_costs_money(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        client = make_client(session, legal_name="Dr. Mechthild Sauer", kind="consumer")
        _, token = sent(session, app, project=make_project(session, client=client))
    page = browser.get(f"/d/{token}").text
    assert "Zahlungspflichtig beauftragen" in page
    assert "Ich, Dr. Mechthild Sauer, nehme" in page


def test_the_waiting_run_is_woken_after_the_decision(
    app: App, browser: httpx.Client, prefect: FakePrefect
) -> None:
    version_id, token = open_offer(app)
    with app.database.transaction() as session:
        waiting.note_waiting(
            session,
            flow_run_id="11111111-2222-3333-4444-555555555555",
            waiting_for=WaitingFor.CLIENT,
            version_id=version_id,
            now=NOW,
        )
    accept(browser, token)
    prefect.wait_for_resume()
    assert prefect.resumed == [("11111111-2222-3333-4444-555555555555", None)]


def test_the_client_notices_nothing_when_prefect_is_silent(
    app: App, browser: httpx.Client, prefect: FakePrefect
) -> None:
    prefect.silent = True
    version_id, token = open_offer(app)
    with app.database.transaction() as session:
        waiting.note_waiting(
            session,
            flow_run_id="11111111-2222-3333-4444-555555555555",
            waiting_for=WaitingFor.CLIENT,
            version_id=version_id,
            now=NOW,
        )
    answer = accept(browser, token)
    assert answer.status_code == 303
    assert len(decisions(app)) == 1
