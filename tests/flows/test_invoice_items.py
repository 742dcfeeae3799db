"""Invoices with their real pages, files and mails; Prefect only calls these steps."""

from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.clock import Clock
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.terms import ContractTerms
from acctflows.db.migrate import upgrade
from acctflows.db.models.agency import Project, Unit
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import ApprovalDecision, Document, Outcome, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.receivables import Invoice
from acctflows.delivery.acts import ACT_KINDS
from acctflows.delivery.subject import Period
from acctflows.documents import approval, audit, work_items
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.store import read_checked
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.invoices.cancellation_form import CancellationForm, cancel_by_form
from acctflows.receivables.invoices.invoice_sending import approved_invoices, unsent_invoices
from acctflows.receivables.invoices.invoices_due import (
    acts_without_invoice,
    deposits_due,
    fees_due,
)
from acctflows.receivables.invoices.invoicing_policy import (
    InvoicingPolicy,
    Source,
    load_invoicing_policy,
)
from acctflows.receivables.invoices.issuing import read_invoice
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import record_payment
from flows import document_drawing, invoice_items
from flows.invoice_items import Due, DueAct, issue_item, send_item
from flows.invoice_report import Line, Told, markdown, merged, summary
from tests.delivery.stories import OCTOBER, decide, draft
from tests.factories import (
    NOW,
    TODAY,
    make_client,
    make_contact,
    make_fee,
    make_project,
    make_work_record,
)
from tests.house import ROOT, new_app
from tests.racing import race

POLICY = load_invoicing_policy(ROOT / "templates" / "invoicing" / "standard.yaml")
CAREFUL = POLICY.model_copy(update={"acts": Source(approved_by=Approver.MANAGER)})


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = new_app(tmp_path)
    upgrade(app.database)
    return replace(app, clock=Clock(app.clock.zone, now=lambda: NOW))


def accepted_october(app: App, *, by_the_hour: bool = True, period: Period = OCTOBER) -> int:
    """An accepted act about an hour and a half on 7 October; the version's id."""
    with app.database.transaction() as session:
        client = make_client(session, invoice_email="rechnung@moewe.example")
        make_contact(session, client)
        project = make_project(session, client=client)
        care = project.services[1].service
        if by_the_hour:
            care.unit, care.unit_price_minor = Unit.HOUR, 11_500
        make_work_record(session, project, service=care, done_on=date(2026, 10, 7))
        version = draft(session, project, period, app.agency)
        decide(session, version, app.agency, Outcome.ACCEPTED)
        return version.id


def due(app: App) -> list[Due]:
    with app.database.reading() as session:
        acts = acts_without_invoice(session, ACT_KINDS)
        fees = fees_due(session, today=TODAY)
        return [*deposits_due(session), *(DueAct(each) for each in acts), *fees]


def issue(app: App, *, dry_run: bool = False) -> list[Line]:
    return [issue_item(app, each, TODAY, dry_run=dry_run) for each in due(app)]


def send(app: App, policy: InvoicingPolicy = POLICY) -> list[Line]:
    with app.database.reading() as session:
        ids = unsent_invoices(session)
    return [send_item(app, policy, each, TODAY) for each in ids]


def mails(app: App) -> list[OutboxMail]:
    with app.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.template == POLICY.mail)
        return list(session.scalars(query))


def test_an_accepted_act_is_invoiced_filed_and_mailed(app: App) -> None:
    accepted_october(app)
    (line,) = issue(app)
    assert (line.told, line.number, line.amount) == (Told.ISSUED, "RE-2026-0001", "€205.28")
    (sent,) = send(app)
    assert sent.told is Told.SENT
    assert (issue(app), send(app)) == ([], [])
    (mail,) = mails(app)
    message = message_from_bytes(mail.raw, policy=default)
    assert (mail.recipient, message["subject"]) == (
        "rechnung@moewe.example",
        "Rechnung RE-2026-0001 über 205,28\xa0€, fällig am 7.\xa0Dezember\xa02026",
    )
    (attached,) = message.iter_attachments()
    with app.database.reading() as session:
        invoice = session.scalars(select(Invoice)).one()
        version = invoice.document.newest
        assert (invoice.sent_on, version.state) == (TODAY, VersionState.SENT)
        filed = read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)
        assert attached.get_content() == filed
        assert check_pdf(filed, must_appear=["RE-2026-0001", "205,28 €"]).problems == ()
        assert audit.verify(session).fault is None


def test_a_dry_run_says_what_would_be_and_leaves_no_trace(app: App) -> None:
    accepted_october(app)
    (line,) = issue(app, dry_run=True)
    assert (line.told, line.number, line.amount) == (Told.ISSUED, "L-2026-0001", "€205.28")
    with app.database.reading() as session:
        assert session.scalars(select(Document).where(Document.kind == "invoice")).all() == []
    assert issue(app)[0].number == "RE-2026-0001"


