from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment
from acctflows.db.session import Database
from acctflows.money import Money
from acctflows.receivables.payments.assigning import undo_line
from acctflows.receivables.payments.booking import reverse_payment
from acctflows.receivables.payments.matching_lines import (
    lines_to_match,
    load_open_items,
    match_bank_line,
)
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import record_payment
from acctflows.receivables.statements import StatementKind
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.bank_world import (
    DAY,
    NOW,
    THEIRS,
    line,
    lines_of,
    match_all,
    require_true_balances,
    take,
)


def told(stored: BankLine) -> list[str]:
    return [each["kind"] for each in (*stored.match["evidence"], *stored.match["doubts"])]


def test_a_payment_that_names_its_invoice_is_booked_with_the_reason_in_words(
    database: Database,
) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "Rechnung RE-2026-0017", value_on=DAY + timedelta(1)))
    assert match_all(database) == [LineState.BOOKED]
    with database.reading() as session:
        stored = lines_of(session)[0]
        payment = session.scalars(select(Payment)).one()
        assert session.get_one(Invoice, invoice.id).open_minor == 0
        assert (payment.left_minor, payment.received_on) == (0, DAY + timedelta(1))
        assert payment.allocations[0].rule == "designated"
        assert stored.match["evidence"][0]["de"] == "Der Verwendungszweck nennt RE-2026-0017."
        require_true_balances(session)
    assert match_all(database) == []


def test_lines_of_one_run_see_what_the_ones_before_have_paid(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(60_000, "RE-2026-0017"), line(59_000, "RE-2026-0017"), line(100, "x"))
        take(session, line(59_000, "RE-2026-0017 nochmal"), name="later.xml")
    states = match_all(database)
    assert states == [LineState.BOOKED, LineState.BOOKED, LineState.OPEN, LineState.OPEN]
    with database.reading() as session:
        assert told(lines_of(session)[3]) == ["not_open"]
        require_true_balances(session)


