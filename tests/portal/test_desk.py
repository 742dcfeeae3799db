"""The manager's desk: what needs a person, and the buttons that settle it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.clockwork.api import FlowRun
from acctflows.db.models.agency import Unit
from acctflows.db.models.desk import Role, User, WaitingFor, WorkItem
from acctflows.db.models.documents import Approval, ApprovalDecision, DocumentVersion
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.documents import waiting, work_items
from acctflows.mail import outbox
from acctflows.mail.message import Attachment, ComposedMail, Sender
from acctflows.portal.desk.projects import sums_of_work
from tests.factories import NOW, TODAY, make_act, make_client, make_project, make_work_record
from tests.portal.conftest import secret_of
from tests.portal.world import FakePrefect, in_approval, make_user, sent

SignIn = Callable[..., httpx.Client]
RUN = "0f6b1f6e-5b5e-4c0e-9d67-2a1f4d2b7c11"


def post(browser: httpx.Client, address: str, **fields: str) -> httpx.Response:
    secret = secret_of(browser.get("/desk/").text)
    return browser.post(address, data={"csrf": secret} | fields)


def ask_approval(app: App) -> DocumentVersion:
    with app.database.transaction() as session:
        version = in_approval(session, app)
        waiting.note_waiting(
            session,
            flow_run_id=RUN,
            waiting_for=WaitingFor.APPROVAL,
            version_id=version.id,
            now=NOW,
        )
        return version


def queue_mail(app: App, state: MailState) -> int:
    with app.database.transaction() as session:
        mail = outbox.enqueue(
            session,
            key=f"test/{state}",
            template="contract_invitation",
            matter="document/V-2026-0001",
            sender=Sender(
                name="Lena Hansen",
                address="hallo@nordlicht-digital.example",
                domain="nordlicht-digital.example",
                agency="Nordlicht Digital",
            ),
            recipient=("Käthe Brünning", "kaethe@moewe.example"),
            message=ComposedMail("Ihr Vertrag", "Guten Tag, <b>Käthe</b>\n", "<p>Guten Tag</p>"),
            attachments=[Attachment("V-2026-0001.pdf", b"%PDF", "application/pdf")],
            now=NOW,
        )
        mail.state, mail.error = state, "connection lost after the final dot"
        return mail.id


def mail_state(app: App, mail_id: int) -> MailState:
    with app.database.reading() as session:
        return session.get_one(OutboxMail, mail_id).state


def failed_run(**given: str) -> FlowRun:
    values = {
        "id": RUN,
        "name": "contract Möwe · Relaunch",
        "state_type": "FAILED",
        "state_name": "Failed",
        "message": "no space left → free some space, then run again",
        "changed_at": (NOW - timedelta(hours=2)).isoformat(),
    } | given
    return FlowRun.from_json(
        {
            "id": values["id"],
            "name": values["name"],
            "deployment_id": values.get("deployment_id"),
            "state": {
                "type": values["state_type"],
                "name": values["state_name"],
                "message": values["message"],
                "timestamp": values["changed_at"],
            },
        }
    )


def test_a_quiet_morning_says_so(signed_in: SignIn) -> None:
    page = signed_in(Role.MANAGER).get("/desk/").text
    assert "Alles erledigt." in page
    assert "Freigaben, Absagen von Kunden" in page


def test_an_approval_waits_and_is_given(app: App, signed_in: SignIn, prefect: FakePrefect) -> None:
    version = ask_approval(app)
    desk = signed_in(Role.MANAGER)
    today = desk.get("/desk/").text
    assert "V-2026-0001 · Vertrag" in today
    assert "Möwe Handel" in today
    page = desk.get(f"/desk/approvals/{version.id}").text
    assert version.pdf_sha256 in page
    assert "21.063,60\xa0€" in page
    address = f"/desk/approvals/{version.id}"
    answer = post(desk, address, decision="approve", sha256=version.pdf_sha256)
    assert answer.headers["location"] == "/desk/?done=approve"
    assert "Die Einladung an den Kunden geht jetzt hinaus" in desk.get("/desk/?done=approve").text
    with app.database.reading() as session:
        approval = session.scalars(select(Approval)).one()
        assert approval.decision is ApprovalDecision.APPROVE
        assert approval.decided_by == "Lena Hansen <manager@nordlicht-digital.example>"
    prefect.wait_for_resume()
    [(run_id, answered)] = prefect.resumed
    assert (run_id, answered and answered["decision"]) == (RUN, "approve")


def test_rework_and_rejection_need_a_comment(app: App, signed_in: SignIn) -> None:
    version = ask_approval(app)
    desk = signed_in(Role.MANAGER)
    address = f"/desk/approvals/{version.id}"
    for decision in ("rework", "reject"):
        answer = post(desk, address, decision=decision, sha256=version.pdf_sha256)
        assert answer.status_code == 422
        assert "Bitte schreiben Sie, warum." in answer.text
    long = post(desk, address, decision="rework", sha256="x", comment="x" * 5001)
    assert long.status_code == 422
    comment = "Bitte die Anzahlung < 20 % setzen."
    post(desk, address, decision="rework", sha256=version.pdf_sha256, comment=comment)
    with app.database.reading() as session:
        assert session.scalars(select(Approval)).one().comment == comment
    assert "Zur Überarbeitung zurückgegeben von Lena Hansen" in desk.get(address).text


def test_an_approval_of_something_else_than_was_shown_is_refused(
    app: App, signed_in: SignIn
) -> None:
    version = ask_approval(app)
    desk = signed_in(Role.MANAGER)
    address = f"/desk/approvals/{version.id}"
    answer = post(desk, address, decision="approve", sha256="0" * 64)
    assert answer.status_code == 409
    assert "what was shown is not what is filed" in answer.text


def test_a_second_manager_cannot_decide_otherwise(app: App, signed_in: SignIn) -> None:
    version = ask_approval(app)
    desk = signed_in(Role.MANAGER)
    decide = {"sha256": version.pdf_sha256, "comment": "nein"}
    address = f"/desk/approvals/{version.id}"
    assert post(desk, address, decision="approve", **decide).status_code == 303
    assert post(desk, address, decision="approve", **decide).status_code == 303
    assert post(desk, address, decision="reject", **decide).status_code == 409
    assert post(desk, address, decision="burn", **decide).status_code == 400


def test_a_damaged_file_cannot_be_approved(app: App, signed_in: SignIn) -> None:
    version = ask_approval(app)
    (app.docs_out / version.pdf_path).write_bytes(b"%PDF other")
    desk = signed_in(Role.MANAGER)
    page = desk.get(f"/desk/approvals/{version.id}").text
    assert "fehlt oder wurde verändert" in page
    assert 'value="approve"' not in page
    address = f"/desk/approvals/{version.id}"
    answer = post(desk, address, decision="approve", sha256=version.pdf_sha256)
    assert answer.status_code == 409
    assert desk.get(f"/desk/versions/{version.id}/document.pdf").status_code == 409


def test_a_reader_sees_an_approval_without_buttons(app: App, signed_in: SignIn) -> None:
    version = ask_approval(app)
    page = signed_in(Role.READER).get(f"/desk/approvals/{version.id}").text
    assert 'value="approve"' not in page
    assert "<iframe" in page


def test_a_decline_is_settled_with_what_came_of_it(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        version, _ = sent(session, app)
        item = work_items.open_item(
            session,
            key="declined/V-2026-0001/v1",
            kind="declined",
            detail="Zu teuer & zu spät",
            version=version,
            owner_id=None,
            due_on=TODAY,
            now=NOW,
        )
    desk = signed_in(Role.MANAGER)
    today = desk.get("/desk/").text
    assert "Absage des Kunden" in today
    assert "Zu teuer &amp; zu spät" in today
    assert post(desk, f"/desk/work/{item.id}/settle", outcome=" ").status_code == 400
    post(desk, f"/desk/work/{item.id}/settle", outcome="Neues Angebot besprochen")
    assert "Absage des Kunden" not in desk.get("/desk/").text
    with app.database.reading() as session:
        settled = session.get_one(WorkItem, item.id)
        assert settled.outcome == "Neues Angebot besprochen"
        assert settled.settled_by.startswith("Lena Hansen")
    assert post(desk, f"/desk/work/{item.id}/settle", outcome="anders").status_code == 409


@pytest.mark.parametrize(
    ("state", "word", "after"),
    [
        (MailState.UNKNOWN, "was_sent", MailState.SENT),
        (MailState.UNKNOWN, "send_again", MailState.QUEUED),
        (MailState.UNKNOWN, "was_not_sent", MailState.CANCELLED),
        (MailState.FAILED, "retry", MailState.QUEUED),
        (MailState.FAILED, "give_up", MailState.CANCELLED),
    ],
)
def test_a_mail_is_settled_by_a_persons_word(
    app: App, signed_in: SignIn, state: MailState, word: str, after: MailState
) -> None:
    mail_id = queue_mail(app, state)
    desk = signed_in(Role.MANAGER)
    assert f'value="{word}"' in desk.get("/desk/").text
    assert f'value="{word}"' in desk.get(f"/desk/mails/{mail_id}").text
    assert post(desk, f"/desk/mails/{mail_id}/settle", word=word).status_code == 303
    assert mail_state(app, mail_id) is after
    assert post(desk, f"/desk/mails/{mail_id}/settle", word=word).status_code == 409
    assert post(desk, f"/desk/mails/{mail_id}/settle", word="burn").status_code == 400


def test_what_is_too_old_to_be_sent_is_not_offered_to_be_sent(app: App, signed_in: SignIn) -> None:
    doubtful, failed = queue_mail(app, MailState.UNKNOWN), queue_mail(app, MailState.FAILED)
    with app.database.transaction() as session:
        for mail_id in (doubtful, failed):
            session.get_one(OutboxMail, mail_id).expires_at = NOW

    desk = signed_in(Role.MANAGER)

    for page in ("/desk/", f"/desk/mails/{doubtful}"):
        shown = desk.get(page).text
        assert 'value="was_not_sent"' in shown
        assert 'value="send_again"' not in shown
        assert 'value="retry"' not in shown
    assert 'value="give_up"' in desk.get(f"/desk/mails/{failed}").text


def test_why_a_mail_was_given_up_stays_with_it(app: App, signed_in: SignIn) -> None:
    mail_id = queue_mail(app, MailState.FAILED)
    desk = signed_in(Role.MANAGER)
    address = f"/desk/mails/{mail_id}"
    for page in (desk.get("/desk/").text, desk.get(address).text):
        form = page[page.index('value="give_up"') :]
        assert 'name="reason"' in form[: form.index("</form>")]
    post(desk, f"{address}/settle", word="give_up", reason="Die Adresse\0 gibt es nicht")
    assert "Die Adresse gibt es nicht" in desk.get(address).text


def test_a_mail_shows_its_words_and_attachments_literally(app: App, signed_in: SignIn) -> None:
    mail_id = queue_mail(app, MailState.SENT)
    page = signed_in(Role.READER).get(f"/desk/mails/{mail_id}").text
    assert "Guten Tag, &lt;b&gt;Käthe&lt;/b&gt;" in page
    assert "V-2026-0001.pdf" in page


def test_mails_are_found_by_state_and_words(app: App, signed_in: SignIn) -> None:
    queue_mail(app, MailState.SENT)
    desk = signed_in(Role.READER)
    assert "Ihr Vertrag" in desk.get("/desk/mails?state=sent&q=käthe").text
    assert "Nichts gefunden" in desk.get("/desk/mails?state=failed").text
    assert "Ihr Vertrag" in desk.get("/desk/mails?state=nonsense&page=-3").text


def test_a_failed_run_is_run_again(app: App, signed_in: SignIn, prefect: FakePrefect) -> None:
    prefect.runs = [failed_run()]
    desk = signed_in(Role.MANAGER)
    today = desk.get("/desk/").text
    assert "contract Möwe · Relaunch" in today
    assert "free some space, then run again" in today
    assert "vor\xa02\xa0Stunden" in today
    assert f"{app.prefect_ui_url}/v2/runs/flow-run/{RUN}" in today
    assert post(desk, f"/desk/runs/{RUN}/retry").status_code == 303
    assert prefect.states == [(RUN, "AwaitingRetry")]


def test_a_run_that_goes_on_already_is_left_alone(signed_in: SignIn, prefect: FakePrefect) -> None:
    prefect.runs = [failed_run(state_type="RUNNING", state_name="Running")]
    desk = signed_in(Role.MANAGER)
    assert post(desk, f"/desk/runs/{RUN}/retry").status_code == 409
    assert post(desk, f"/desk/runs/{RUN}/settle", outcome="x").status_code == 409
    assert prefect.states == []


def test_a_run_put_aside_comes_back_when_it_fails_again(
    signed_in: SignIn, prefect: FakePrefect
) -> None:
    prefect.runs = [failed_run()]
    desk = signed_in(Role.MANAGER)
    post(desk, f"/desk/runs/{RUN}/settle", outcome="war ein Versuch")
    assert "contract Möwe" not in desk.get("/desk/").text
    prefect.runs = [failed_run(changed_at=NOW.isoformat())]
    assert "contract Möwe" in desk.get("/desk/").text


def failed_runs_of_a_weekend(prefect: FakePrefect) -> None:
    """The mail server was away: the sweep failed every five minutes, after a contract had."""
    prefect.deployments = [{"id": "deliver", "schedules": [{"slug": "every-five-minutes"}]}]
    sweeps = [
        failed_run(
            id=str(uuid4()),
            name="deliver what is due",
            deployment_id="deliver",
            changed_at=(NOW - timedelta(minutes=5 * number)).isoformat(),
        )
        for number in range(150)
    ]
    prefect.runs = [*sweeps, failed_run(changed_at=(NOW - timedelta(days=2)).isoformat())]


def test_a_sweep_that_fails_all_weekend_hides_no_failed_contract(
    signed_in: SignIn, prefect: FakePrefect
) -> None:
    failed_runs_of_a_weekend(prefect)
    desk = signed_in(Role.MANAGER)

    today = desk.get("/desk/").text
    assert today.count("deliver what is due") == 1
    assert "150 Mal in Folge" in today
    assert "contract Möwe · Relaunch" in today

    post(desk, f"/desk/runs/{prefect.runs[0].id}/settle", outcome="Server war aus")
    assert "deliver what is due" not in desk.get("/desk/").text


def test_failures_put_aside_make_room_for_older_ones(
    signed_in: SignIn, prefect: FakePrefect
) -> None:
    prefect.runs = [failed_run(id=str(uuid4()), name=f"act {number:03}") for number in range(55)]
    desk = signed_in(Role.MANAGER)
    today = desk.get("/desk/").text
    assert "act 049" in today
    assert "act 050" not in today
    assert "Es sind noch mehr" in today

    for run in prefect.runs[:20]:
        post(desk, f"/desk/runs/{run.id}/settle", outcome="erledigt")

    today = desk.get("/desk/").text
    assert "act 019" not in today
    assert "act 020" in today
    assert "act 054" in today
    assert "Es sind noch mehr" not in today


def test_a_silent_prefect_is_named_and_nothing_fails(
    app: App, signed_in: SignIn, prefect: FakePrefect
) -> None:
    ask_approval(app)
    prefect.silent = True
    desk = signed_in(Role.MANAGER)
    page = desk.get("/desk/")
    assert page.status_code == 200
    assert "Prefect antwortet nicht" in page.text
    assert "V-2026-0001" in page.text
    assert post(desk, f"/desk/runs/{RUN}/retry").status_code == 503
    assert post(desk, "/desk/runs/no-run/retry").status_code == 404


def test_the_document_page_keeps_the_evidence(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        version, _ = sent(session, app)
    desk = signed_in(Role.READER)
    page = desk.get("/desk/documents/V-2026-0001").text
    assert version.pdf_sha256 in page
    assert version.docx_sha256 in page
    assert "Kunde eingeladen" in page
    assert "unverändert bis Eintrag 6" not in page, "years of entries are not recomputed unasked"
    verified = desk.get("/desk/documents/V-2026-0001?verify=true").text
    assert "unverändert bis Eintrag 6" in verified
    assert desk.get(f"/desk/documents/{version.document_id}").text == page
    word = desk.get(f"/desk/versions/{version.id}/document.docx")
    assert word.headers["content-disposition"].startswith("attachment")
    assert word.content.startswith(b"Word file")


def test_a_tampered_trail_is_named(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        sent(session, app)
    with app.database.transaction() as session:
        for trigger in _guards(session):
            session.execute(text(trigger))
        session.execute(text("UPDATE audit_entry SET actor = 'Mallory' WHERE seq = 3"))
    page = signed_in(Role.READER).get("/desk/documents/V-2026-0001?verify=true").text
    assert "nicht unverändert, zuerst bei Eintrag 3" in page


def _guards(session) -> list[str]:  # type: ignore[no-untyped-def]  # a SQLAlchemy session
    """How an attacker with the database's password gets rid of what guards the trail."""
    if session.bind.dialect.name == "sqlite":
        names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        return [f'DROP TRIGGER "{name}"' for name in names]
    return ["ALTER TABLE audit_entry DISABLE TRIGGER USER"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=contract", True),
        ("state=sent", True),
        ("state=accepted", False),
        ("q=V-2026", True),
        ("q=MÖWE", True),
        ("q=%25", False),
        ("kind=nonsense&state=nonsense&page=x", True),
        ("page=2", False),
        ("page=" + "9" * 400, False),
    ],
)
def test_documents_are_found(app: App, signed_in: SignIn, query: str, found: bool) -> None:
    with app.database.transaction() as session:
        sent(session, app)
    page = signed_in(Role.READER).get(f"/desk/documents?{query}")
    assert page.status_code == 200
    assert ("/desk/documents/V-2026-0001" in page.text) is found


