"""Bank files made in tests: lines without a file of their own, taken in and matched."""

import hashlib
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment, Payout
from acctflows.db.session import Database
from acctflows.money import Money
from acctflows.receivables.payments.matching_lines import (
    lines_to_match,
    load_open_items,
    match_bank_line,
)
from acctflows.receivables.payments.taking_files import BankFileContent, Taken, take_file
from acctflows.receivables.statements import Statement, StatementKind, StatementLine
from acctflows.receivables.statements.building import LineMaker

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
OURS = "DE89370400440532013000"
THEIRS = "DE12500105170648489890"


def line(minor: int, text: str = "", **given: Any) -> dict[str, Any]:
    return {
        "account": OURS,
        "booked_on": DAY,
        "amount": Money(minor, "EUR"),
        "remittance": text,
    } | given


def bank_file(
    *lines: dict[str, Any],
    name: str = "auszug.xml",
    format_: str = "camt",
    kind: StatementKind = StatementKind.STATEMENT,
    **given: Any,
) -> BankFileContent:
    """A file of one statement; each call makes other bytes unless the lines are the same."""
    maker = LineMaker(unique_references=format_ != "mt940")
    made: list[StatementLine] = [maker.line(**each) for each in lines]
    values: dict[str, Any] = {
        "kind": kind,
        "account": lines[0]["account"] if lines else OURS,
        "id": "1",
        "from_on": None,
        "to_on": None,
        "opening": None,
        "closing": None,
        "currency": "EUR",
        "lines": tuple(made),
        "format": format_,
    }
    said = f"{format_}{kind}{name}{[each.idempotency_key for each in made]}"
    if format_ != "camt":  # as in life: the same booking has another key
        values["lines"] = tuple(_with_key(each, format_) for each in made)
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    return BankFileContent(name, sha256, (Statement(**values | given),))


def _with_key(said: StatementLine, format_: str) -> StatementLine:
    return StatementLine(
        **{**said.__dict__, "idempotency_key": f"{format_}-{said.idempotency_key}"[:64]}
    )


def take(session: Session, *lines: dict[str, Any], **given: Any) -> Taken:
    return take_file(session, bank_file(*lines, **given), by="test", now=NOW)


def match_all(database: Database) -> list[LineState | None]:
    """Match all lines that wait, each in its own transaction, as the flow does."""
    with database.reading() as session:
        ids, items = lines_to_match(session), load_open_items(session)
    found = []
    for line_id in ids:
        with database.transaction() as session:
            found.append(match_bank_line(session, line_id, items, prefixes=["RE"], now=NOW))
    return found


def lines_of(session: Session) -> list[BankLine]:
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def require_true_balances(session: Session) -> None:
    """What is kept in columns is what the allocations say."""
    for invoice in session.scalars(select(Invoice)):
        session.refresh(invoice)
        settled = sum(each.amount_minor + each.discount_minor for each in invoice.allocations)
        assert invoice.open_minor == invoice.gross_minor - settled
        assert 0 <= invoice.open_minor <= invoice.gross_minor
    payments = session.scalars(select(Payment)).all()
    taken_back = {each.reversal_of_id for each in payments} - {None}
    paid_out: dict[int, int] = defaultdict(int)
    payouts = {each.payment_id: each.credit_id for each in session.scalars(select(Payout))}
    for payment in payments:
        if payment.id in payouts and payment.id not in taken_back:
            paid_out[payouts[payment.id]] -= payment.amount_minor
    for payment in payments:
        session.refresh(payment)
        spent = sum(each.amount_minor for each in payment.allocations) + paid_out[payment.id]
        if payment.id in payouts:
            assert (payment.left_minor, payment.allocations) == (0, [])
        elif payment.id in taken_back or payment.reversal_of_id:
            assert payment.left_minor == 0
        else:
            assert payment.left_minor == payment.amount_minor - spent
            assert 0 <= payment.left_minor <= payment.amount_minor
