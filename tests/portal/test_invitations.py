"""The button that invites a client again, on the document's page."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.contracts.job import JOB as CONTRACT
from acctflows.db.models.desk import Role, WaitingFor
from acctflows.db.models.documents import AccessLink, DocumentVersion
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.dispatch import reminding
from acctflows.dispatch.signing_policy import load_signing_policy
from acctflows.documents import audit, register, waiting
from acctflows.documents.invitations import add_reminder, invitations
from acctflows.mail import outbox
from acctflows.portal.desk.inviting import read_invitation
from tests.factories import NOW, make_client, make_contact, make_project
from tests.portal.test_client_page import form_of, open_offer
from tests.portal.test_desk import RUN, post
from tests.portal.world import FakePrefect, Hand, sent

SignIn = Callable[..., httpx.Client]
PAGE = "/desk/documents/V-2026-0001"


def newest_mail(app: App) -> OutboxMail:
    with app.database.reading() as session:
        return session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()


def link_in(mail: OutboxMail) -> str:
    found = re.search(rb"/d/([\w-]+)", mail.raw.replace(b"=\r\n", b""))
    assert found
    return f"/d/{found[1].decode()}"


def fields_of(page: str) -> dict[str, str]:
    """The form as the browser would send it, nothing changed."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.S) if 'name="contact"' in f)
    times = re.search(r'name="times" value="(\d+)"', form)
    contact = re.search(r'<option value="(\d+)" selected', form)
    assert times
    assert contact
    return {"times": times[1], "contact": contact[1]}


def press(desk: httpx.Client, version_id: int, **given: str) -> httpx.Response:
    fields = fields_of(desk.get(PAGE).text) | given
    return post(desk, f"/desk/versions/{version_id}/invitation", **fields)


@pytest.mark.parametrize("days", [3, 40], ids=["valid", "expired"])
def test_the_client_is_invited_again(app: App, hand: Hand, signed_in: SignIn, days: int) -> None:
    version_id, token = open_offer(app)
    hand.forward(days=days)
    desk = signed_in(Role.MANAGER)

    answer = press(desk, version_id)

    assert answer.headers["location"] == f"{PAGE}?done=invited"
    mail = newest_mail(app)
    with app.database.reading() as session:
        signer = session.get_one(DocumentVersion, version_id).document.client.contacts[0]
    assert (mail.state, mail.recipient) == (MailState.QUEUED, signer.email)
    assert desk.get(link_in(mail)).status_code == 200
    assert desk.get(f"/d/{token}").status_code == 404
    page = desk.get(PAGE).text
    assert f'href="/desk/mails/{mail.id}"' in page
    assert "gilt bis" in page
    assert "abgelaufen" not in page
    assert link_in(mail) not in page
    with app.database.reading() as session:
        events = [(e.event, e.actor) for e in audit.trail(session, mail.matter)]
    manager = "Lena Hansen <manager@nordlicht-digital.example>"
    assert events[-2:] == [("invitation.replaced", manager), ("invitation.issued", manager)]


def test_a_mail_given_up_is_followed_by_a_new_one(app: App, signed_in: SignIn) -> None:
    version_id, _ = open_offer(app)
    desk = signed_in(Role.MANAGER)
    press(desk, version_id)
    first = newest_mail(app)
    with app.database.transaction() as session:
        outbox.cancel(session, first.id, by="Lena", reason="550", now=NOW)
    assert "zurückgezogen" in desk.get(PAGE).text

    press(desk, version_id)

    assert newest_mail(app).dedup_key == f"{first.dedup_key.removesuffix('/2')}/3"
    assert desk.get(link_in(newest_mail(app))).status_code == 200


def test_another_contact_is_invited(app: App, signed_in: SignIn) -> None:
    version_id, token = open_offer(app)
    with app.database.transaction() as session:
        client = session.get_one(DocumentVersion, version_id).document.client
        other = make_contact(session, client, given_name="Ole", email="ole@moewe.example")
        gone = make_contact(session, client, email="weg@moewe.example", archived_at=NOW)
        ids = str(other.id), str(gone.id)
    desk = signed_in(Role.MANAGER)
    assert "weg@moewe.example" not in desk.get(PAGE).text

    assert press(desk, version_id, contact=ids[1]).status_code == 409
    assert desk.get(f"/d/{token}").status_code == 200
    assert press(desk, version_id, contact=ids[0]).status_code == 303

    assert newest_mail(app).recipient == "ole@moewe.example"
    assert fields_of(desk.get(PAGE).text) == {"times": "2", "contact": ids[0]}


def test_a_double_click_sends_one_mail(app: App, signed_in: SignIn) -> None:
    version_id, _ = open_offer(app)
    desk = signed_in(Role.MANAGER)
    fields = fields_of(desk.get(PAGE).text)
    for _ in range(2):
        answer = post(desk, f"/desk/versions/{version_id}/invitation", **fields)
        assert answer.status_code == 303
    with app.database.reading() as session:
        assert len(session.scalars(select(OutboxMail)).all()) == 1
        assert len(session.scalars(select(AccessLink)).all()) == 2


