from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import Allocation, Invoice, Payment
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.errors import ConflictError, InputError
from acctflows.money import Money
from acctflows.receivables.payments.booking import (
    NewPayment,
    Portion,
    book_payment,
    reverse_payment,
    set_off,
)
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.bank_world import DAY, NOW, require_true_balances


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def pay(
    session: Session, client_id: int, amount: int, *portions: Portion, key: str = "p"
) -> Payment:
    new = NewPayment(key, client_id, eur(amount), DAY, "danke", portions)
    return book_payment(session, new, by="Lena", now=NOW)


def to(invoice: Invoice, amount: int, discount: int = 0) -> Portion:
    return Portion(invoice.id, eur(amount), "designated", discount)


def test_what_no_invoice_takes_up_is_the_clients_credit_and_can_be_set_off(
    session: Session,
) -> None:
    client = make_client(session)
    first, second = (make_invoice(session, client, gross_minor=each) for each in (1_000, 300))
    payment = pay(session, client.id, 1_500, to(first, 1_000))
    assert (payment.left_minor, first.open_minor) == (500, 0)
    used = set_off(session, payment.id, second.id, by="Lena", now=NOW)
    assert (used, payment.left_minor, second.open_minor) == (eur(300), 200, 0)
    assert payment.allocations[1].counts_on == NOW.date()
    with pytest.raises(ConflictError):
        set_off(session, payment.id, second.id, by="Lena", now=NOW)
    require_true_balances(session)


def test_a_credit_is_not_used_for_another_client(session: Session) -> None:
    payment = pay(session, make_client(session).id, 500)
    other = make_invoice(session, make_client(session))
    with pytest.raises(ConflictError, match="different clients"):
        set_off(session, payment.id, other.id, by="Lena", now=NOW)


def test_taking_back_opens_everything_the_payment_had_settled(session: Session) -> None:
    client = make_client(session)
    first = make_invoice(session, client, gross_minor=1_000)
    second = make_invoice(session, client, gross_minor=300)
    payment = pay(session, client.id, 1_450, to(first, 950, 50))
    set_off(session, payment.id, second.id, by="Lena", now=NOW)
    back = reverse_payment(
        session, payment.id, key="back", on=None, reason="undone", by="Lena", now=NOW
    )
    assert (first.open_minor, second.open_minor) == (1_000, 300)
    assert (back.amount_minor, back.left_minor, payment.left_minor) == (-1_450, 0, 0)
    days = {each.invoice_id: each.counts_on for each in back.allocations}
    assert days == {first.id: DAY, second.id: NOW.date()}
    require_true_balances(session)
    with pytest.raises(ConflictError, match="taken back already"):
        reverse_payment(session, payment.id, key="2", on=DAY, reason="", by="Lena", now=NOW)
    with pytest.raises(ConflictError, match="cannot be taken back itself"):
        reverse_payment(session, back.id, key="3", on=DAY, reason="", by="Lena", now=NOW)
    with pytest.raises(ConflictError):
        set_off(session, payment.id, first.id, by="Lena", now=NOW)
    events = [each.event for each in audit.trail(session, f"payment/{payment.id}")]
    assert events == ["payment.booked", "payment.set_off"]


@pytest.mark.parametrize(
    ("amount", "portion", "discount"),
    [(1_001, 1_001, 0), (1_000, 1_000, 1), (900, 900, 50), (10, 0, 0), (10, -5, 0)],
    ids=["more than open", "discount on top", "discount for a part", "nothing", "below zero"],
)
def test_no_portion_may_be_more_than_is_open(
    session: Session, amount: int, portion: int, discount: int
) -> None:
    client = make_client(session)
    invoice = make_invoice(session, client, gross_minor=1_000)
    with pytest.raises(ConflictError):
        pay(session, client.id, amount, to(invoice, portion, discount))


@pytest.mark.parametrize(("amount", "portion"), [(0, 0), (-5, 0), (5, 6)])
def test_no_more_than_was_paid_is_given_out(session: Session, amount: int, portion: int) -> None:
    client = make_client(session)
    invoice = make_invoice(session, client)
    portions = [to(invoice, portion)] if portion else []
    with pytest.raises(InputError):
        pay(session, client.id, amount, *portions)


def test_a_credit_wanted_by_many_at_once_is_used_once(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session)
        payment = pay(session, client.id, 500)
        invoices = [make_invoice(session, client, gross_minor=400).id for _ in range(4)]

    def work(caller: int) -> int:
        with database.transaction() as session:
            return set_off(session, payment.id, invoices[caller], by="Lena", now=NOW).minor

    used, failed = race(4, work)
    assert sum(used) == 500
    assert {type(each) for each in failed} == {ConflictError}
    with database.reading() as session:
        require_true_balances(session)


steps = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "pay", "return", "undo", "set_off"]),
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(1, 2_500),
        st.booleans(),
    ),
    max_size=25,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_balances_never_drift_whatever_happens_in_whatever_order(
    sqlite_file: object, plan: list[tuple[str, int, int, int, bool]]
) -> None:
    database = Database(f"sqlite:///{sqlite_file}")
    keys = count()
    with database.transaction() as session:
        client = make_client(session)
        gross = (1_000, 2_000, 50, 777)
        invoices = [make_invoice(session, client, gross_minor=each) for each in gross]
        payments: list[int] = []
        for what, which, target, amount, discounted in plan:
            chosen = payments[which % len(payments)] if payments else 0
            invoice = invoices[target]
            key = str(next(keys))
            with suppress(ConflictError, InputError), session.begin_nested():
                if what == "pay":
                    granted = invoice.open_minor - amount if discounted else 0
                    portions = [to(invoice, min(amount, invoice.open_minor), max(granted, 0))]
                    portions += [to(invoices[0], 7)] if target and amount > 2_000 else []
                    payments.append(pay(session, client.id, amount, *portions, key=key).id)
                elif what == "set_off" and chosen:
                    set_off(session, chosen, invoice.id, by="Lena", now=NOW)
                elif chosen:
                    on = DAY + timedelta(3) if what == "return" else None
                    reverse_payment(
                        session, chosen, key=key, on=on, reason=what, by="Lena", now=NOW
                    )
            require_true_balances(session)
        sums = (Payment.amount_minor, Payment.left_minor, Allocation.amount_minor)
        paid, left, spent = (session.scalar(select(func.sum(each))) or 0 for each in sums)
        credit_taken_back = sum(
            -each.amount_minor + sum(part.amount_minor for part in each.allocations)
            for each in session.scalars(select(Payment).where(Payment.amount_minor < 0))
        )
        unused = sum(
            each.amount_minor - sum(part.amount_minor for part in each.allocations)
            for each in session.scalars(select(Payment).where(Payment.amount_minor > 0))
        )
        assert left == unused - credit_taken_back
        assert paid == left + spent
        session.rollback()
    database.close()
