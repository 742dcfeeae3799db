"""Accepting with a code from a mail: asked for on the page, right once, and nothing without it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import ClientDecision, DocumentVersion, Means, Outcome
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.signing import MailCode, SignerConsent
from acctflows.db.session import Database
from acctflows.documents import acceptance, audit
from acctflows.documents.codes import MOST_AN_HOUR, MOST_TRIES
from acctflows.portal.desk.mails import read_mail
from acctflows.portal.postman import Postman
from acctflows.portal.web import create_portal
from tests.documents.test_codes import wrong
from tests.factories import make_client, make_contact, make_project
from tests.portal.serving import serving
from tests.portal.test_client_page import decisions, form_of, open_offer
from tests.portal.world import FakePrefect, Hand, make_app, sent, sent_act
from tests.smtp_server import SmtpServer

CODE = re.compile(r"^Ihr Code: ([0-9]{6})$", re.MULTILINE)


def ask(browser: httpx.Client, token: str, **typed: str) -> httpx.Response:
    fields = form_of(browser.get(f"/d/{token}").text) | typed
    return browser.post(f"/d/{token}/code", data=fields)


def mails(app: App) -> list[OutboxMail]:
    with app.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.template == "signing_code")
        return list(session.scalars(query.order_by(OutboxMail.id)))


def code_in(mail: OutboxMail) -> str:
    found = CODE.search(read_mail(mail.raw).text.replace("\r\n", "\n"))
    assert found
    return found[1]


def codes(app: App) -> list[MailCode]:
    with app.database.reading() as session:
        return list(session.scalars(select(MailCode).order_by(MailCode.id)))


def accept(browser: httpx.Client, token: str, code: str, **typed: str) -> httpx.Response:
    fields = form_of(browser.get(f"/d/{token}").text) | {"consent": "yes", "code": code} | typed
    return browser.post(f"/d/{token}", data=fields)


def events(app: App) -> list[str]:
    with app.database.reading() as session:
        return [entry.event for entry in audit.trail(session, "document/V-2026-0001")]


def test_first_a_code_is_asked_for_and_then_accepted_with(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    page = browser.get(f"/d/{token}").text
    assert "k…@moewe.example" in page
    assert "Code zusenden" in page
    assert "Vertrag annehmen</button>" not in page

    shown = ask(browser, token)

    assert shown.status_code == 200
    assert 'autocomplete="one-time-code" inputmode="numeric"' in shown.text
    assert "Er gilt bis 23.\xa0November\xa02026, 10:10\xa0Uhr" in shown.text
    assert decisions(app) == []
    [mail] = mails(app)
    assert mail.expires_at == codes(app)[0].expires_at
    answer = accept(browser, token, code_in(mail))
    assert answer.status_code == 303
    assert "der Vertrag ist angenommen" in browser.get(answer.headers["location"]).text
    [decision] = decisions(app)
    assert (decision.outcome, decision.means) == (Outcome.ACCEPTED, Means.CODE)
    assert events(app)[-2:] == ["code.asked", "decision.accepted"]


def test_the_mail_names_the_document_and_its_subject_no_code(
    app: App, browser: httpx.Client
) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    [mail] = mails(app)
    text = read_mail(mail.raw).text
    assert mail.matter == "document/V-2026-0001"
    assert mail.subject == "Ihr Code zum Annehmen: Vertrag V-2026-0001"
    assert "Er gilt bis 10:10 Uhr" in text
    assert "Haben Sie keinen Code angefordert?" in text
    assert code_in(mail) in text
    assert "/d/" not in text


def test_what_was_typed_is_not_lost(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    page = ask(browser, token, name="Ole Öz", function="Prokurist", consent="yes").text
    for said in ('value="Ole Öz"', 'value="Prokurist"', 'value="yes" checked'):
        assert said in page
    typed = {"name": "Ole Öz", "function": "Prokurist"}
    page = accept(browser, token, wrong(code_in(mails(app)[0])), **typed).text
    for said in ('value="Ole Öz"', 'value="Prokurist"', 'value="yes" checked'):
        assert said in page
    page = accept(browser, token, "123 456", name="").text
    assert 'value="123456"' in page


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦", "' OR 1=1 --"])
def test_what_is_no_code_is_asked_for_again_and_costs_no_try(
    app: App, browser: httpx.Client, typed: str
) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    answer = accept(browser, token, typed)
    assert answer.status_code == 422
    assert "die sechs Ziffern aus der E-Mail" in answer.text
    assert decisions(app) == []
    assert codes(app)[0].tries == 0


def test_a_wrong_code_records_the_try_and_nothing_else(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    code = code_in(mails(app)[0])

    answer = accept(browser, token, wrong(code))

    assert answer.status_code == 422
    assert "Dieser Code stimmt nicht" in answer.text
    assert decisions(app) == []
    assert events(app)[-1] == "code.wrong"
    for _ in range(MOST_TRIES - 1):
        answer = accept(browser, token, wrong(code))
    assert "fünfmal falsch" in answer.text
    assert "Code zusenden" in answer.text  # its field is gone, the button is back
    assert accept(browser, token, code).status_code == 422
    assert decisions(app) == []
    ask(browser, token)
    assert accept(browser, token, code_in(mails(app)[1])).status_code == 303


def test_an_expired_code_says_so(app: App, browser: httpx.Client, hand: Hand) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    hand.forward(minutes=10)
    answer = accept(browser, token, code_in(mails(app)[0]))
    assert answer.status_code == 422
    assert "Dieser Code gilt nicht (mehr)" in answer.text
    assert decisions(app) == []


def test_a_second_click_sends_no_second_code_and_a_later_one_does(
    app: App, browser: httpx.Client, hand: Hand
) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    ask(browser, token)
    assert len(mails(app)) == 1
    hand.forward(minutes=1)
    ask(browser, token)
    assert len(mails(app)) == 2


def test_whoever_asks_for_many_codes_must_wait(app: App, browser: httpx.Client, hand: Hand) -> None:
    _, token = open_offer(app, asks_code=True)
    for _ in range(MOST_AN_HOUR):
        ask(browser, token)
        hand.forward(minutes=1)
    answer = ask(browser, token)
    assert answer.status_code == 422
    assert "warten Sie sonst eine Stunde" in answer.text
    assert len(mails(app)) == MOST_AN_HOUR
    assert accept(browser, token, code_in(mails(app)[-1])).status_code == 303


def test_declining_and_objecting_need_no_code(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    fields = form_of(browser.get(f"/d/{token}").text, "decline") | {"reason": "Zu teuer"}
    assert browser.post(f"/d/{token}", data=fields).status_code == 303
    [decision] = decisions(app)
    assert (decision.outcome, decision.means) == (Outcome.DECLINED, Means.LINK)


def test_where_no_code_is_asked_nothing_of_it_shows(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app)
    assert "Code" not in browser.get(f"/d/{token}").text
    assert ask(browser, token).status_code == 303
    assert mails(app) == []


def test_an_act_is_accepted_with_a_code_and_reserved_defects(
    app: App, browser: httpx.Client
) -> None:
    with app.database.transaction() as session:
        version, token = sent_act(session, app)
        [link] = acceptance.links_to(session, version)
        link.asks_code = True
    defect = {"place-1": "Startseite", "description-1": "Bild fehlt"}
    page = ask(browser, token, **defect).text
    assert "Bild fehlt" in page
    assert accept(browser, token, code_in(mails(app)[0]), **defect).status_code == 303
    with app.database.reading() as session:
        decision = session.scalars(select(ClientDecision)).one()
        assert (decision.means, len(decision.defects)) == (Means.CODE, 1)


def test_twenty_posts_with_the_same_code_accept_once(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    fields = form_of(ask(browser, token).text)
    fields |= {"consent": "yes", "code": code_in(mails(app)[0])}
    with ThreadPoolExecutor(20) as pool:
        posts = [pool.submit(browser.post, f"/d/{token}", data=fields) for _ in range(20)]
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {303}
    assert len(decisions(app)) == 1


def test_the_first_of_two_signers_signs_with_a_code(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        client = make_client(session)
        first = make_contact(session, client)
        second = make_contact(session, client, given_name="Ole", roles=[])
        project = make_project(session, client=client)
        given = {"signer": first.email, "co_signers": [second.email]}
        _, token = sent(session, app, asks_code=True, project=project, **given)
    ask(browser, token)
    answer = accept(browser, token, code_in(mails(app)[0]))
    assert "Jetzt ist Ole" in browser.get(answer.headers["location"]).text
    with app.database.reading() as session:
        consent = session.scalars(select(SignerConsent)).one()
        assert consent.means is Means.CODE


def test_without_its_file_no_code_is_mailed(app: App, browser: httpx.Client) -> None:
    version_id, token = open_offer(app, asks_code=True)
    fields = form_of(browser.get(f"/d/{token}").text)
    with app.database.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        (app.docs_out / version.pdf_path).unlink()
    assert browser.post(f"/d/{token}/code", data=fields).status_code == 503
    assert mails(app) == []


def test_the_address_of_the_button_leads_back_to_the_page(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    assert browser.get(f"/d/{token}/code").headers["location"] == f"/d/{token}"
    assert browser.post(f"/d/{'A' * 32}/code").status_code == 404
    assert mails(app) == []


# The mail goes out at once


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def posting(
    tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand, server: SmtpServer
) -> App:
    """An application whose mails go to that server."""
    return make_app(tmp_path, database, agency, hand, smtp_port=server.port)


def queued(app: App, browser: httpx.Client) -> OutboxMail:
    """The mail with a code, asked for on the page."""
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    return mails(app)[-1]


def test_the_code_is_on_its_way_before_any_sweep(posting: App, server: SmtpServer) -> None:
    portal = create_portal(posting, FakePrefect())  # type: ignore[arg-type]  # the outer edge
    with (
        serving(portal) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30, verify=False) as browser,
    ):
        mail = queued(posting, browser)
        portal.state.portal.postman._pool.shutdown(wait=True)
    [accepted] = server.accepted
    assert accepted.recipient == mail.recipient
    assert accepted.content == mail.raw
    assert posting.sweep_outbox().sent == []


@pytest.mark.parametrize("fault", ["421 busy", ""])
def test_a_server_that_was_away_for_a_moment_is_tried_again(
    posting: App, app: App, browser: httpx.Client, server: SmtpServer, fault: str
) -> None:
    mail = queued(app, browser)
    server.faults["greeting"] = [fault]
    postman = Postman(posting, pauses=(0, 0))
    postman.send(mail.id)
    postman._pool.shutdown(wait=True)
    assert [each.recipient for each in server.accepted] == [mail.recipient]
    assert mails(posting)[0].state is MailState.SENT


def test_only_that_mail_is_handed_over_at_once(
    posting: App, app: App, browser: httpx.Client, server: SmtpServer, hand: Hand
) -> None:
    first = queued(app, browser)
    second = queued(app, browser)
    assert len(posting.sweep_outbox(only=second.id).sent) == 1
    assert [each.recipient for each in server.accepted] == [second.recipient]
    assert [mail.state for mail in mails(app)] == [MailState.QUEUED, MailState.SENT]
    hand.forward(minutes=10)
    assert len(posting.sweep_outbox().failed) == 1  # expired, so nobody gets it
    assert [each.recipient for each in server.accepted] == [second.recipient]
    assert first.id != second.id


def test_a_code_nobody_needs_any_more_is_not_sent(
    posting: App, app: App, browser: httpx.Client, server: SmtpServer, hand: Hand
) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    hand.forward(minutes=1)
    ask(browser, token)
    [old, new] = mails(app)
    assert len(posting.sweep_outbox(only=old.id).cancelled) == 1
    fields = form_of(browser.get(f"/d/{token}").text, "decline") | {"reason": "Zu teuer"}
    browser.post(f"/d/{token}", data=fields)
    assert len(posting.sweep_outbox(only=new.id).cancelled) == 1
    assert server.accepted == []


def test_the_code_goes_to_the_signers_address_of_now(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    with app.database.transaction() as session:
        session.scalars(select(Contact)).one().email = "neu@moewe.example"
    ask(browser, token)
    assert mails(app)[0].recipient == "neu@moewe.example"