def test_the_run_that_waits_learns_of_the_new_time(
    app: App, signed_in: SignIn, prefect: FakePrefect
) -> None:
    version_id, _ = open_offer(app)
    with app.database.transaction() as session:
        waiting.note_waiting(
            session,
            flow_run_id=RUN,
            waiting_for=WaitingFor.CLIENT,
            version_id=version_id,
            now=NOW,
        )
    press(signed_in(Role.MANAGER), version_id)
    prefect.wait_for_resume()
    assert prefect.resumed == [(RUN, None)]


def test_a_reader_sees_how_it_stands_and_no_button(app: App, signed_in: SignIn) -> None:
    open_offer(app)
    page = signed_in(Role.READER, language="en").get(PAGE).text
    assert "works until" in page
    assert "Send the invitation again" not in page


def test_what_no_client_is_asked_about_has_no_invitation(app: App, signed_in: SignIn) -> None:
    version_id, _ = open_offer(app)
    desk = signed_in(Role.MANAGER)
    fields = fields_of(desk.get(PAGE).text)
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        register.add_version(
            session,
            version.document,
            snapshot={**version.snapshot, "number": "V-2026-0001"},
            template_name="another.docx",
            actor="Lena",
            now=NOW,
        )
    assert 'name="contact"' not in desk.get(PAGE).text
    address = f"/desk/versions/{version_id}/invitation"
    assert post(desk, address, **fields).status_code == 409


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"contact": ""}, 400),
        ({"times": "-1"}, 400),
        ({"times": "7"}, 409),
        ({"contact": "999"}, 404),
        ({"contact": "²"}, 400),
    ],
)
def test_a_form_that_is_not_ours_is_refused(
    app: App, signed_in: SignIn, given: dict[str, str], status: int
) -> None:
    version_id, token = open_offer(app)
    desk = signed_in(Role.MANAGER)
    assert press(desk, version_id, **given).status_code == status
    assert desk.get(f"/d/{token}").status_code == 200


def test_a_damaged_file_is_not_sent(app: App, signed_in: SignIn) -> None:
    version_id, _ = open_offer(app)
    with app.database.reading() as session:
        path = session.get_one(DocumentVersion, version_id).pdf_path
    (app.docs_out / path).write_bytes(b"%PDF other")
    assert press(signed_in(Role.MANAGER), version_id).status_code == 409


def test_the_document_tells_of_reminders_and_codes(app: App, hand: Hand, signed_in: SignIn) -> None:
    version_id, _ = open_offer(app, asks_code=True)
    desk = signed_in(Role.MANAGER)
    assert "mit einem Code, der dem Unterzeichner gemailt wird" in desk.get(PAGE).text
    press(desk, version_id)
    page = desk.get(PAGE).text
    assert "nächste am 30.\xa0November\xa02026" in page
    assert "mit einem Code, der dem Unterzeichner gemailt wird" not in page  # the policy asks none
    with app.database.transaction() as session:
        invitation = newest_mail(app)
        session.get_one(OutboxMail, invitation.id).state = MailState.SENT
    hand.forward(days=7)
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        given = {"policy": load_signing_policy(app.templates), "office": app.office}
        reminder = reminding.remind(session, version, job=CONTRACT, now=hand(), **given)
        assert reminder
    page = signed_in(Role.READER).get(PAGE).text  # a week later the first has to sign in again
    assert f'<a href="/desk/mails/{reminder.id}">30.\xa0November\xa02026' in page
    assert "nächste am 4.\xa0Dezember\xa02026" in page
    with app.database.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        invitation_now = read_invitation(app, session, version, now=hand())
        assert invitation_now
        assert invitation_now.times == 2  # a reminder is no invitation


def test_who_signed_by_the_first_link_is_told_so_by_the_one_of_a_reminder(
    app: App, browser: httpx.Client
) -> None:
    with app.database.transaction() as session:
        client = make_client(session)
        first = make_contact(session, client)
        second = make_contact(session, client, given_name="Ole", roles=[])
        terms = {"signer": first.email, "co_signers": [second.email]}
        project = make_project(session, client=client)
        version, token = sent(session, app, project=project, **terms)
        [asked] = invitations(session, version)
        later = NOW + timedelta(seconds=1)
        _, reminder = add_reminder(session, asked, by="acctflows", now=later)
    fields = form_of(browser.get(f"/d/{reminder}").text) | {"consent": "yes"}
    assert browser.post(f"/d/{token}", data=fields).status_code == 303
    for link in (token, reminder):
        assert "Jetzt ist Ole" in browser.get(f"/d/{link}").text
    assert browser.post(f"/d/{reminder}", data=fields).status_code == 303
