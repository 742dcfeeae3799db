"""Accepting with a code from a mail: asked for on the page, right once, and nothing without it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.contracts.job import JOB as CONTRACT
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import (
    ClientDecision,
    DocumentVersion,
    Means,
    Outcome,
    VersionState,
)
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.signing import MailCode, SignerConsent
from acctflows.db.session import Database
from acctflows.dispatch.codes import mail_code
from acctflows.documents import access_links, audit
from acctflows.documents.codes import MOST_AN_HOUR, MOST_TRIES
from acctflows.portal.answers import read_answer
from acctflows.portal.desk.mails import read_mail
from acctflows.portal.fields import Fields
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
    assert "k***@moewe.example" in page
    assert "Code zusenden" in page
    assert "Vertrag annehmen</button>" not in page

    shown = ask(browser, token)

    assert shown.status_code == 200
    assert 'autocomplete="one-time-code" inputmode="numeric"' in shown.text
    assert "Er gilt bis 23.\xa0November\xa02026, 10:10\xa0Uhr" in shown.text
    assert decisions(app) == []
    [mail] = mails(app)
    assert mail.expires_at == codes(app)[0].expires_at
    assert mail.matter == "document/V-2026-0001"
    assert mail.subject == "Ihr Code zum Annehmen: Vertrag V-2026-0001"
    text = read_mail(mail.raw).text
    for words in ("Er gilt bis 10:10 Uhr", "Haben Sie keinen Code angefordert?"):
        assert words in text
    assert "/d/" not in text
    answer = accept(browser, token, code_in(mail))
    assert answer.status_code == 303
    assert "der Vertrag ist angenommen" in browser.get(answer.headers["location"]).text
    [decision] = decisions(app)
    assert (decision.outcome, decision.means) == (Outcome.ACCEPTED, Means.CODE)
    assert events(app)[-2:] == ["code.sent", "decision.accepted"]


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


def test_a_wrong_code_records_the_try_and_nothing_else(app: App, browser: httpx.Client) -> None:
    _, token = open_offer(app, asks_code=True)
    ask(browser, token)
    code = code_in(mails(app)[0])

    answer = accept(browser, token, wrong(code))

    assert answer.status_code == 422
    assert "Dieser Code stimmt nicht" in answer.text
    assert decisions(app) == []
    assert events(app)[-1] == "code.refused"
    fields = form_of(answer.text) | {"consent": "yes", "code": wrong(code)}
    for _ in range(MOST_TRIES - 1):
        answer = browser.post(f"/d/{token}", data=fields)
    assert "fünfmal falsch" in answer.text
    assert "Code zusenden" in answer.text  # its field is gone, the button is back
    assert accept(browser, token, code).status_code == 422
    assert decisions(app) == []
    ask(browser, token)
    assert accept(browser, token, code_in(mails(app)[1])).status_code == 303


def test_whoever_asks_for_many_codes_must_wait(app: App, browser: httpx.Client, hand: Hand) -> None:
    _, token = open_offer(app, asks_code=True)
    fields = form_of(browser.get(f"/d/{token}").text)

    def press() -> httpx.Response:
        return browser.post(f"/d/{token}/code", data=fields)

    for _ in range(MOST_AN_HOUR):
        press()
        press()  # a second click asks for nothing new
        hand.forward(minutes=1)
    answer = press()
    assert answer.status_code == 422
    assert "warten Sie sonst eine Stunde" in answer.text
    assert len(mails(app)) == MOST_AN_HOUR
    hand.forward(minutes=10)
    answer = accept(browser, token, code_in(mails(app)[-1]))
    assert answer.status_code == 422
    assert "Dieser Code gilt nicht (mehr)" in answer.text
    assert decisions(app) == []


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦", "' OR 1=1 --"])
def test_what_is_no_code_is_asked_for_again(typed: str) -> None:
    fields = Fields(decision="accept", consent="yes", name="Ole", code=typed)
    given = {"consent_text": "Ja", "takes_defects": False}
    assert "code" in read_answer(fields, **given, asks_code=True).problems
    assert "code" not in read_answer(fields, **given).problems
    declining = Fields(fields, decision="decline", reason="Nein")
    assert read_answer(declining, **given, asks_code=True).problems == {}


def test_blanks_in_a_code_do_no_harm() -> None:
    fields = Fields(decision="accept", code=" 123 456 ")
    answer = read_answer(fields, consent_text="Ja", takes_defects=False, asks_code=True)
    assert answer.code == "123456"
    assert "code" not in answer.problems


def test_nobody_on_the_desk_reads_a_code(
    app: App, signed_in: Callable[[Role], httpx.Client]
) -> None:
    mail, _ = queued(app)
    page = signed_in(Role.MANAGER).get(f"/desk/mails/{mail.id}").text
    assert "Ihr Code: ••••••" in page
    assert code_in(mail) not in page


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
        [link] = access_links.links_to(session, version)
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


def queued(app: App) -> tuple[OutboxMail, str]:
    """A mail with a code, and the token of the link."""
    _, token = open_offer(app, asks_code=True)
    return another(app, token), token


def another(app: App, token: str) -> OutboxMail:
    now = app.clock.now()
    with app.database.transaction() as session:
        link = access_links.find_link(session, token, now=now)
        return mail_code(session, link, token, job=CONTRACT, office=app.office, now=now)


def test_the_code_is_on_its_way_before_any_sweep(posting: App, server: SmtpServer) -> None:
    _, token = open_offer(posting, asks_code=True)
    portal = create_portal(posting, FakePrefect())  # type: ignore[arg-type]  # the outer edge
    with (
        serving(portal) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30, verify=False) as browser,
    ):
        ask(browser, token)
        portal.state.portal.postman._pool.shutdown(wait=True)
    [mail] = mails(posting)
    [accepted] = server.accepted
    assert (accepted.recipient, accepted.content) == (mail.recipient, mail.raw)
    assert posting.sweep_outbox().sent == []


def test_a_server_that_was_away_for_a_moment_is_tried_again(
    posting: App, server: SmtpServer
) -> None:
    mail, _ = queued(posting)
    server.faults["greeting"] = ["421 busy"]
    postman = Postman(posting, pauses=(0, 0))
    postman.send(mail.id)
    postman._pool.shutdown(wait=True)
    assert [each.recipient for each in server.accepted] == [mail.recipient]
    assert mails(posting)[0].state is MailState.SENT


def test_only_that_mail_is_handed_over_at_once_and_an_expired_one_never(
    posting: App, server: SmtpServer, hand: Hand
) -> None:
    queued(posting)
    second, _ = queued(posting)
    assert len(posting.sweep_outbox(only=second.id).sent) == 1
    assert [mail.state for mail in mails(posting)] == [MailState.QUEUED, MailState.SENT]
    hand.forward(minutes=10)
    assert len(posting.sweep_outbox().failed) == 1
    assert [each.recipient for each in server.accepted] == [second.recipient]


def test_a_code_nobody_needs_any_more_is_not_sent(posting: App, server: SmtpServer) -> None:
    old, token = queued(posting)
    new = another(posting, token)
    assert len(posting.sweep_outbox(only=old.id).cancelled) == 1
    with posting.database.transaction() as session:
        [version] = session.scalars(select(DocumentVersion))
        version.state = VersionState.DECLINED
    assert len(posting.sweep_outbox(only=new.id).cancelled) == 1
    assert server.accepted == []
