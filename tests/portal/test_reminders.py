"""The desk's page about a client's reminders, with its small forms."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from acctflows.app import App
from acctflows.db.models.agency import Client
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import PaymentPromise, PaymentStop
from acctflows.documents import audit
from tests.factories import make_client, make_contact, make_invoice
from tests.portal.conftest import secret_of

SignIn = Callable[..., httpx.Client]


@pytest.fixture
def client(app: App) -> Client:
    day = app.clock.today()
    with app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client)
        late = day - timedelta(days=10)
        make_invoice(session, client, number="RE-2026-0901", due_on=late, sent_on=late)
        return client


def press(desk: httpx.Client, client: Client, action: str, **fields: str) -> httpx.Response:
    here = f"/desk/clients/{client.id}/reminders"
    secret = secret_of(desk.get(here).text)
    origin = {"Origin": str(desk.base_url).rstrip("/")}
    return desk.post(action, data={"csrf": secret} | fields, headers=origin)


def test_the_page_says_where_every_invoice_stands_and_why(
    app: App, client: Client, signed_in: SignIn
) -> None:
    page = signed_in(Role.MANAGER).get(f"/desk/clients/{client.id}/reminders").text

    assert "RE-2026-0901" in page
    assert "Es liegen keine Kontoumsätze vor" in page
    assert "Mahnungen anhalten" in page
    english = signed_in(Role.READER, language="en").get(f"/desk/clients/{client.id}/reminders")
    assert "There are no bank data" in english.text
    assert "Hold reminders" not in english.text


def test_a_hold_is_set_shown_and_lifted(app: App, client: Client, signed_in: SignIn) -> None:
    desk = signed_in(Role.MANAGER)
    until = app.clock.today() + timedelta(days=10)
    action = f"/desk/clients/{client.id}/stops"

    held = press(desk, client, action, kind="hold", invoice="", until=f"{until}", reason="Umzug")

    assert held.status_code == 303
    page = desk.get(held.headers["location"]).text
    assert "Umzug" in page
    assert "Mahnstopp bis" in page
    with app.database.reading() as session:
        stop = session.scalars(select(PaymentStop)).one()
        assert stop.ends_on == until
    lifted = press(desk, client, f"/desk/stops/{stop.id}/lift")
    assert "Aufgehoben" in desk.get(lifted.headers["location"]).text
    with app.database.reading() as session:
        assert session.scalars(select(PaymentStop)).one().ends_on < app.clock.today()
        events = [entry.event for entry in audit.trail(session, f"client/{client.number}")]
        assert events == ["hold.set", "hold.lifted"]


def test_a_dispute_of_one_invoice(app: App, client: Client, signed_in: SignIn) -> None:
    desk = signed_in(Role.MANAGER)
    until = app.clock.today() + timedelta(days=10)
    fields = {"kind": "dispute", "invoice": "RE-2026-0901", "until": f"{until}", "reason": "Mangel"}

    press(desk, client, f"/desk/clients/{client.id}/stops", **fields)

    with app.database.reading() as session:
        stop = session.scalars(select(PaymentStop)).one()
        number = session.get_one(Document, stop.invoice.document_id).number
    assert (stop.kind.value, number) == ("dispute", "RE-2026-0901")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": "2020-01-01", "reason": "x"}, "ab heute"),
        ({"until": "morgen", "reason": "x"}, "ab heute"),
        ({"until": "", "reason": ""}, "kurz, warum"),
    ],
)
def test_a_hold_that_makes_no_sense_is_explained(
    app: App, client: Client, signed_in: SignIn, fields: dict[str, str], words: str
) -> None:
    given = {"kind": "hold", "invoice": ""} | fields
    answer = press(signed_in(Role.MANAGER), client, f"/desk/clients/{client.id}/stops", **given)

    assert answer.status_code == 422
    assert words in answer.text
    with app.database.reading() as session:
        assert session.scalars(select(PaymentStop)).all() == []


def test_a_promise_is_noted_and_taken_back(app: App, client: Client, signed_in: SignIn) -> None:
    desk = signed_in(Role.MANAGER)
    day = app.clock.today() + timedelta(days=5)
    action = f"/desk/clients/{client.id}/promises"
    fields = {"promised": "RE-2026-0901", "pay_by": f"{day}", "note": "am Telefon"}

    wrong = press(desk, client, action, **fields, amount="9.999,00")
    assert wrong.status_code == 422
    assert "höchstens so viel" in wrong.text
    noted = press(desk, client, action, **fields, amount="500,00")

    assert "Zahlung zugesagt für" in desk.get(noted.headers["location"]).text
    with app.database.reading() as session:
        promise = session.scalars(select(PaymentPromise)).one()
        assert (promise.amount_minor, promise.pay_by) == (50_000, day)
    press(desk, client, f"/desk/promises/{promise.id}/withdraw")
    with app.database.reading() as session:
        assert session.scalars(select(PaymentPromise)).one().withdrawn_by


def test_what_is_not_there_is_not_found(client: Client, signed_in: SignIn) -> None:
    desk = signed_in(Role.MANAGER)

    assert desk.get("/desk/clients/99/reminders").status_code == 404
    assert press(desk, client, "/desk/stops/99/lift").status_code == 404
    assert press(desk, client, "/desk/promises/99/withdraw").status_code == 404
    given = {"kind": "hold", "invoice": "RE-1", "until": "2099-01-01", "reason": "x"}
    assert press(desk, client, f"/desk/clients/{client.id}/stops", **given).status_code in (
        400,
        422,
    )