def test_clients_and_projects_have_their_pages(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        project = make_project(session)
        in_approval(session, app, project=project)
    desk = signed_in(Role.READER)
    client = desk.get(f"/desk/clients/{project.client_id}").text
    for words in ("Am Markt 3", "Deutschland", "Käthe Brünning", "unterschreibt", project.number):
        assert words in client
    page = desk.get(f"/desk/projects/{project.id}").text
    for words in ("SEO-Betreuung", "6\xa0Monate", "950,00\xa0€", "Konzept abgenommen", "V-2026"):
        assert words in page
    assert project.number in desk.get("/desk/projects?stage=lead").text
    assert project.number not in desk.get("/desk/projects?stage=closed").text
    assert "Möwe Handel" in desk.get("/desk/clients?q=brünning").text


def test_a_project_shows_the_work_done_and_its_sums(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        project = make_project(session)
        care = project.services[1].service
        act = make_act(session, project, number="L-2026-0007")
        for n in range(60):
            make_work_record(
                session, project, service=care, done_on=TODAY - timedelta(days=n),
                quantity=Decimal("1.333333"), note=f"Arbeit <{n}>",
                document=act if n == 3 else None,
            )  # fmt: skip
        make_work_record(session, project, unit=Unit.PIECE, quantity=Decimal(3), billable=False)
        make_work_record(session, make_project(session), note="Fremdes")
    desk = signed_in(Role.READER)
    page = desk.get(f"/desk/projects/{project.id}").text
    for words in (
        "80\xa0Stunden", "78:40\xa0Stunden", "3\xa0Stück", "Ohne Leistung", "nicht abrechenbar",
        "Arbeit &lt;0&gt;", 'href="/desk/documents/L-2026-0007"', "23.11.2026",
    ):  # fmt: skip
        assert words in page
    assert page.index("Arbeit &lt;0&gt;") < page.index("Arbeit &lt;1&gt;")
    assert "Arbeit &lt;55&gt;" not in page
    assert "Fremdes" not in page
    older = desk.get(f"/desk/projects/{project.id}?page=2").text
    assert "Arbeit &lt;55&gt;" in older
    assert "Arbeit &lt;0&gt;" not in older


def test_work_is_summed_by_service_and_unit(session: Session) -> None:
    project = make_project(session)
    first, second = (line.service for line in project.services)
    first.code, second.code = "A", "B"
    act = make_act(session, project)
    make_work_record(session, project, quantity=Decimal("0.001"))
    make_work_record(session, project, service=second, quantity=Decimal("7.5"), document=act)
    make_work_record(session, project, service=second, quantity=Decimal("0.25"))
    make_work_record(session, project, service=second, unit=Unit.DAY, quantity=Decimal(2))
    make_work_record(session, project, service=first, document=act)
    make_work_record(session, make_project(session), service=first)
    assert [
        (each.service, each.unit, each.total, each.unreported)
        for each in sums_of_work(session, project.id)
    ] == [
        (first, Unit.HOUR, Decimal("1.5"), 0),
        (second, Unit.DAY, 2, 2),
        (second, Unit.HOUR, Decimal("7.75"), Decimal("0.25")),
        (None, Unit.HOUR, Decimal("0.001"), Decimal("0.001")),
    ]


def test_a_project_without_work_says_where_it_comes_from(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        project = make_project(session)
    assert "Record work" in signed_in(Role.READER).get(f"/desk/projects/{project.id}").text


@pytest.mark.parametrize("path", ["clients", "projects", "documents", "mails"])
def test_an_empty_list_explains_itself(signed_in: SignIn, path: str) -> None:
    assert 'class="empty"' in signed_in(Role.READER).get(f"/desk/{path}").text


@pytest.mark.parametrize(
    "path",
    ["clients/9", "projects/9", "documents/V-1", "documents/9", "mails/9", "approvals/9",
     "versions/9/document.pdf", "documents/V%00", "documents/%FF",
     "clients/0", "clients/x", "clients/" + "9" * 30,
     "documents/" + "9" * 30],
)  # fmt: skip
def test_what_is_not_there_is_said_in_words(signed_in: SignIn, path: str) -> None:
    answer = signed_in(Role.READER).get(f"/desk/{path}")
    assert answer.status_code == 404
    assert "Hier ist nichts" in answer.text


def test_a_long_list_has_pages(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        for _ in range(51):
            make_client(session, legal_name="Möwe & Söhne")
    desk = signed_in(Role.READER)
    first = desk.get("/desk/clients?q=M%C3%B6we+%26").text
    assert first.count("<tr>") == 51
    assert 'href="/desk/clients?q=M%C3%B6we+%26&amp;page=2"' in first.replace("%20", "+")
    assert desk.get("/desk/clients?q=M%C3%B6we+%26&page=2").text.count("<tr>") == 2


def test_the_search_finds_everything(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        sent(session, app)
    desk = signed_in(Role.READER)
    page = desk.get("/desk/search?q=moewe").text
    assert "Relaunch moewe.example" in page
    assert "Käthe Brünning" in page
    assert "V-2026-0001" in desk.get("/desk/search?q=v-2026").text
    assert "Nichts gefunden" in desk.get("/desk/search?q=%00%25_").text
    assert "Geben Sie oben" in desk.get("/desk/search?q=+").text


def test_an_administrator_shuts_somebody_out(app: App, signed_in: SignIn) -> None:
    desk = signed_in(Role.ADMIN)
    with app.database.transaction() as session:
        other = make_user(session, Role.READER)
        me = session.scalars(select(User).where(User.role == Role.ADMIN)).one()
    assert post(desk, f"/desk/people/{other.id}/access", word="disable").status_code == 303
    assert "gesperrt" in desk.get("/desk/people").text
    assert post(desk, f"/desk/people/{other.id}/access", word="enable").status_code == 303
    assert post(desk, f"/desk/people/{other.id}/access", word="burn").status_code == 404
    assert post(desk, f"/desk/people/{me.id}/access", word="disable").status_code == 409
