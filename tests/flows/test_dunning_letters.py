"""Letters with their real pages, files and mails; without Prefect, which only calls these steps."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.clock import Clock
from acctflows.db.migrate import upgrade
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import (
    ApprovalDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import DunningLetter, Invoice, LetterState
from acctflows.documents import approval, audit
from acctflows.documents.filed import check_files
from acctflows.documents.pdf.sheet import writing
from acctflows.receivables.follow_up.follow_up_report import FollowUpReport, markdown
from flows import settle_documents
from flows.document_drawing import Drawing, file_drawing
from flows.dunning_letters import follow_up_clients, open_workday
from tests.factories import make_client, make_contact, make_invoice, make_project
from tests.house import new_app
from tests.receivables.following import DUE, FIRST, SECOND, make_statement, moment
from tests.smtp_server import SmtpServer


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = at(new_app(tmp_path), FIRST)
    upgrade(app.database)
    return app


def at(app: App, day: date) -> App:
    """The same installation on that day."""
    return replace(app, clock=Clock(app.clock.zone, now=lambda: moment(day)))


def bank_knows(app: App, day: date) -> None:
    with app.database.transaction() as session:
        make_statement(session, day)


def owing(app: App, count: int = 1, *, filed: bool = False) -> list[Client]:
    clients = []
    for _ in range(count):
        with app.database.transaction() as session:
            client = make_client(session)
            make_contact(session, client)
            invoice = make_invoice(session, client, due_on=DUE, issued_on=DUE, sent_on=DUE)
            session.add(
                DocumentVersion(
                    document=invoice.document,
                    version=1,
                    snapshot={},
                    snapshot_sha256="",
                    template_name="",
                    created_at=moment(DUE),
                    created_by="test",
                )
            )
            clients.append(client)
            session.flush()
            version_id = invoice.document.newest.id
        if filed:
            file_drawing(app, version_id, lambda _: Drawing(page(app), []))
    return clients


def page(app: App) -> bytes:
    with writing(
        app.stationery().faces, title="x", author="x", language="de", number="{}/{}".format
    ) as written:
        written.sheet.text(50, 50, "RE", size=10)
    return written.pdf


def run(app: App, day: date, *, dry_run: bool = False) -> FollowUpReport:
    with app.database.reading() as session:
        clients = list(session.scalars(select(Client.id)))
    return follow_up_clients(open_workday(app, day), clients, dry_run=dry_run)


def test_a_letter_is_drawn_filed_and_mailed_with_copies(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app, filed=True)

    report = run(app, FIRST)

    assert report.sentence == "1 letter sent."
    with app.database.reading() as session:
        mail = session.scalars(select(OutboxMail)).one()
        message = message_from_bytes(mail.raw, policy=default)
        number = session.scalar(select(Document.number).where(Document.kind == "invoice"))
        names = [part.get_filename() for part in message.iter_attachments()]
        assert names == ["M-2026-0001.pdf", f"{number}.pdf"]
        version = session.get_one(DunningLetter, 1).document.newest
        assert version.state is VersionState.SENT
        assert version.pages == 1
        assert next(message.iter_attachments()).get_content()[:5] == b"%PDF-"
        assert check_files(session, app.docs_out).faults == []
        assert audit.verify(session).fault is None
    assert run(app, FIRST).sentence == "0 letters sent."


def test_a_dry_run_says_the_same_and_leaves_nothing(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app)

    report = run(app, FIRST, dry_run=True)

    assert [(line.title, line.to_pay.minor) for line in report.planned] == [
        ("Payment reminder", 119_000)
    ]
    with app.database.reading() as session:
        assert session.scalars(select(DunningLetter)).all() == []


def test_old_bank_data_stop_every_letter(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=7))
    owing(app)

    report = run(app, FIRST)

    assert report.sent == []
    assert "please import newer ones" in report.held[0].because[0]


@pytest.mark.parametrize("days_later", [0, 20], ids=["that day", "simulated, later"])
def test_an_approved_letter_is_sent_by_the_sweep(
    app: App, monkeypatch: pytest.MonkeyPatch, days_later: int
) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app)
    run(app, FIRST)
    deliver(app)
    bank_knows(app, SECOND - timedelta(days=1))
    later = at(app, SECOND)

    report = run(later, SECOND)

    assert [line.title for line in report.waiting] == ["Mahnung"]
    with later.database.transaction() as session:
        (asked,) = approval.open_approvals(session)
        approval.decide_approval(
            session,
            asked.version,
            decision=ApprovalDecision.APPROVE,
            sha256=asked.sha256,
            by="Lena",
            comment="",
            now=moment(SECOND),
        )
    sweeping = at(app, SECOND + timedelta(days=days_later))
    settings = app.settings.model_copy(update={"simulate_days": days_later > 0})
    sweeping = replace(sweeping, settings=settings)
    monkeypatch.setattr(settle_documents, "load_app", lambda: sweeping)
    assert settle_documents.send_approved_letters.fn() == []
    with later.database.reading() as session:
        letter = session.scalars(select(DunningLetter).where(DunningLetter.level == 2)).one()
        assert (letter.document.number, letter.state) == ("M-2026-0002", LetterState.QUEUED)
        assert letter.sent_on == SECOND


def deliver(app: App) -> None:
    with SmtpServer() as server:
        settings = app.settings.model_copy(update={"smtp_port": server.port})
        replace(app, settings=settings).sweep_outbox()


def test_a_mail_that_waits_is_cancelled_when_its_invoice_is_paid(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app)
    run(app, FIRST)
    with app.database.transaction() as session:
        session.scalars(select(Invoice)).one().open_minor = 0

    deliver(app)

    with app.database.reading() as session:
        assert session.scalars(select(OutboxMail.state)).all() == [MailState.CANCELLED]


def test_a_mail_nobody_could_deliver_is_made_anew_when_it_is_too_old(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app)
    run(app, FIRST)
    with app.database.transaction() as session:
        session.scalars(select(OutboxMail)).one().state = MailState.FAILED
    soon, late = FIRST + timedelta(days=1), SECOND
    bank_knows(app, FIRST)
    assert run(at(app, soon), soon).sent == []  # a person may still press Retry
    bank_knows(app, SECOND - timedelta(days=1))

    assert [line.number for line in run(at(app, late), late).sent] == ["M-2026-0002"]


def test_one_broken_client_stops_no_other(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    broken, _ = owing(app, 2)
    with app.database.transaction() as session:
        session.get_one(Client, broken.id).contacts[0].archived_at = moment(DUE)

    report = run(app, FIRST)

    assert len(report.sent) == 1
    assert [broken.number in problem for problem in report.problems] == [True]


@pytest.mark.parametrize("place", ["drawn", "registered", "asked"])
def test_whatever_was_done_before_a_crash_is_not_done_again(
    app: App, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app)
    stops = {
        "drawn": "flows.document_drawing.register_files",
        "registered": "flows.document_drawing.store_files",
        "asked": "flows.dunning_letters.send_letter",
    }

    class KilledError(BaseException):
        pass

    def kill(*_args: object, **_given: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(stops[place], kill)
        with pytest.raises(KilledError):
            run(app, FIRST)

    assert run(app, FIRST).sentence == "1 letter sent."
    with app.database.reading() as session:
        numbers = session.scalars(select(Document.number).where(Document.kind == "dunning")).all()
        assert numbers == ["M-2026-0001"]
        assert len(session.scalars(select(OutboxMail)).all()) == 1
        assert check_files(session, app.docs_out).faults == []


def test_the_manager_of_the_newest_project_writes(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    (client,) = owing(app)
    with app.database.transaction() as session:
        make_project(session, client=session.get_one(Client, client.id))

    run(app, FIRST)

    with app.database.reading() as session:
        snapshot = session.get_one(DunningLetter, 1).document.newest.snapshot
        assert snapshot["writer"]["name"] == "Lena Hansen"
        raw = session.scalars(select(OutboxMail.raw)).one().decode()
        assert 'From: "Lena Hansen, Nordlicht Digital"' in raw


def test_the_report_is_read_in_a_minute(app: App) -> None:
    bank_knows(app, FIRST - timedelta(days=1))
    owing(app, 2)
    with app.database.transaction() as session:
        session.scalars(select(Invoice)).first().sent_on = None
    report = run(app, FIRST)

    text = markdown(report, day=FIRST, as_of=FIRST - timedelta(days=1), desk="https://x/desk")

    assert text.startswith("## 1 letter sent, 1 invoice held.")
    assert "Monday, 07.09.2026; payments up to 06.09.2026 considered." in text
    assert "[M-2026-0001](https://x/desk/documents/M-2026-0001)" in text
    assert "1 × The invoice has not been sent to the client yet." in text
