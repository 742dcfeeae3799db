"""What was open on a day, today or past, as the database tells it."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from acctflows.db.models.receivables import Invoice, Payment
from acctflows.money import Money
from acctflows.receivables.ageing import Ageing, Bucket, ageing
from acctflows.receivables.ledger import ledger_items
from acctflows.receivables.payments.allocation import Rule
from acctflows.receivables.payments.booking import (
    NewPayment,
    Portion,
    book_payment,
    reverse_payment,
    set_off,
)
from tests.factories import make_client, make_invoice
from tests.receivables.dunning_cases import BERLIN

DUE = date(2026, 9, 1)


def at(session: Session, day: date) -> Ageing:
    return ageing(ledger_items(session, calendar=BERLIN, as_of=day), as_of=day, currency="EUR")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def pay(session: Session, invoice: Invoice, minor: int, on: date, *, portion: int) -> Payment:
    portions = (Portion(invoice.id, Money(portion, "EUR"), Rule.DESIGNATED),) if portion else ()
    new = NewPayment(
        key=f"{on}",
        client_id=invoice.client_id,
        amount=Money(minor, "EUR"),
        received_on=on,
        reference="",
        portions=portions,
    )
    payment = book_payment(session, new, by="test", now=noon(date(2026, 10, 15)))
    session.flush()
    return payment


def test_a_payment_counts_from_its_day_not_from_the_invoices(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), due_on=DUE, issued_on=date(2026, 8, 1))
    pay(session, invoice, 19_000, date(2026, 9, 10), portion=19_000)
    pay(session, invoice, 100_000, date(2026, 9, 20), portion=100_000)

    opened = {
        day: at(session, date(2026, 9, day)).total[Bucket.TO_30].minor for day in (9, 10, 19, 20)
    }

    assert opened == {9: 119_000, 10: 100_000, 19: 100_000, 20: 0}


def test_what_was_paid_long_since_was_open_before(session: Session) -> None:
    invoice = make_invoice(
        session, make_client(session), due_on=date(2026, 2, 2), issued_on=date(2026, 1, 15)
    )
    pay(session, invoice, 119_000, date(2026, 9, 20), portion=119_000)

    assert at(session, date(2026, 9, 19)).total[Bucket.OVER_90].minor == 119_000
    assert at(session, date(2026, 9, 20)).clients == ()


def test_a_returned_payment_leaves_the_invoice_open_again_from_that_day(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), due_on=DUE, issued_on=date(2026, 8, 1))
    payment = pay(session, invoice, 119_000, date(2026, 9, 10), portion=119_000)
    back_on = date(2026, 9, 14)
    reverse_payment(
        session, payment.id, key="back", on=back_on, reason="", by="test", now=noon(back_on)
    )
    session.flush()

    opened = [at(session, date(2026, 9, day)).total.total.minor for day in (9, 12, 14)]

    assert opened == [119_000, 0, 119_000]


def test_a_credit_stands_until_the_day_it_was_set_off(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), due_on=DUE, issued_on=date(2026, 8, 1))
    payment = pay(session, invoice, 50_000, date(2026, 9, 10), portion=0)
    set_off(session, payment.id, invoice.id, by="test", now=noon(date(2026, 9, 15)))
    session.flush()

    before, between, after = (at(session, date(2026, 9, day)).total for day in (9, 14, 15))

    assert before[Bucket.CREDIT].minor == 0
    assert (between[Bucket.CREDIT].minor, between[Bucket.TO_30].minor) == (-50_000, 119_000)
    assert (after[Bucket.CREDIT].minor, after[Bucket.TO_30].minor) == (0, 69_000)


def test_what_is_due_on_a_sunday_is_overdue_from_tuesday_on(session: Session) -> None:
    make_invoice(session, make_client(session), due_on=date(2026, 9, 6), issued_on=date(2026, 8, 1))

    monday, tuesday = (at(session, date(2026, 9, day)).total for day in (7, 8))

    assert (monday[Bucket.NOT_DUE].minor, monday.overdue.minor) == (119_000, 0)
    assert tuesday[Bucket.TO_30].minor == tuesday.overdue.minor == 119_000


def test_what_was_settled_without_a_payment_counts_from_the_invoice(session: Session) -> None:
    make_invoice(session, make_client(session), due_on=DUE, open_minor=0)

    assert at(session, date(2026, 11, 5)).clients == ()
