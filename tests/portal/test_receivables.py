"""The desk's invoices: what is owed, what is late, and what one invoice says."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.agency import Client
from acctflows.db.models.desk import Role
from acctflows.db.models.receivables import Allocation, Invoice, Payment
from acctflows.documents import approval
from acctflows.portal.desk.receivables import Standing, standing
from acctflows.receivables.invoices.invoicing import issue_for_act
from acctflows.receivables.invoices.issuing import Issuer
from tests.documents.stories import file_version
from tests.factories import NOW, TODAY, make_act, make_client, make_invoice, make_project
from tests.portal.conftest import secret_of
from tests.receivables.test_invoicing import accepted

SignIn = Callable[..., httpx.Client]

INVOICES = {
    Standing.OPEN: {"due_on": TODAY},
    Standing.OVERDUE: {"due_on": TODAY - timedelta(days=3)},  # the Friday before
    Standing.UNSENT: {"sent_on": None},
    Standing.PAID: {"open_minor": 0},
    Standing.CREDIT: {"open_minor": -500},
    Standing.CANCELLED: {"open_minor": 0, "cancelled_on": TODAY},
    Standing.CANCELLATION: {"open_minor": 0, "gross_minor": -119_000},
}


def one_of_each(session: Session) -> Client:
    client = make_client(session, legal_name="Möwe Handel GmbH")
    made = {
        wanted: make_invoice(session, client, number=f"RE-2026-{wanted.upper()}", **given)
        for wanted, given in INVOICES.items()
    }
    made[Standing.CANCELLATION].cancels = made[Standing.CANCELLED]
    return client


def pay(session: Session, invoice: Invoice, minor: int) -> None:
    payment = Payment(
        key=f"test/{invoice.id}",
        client_id=invoice.client_id,
        received_on=TODAY,
        amount_minor=minor,
        left_minor=0,
        currency="EUR",
        reference="Rechnung <b>vom November</b>",
        booked_by="Lena",
        created_at=NOW,
    )
    payment.allocations.append(
        Allocation(
            invoice_id=invoice.id,
            amount_minor=minor,
            counts_on=TODAY,
            rule="designated",
            created_at=NOW,
        )
    )
    session.add(payment)
    invoice.open_minor -= minor
    session.flush()


def test_without_invoices_the_page_says_where_they_come_from(signed_in: SignIn) -> None:
    page = signed_in(Role.READER).get("/desk/receivables").text
    assert "Noch keine Rechnungen" in page


def test_open_invoices_stand_first_with_what_they_sum_up_to(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        one_of_each(session)
    page = signed_in(Role.READER).get("/desk/receivables").text
    places = {each: page.index(f"RE-2026-{each.upper()}") for each in Standing}
    assert max(places, key=lambda each: places[each]) is Standing.PAID
    assert places[Standing.OVERDUE] < places[Standing.OPEN]
    assert "2.380,00\xa0€ sind offen" in page
    assert "davon 1.190,00\xa0€ überfällig" in page


@pytest.mark.parametrize("wanted", Standing)
def test_the_filter_finds_what_the_page_calls_so(
    app: App, signed_in: SignIn, wanted: Standing
) -> None:
    with app.database.transaction() as session:
        client = one_of_each(session)
        rows = session.query(Invoice).filter_by(client_id=client.id)
        assert [standing(each, TODAY - timedelta(days=3)) for each in rows] == list(INVOICES)
    page = signed_in(Role.READER).get(f"/desk/receivables?state={wanted}").text
    shown = [each for each in Standing if f"RE-2026-{each.upper()}" in page]
    assert shown == [wanted]


def test_invoices_are_found_by_client_and_number(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        make_invoice(session, make_client(session, legal_name="Café Kranich"), number="RE-2026-7")
        make_invoice(session, make_client(session), number="RE-2026-8")
    desk = signed_in(Role.READER)
    for words in ("kranich", "re-2026-7"):
        page = desk.get(f"/desk/receivables?q={words}").text
        assert ("RE-2026-7" in page, "RE-2026-8" in page) == (True, False)
    assert "Nichts gefunden" in desk.get("/desk/receivables?q=niemand").text


def test_an_invoice_shows_what_was_paid_and_what_is_left(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        pay(session, invoice, 50_000)
    page = signed_in(Role.READER).get("/desk/invoices/RE-2026-0017").text
    assert "690,00\xa0€" in page
    assert "500,00\xa0€" in page
    assert "Rechnung &lt;b&gt;vom November&lt;/b&gt;" in page
    assert "überfällig" in page


def test_there_is_no_such_invoice(signed_in: SignIn) -> None:
    assert signed_in(Role.READER).get("/desk/invoices/RE-1999-0001").status_code == 404


def cancellable(app: App, agency: AgencyProfile) -> None:
    """RE-2026-0001, which was sent."""
    issuer = Issuer(agency=agency, actor="issue-invoices", now=NOW, today=TODAY)
    with app.database.transaction() as session:
        act = make_act(session, make_project(session))
        invoice = issue_for_act(session, accepted(act), issuer).invoice
        assert invoice is not None
        invoice.sent_on = TODAY


def test_an_invoice_is_cancelled_with_a_reason_and_says_so(
    app: App, agency: AgencyProfile, signed_in: SignIn
) -> None:
    cancellable(app, agency)
    desk = signed_in(Role.MANAGER)
    page = desk.get("/desk/invoices/RE-2026-0001").text
    assert "Rechnung stornieren" in page
    form = {"csrf": secret_of(page), "reason": "Der Preis war <b>falsch</b>", "again": "yes"}
    done = desk.post("/desk/invoices/RE-2026-0001/cancel", data=form, follow_redirects=True)
    assert "Die Stornorechnung ist ausgestellt" in done.text
    assert '<a href="/desk/invoices/RE-2026-0001">' in done.text
    assert "-1.927,80\xa0€" in done.text
    first = desk.get("/desk/invoices/RE-2026-0001").text
    assert '<a href="/desk/invoices/RE-2026-0002">' in first
    assert "Rechnung stornieren" not in first
    again = desk.post("/desk/invoices/RE-2026-0001/cancel", data=form, follow_redirects=True)
    assert "RE-2026-0002" in again.text


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"reason": "", "again": "yes"}, "Bitte nennen Sie den Grund"),
        ({"reason": "Irrtum", "again": ""}, "ob neu berechnet werden soll"),
        ({"reason": "請求", "again": "no"}, "die unsere Schriften nicht drucken können"),
    ],
)
def test_a_cancellation_that_cannot_be_made_says_why(
    app: App, agency: AgencyProfile, signed_in: SignIn, form: dict[str, str], problem: str
) -> None:
    cancellable(app, agency)
    desk = signed_in(Role.MANAGER)
    secret = secret_of(desk.get("/desk/invoices/RE-2026-0001").text)
    page = desk.post("/desk/invoices/RE-2026-0001/cancel", data={"csrf": secret, **form})
    assert page.status_code == 422
    assert problem in page.text
    with app.database.reading() as session:
        assert session.query(Invoice).count() == 1


def test_who_may_only_look_is_not_offered_to_cancel(
    app: App, agency: AgencyProfile, signed_in: SignIn
) -> None:
    cancellable(app, agency)
    page = signed_in(Role.READER).get("/desk/invoices/RE-2026-0001").text
    assert "Rechnung stornieren" not in page


def test_an_invoice_is_approved_and_found_in_the_register_like_any_document(
    app: App, agency: AgencyProfile, signed_in: SignIn
) -> None:
    issuer = Issuer(agency=agency, actor="issue-invoices", now=NOW, today=TODAY)
    with app.database.transaction() as session:
        act = make_act(session, make_project(session))
        invoice = issue_for_act(session, accepted(act), issuer).invoice
        assert invoice is not None
        version = invoice.document.newest
        file_version(session, version, template_sha256="", docx_path="", docx_sha256="")
        approval.ask_approval(session, version, actor="issue-invoices", now=NOW)
    desk = signed_in(Role.MANAGER)
    for address in (
        f"/desk/approvals/{version.id}",
        "/desk/documents/RE-2026-0001",
        "/desk/invoices/RE-2026-0001",
    ):
        page = desk.get(address).text
        assert "Was berechnet wird" in page
        assert "1.927,80\xa0€" in page
    assert f"/desk/approvals/{version.id}" in page
