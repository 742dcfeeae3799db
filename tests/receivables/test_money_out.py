"""Money that went out: returns that no bank marked, and credits paid back to clients."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import Invoice, LineState, Payment
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.errors import ConflictError, InputError
from acctflows.receivables.payments.assigning import (
    assign_line,
    assign_payout,
    assign_reversal,
    confirm_proposal,
    leave_line,
    shown_hash,
    undo_line,
)
from acctflows.receivables.payments.booking import reverse_payment, set_off
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import record_payment
from tests.factories import make_client, make_invoice
from tests.receivables.bank_world import (
    DAY,
    NOW,
    OURS,
    THEIRS,
    line,
    lines_of,
    match_all,
    require_true_balances,
    take,
)

BY = "Lena Hansen"
LATER = DAY + timedelta(2)


def out(minor: int, text: str = "Rueckgabe", **given: object) -> dict[str, object]:
    return line(-minor, text, booked_on=LATER, **given)


def kinds(session: Session, index: int) -> list[str]:
    stored = lines_of(session)[index]
    return [each["kind"] for each in (*stored.match["evidence"], *stored.match["doubts"])]


def confirm(session: Session, line_id: int) -> None:
    shown = shown_hash(lines_of(session)[line_id - 1])
    confirm_proposal(session, line_id, shown=shown, by=BY, now=NOW)


@pytest.mark.parametrize(
    ("said", "proposed"),
    [
        ({"counterparty_iban": THEIRS}, True),
        ({"text": "Rueckgabe RE-2026-0017"}, True),
        ({"text": "RF93RE20260017"}, True),
        ({"end_to_end_id": "E1"}, True),
        ({"counterparty_iban": OURS}, False),
        ({"text": "RE-2026-0018"}, False),
        ({"minor": 119_300, "counterparty_iban": THEIRS}, False),
        ({"text": ""}, False),
    ],
)
def test_money_out_that_mirrors_a_booked_payment_is_proposed_as_its_return(
    database: Database, said: dict[str, object], proposed: bool
) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        paid = line(119_000, "RE-2026-0017", counterparty_iban=THEIRS, end_to_end_id="E1")
        take(session, out(**{"minor": 119_000, **said}), paid)
    match_all(database)
    with database.transaction() as session:
        back, paid_line = lines_of(session)
        assert paid_line.state is LineState.BOOKED
        assert back.state is (LineState.PROPOSED if proposed else LineState.LEFT)
        if proposed:
            assert kinds(session, 0) == ["unmarked_return"]
            confirm(session, back.id)
            assert session.get_one(Invoice, invoice.id).open_minor == 119_000
        require_true_balances(session)
    assert match_all(database) == []


def test_the_return_of_a_payment_that_a_person_entered_is_found_by_its_invoice(
    database: Database,
) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        form = PaymentForm(invoice="RE-2026-0017", amount="1.190,00", received_on=DAY)
        record_payment(session, form, by=BY, now=NOW)
        take(session, out(119_000, "Rueckzahlung RE-2026-0017"))
    assert match_all(database) == [LineState.PROPOSED]


def test_of_two_payments_that_may_have_come_back_a_person_chooses(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in ("RE-2026-0017", "RE-2026-0018"):
            make_invoice(session, client, number=number)
            take(session, line(119_000, number, counterparty_iban=THEIRS), name=number)
        take(session, out(119_000, counterparty_iban=THEIRS))
    assert match_all(database)[2] is LineState.OPEN
    with database.transaction() as session:
        assert kinds(session, 2) == ["original_unknown"]
        assign_reversal(session, 3, payment_id=2, by=BY, now=NOW)
        require_true_balances(session)


def test_money_out_that_was_put_aside_can_be_taken_up_again(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017"), out(119_000, "Miete"))
    assert match_all(database) == [LineState.BOOKED, None]
    with database.transaction() as session:
        assert undo_line(session, 2, by=BY, now=NOW).state is LineState.OPEN
    assert match_all(database) == [LineState.OPEN]
    with database.transaction() as session:
        assign_reversal(session, 2, payment_id=1, by=BY, now=NOW)
        require_true_balances(session)


def test_what_a_person_left_is_not_looked_at_again(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session)
        make_invoice(session, client, number="RE-2026-0017")
        paid = line(119_000, "?", counterparty_iban=THEIRS)
        take(session, paid, out(119_000, counterparty_iban=THEIRS))
        leave_line(session, 2, reason="Miete", by=BY, now=NOW)
        assign_line(session, 1, invoice_ids=[], client_id=client.id, by=BY, now=NOW)
    assert match_all(database) == []


def overpaid(database: Database, *, refund_first: bool) -> None:
    """1,290 paid on 1,190, and 100 that went back to the client."""
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(129_000, "RE-2026-0017", counterparty_iban=THEIRS))
        if refund_first:
            take(session, out(10_000, "Erstattung", counterparty_iban=THEIRS), name="b.xml")
    match_all(database)
    with database.transaction() as session:
        confirm(session, 1)
        if not refund_first:
            take(session, out(10_000, "Erstattung", counterparty_iban=THEIRS), name="b.xml")


@pytest.mark.parametrize("refund_first", [True, False])
def test_a_credit_that_went_back_to_the_client_cannot_be_used_again(
    database: Database, refund_first: bool
) -> None:
    overpaid(database, refund_first=refund_first)
    assert match_all(database) == [LineState.PROPOSED]
    with database.transaction() as session:
        assert kinds(session, 1) == ["pays_out"]
        confirm(session, 2)
        credit, paid = session.scalars(select(Payment).order_by(Payment.id)).all()
        assert (credit.left_minor, paid.amount_minor, paid.received_on) == (0, -10_000, LATER)
        assert lines_of(session)[1].state is LineState.BOOKED
        assert [each.event for each in audit.trail(session, f"payment/{paid.id}")] == [
            "payment.paid_out"
        ]
        require_true_balances(session)
        later = make_invoice(session, credit.client)
        with pytest.raises(ConflictError, match="no credit left"):
            set_off(session, credit.id, later.id, by=BY, now=NOW)


def test_a_payout_that_was_none_is_undone_and_the_credit_is_there_again(
    database: Database,
) -> None:
    overpaid(database, refund_first=False)
    match_all(database)
    with database.transaction() as session:
        confirm(session, 2)
        with pytest.raises(ConflictError, match="paid back"):
            undo_line(session, 1, by=BY, now=NOW)
        undo_line(session, 2, by=BY, now=NOW)
        assert session.get_one(Payment, 1).left_minor == 10_000
        require_true_balances(session)
        assign_payout(session, 2, payment_id=1, by=BY, now=NOW)
        require_true_balances(session)
        undo_line(session, 2, by=BY, now=NOW)
        undo_line(session, 1, by=BY, now=NOW)
        require_true_balances(session)


def test_no_more_is_paid_out_than_is_left(database: Database) -> None:
    overpaid(database, refund_first=False)
    with database.transaction() as session:
        take(session, out(20_000, "x"), line(100, "x"), name="c.xml")
    for line_id, error in ((3, ConflictError), (4, InputError)):
        with pytest.raises(error), database.transaction() as session:
            assign_payout(session, line_id, payment_id=1, by=BY, now=NOW)
    with database.transaction() as session:
        assign_payout(session, 2, payment_id=1, by=BY, now=NOW)
        with pytest.raises(ConflictError, match="paid back"):
            reverse_payment(session, 1, key="x", on=LATER, reason="", by=BY, now=NOW)


def test_a_payment_that_comes_back_after_its_credit_went_out_goes_to_a_person(
    database: Database,
) -> None:
    overpaid(database, refund_first=False)
    with database.transaction() as session:
        assign_payout(session, 2, payment_id=1, by=BY, now=NOW)
        take(session, out(129_000, counterparty_iban=THEIRS, reversal=True), name="c.xml")
    assert match_all(database) == [LineState.OPEN]
    with database.reading() as session:
        assert kinds(session, 2) == ["paid_out"]
        require_true_balances(session)
