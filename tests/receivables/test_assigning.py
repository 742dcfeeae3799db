from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.receivables.payments.assigning import (
    assign_line,
    assign_reversal,
    confirm_proposal,
    leave_line,
    shown_hash,
    undo_line,
)
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.bank_world import NOW, line, lines_of, match_all, require_true_balances, take

BY = "Lena Hansen"


def proposed(database: Database, amount: int = 120_000) -> tuple[int, Invoice]:
    """A line that pays more than is open of the invoice it names."""
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(amount, "RE-2026-0017"))
    match_all(database)
    return 1, invoice


def shown(session: Session, line_id: int) -> str:
    return shown_hash(session.get_one(BankLine, line_id))


def test_a_proposal_is_confirmed_and_the_rest_is_credit(database: Database) -> None:
    line_id, invoice = proposed(database)
    with database.transaction() as session:
        said = shown(session, line_id)
        confirm_proposal(session, line_id, shown=said, by=BY, now=NOW)
    with database.reading() as session:
        stored, payment = lines_of(session)[0], session.scalars(select(Payment)).one()
        assert (stored.state, stored.settled_by, stored.settled_at) == (LineState.BOOKED, BY, NOW)
        assert payment.left_minor == 1_000
        assert session.get_one(Invoice, invoice.id).open_minor == 0
        assert stored.match["evidence"][-1]["en"] == f"{BY} has assigned the line."
        require_true_balances(session)


def test_only_what_was_shown_is_confirmed(database: Database) -> None:
    line_id, _ = proposed(database)
    with pytest.raises(ConflictError, match="changed"), database.transaction() as session:
        confirm_proposal(session, line_id, shown="0" * 64, by=BY, now=NOW)


def test_fifty_clicks_book_once(database: Database) -> None:
    line_id, _ = proposed(database)
    with database.reading() as session:
        said = shown(session, line_id)

    def work(_: int) -> None:
        with database.transaction() as session:
            confirm_proposal(session, line_id, shown=said, by=BY, now=NOW)

    done, failed = race(12, work)
    assert len(done) == 1
    assert {type(each) for each in failed} == {ConflictError}
    with database.reading() as session:
        assert len(session.scalars(select(Payment)).all()) == 1


def test_chosen_invoices_are_paid_as_they_are_due_and_by_the_clients_account_later(
    session: Session,
) -> None:
    client = make_client(session)
    older, newer = (make_invoice(session, client, gross_minor=1_000) for _ in range(2))
    take(session, line(1_500, "?"))
    assign_line(session, 1, invoice_ids=[newer.id, older.id], by=BY, now=NOW)
    assert (older.open_minor, newer.open_minor) == (0, 500)
    require_true_balances(session)


def test_a_discount_is_granted_where_the_amount_says_so(session: Session) -> None:
    invoice = make_invoice(
        session,
        make_client(session),
        gross_minor=1_000,
        discount_minor=20,
        discount_until=NOW.date(),
    )
    take(session, line(980, "?"))
    assign_line(session, 1, invoice_ids=[invoice.id], by=BY, now=NOW)
    assert (invoice.open_minor, invoice.allocations[0].discount_minor) == (0, 20)


def test_a_payment_in_advance_is_all_credit(session: Session) -> None:
    client = make_client(session)
    take(session, line(500, "Anzahlung"))
    assign_line(session, 1, invoice_ids=[], client_id=client.id, by=BY, now=NOW)
    payment = session.scalars(select(Payment)).one()
    assert (payment.client_id, payment.left_minor) == (client.id, 500)


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ({"invoice_ids": []}, InputError),
        ({"invoice_ids": [999]}, NotFoundError),
        ({"invoice_ids": [], "client_id": 999}, NotFoundError),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(
    session: Session, choice: dict[str, object], error: type[Exception]
) -> None:
    take(session, line(500, "?"))
    with pytest.raises(error):
        assign_line(session, 1, by=BY, now=NOW, **choice)


def test_what_is_undone_waits_again_and_the_records_keep_both(database: Database) -> None:
    line_id, invoice = proposed(database)
    with database.transaction() as session:
        assign_line(session, line_id, invoice_ids=[invoice.id], by=BY, now=NOW)
        undo_line(session, line_id, by=BY, now=NOW)
    with database.transaction() as session:
        kept = session.get_one(Invoice, invoice.id)
        assert kept.open_minor == kept.gross_minor
        assert lines_of(session)[0].state is LineState.OPEN
        other = make_invoice(session, kept.client, gross_minor=120_000)
        assign_line(session, line_id, invoice_ids=[other.id], by=BY, now=NOW)
        assert [each.amount_minor for each in session.scalars(select(Payment))] == [
            *(120_000, -120_000, 120_000)
        ]
        require_true_balances(session)
        events = [each.event for each in audit.trail(session, f"bank_line/{line_id}")]
        assert events == ["bank_line.undone"]


def test_a_line_put_aside_with_a_reason_can_be_taken_up_again(session: Session) -> None:
    take(session, line(500, "Steuererstattung"))
    with pytest.raises(InputError):
        leave_line(session, 1, reason="  ", by=BY, now=NOW)
    stored = leave_line(session, 1, reason="Finanzamt", by=BY, now=NOW)
    assert (stored.state, stored.settled_because) == (LineState.LEFT, "Finanzamt")
    with pytest.raises(ConflictError, match=BY):
        leave_line(session, 1, reason="Finanzamt", by=BY, now=NOW)
    assert undo_line(session, 1, by=BY, now=NOW).state is LineState.OPEN


def test_a_reversal_takes_back_the_payment_a_person_chooses(database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017"))
        take(session, line(-119_300, "Rückgabe", reversal=True), name="b.xml")
        take(session, line(-100, "Rückgabe", reversal=True), name="c.xml")
    match_all(database)
    with pytest.raises(InputError, match="less money"), database.transaction() as session:
        assign_reversal(session, 3, payment_id=1, by=BY, now=NOW)
    with database.transaction() as session:
        assign_reversal(session, 2, payment_id=1, by=BY, now=NOW)
    with database.reading() as session:
        assert session.get_one(Invoice, invoice.id).open_minor == 119_000
        require_true_balances(session)
    for undone in (1, 2):
        with pytest.raises(ConflictError), database.transaction() as session:
            undo_line(session, undone, by=BY, now=NOW)


@pytest.mark.parametrize(
    "decide",
    [
        lambda session: assign_line(session, 1, invoice_ids=[1], by=BY, now=NOW),
        lambda session: undo_line(session, 1, by=BY, now=NOW),
        lambda session: assign_reversal(session, 2, payment_id=1, by=BY, now=NOW),
    ],
)
def test_money_out_pays_nothing_and_money_in_takes_nothing_back(
    session: Session, decide: Callable[[Session], object]
) -> None:
    make_invoice(session, make_client(session))
    take(session, line(-100, "x", reversal=True), line(100, "x"))
    with pytest.raises((InputError, ConflictError)):
        decide(session)