def test_runs_at_once_issue_and_mail_each_invoice_once(app: App) -> None:
    accepted_october(app)
    accepted_october(app)

    def run(_caller: int) -> None:
        issue(app)
        send(app)

    _done, failed = race(4, run)
    assert failed == []
    with app.database.reading() as session:
        numbers = [each.document.number for each in session.scalars(select(Invoice))]
        assert sorted(numbers) == ["RE-2026-0001", "RE-2026-0002"]
    assert len(mails(app)) == 2


@pytest.mark.parametrize("where", ["store_files", "register_files", "read_shown", "send_invoice"])
def test_killed_between_two_steps_the_next_run_goes_on(
    app: App, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    accepted_october(app)
    issue(app)
    module = document_drawing if where.endswith("files") else invoice_items
    with monkeypatch.context() as killing:
        killing.setattr(module, where, _killed)
        with pytest.raises(KeyboardInterrupt):
            send(app)
    assert mails(app) == []
    assert [line.told for line in send(app)] == [Told.SENT]
    assert len(mails(app)) == 1


def test_what_cannot_be_invoiced_becomes_a_task_once(app: App) -> None:
    version_id = accepted_october(app, by_the_hour=False)
    with app.database.transaction() as session:
        _without_address(session.scalars(select(Document)).one())
    for _ in range(2):
        (line,) = issue(app)
        assert line.told is Told.REFUSED
        assert "the client's name or address is incomplete" in line.why
    with app.database.transaction() as session:
        item = session.scalars(select(WorkItem)).one()
        assert (item.kind, item.version_id) == ("invoice_refused", version_id)
        work_items.settle_item(session, item.id, by="Lena", outcome="by hand", now=NOW)
    assert due(app) == []


def test_where_the_policy_asks_a_manager_approves_first(app: App) -> None:
    accepted_october(app)
    issue(app)
    assert [line.told for line in send(app, CAREFUL)] == [Told.WAITING]
    assert [line.told for line in send(app, CAREFUL)] == [Told.WAITING]
    assert mails(app) == []
    _decide(app, ApprovalDecision.APPROVE)
    with app.database.reading() as session:
        assert approved_invoices(session) == unsent_invoices(session)
    assert [line.told for line in send(app, CAREFUL)] == [Told.SENT]
    assert len(mails(app)) == 1


def test_an_invoice_a_manager_rejects_is_never_sent(app: App) -> None:
    accepted_october(app)
    issue(app)
    send(app, CAREFUL)
    _decide(app, ApprovalDecision.REJECT, "wrong price")
    (line,) = send(app, CAREFUL)
    assert (line.told, line.why) == (Told.REFUSED, "wrong price; cancel it on its page")
    assert mails(app) == []


def cancel(app: App, number: str, *, again: bool) -> str:
    """Number of the invoice that cancels it."""
    with app.database.transaction() as session:
        form = CancellationForm(invoice=number, reason="Der Preis war falsch", again=again)
        return cancel_by_form(session, form, by="Lena", now=NOW, today=TODAY).document.number


def test_a_rejected_invoice_is_cancelled_filed_and_charged_again(app: App) -> None:
    accepted_october(app)
    issue(app)
    send(app, CAREFUL)
    _decide(app, ApprovalDecision.REJECT, "wrong price")
    assert cancel(app, "RE-2026-0001", again=True) == "RE-2026-0002"
    assert [(line.told, line.number) for line in send(app, CAREFUL)] == [
        (Told.KEPT, "RE-2026-0002")
    ]
    assert send(app, CAREFUL) == []
    assert [line.number for line in issue(app)] == ["RE-2026-0003"]
    assert [line.told for line in send(app, POLICY)] == [Told.SENT]
    assert [mail.dedup_key.split("/")[1] for mail in mails(app)] == ["RE-2026-0003"]


def test_the_client_gets_the_cancellation_of_what_was_sent(app: App) -> None:
    accepted_october(app)
    issue(app)
    send(app)
    cancel(app, "RE-2026-0001", again=False)
    assert [(line.told, line.number) for line in send(app, CAREFUL)] == [
        (Told.SENT, "RE-2026-0002")
    ]
    with app.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.template == POLICY.cancellation_mail)
        (mail,) = session.scalars(query)
        below = session.scalars(select(Invoice).where(Invoice.gross_minor < 0)).one()
        version = below.document.newest
        filed = read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)
    message = message_from_bytes(mail.raw, policy=default)
    assert message["subject"] == "Stornorechnung RE-2026-0002 zu unserer Rechnung RE-2026-0001"
    assert "Der Preis war falsch" in str(message.get_body(("plain",)))
    (attached,) = message.iter_attachments()
    assert attached.get_content() == filed
    assert check_pdf(filed, must_appear=["Stornorechnung", "-205,28 €"]).problems == ()
    assert (issue(app), send(app)) == ([], [])


def contracted(app: App, **terms: object) -> None:
    """The contract of the one project, accepted."""
    with app.database.transaction() as session:
        project = session.scalars(select(Project)).one()
        version = draft_contract(
            session,
            agency=app.agency,
            project=project,
            terms=ContractTerms.model_validate(terms),
            actor="lena",
            now=NOW,
            today=TODAY,
        )
        version.state = VersionState.ACCEPTED


