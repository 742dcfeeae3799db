from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import Invoice, Payment
from acctflows.db.session import Database
from acctflows.errors import AcctflowsError
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import read_amount, record_payment
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.bank_world import NOW, require_true_balances


def record(session: Session, **said: object) -> tuple[Payment, bool]:
    form = PaymentForm.model_validate(said)
    recorded = record_payment(session, form, by="Lena", now=NOW)
    return recorded.payment, recorded.new


def test_a_payment_of_an_invoice_is_booked_once(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
    said = {"invoice": "re-2026-0017", "amount": "1.000,00", "reference": "bar"}
    payment, new = record(session, **said)
    again, second = record(session, **said)
    assert (new, second, again.id) == (True, False, payment.id)
    assert (invoice.open_minor, payment.received_on) == (19_000, NOW.date())
    _, other = record(session, **said | {"key": "zweite Rate", "amount": "100"})
    assert other
    assert invoice.open_minor == 9_000
    require_true_balances(session)


def test_without_an_invoice_the_oldest_that_is_due_is_paid_and_the_rest_is_credit(
    session: Session,
) -> None:
    client = make_client(session, number="K-7")
    newer = make_invoice(session, client, gross_minor=1_000, due_on=date(2026, 11, 10))
    older = make_invoice(session, client, gross_minor=1_000, due_on=date(2026, 10, 10))
    payment, _ = record(session, client="K-7", amount="15,00", received_on="2026-11-20")
    assert (older.open_minor, newer.open_minor, payment.left_minor) == (0, 500, 0)
    assert [each.rule for each in payment.allocations] == ["older", "older"]
    payment, _ = record(session, client="K-7", amount="15,00")
    assert (newer.open_minor, payment.left_minor) == (0, 1_000)


def test_several_invoices_are_paid_in_the_order_in_which_they_are_named(session: Session) -> None:
    client = make_client(session)
    first = make_invoice(session, client, number="RE-2026-0001", gross_minor=1_000)
    second = make_invoice(session, client, number="RE-2026-0002", gross_minor=1_000)
    record(session, invoice="RE-2026-0002, RE-2026-0001", amount="15")
    assert (first.open_minor, second.open_minor) == (500, 0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"invoice": "RE-2026-0071", "amount": "5"}, "did you mean .*RE-2026-0017"),
        ({"invoice": "XYZ", "amount": "5"}, "no invoice XYZ"),
        ({"invoice": "RE-2026-0017", "amount": "fünf"}, "“fünf” is no amount in EUR"),
        ({"invoice": "RE-2026-0017", "amount": "5,123"}, "RE-2026-0017"),
        ({"invoice": "RE-2026-0017", "amount": "0"}, "more than zero"),
        ({"invoice": "RE-2026-0017", "amount": "-5"}, "more than zero"),
        ({"invoice": "RE-2026-0017"}, "“” is no amount"),
        ({"amount": "5"}, "name an invoice or a client"),
        ({"client": "Nobody Ltd", "amount": "5"}, "Nobody"),
        ({"client": "K-8", "invoice": "RE-2026-0017", "amount": "5"}, "not of"),
        ({"invoice": "RE-2026-0017,RE-2026-0018", "amount": "5"}, "different clients"),
        ({"invoice": "RE-2026-0019", "amount": "5"}, "nothing is open of RE-2026-0019"),
        ({"invoice": "RE-2026-0017", "amount": "5", "currency": "CHF"}, "is in EUR"),
        (
            {"invoice": "RE-2026-0017", "amount": "5", "received_on": "2026-11-24"},
            "still to come",
        ),
    ],
)
def test_what_is_wrong_is_said(session: Session, said: dict[str, str], words: str) -> None:
    client = make_client(session, number="K-7")
    make_invoice(session, client, number="RE-2026-0017", gross_minor=100)
    make_invoice(session, make_client(session, number="K-8"), number="RE-2026-0018")
    make_invoice(session, client, number="RE-2026-0019", open_minor=0)
    if said.get("amount") == "5,123":
        payment, _ = record(session, **said)
        assert payment.amount_minor == 512_300  # thousands as the English group them
        return
    with pytest.raises(AcctflowsError, match=words):
        record(session, **said)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.190,50", 119_050), ("1,190.50", 119_050), ("1190,5", 119_050), ("€ 12", 1_200)],
)
def test_amounts_are_read_as_german_and_english_readers_write_them(text: str, minor: int) -> None:
    assert read_amount(text, "EUR").minor == minor


def test_the_same_form_sent_by_many_at_once_is_booked_once(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")

    def work(_: int) -> bool:
        with database.transaction() as session:
            return record(session, invoice="RE-2026-0017", amount="1.190,00")[1]

    new, failed = race(6, work)
    assert not failed
    assert sorted(new) == [False] * 5 + [True]
    with database.reading() as session:
        assert session.scalars(select(Invoice.open_minor)).one() == 0
