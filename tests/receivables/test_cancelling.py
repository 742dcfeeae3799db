"""Cancelling invoices: what they charged is free, what was paid is credit, numbers have no gap."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import Document, VersionState
from acctflows.db.models.receivables import Invoice, Payment, UnchargedAct
from acctflows.db.session import Database
from acctflows.documents import audit, work_items
from acctflows.errors import ConflictError, InputError
from acctflows.money import Money
from acctflows.receivables.ageing import ageing
from acctflows.receivables.follow_up.accounts import client_accounts
from acctflows.receivables.invoices.cancelling import cancel_invoice
from acctflows.receivables.invoices.invoice_content import find_gaps, find_warnings
from acctflows.receivables.invoices.invoice_making import cancelling
from acctflows.receivables.invoices.invoice_sending import approved_invoices, unsent_invoices
from acctflows.receivables.invoices.invoice_snapshot import InvoiceTax
from acctflows.receivables.invoices.invoices_due import REFUSED, fee_key, fees_due
from acctflows.receivables.invoices.invoicing import issue_for_act, issue_for_fee
from acctflows.receivables.invoices.issuing import Issuer, read_invoice
from acctflows.receivables.ledger import ledger_items
from acctflows.receivables.payments.booking import (
    NewPayment,
    Portion,
    book_payment,
    reverse_payment,
    set_off,
)
from acctflows.receivables.payments.matching_lines import load_open_items
from tests.factories import NOW, TODAY, make_act, make_fee, make_invoice, make_project
from tests.racing import race
from tests.receivables.dunning_cases import BERLIN
from tests.receivables.invoices import make_invoice as make_facts
from tests.receivables.invoices import make_line, reverse_charge
from tests.receivables.test_invoicing import accepted, hours


@pytest.fixture
def issuer(agency: AgencyProfile) -> Issuer:
    return Issuer(agency=agency, actor="issue-invoices", now=NOW, today=TODAY)


def cancel(session: Session, invoice: Invoice, **given: Any) -> Invoice:
    values: dict[str, Any] = {
        "reason": "Der Preis war falsch",
        "again": True,
        "by": "Lena",
        "now": NOW,
        "today": TODAY,
    }
    return cancel_invoice(session, invoice.id, **values | given)


def issued(session: Session, issuer: Issuer, **given: Any) -> Invoice:
    """The invoice of an act, sent unless said otherwise."""
    invoice = issue_for_act(
        session, accepted(make_act(session, make_project(session))), issuer
    ).invoice
    assert invoice is not None
    invoice.sent_on = given.get("sent_on", TODAY)
    return invoice


def pay(session: Session, invoice: Invoice, minor: int, discount: int = 0) -> Payment:
    money = Money(minor, invoice.currency)
    portion = Portion(invoice.id, money, "designated", discount)
    new = NewPayment("key", invoice.client_id, money, date(2026, 11, 20), "RE", (portion,))
    return book_payment(session, new, by="Lena", now=NOW)


def test_the_invoice_below_zero_names_what_it_cancels_and_takes_all_of_it_back(
    session: Session, issuer: Issuer
) -> None:
    invoice = issued(session, issuer)
    below = cancel(session, invoice, reason=" Der Preis\nwar falsch ")
    said = read_invoice(below)
    assert said.number == below.document.number == "RE-2026-0002"
    assert said.cancels is not None
    assert said.cancels.model_dump() == {
        "number": "RE-2026-0001",
        "issued_on": TODAY,
        "reason": "Der Preis war falsch",
    }
    assert (below.gross_minor, below.open_minor) == (-192_780, 0)
    assert [(row.net_minor, row.tax_minor) for row in said.totals.rows] == [(-162_000, -30_780)]
    assert (invoice.open_minor, invoice.cancelled_on) == (0, TODAY)
    assert invoice.cancelled_by is below
    assert find_gaps(said) == []
    assert audit.verify(session).fault is None


def test_cancelled_again_it_is_the_same_cancellation(session: Session, issuer: Issuer) -> None:
    invoice = issued(session, issuer)
    assert cancel(session, invoice) is cancel(session, invoice, reason="Anderer Grund")


def test_many_at_once_cancel_it_once(database: Database, issuer: Issuer) -> None:
    with database.transaction() as session:
        invoice_id = issued(session, issuer).id

    def work(_caller: int) -> int:
        with database.transaction() as session:
            return cancel(session, session.get_one(Invoice, invoice_id)).id

    done, failed = race(4, work)
    assert (failed, len(set(done))) == ([], 1)


def test_a_cancellation_is_cancelled_by_nothing(session: Session, issuer: Issuer) -> None:
    below = cancel(session, issued(session, issuer))
    with pytest.raises(ConflictError, match="RE-2026-0002 cancels RE-2026-0001 itself"):
        cancel(session, below)


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501])
def test_a_reason_is_needed(session: Session, issuer: Issuer, reason: str) -> None:
    with pytest.raises(InputError, match="a reason of at most 500 characters"):
        cancel(session, issued(session, issuer), reason=reason)


def test_an_act_is_charged_again_under_a_new_number(session: Session, issuer: Issuer) -> None:
    project = make_project(session)
    act = accepted(make_act(session, project), hours(project.services[0].service), final=True)
    numbers = []
    for _ in range(3):
        invoice = issue_for_act(session, act, issuer).invoice
        assert invoice is not None
        assert invoice.gross_minor == 1_428_060  # the lump sum is not charged before
        numbers.append(invoice.document.number)
        cancel(session, invoice)
    assert numbers == ["RE-2026-0001", "RE-2026-0003", "RE-2026-0005"]


def test_an_act_that_is_not_charged_again_is_settled(session: Session, issuer: Issuer) -> None:
    act = make_act(session, make_project(session))
    invoice = issue_for_act(session, accepted(act), issuer).invoice
    assert invoice is not None
    cancel(session, invoice, again=False)
    assert session.scalars(select(UnchargedAct.reason)).all() == [
        "RE-2026-0001 was cancelled: Der Preis war falsch"
    ]


@pytest.mark.parametrize("again", [True, False])
def test_a_period_of_a_fee_is_due_again_or_settled(
    session: Session, issuer: Issuer, again: bool
) -> None:
    fee = make_fee(session, make_project(session))
    first, second = fees_due(session, today=TODAY)
    cancel(session, issue_for_fee(session, first, issuer, None), again=again)
    assert fees_due(session, today=TODAY) == ([first, second] if again else [second])
    if again:
        assert issue_for_fee(session, first, issuer, None).document.number == "RE-2026-0003"
    else:
        item = session.scalars(select(WorkItem)).one()
        assert (item.key, item.settled_by) == (fee_key(fee, first.period.first), "Lena")


def test_what_was_settled_by_hand_once_is_due_again_if_the_cancelling_person_says_so(
    session: Session, issuer: Issuer
) -> None:
    project = make_project(session)
    fee = make_fee(session, project)
    due = fees_due(session, today=TODAY)[0]
    invoice = issue_for_fee(session, due, issuer, None)
    item = work_items.open_item(
        session,
        key=fee_key(fee, due.period.first),
        kind=REFUSED,
        detail="no address",
        version=None,
        owner_id=None,
        due_on=None,
        now=NOW,
    )
    work_items.settle_item(session, item.id, by="Lena", outcome="address entered", now=NOW)
    cancel(session, invoice)
    assert due in fees_due(session, today=TODAY)


def test_what_was_paid_becomes_credit_with_its_discount_given_back(
    session: Session, issuer: Issuer
) -> None:
    invoice = issued(session, issuer)
    payment = pay(session, invoice, 188_780, discount=4_000)
    cancel(session, invoice)
    assert (payment.left_minor, invoice.open_minor) == (188_780, 0)
    assert sum(each.discount_minor for each in payment.allocations) == 0
    other = make_invoice(session, invoice.client)
    assert set_off(session, payment.id, other.id, by="Lena", now=NOW) == Money(119_000, "EUR")
    assert audit.verify(session).fault is None


def test_a_payment_taken_back_before_becomes_no_credit(session: Session, issuer: Issuer) -> None:
    invoice = issued(session, issuer)
    payment = pay(session, invoice, 10_000)
    reverse_payment(
        session, payment.id, key="back", on=TODAY, reason="returned", by="Lena", now=NOW
    )
    cancel(session, invoice)
    assert (payment.left_minor, invoice.open_minor) == (0, 0)


@pytest.mark.parametrize("on", [None, TODAY])
def test_a_payment_taken_back_later_opens_nothing_again(
    session: Session, issuer: Issuer, on: date | None
) -> None:
    invoice = issued(session, issuer)
    payment = pay(session, invoice, 10_000)
    cancel(session, invoice)
    reverse_payment(session, payment.id, key="back", on=on, reason="returned", by="Lena", now=NOW)
    assert (payment.left_minor, invoice.open_minor) == (0, 0)


def test_it_counts_no_more_in_ageing_dunning_and_matching(session: Session, issuer: Issuer) -> None:
    invoice = issued(session, issuer)
    invoice.due_on = date(2026, 11, 1)
    session.flush()
    cancel(session, invoice)
    items = ledger_items(session, calendar=BERLIN, as_of=TODAY)
    shown = ageing(items, as_of=TODAY, currency="EUR")
    assert (shown.clients, shown.total.total.minor, shown.dso) == ((), 0, None)
    account = client_accounts(session, [invoice.client_id]).get(invoice.client_id)
    assert account is None or account.items == ()
    assert load_open_items(session).named("RE-2026-0001") == []


def test_what_was_rejected_is_cancelled_and_neither_goes_out(
    session: Session, issuer: Issuer
) -> None:
    invoice = issued(session, issuer, sent_on=None)
    invoice.document.newest.state = VersionState.REJECTED
    session.flush()
    below = cancel(session, invoice)
    assert unsent_invoices(session) == [below.id]  # to be filed
    below.document.newest.pdf_sha256 = "0" * 64
    session.flush()
    assert (unsent_invoices(session), approved_invoices(session)) == ([], [])


def test_what_waits_for_an_approval_waits_no_more(session: Session, issuer: Issuer) -> None:
    invoice = issued(session, issuer, sent_on=None)
    invoice.document.newest.state = VersionState.IN_APPROVAL
    session.flush()
    cancel(session, invoice)
    assert invoice.document.newest.state is VersionState.SUPERSEDED


def test_the_cancellation_of_a_sent_invoice_goes_out_without_an_approval(
    session: Session, issuer: Issuer
) -> None:
    below = cancel(session, issued(session, issuer))
    assert unsent_invoices(session) == approved_invoices(session) == [below.id]


def test_the_register_knows_both(session: Session, issuer: Issuer) -> None:
    invoice = issued(session, issuer)
    below = cancel(session, invoice)
    events = [entry.event for entry in audit.trail(session, "document/RE-2026-0001")]
    assert "invoice.cancelled" in events
    keys = session.scalars(select(Document.key).where(Document.kind == "invoice")).all()
    assert keys == [invoice.document.key, "invoice/cancels/RE-2026-0001"]
    assert below.document.title == "Stornorechnung · RE-2026-0001"


@given(
    lines=st.lists(
        st.tuples(
            st.decimals("0.001", 999, places=3),
            st.integers(0, 10_000_00),
            st.sampled_from([Decimal(0), Decimal(7), Decimal(19)]),
        ),
        min_size=1,
        max_size=6,
    ),
    prepaid=st.integers(0, 50_000),
)
def test_both_together_are_nothing_in_every_rate(
    lines: list[tuple[Decimal, int, Decimal]], prepaid: int
) -> None:
    paid = {"invoice_number": "RE-1", "received_on": TODAY, "gross_minor": prepaid}
    first = make_facts(
        lines=tuple(
            make_line(n, quantity=quantity, unit_price_minor=price, tax_percent=rate)
            for n, (quantity, price, rate) in enumerate(lines, 1)
        ),
        prepayments=(paid,),
    )
    below = cancelling(first, number="RE-2026-0018", reason="Irrtum", issued_on=TODAY)
    for name in ("net_minor", "tax_minor", "gross_minor", "prepaid_minor", "due_minor"):
        assert getattr(first.totals, name) + getattr(below.totals, name) == 0
    assert [(row.percent, -row.tax_minor) for row in below.totals.rows] == [
        (row.percent, row.tax_minor) for row in first.totals.rows
    ]


@pytest.mark.parametrize("tax", [InvoiceTax.STANDARD, InvoiceTax.SMALL_BUSINESS])
def test_it_is_complete_whatever_it_cancels(tax: InvoiceTax) -> None:
    for first in (make_facts(tax=tax), reverse_charge(issued_on=date(2027, 3, 1))):
        below = cancelling(first, number="RE-2027-0001", reason="x", issued_on=date(2027, 3, 2))
        assert (find_gaps(below), find_warnings(below)) == ([], [])