def test_a_deposit_is_charged_first_and_deducted_when_it_is_paid(app: App) -> None:
    accepted_october(app)
    contracted(app, deposit_percent=30)
    with app.database.transaction() as session:  # by the hour: six hours and the relaunch
        assert len(deposits_due(session)) == 1
    lines = issue(app)
    assert [(line.told, line.amount) for line in lines] == [
        (Told.ISSUED, "€4,530.51"),
        (Told.LATER, ""),
    ]
    assert lines[1].why == "the deposit invoice RE-2026-0001 is to be paid or cancelled first"
    assert [line.told for line in send(app)] == [Told.SENT]
    with app.database.transaction() as session:
        form = PaymentForm(invoice="RE-2026-0001", amount="4.530,51")
        record_payment(session, form, by="Lena", now=NOW)
    (final,) = issue(app)
    assert (final.told, final.amount) == (Told.ISSUED, "€0.00")
    assert [line.told for line in send(app)] == [Told.SENT]
    subject = message_from_bytes(mails(app)[-1].raw, policy=default)["subject"]
    assert subject == "Rechnung RE-2026-0002 über 0,00\xa0€"


def test_a_month_agreed_per_month_is_charged_as_one(app: App) -> None:
    accepted_october(app, by_the_hour=False)
    assert [(line.told, line.amount) for line in issue(app)] == [(Told.ISSUED, "€1,130.50")]


def test_a_month_from_the_middle_of_one_to_that_of_the_next_is_charged_as_one(app: App) -> None:
    period = Period(date(2026, 9, 15), date(2026, 10, 14))
    accepted_october(app, by_the_hour=False, period=period)
    assert [(line.told, line.amount) for line in issue(app)] == [(Told.ISSUED, "€1,130.50")]
    with app.database.reading() as session:
        said = read_invoice(session.scalars(select(Invoice)).one())
    assert said.supplied is not None
    assert (said.supplied.first, said.supplied.last) == (period.first, period.last)


def test_what_a_fee_pays_is_looked_at_once(app: App) -> None:
    accepted_october(app)
    with app.database.transaction() as session:
        project = session.scalars(select(Document)).one().project
        assert project is not None
        make_fee(session, project, starts_on=date(2026, 10, 1), months=3)
    assert [line.told for line in issue(app, dry_run=True)] == [Told.NOTHING]
    assert [line.told for line in issue(app)] == [Told.NOTHING]
    assert due(app) == []


def test_the_accepted_contract_gives_terms_and_number(app: App) -> None:
    accepted_october(app)
    with app.database.transaction() as session:
        project = session.scalars(select(Document)).one().project
        assert project is not None
        terms = ContractTerms(payment_days=30)
        version = draft_contract(
            session,
            agency=app.agency,
            project=project,
            terms=terms,
            actor="lena",
            now=NOW,
            today=TODAY,
        )
        version.state = VersionState.ACCEPTED
    (line,) = issue(app)
    assert line.due == "2026-12-23"
    with app.database.reading() as session:
        snapshot = session.scalars(select(Invoice)).one().document.newest.snapshot
    assert snapshot["references"]["contract_number"] == "V-2026-0001"


def test_fees_of_missed_months_are_caught_up(app: App) -> None:
    with app.database.transaction() as session:
        make_fee(session, make_project(session))
    assert [line.number for line in issue(app)] == ["RE-2026-0001", "RE-2026-0002"]
    assert [line.told for line in send(app)] == [Told.SENT, Told.SENT]


def test_the_report_names_each_invoice_once_and_what_needs_a_person_first() -> None:
    issued = Line(
        Told.ISSUED, "RE-1", "Möwe | <b>", "SEO", "invoices/RE-1", "€1", "2026-12-01", "x"
    )
    sent = replace(issued, told=Told.SENT, why="")
    refused = Line(Told.REFUSED, "P-1/SEO", "Kranich", "SEO", why="no price")
    lines = merged([issued, refused, sent])
    assert summary(lines, dry_run=False) == "Invoices: 1 issued and sent, 1 that need a person"
    text = markdown(lines, "", portal_url="http://desk")
    assert text.index("Needs a person") < text.index("On its way")
    assert r"[RE-1](http://desk/desk/invoices/RE-1) | Möwe \| \<b\> |" in text
    assert "Issued" not in text
    assert summary([], dry_run=False) == "No invoice was due."


def _decide(app: App, decision: ApprovalDecision, comment: str = "") -> None:
    with app.database.transaction() as session:
        version = session.scalars(select(Invoice)).one().document.newest
        approval.decide_approval(
            session,
            version,
            decision=decision,
            sha256=version.pdf_sha256,
            by="Lena",
            comment=comment,
            now=NOW,
        )


def _without_address(document: Document) -> None:
    document.client.street = ""


def _killed(*_args: object, **_given: object) -> None:
    raise KeyboardInterrupt
