"""The desk's pages of payments: lines to decide about, credits, a client's account."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment
from acctflows.receivables.payments.importing import match_waiting
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import record_payment
from tests.factories import make_client, make_invoice
from tests.portal.conftest import secret_of
from tests.receivables.bank_world import NOW, THEIRS, line, take

SignIn = Callable[..., httpx.Client]


@pytest.fixture
def waiting(app: App) -> list[int]:
    """A proposal, a line nobody knows, a booked one; ids of their clients' invoices."""
    with app.database.transaction() as session:
        client = make_client(session, legal_name="Möwe <Handel> GmbH", number="K-7")
        other = make_client(session, legal_name="Kontor Elbe AG", number="K-8")
        invoices = [
            make_invoice(session, client, number="RE-2026-0017"),
            make_invoice(session, client, number="RE-2026-0018", gross_minor=50_000),
            make_invoice(session, other, number="RE-2026-0019", gross_minor=70_000),
        ]
        take(
            session,
            line(120_000, "Rechnung RE-2026-0017 <b>", counterparty="Möwe", end_to_end_id="a"),
            line(70_500, "danke", counterparty="Elbe Holding", counterparty_iban=THEIRS),
            line(50_000, "RE-2026-0018"),
        )
        ids = [each.id for each in invoices]
    match_waiting(app.database, now=NOW, prefixes=["RE"])
    return ids


def post(browser: httpx.Client, address: str, **data: str) -> httpx.Response:
    secret = secret_of(browser.get("/desk/payments").text)
    return browser.post(address, data={"csrf": secret, **data})


def shown_on(page: str) -> str:
    return page.split('name="shown" value="')[1].split('"', maxsplit=1)[0]


def stored(app: App, kind: type[Any], row_id: int) -> Any:
    with app.database.reading() as session:
        return session.get_one(kind, row_id)