def test_a_client_is_known_by_the_account_of_an_earlier_payment(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session, legal_name="Möwe Handel GmbH")
        make_invoice(session, client, number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017", counterparty_iban=THEIRS))
    match_all(database)
    with database.transaction() as session:
        make_invoice(session, client, number="RE-2026-0018", gross_minor=5_000)
        take(session, line(5_000, "danke", counterparty_iban=THEIRS), name="b.xml")
        take(session, line(5_000, "danke", counterparty="Moewe Handel"), name="c.xml")
    assert match_all(database) == [LineState.BOOKED, LineState.OPEN]
    with database.reading() as session:
        assert told(lines_of(session)[1]) == ["known_iban", "exact_amount"]


def test_a_payment_may_come_before_its_invoice(database: Database) -> None:
    with database.transaction() as session:
        take(session, line(119_000, "RE-2026-0017"))
    assert match_all(database) == [LineState.OPEN]
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
    assert match_all(database) == [LineState.BOOKED]


def test_a_discount_taken_in_time_settles_the_invoice(database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(
            session,
            make_client(session),
            number="RE-2026-0017",
            discount_minor=2_380,
            discount_until=DAY,
        )
        take(session, line(116_620, "RE-2026-0017"))
    assert match_all(database) == [LineState.BOOKED]
    with database.reading() as session:
        kept = session.get_one(Invoice, invoice.id)
        assert (kept.open_minor, kept.allocations[0].discount_minor) == (0, 2_380)
        require_true_balances(session)


def test_a_returned_payment_opens_its_invoice_again(database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017", end_to_end_id="E1"))
        later = DAY + timedelta(2)
        take(
            session,
            line(-119_000, "Retoure", end_to_end_id="E1", reversal=True, booked_on=later),
            name="b.xml",
        )
    assert match_all(database) == [LineState.BOOKED, LineState.BOOKED]
    with database.reading() as session:
        kept = session.get_one(Invoice, invoice.id)
        assert kept.open_minor == kept.gross_minor
        assert [each.amount_minor for each in kept.allocations] == [119_000, -119_000]
        assert kept.allocations[1].counts_on == later
        require_true_balances(session)
    with database.transaction() as session:
        again = line(-119_000, "Retoure!", end_to_end_id="E1", reversal=True, booked_on=later)
        take(session, again, name="c.xml")
    assert match_all(database) == [LineState.OPEN]


def test_a_return_of_what_was_never_booked_is_left_together_with_it(database: Database) -> None:
    with database.transaction() as session:
        take(session, line(500, "?", end_to_end_id="E1"))
        take(session, line(-500, "Retoure", end_to_end_id="E1", reversal=True), name="b.xml")
    assert match_all(database) == [LineState.OPEN, LineState.LEFT]
    with database.reading() as session:
        assert [each.state for each in lines_of(session)] == [LineState.LEFT] * 2


def test_a_return_with_the_banks_fee_is_proposed(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017", end_to_end_id="E1"))
        take(session, line(-119_300, "", end_to_end_id="E1", reversal=True), name="b.xml")
    assert match_all(database) == [LineState.BOOKED, LineState.PROPOSED]
    with database.reading() as session:
        assert lines_of(session)[1].match["reverses"] is not None


@pytest.mark.parametrize(
    ("given", "doubtful"),
    [
        ({"kind": StatementKind.NOTIFICATION}, True),
        ({"format_": "csv", "kind": StatementKind.LIST, "account": ""}, True),
        ({"kind": StatementKind.STATEMENT}, False),
    ],
)
def test_an_equal_payment_in_a_file_of_another_kind_may_be_the_same(
    database: Database, given: dict[str, object], doubtful: bool
) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in ("RE-2026-0017", "RE-2026-0018"):
            make_invoice(session, client, number=number)
        take(session, line(119_000, "RE-2026-0017"), name="a.xml")
        other = dict(given)
        second = line(119_000, "RE-2026-0018", account=other.pop("account", line(1)["account"]))
        take(session, second, name="b.xml", **other)
    expected = LineState.PROPOSED if doubtful else LineState.BOOKED
    assert match_all(database) == [LineState.BOOKED, expected]
    with database.reading() as session:
        assert ("told_twice" in told(lines_of(session)[1])) is doubtful


@pytest.mark.parametrize(
    ("entered", "doubtful"),
    [
        ({}, True),
        ({"received_on": DAY - timedelta(8)}, True),
        ({"received_on": DAY - timedelta(11)}, False),
        ({"amount": "500,01"}, False),
        ({"invoice": "RE-2026-0018"}, False),
    ],
)
def test_a_payment_that_a_person_has_entered_is_not_booked_again_by_itself(
    database: Database, entered: dict[str, object], doubtful: bool
) -> None:
    with database.transaction() as session:
        for number in ("RE-2026-0017", "RE-2026-0018"):
            make_invoice(session, make_client(session), number=number)
        said = {"invoice": "RE-2026-0017", "amount": "500,00", "received_on": DAY, "reference": "x"}
        form = PaymentForm.model_validate(said | entered)
        record_payment(session, form, by="Lena", now=NOW)
        take(session, line(50_000, "RE-2026-0017"))
    assert match_all(database) == [LineState.PROPOSED if doubtful else LineState.BOOKED]
    with database.reading() as session:
        assert ("entered" in told(lines_of(session)[0])) is doubtful
        require_true_balances(session)


def test_an_entry_that_was_undone_is_no_doubt(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        form = PaymentForm(invoice="RE-2026-0017", amount="500,00", received_on=DAY)
        payment = record_payment(session, form, by="Lena", now=NOW).payment
        reverse_payment(session, payment.id, key="x", on=None, reason="", by="Lena", now=NOW)
        take(session, line(50_000, "RE-2026-0017"))
    assert match_all(database) == [LineState.BOOKED]


@pytest.mark.parametrize(
    ("iban", "state"),
    [
        (THEIRS, LineState.PROPOSED),
        ("", LineState.PROPOSED),
        (line(1)["account"], LineState.BOOKED),
    ],
)
def test_two_lists_of_a_bank_may_word_the_same_payment_differently(
    database: Database, iban: str, state: LineState
) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017", gross_minor=200_000)
        first = (line(50_000, f"RE-2026-0017 {each}", counterparty_iban=THEIRS) for each in "ab")
        take(session, *first, name="camt.csv", format_="csv", kind=StatementKind.LIST)
        again = line(50_000, "SVWZ+RE-2026-0017", counterparty_iban=iban)
        take(session, again, name="mt940.csv", format_="csv", kind=StatementKind.LIST)
    assert match_all(database) == [LineState.BOOKED, LineState.BOOKED, state]


def test_what_a_person_has_undone_is_not_booked_again_by_itself(database: Database) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017"))
    match_all(database)
    with database.transaction() as session:
        undo_line(session, 1, by="Lena", now=NOW)
    assert match_all(database) == [LineState.PROPOSED]
    with database.reading() as session:
        assert told(lines_of(session)[0])[-1] == "undone"
        require_true_balances(session)


def test_runs_at_the_same_moment_book_each_line_once(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in range(1, 5):
            make_invoice(session, client, number=f"RE-2026-000{number}")
        texts = [f"RE-2026-000{number} {part}" for number in range(1, 5) for part in "ab"]
        take(session, *(line(59_500, text) for text in texts))

    _, failed = race(3, lambda _: match_all(database))
    assert not failed
    with database.reading() as session:
        payments = session.scalars(select(Payment)).all()
        assert sorted(each.amount_minor for each in payments) == [59_500] * 8
        assert {each.open_minor for each in session.scalars(select(Invoice))} == {0}
        require_true_balances(session)


def test_an_invoice_paid_meanwhile_by_another_run_is_seen(database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session, make_client(session), number="RE-2026-0017")
        take(session, line(119_000, "RE-2026-0017 a"), line(119_000, "RE-2026-0017 b"))
    with database.reading() as session:
        (first, second), old_items = lines_to_match(session), load_open_items(session)
        items = load_open_items(session)
    with database.transaction() as session:
        match_bank_line(session, first, items, prefixes=["RE"], now=NOW)
    with database.transaction() as session:
        state = match_bank_line(session, second, old_items, prefixes=["RE"], now=NOW)
    assert state is LineState.OPEN
    with database.reading() as session:
        assert session.get_one(Invoice, invoice.id).open_minor == 0


def test_open_items_are_read_once_however_many_lines_there_are(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in range(30):
            make_invoice(session, client, number=f"RE-2026-{number:04}", gross_minor=100 + number)
        take(session, *(line(9_000 + n, f"Miete {n}") for n in range(20)))
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    match_all(database)
    event.remove(database.engine, "before_cursor_execute", note)
    assert sum("FROM invoice" in each for each in asked) == 2  # and once for known accounts


def test_other_currencies_are_left_to_a_person(session: Session, database: Database) -> None:
    make_invoice(session, make_client(session), number="RE-2026-0017")
    take(session, line(1, "RE-2026-0017", amount=Money(119_000, "CHF")), currency="CHF")
    session.commit()
    assert match_all(database) == [LineState.OPEN]
    with database.reading() as other:
        assert told(lines_of(other)[0])[-1] == "other_currency"
