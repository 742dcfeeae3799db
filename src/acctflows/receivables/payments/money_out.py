"""Money that went out: a payment that came back, or a credit that was paid back to the client."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import (
    Allocation,
    BankLine,
    BankStatement,
    Invoice,
    LineState,
    Payment,
)
from acctflows.money import Money
from acctflows.receivables.payments.bank_lines import (
    AUTOMATIC,
    Finding,
    payment_key,
    payment_of,
    settle,
    statement_line,
)
from acctflows.receivables.payments.booking import payouts_of, reverse_payment
from acctflows.receivables.payments.matching_evidence import Kind, evidence
from acctflows.receivables.payments.matching_values import Decision
from acctflows.receivables.payments.reversals import match_reversal, named_in

LATEST_RETURN = timedelta(days=13 * 31)
"""How long a direct debit may be returned: thirteen months without a mandate (§ 676b BGB)."""


def look_again(session: Session, line: BankLine) -> None:
    """Let money that later went to the account of a payment be looked at again, now it is booked.

    Args:
        session: The transaction that books the payment.
        line: The line that brought it.
    """
    if line.counterparty_iban:
        session.execute(
            update(BankLine)
            .where(
                BankLine.counterparty_iban == line.counterparty_iban,
                BankLine.state == LineState.LEFT,
                BankLine.amount_minor < 0,
                BankLine.settled_at.is_(None),
                BankLine.booked_on >= line.booked_on,
            )
            .values(state=LineState.NEW)
        )


def match_money_out(
    session: Session, line: BankLine, *, prefixes: Collection[str], now: datetime
) -> LineState | None:
    """Look at money that went out; None where it is none of our business.

    What nobody has decided about has no ``settled_at``.

    Only what the bank calls a return takes a payment back by itself.

    Args:
        session: The transaction of this line, which is locked.
        line: Its amount is below zero.
        prefixes: First parts of our invoice numbers.
        now: The present moment.
    """
    if line.reversal:
        return _match_reversal(session, line, prefixes=prefixes, now=now)
    finding = _payout(session, line) or _unmarked_return(session, line, prefixes)
    if finding:
        line.match = finding.stored()
        proposed = finding.pays_out or finding.reverses
        line.state = LineState.PROPOSED if proposed else LineState.OPEN
    elif line.state is not LineState.OPEN:  # a person has taken that up
        line.state, line.match = LineState.LEFT, {}
    return None if line.state is LineState.LEFT else line.state


def _payout(session: Session, line: BankLine) -> Finding | None:
    """The credit that went to the account from which its client has paid."""
    if not line.counterparty_iban:
        return None
    known = aliased(Payment)
    theirs = (
        select(known.client_id)
        .join(BankLine, known.bank_line_id == BankLine.id)
        .where(known.amount_minor > 0, BankLine.counterparty_iban == line.counterparty_iban)
    )
    query = select(Payment).where(
        Payment.left_minor > 0,
        Payment.left_minor == -line.amount_minor,
        Payment.currency == line.currency,
        Payment.client_id.in_(theirs),
        Payment.received_on <= line.booked_on,
    )
    credit = session.scalars(query.order_by(Payment.id)).first()
    if credit is None:
        return None
    why = evidence(
        Kind.PAYS_OUT,
        amount=Money(-line.amount_minor, line.currency),
        what=credit.client.legal_name,
        day=credit.received_on.isoformat(),
    )
    return Finding(pays_out=credit.id, evidence=(why,))


def _unmarked_return(session: Session, line: BankLine, prefixes: Collection[str]) -> Finding | None:
    """The payment of which amount and payer, or the invoice named, are those of the money out."""
    back = aliased(Payment)
    query = (
        select(Payment)
        .outerjoin(back, back.reversal_of_id == Payment.id)
        .where(
            Payment.id.in_(_of_the_same(session, line, prefixes)),
            Payment.amount_minor == -line.amount_minor,
            Payment.currency == line.currency,
            Payment.reversal_of_id.is_(None),
            Payment.received_on.between(line.booked_on - LATEST_RETURN, line.booked_on),
            back.id.is_(None),
        )
        .order_by(Payment.id)
    )
    found = session.scalars(query).all()
    if not found:
        return None
    if len(found) > 1:
        amount = Money(-line.amount_minor, line.currency)
        return Finding(doubts=(evidence(Kind.ORIGINAL_UNKNOWN, amount=amount),))
    doubt = evidence(Kind.UNMARKED_RETURN, day=found[0].received_on.isoformat())
    return Finding(reverses=found[0].id, doubts=(doubt,))


def _of_the_same(session: Session, line: BankLine, prefixes: Collection[str]) -> set[int]:
    """Ids of the payments of that account or reference, or on the invoices that the line names."""
    traits = [
        column == said
        for column, said in (
            (BankLine.counterparty_iban, line.counterparty_iban),
            (BankLine.end_to_end_id, line.end_to_end_id),
        )
        if said
    ]
    found: set[int] = set()
    if traits:
        paid = select(Payment.id).join(BankLine, Payment.bank_line_id == BankLine.id)
        found |= set(session.scalars(paid.where(or_(*traits))))
    named = named_in(f"{line.creditor_reference} {line.remittance}", prefixes)
    if named:
        on_them = (
            select(Allocation.payment_id)
            .join(Allocation.invoice)
            .join(Document, Invoice.document_id == Document.id)
            .where(or_(Document.number.in_(named), Invoice.rf_reference.in_(named)))
        )
        found |= set(session.scalars(on_them))
    return found


def _match_reversal(
    session: Session, line: BankLine, *, prefixes: Collection[str], now: datetime
) -> LineState:
    """Take back the payment a reversal belongs to; one that was never booked is left with it."""
    earlier = {each.key: each for each in _returnable(session, line)}
    said = [statement_line(each) for each in earlier.values()]
    match = match_reversal(statement_line(line), said, prefixes=prefixes)
    original = earlier.get(match.reversed_key)
    payment = payment_of(session, original) if original else None
    finding = Finding.of(match, reverses=payment.id if payment else None)
    if payment and payouts_of(session, payment.id):
        finding = Finding(doubts=(*finding.doubts, evidence(Kind.PAID_OUT)))
        line.state, line.match = LineState.OPEN, finding.stored()
    elif match.decision is not Decision.REVERSAL or original is None:
        line.state = LineState.PROPOSED if payment else LineState.OPEN
        line.match = finding.stored()
    elif payment:
        reverse_payment(
            session,
            payment.id,
            key=payment_key(session, line),
            on=line.booked_on,
            reason=line.remittance,
            by=AUTOMATIC,
            now=now,
            bank_line_id=line.id,
        )
        settle(line, LineState.BOOKED, finding, now=now)
    else:
        together = replace(finding, doubts=(evidence(Kind.NOT_BOOKED),))
        settle(line, LineState.LEFT, together, now=now)
        settle(original, LineState.LEFT, together, now=now)
    return line.state


def _returnable(session: Session, line: BankLine) -> list[BankLine]:
    """Earlier payments that a reversal may take back."""
    payment, back = aliased(Payment), aliased(Payment)
    returned = (
        select(payment.id)
        .join(back, back.reversal_of_id == payment.id)
        .where(payment.bank_line_id == BankLine.id, back.bank_line_id.is_not(None))
    )
    same = BankLine.amount_minor == -line.amount_minor
    if line.end_to_end_id:
        same = or_(same, BankLine.end_to_end_id == line.end_to_end_id)
    query = (
        select(BankLine)
        .join(BankStatement)
        .where(
            same,
            BankLine.amount_minor > 0,
            BankLine.booked_on.between(line.booked_on - LATEST_RETURN, line.booked_on),
            BankLine.state != LineState.LEFT,
            BankStatement.account == line.statement.account,
            ~returned.exists(),
        )
        .order_by(BankLine.id)
    )
    return list(session.scalars(query))