def test_proposals_come_first_with_reasons_in_words(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    page = signed_in().get("/desk/payments").text
    assert page.index("1.200,00") < page.index("705,00")
    assert "Der Verwendungszweck nennt RE-2026-0017." in page
    assert "10,00\xa0€ mehr als offen ist" in page.replace("Gezahlt wurden ", "")
    assert "bleiben Guthaben des Kunden" in page
    assert "Rechnung RE-2026-0017 &lt;b&gt;" in page
    assert "Alle Zahlungen sind bekannt bis 20.\xa0November\xa02026" in page
    english = signed_in(Role.ADMIN, language="en").get("/desk/payments").text
    assert "The payment text names RE-2026-0017." in english
    assert "€10.00 are kept as the client&#39;s credit" in english


def test_a_proposal_is_booked_as_shown_and_the_credit_set_off(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    shown = shown_on(browser.get("/desk/payments").text)
    stale = post(browser, "/desk/payments/1/confirm", shown="x")
    assert (stale.status_code, stored(app, BankLine, 1).state) == (409, LineState.PROPOSED)
    assert post(browser, "/desk/payments/1/confirm", shown=shown).status_code == 303
    assert stored(app, Invoice, waiting[0]).open_minor == 0
    with app.database.transaction() as session:
        client_id = session.get_one(Invoice, waiting[0]).client_id
        later = make_invoice(session, session.get_one(Invoice, waiting[0]).client).id
        payment = session.scalars(select(Payment).where(Payment.left_minor > 0)).one().id
    account = browser.get(f"/desk/clients/{client_id}").text
    assert "1.180,00\xa0€ zu unseren Gunsten" in account
    back = f"/desk/clients/{client_id}"
    done = post(browser, f"/desk/credits/{payment}/set-off", invoice=str(later), back=back)
    assert done.headers["location"] == f"{back}?done=set_off"
    assert stored(app, Invoice, later).open_minor == 118_000
    assert stored(app, Payment, payment).left_minor == 0
    assert post(browser, f"/desk/credits/{payment}/set-off", invoice="x").status_code == 400


def test_an_invoice_is_found_and_chosen_without_any_script(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    assert "Suchen Sie nach dem Kunden" in browser.get("/desk/payments/2").text
    found = browser.get("/desk/payments/2", params={"q": "kontor"}).text
    assert f'name="invoice-{waiting[2]}"' in found
    assert "Als Guthaben von Kontor Elbe AG buchen" in found
    assert "RE-2026-0017" not in found
    booked = post(browser, "/desk/payments/2/assign", **{f"invoice-{waiting[2]}": "on"})
    assert booked.headers["location"] == "/desk/payments?done=payment_booked"
    assert stored(app, Invoice, waiting[2]).open_minor == 0
    page = browser.get("/desk/payments/2").text
    assert "hat die Zeile zugeordnet" in page
    assert "Zahlung gebucht" in page
    again = post(browser, "/desk/payments/2/assign", **{f"invoice-{waiting[2]}": "on"})
    assert again.status_code == 409


def test_a_payment_in_advance_becomes_credit(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    client_id = str(stored(app, Invoice, waiting[2]).client_id)
    assert post(browser, "/desk/payments/2/assign", client=client_id).status_code == 303
    assert "705,00\xa0€" in browser.get(f"/desk/clients/{client_id}").text
    assert post(browser, "/desk/payments/1/assign").status_code == 400


def test_a_booking_is_undone_and_what_is_not_ours_put_aside(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    assert post(browser, "/desk/payments/3/undo").status_code == 303
    assert stored(app, Invoice, waiting[1]).open_minor == 50_000
    page = browser.get("/desk/payments/3?done=payment_undone").text
    assert "Rückgängig gemacht. Die Zeile wartet wieder" in page
    assert "Zahlung zurückgenommen" in page
    assert post(browser, "/desk/payments/3/leave", not_ours="").status_code == 400
    assert post(browser, "/desk/payments/3/leave", not_ours="Privat <i>").status_code == 303
    assert "Privat &lt;i&gt;" in browser.get("/desk/payments/3").text
    assert stored(app, BankLine, 3).state is LineState.LEFT
    assert post(browser, "/desk/payments/99/undo").status_code == 404


def test_a_returned_payment_is_chosen_by_a_person(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    with app.database.transaction() as session:
        take(session, line(-50_300, "Rückgabe", reversal=True), name="b.xml")
    match_waiting(app.database, now=NOW, prefixes=["RE"])
    browser = signed_in()
    page = browser.get("/desk/payments/4").text
    assert "Zurückgegebene Zahlung wählen" in page
    assert 'name="payment" value="1"' in page
    assert post(browser, "/desk/payments/4/assign", payment="1").status_code == 303
    assert stored(app, Invoice, waiting[1]).open_minor == 50_000


def test_a_payment_entered_by_hand_is_undone_on_the_clients_page(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    form = PaymentForm(invoice="RE-2026-0019", amount="100")
    with app.database.transaction() as session:
        payment = record_payment(session, form, by="Lena", now=NOW).payment
        page, address = f"/desk/clients/{payment.client_id}", f"/desk/bookings/{payment.id}/undo"
    browser = signed_in()
    assert f'action="{address}"' in browser.get(page).text
    assert post(browser, address).headers["location"] == f"{page}?done=booking_undone"
    assert stored(app, Invoice, waiting[2]).open_minor == 70_000
    assert f'action="{address}"' not in browser.get(page).text
    assert post(browser, address).status_code == 409
    assert post(browser, "/desk/bookings/1/undo").status_code == 404  # that of a bank line


def test_the_morning_page_lists_them_with_their_buttons(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    page = signed_in().get("/desk/").text
    assert "Zahlungen zuordnen" in page
    assert "1.200,00\xa0€ → RE-2026-0017" in page
    assert 'action="/desk/payments/1/confirm"' in page
    assert 'href="/desk/payments/2"' in page


def test_a_reader_looks_and_decides_nothing(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in(Role.READER)
    for address in ("/desk/payments", "/desk/payments/1", "/desk/payments/3"):
        page = browser.get(address)
        assert page.status_code == 200
        assert 'method="post" action="/desk/payments' not in page.text
    assert post(browser, "/desk/payments/3/undo").status_code == 403


def test_without_any_bank_file_the_page_says_where_to_put_one(app: App, signed_in: SignIn) -> None:
    page = signed_in().get("/desk/payments").text
    assert "Es sind noch keine Kontoumsätze eingelesen" in page
    assert str(app.bank_inbox) in page


def test_a_credit_that_was_paid_back_is_chosen_and_can_be_undone(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    client_id = str(stored(app, Invoice, waiting[2]).client_id)
    post(browser, "/desk/payments/2/assign", client=client_id)
    with app.database.transaction() as session:
        credit = session.scalars(select(Payment).where(Payment.left_minor > 0)).one().id
        take(session, line(-50_000, "Erstattung"), line(-999_999, "Miete"), name="b.xml")
    match_waiting(app.database, now=NOW, prefixes=["RE"])
    assert stored(app, BankLine, 4).state is LineState.LEFT
    assert post(browser, "/desk/payments/4/undo").status_code == 303
    page = browser.get("/desk/payments/4").text
    assert "Oder ein Guthaben, das ausgezahlt wurde" in page
    assert "705,00\xa0€ von 705,00\xa0€" in page
    assert post(browser, "/desk/payments/4/assign", credit=str(credit)).status_code == 303
    assert stored(app, Payment, credit).left_minor == 20_500
    page = browser.get("/desk/payments/4").text
    assert "Zahlt Guthaben aus der Zahlung vom" in page
    assert "Guthaben ausgezahlt" in page
    assert "ausgezahlt</span>" in browser.get("/desk/payments").text
    assert post(browser, "/desk/payments/4/undo").status_code == 303
    assert stored(app, Payment, credit).left_minor == 70_500
    post(browser, "/desk/payments/5/undo")
    assert post(browser, "/desk/payments/5/assign", credit=str(credit)).status_code == 409


def test_a_refund_of_a_credit_is_proposed_and_confirmed_as_shown(
    app: App, waiting: list[int], signed_in: SignIn
) -> None:
    browser = signed_in()
    client_id = str(stored(app, Invoice, waiting[2]).client_id)
    post(browser, "/desk/payments/2/assign", client=client_id)
    with app.database.transaction() as session:
        take(session, line(-70_500, "Erstattung", counterparty_iban=THEIRS), name="b.xml")
    match_waiting(app.database, now=NOW, prefixes=["RE"])
    page = browser.get("/desk/payments/4").text
    assert "Kontor Elbe AG gezahlt hat; das ist das Guthaben" in page
    assert post(browser, "/desk/payments/4/confirm", shown=shown_on(page)).status_code == 303
    assert stored(app, BankLine, 4).state is LineState.BOOKED
