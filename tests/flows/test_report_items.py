"""Reports one at a time, with their real records; Prefect only calls these steps."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.documents import AuditEntry, Document, DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.receivables import PaymentPromise, PaymentStop, StopKind
from acctflows.db.session import Database
from acctflows.delivery.reports.policy import Approver
from acctflows.delivery.reports.sample import sample_snapshot
from acctflows.delivery.reports.terms import NO_WORDS
from flows import report_items
from flows.report_facts import open_invoices
from flows.report_items import Wish, report_item, send_item
from flows.report_told import Fate, Line, markdown, merged, summary
from tests.delivery.reports.test_policy import POLICY, WEEK_47
from tests.factories import NOW, TODAY, make_client, make_contact, make_invoice, make_project
from tests.portal.world import Hand, file_version, make_app
from tests.racing import race

CALENDAR = BusinessCalendar("DE", "HH")
WISH = Wish(WEEK_47, TODAY, NO_WORDS, again=False, asked=NOW)
TRUSTING = POLICY.model_copy(update={"approved_by": Approver.NOBODY})


@pytest.fixture
def app(
    tmp_path: Path, database: Database, agency: AgencyProfile, monkeypatch: pytest.MonkeyPatch
) -> App:
    """An installation that files a page instead of calling Word and a converter."""
    app = make_app(tmp_path, database, agency, Hand())
    monkeypatch.setattr(report_items, "_make_files", lambda version: _file(app, version))
    return app


def _file(app: App, version_id: int, *, with_pdf: bool = True) -> None:
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        file_version(session, app, version, with_pdf=with_pdf)


def active(app: App) -> int:
    with app.database.transaction() as session:
        return make_project(session).id


def report_of(app: App, project_id: int) -> DocumentVersion:
    with app.database.reading() as session:
        query = select(DocumentVersion).join(Document).where(Document.project_id == project_id)
        return session.scalars(query).one()


def mails(app: App) -> list[OutboxMail]:
    with app.database.reading() as session:
        return list(session.scalars(select(OutboxMail)))


def test_a_report_waits_for_the_manager_and_is_drafted_once(app: App) -> None:
    project = active(app)

    lines = [report_item(app, POLICY, project, WISH) for _ in range(2)]

    assert [line.fate for line in lines] == [Fate.WAITING, Fate.WAITING]
    assert report_of(app, project).state is VersionState.IN_APPROVAL
    assert mails(app) == []


def test_where_the_policy_asks_nobody_it_says_so_in_the_trail(app: App) -> None:
    project = active(app)

    drafted = report_item(app, TRUSTING, project, WISH)
    sent = send_item(app, report_of(app, project).id)

    assert (drafted.fate, sent.fate) == (Fate.APPROVED, Fate.SENT)
    assert report_item(app, TRUSTING, project, WISH).fate is Fate.BEFORE
    assert len(mails(app)) == 1
    with app.database.reading() as session:
        approved = select(AuditEntry).where(AuditEntry.event == "approval.approved")
        assert session.scalars(approved).one().actor == "templates/reports/standard.yaml"


def test_sent_by_two_runs_at_once_one_mail_goes_out(app: App) -> None:
    project = active(app)
    report_item(app, TRUSTING, project, WISH)
    version_id = report_of(app, project).id

    lines, failures = race(4, lambda _caller: send_item(app, version_id))

    assert failures == []
    assert {line.fate for line in lines} == {Fate.SENT}
    assert len(mails(app)) == 1


def test_without_a_pdf_the_word_file_goes_out(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_items, "_make_files", lambda each: _file(app, each, with_pdf=False))
    project = active(app)
    report_item(app, TRUSTING, project, WISH)

    send_item(app, report_of(app, project).id)

    (attachment,) = message_from_bytes(mails(app)[0].raw, policy=default).iter_attachments()
    assert attachment.get_filename().endswith("-v1.docx")
    assert attachment.get_content_type().endswith("wordprocessingml.document")


def test_what_cannot_be_drafted_or_sent_is_a_line_that_says_why(app: App) -> None:
    with app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client, roles=[])
        silent = make_project(session, client=client).id

    assert "nobody can be written to" in report_item(app, TRUSTING, silent, WISH).why

    project = active(app)
    report_item(app, TRUSTING, project, WISH)
    version = report_of(app, project)
    (app.docs_out / version.pdf_path).write_bytes(b"changed")
    line = send_item(app, version.id)
    assert (line.fate, bool(line.why)) == (Fate.FAILED, True)
    assert mails(app) == []


def test_a_crash_before_the_approval_was_asked_for_is_made_good(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = active(app)
    with monkeypatch.context() as broken:
        broken.setattr(report_items, "_make_files", _killed)
        with pytest.raises(KeyboardInterrupt):
            report_item(app, POLICY, project, WISH)
    assert report_of(app, project).state is VersionState.DRAFT

    assert report_item(app, POLICY, project, WISH).fate is Fate.WAITING
    assert report_of(app, project).state is VersionState.IN_APPROVAL


def _killed(_version_id: int) -> None:
    raise KeyboardInterrupt


def test_only_invoices_the_client_may_be_asked_for_are_told(session: Session) -> None:
    project = make_project(session)
    client, other = project.client, make_project(session)
    for number, given in {
        "due later": {"due_on": TODAY},
        "overdue": {"open_minor": 5_000},
        "payable until Monday": {"due_on": date(2026, 11, 21)},  # a Saturday; today is the Monday
        "paid": {"open_minor": 0},
        "credit": {"open_minor": -5},
        "not sent": {"sent_on": None},
        "of another project": {},
        "disputed": {},
        "promised": {},
    }.items():
        invoice = make_invoice(session, client, number=number, **given)
        if number == "of another project":
            invoice.document.project_id = make_project(session, client=client).id
        if number == "disputed":
            session.add(_stop(client.id, invoice.id, TODAY))
        if number == "overdue":  # a hold that is over holds nothing
            session.add(_stop(client.id, invoice.id, TODAY - timedelta(days=1)))
        if number == "promised":
            session.add(
                PaymentPromise(
                    invoice=invoice,
                    given_on=TODAY,
                    pay_by=TODAY,
                    open_when_given_minor=119_000,
                    set_by="Lena",
                    created_at=NOW,
                )
            )
    make_invoice(session, other.client, number="of another client")
    session.flush()

    found = open_invoices(session, project, TODAY, CALENDAR)

    assert [(each.number, each.open_minor, each.overdue) for each in found] == [
        ("overdue", 5_000, True),
        ("payable until Monday", 119_000, False),
        ("due later", 119_000, False),
    ]
    session.add(_stop(client.id, None, TODAY))
    session.flush()
    assert open_invoices(session, project, TODAY, CALENDAR) == []


def _stop(client_id: int, invoice_id: int | None, ends_on: date) -> PaymentStop:
    return PaymentStop(
        client_id=client_id,
        invoice_id=invoice_id,
        kind=StopKind.DISPUTE,
        reason="Mangel",
        starts_on=date(2026, 11, 1),
        ends_on=ends_on,
        set_by="Lena",
        created_at=NOW,
    )


def test_the_run_tells_each_report_once_and_what_needs_a_person_first(app: App) -> None:
    snapshot = sample_snapshot("en").model_copy(update={"project_title": "A | <b>B</b>"})
    waiting = Line.of(snapshot, Fate.WAITING, "")
    broken = Line(project="Shop", client="Stumm GmbH", why="nobody can be written to")

    lines = merged([waiting, broken, replace(waiting, fate=Fate.SENT)])
    text = markdown(app, lines, "Status reports")

    assert summary(lines) == "Reports: 1 sent, 1 that need a person."
    assert text.index("### Needs a person") < text.index("### Sent to the client")
    assert "[S-2026-0001](http://portal.example/desk/documents/S-2026-0001)" in text
    assert "A \\| &lt;b&gt;B&lt;/b&gt;" in text
    assert "Invoice RE-2026-0017: €1,190.00, overdue since" in text
    assert "](data:image/png;base64," in text
    assert summary([]) == "No project is active."


def test_many_reports_share_one_chart(app: App) -> None:
    snapshots = [
        sample_snapshot("de").model_copy(update={"number": f"S-{n}", "project_title": f"P {n}"})
        for n in range(9)
    ]

    text = markdown(app, [Line.of(each, Fate.SENT, "") for each in snapshots], "Status reports")

    assert text.count("data:image/png;base64,") == 1
    assert len(text) < 200_000
