"""What a person decides about a bank line: confirm, assign, leave, undo."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.receivables import BankLine, LineState, Payment
from acctflows.documents import audit
from acctflows.documents.canonical import canonical_sha256
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.money import Money
from acctflows.receivables.payments.bank_lines import (
    WAITING,
    Finding,
    finding_of,
    locked_line,
    payment_key,
    payment_of,
    statement_line,
)
from acctflows.receivables.payments.booking import (
    NewPayment,
    book_payment,
    locked_invoices,
    reverse_payment,
)
from acctflows.receivables.payments.matching import share_out
from acctflows.receivables.payments.matching_evidence import Kind, evidence
from acctflows.receivables.payments.matching_lines import open_item
from acctflows.receivables.payments.money_out import look_again
from acctflows.receivables.payments.paying_out import pay_out, undo_payout


def shown_hash(line: BankLine) -> str:
    """Names exactly what a page shows of a line, so that nothing else is confirmed."""
    return canonical_sha256(line.match)


def confirm_proposal(
    session: Session, line_id: int, *, shown: str, by: str, now: datetime
) -> BankLine:
    """Book what was proposed.

    Args:
        session: The caller's transaction.
        line_id: The line.
        shown: ``shown_hash`` of what the person saw.
        by: Who confirms.
        now: When.

    Raises:
        NotFoundError: There is no such line.
        ConflictError: The line is settled, the proposal has changed, or an invoice was paid.
    """
    line = _waiting_line(session, line_id)
    finding = finding_of(line)
    proposes = finding.portions or finding.reverses or finding.pays_out
    if line.state is not LineState.PROPOSED or not proposes or shown_hash(line) != shown:
        raise ConflictError(
            "the proposal has changed since it was shown", todo="look at it again and decide"
        )
    if finding.reverses:
        return _take_back(session, line, finding.reverses, by=by, now=now)
    if finding.pays_out:
        return _pay_out(session, line, finding.pays_out, by=by, now=now)
    return _book(session, line, finding, client_id=None, by=by, now=now)


def assign_line(
    session: Session,
    line_id: int,
    *,
    invoice_ids: Sequence[int],
    client_id: int | None = None,
    by: str,
    now: datetime,
) -> BankLine:
    """Book a line as payment of the chosen invoices; what they do not take up is credit.

    The invoices are paid exactly, less their agreed discount, or one after the other as they are
    due. Without an invoice all of it is the client's credit.

    Args:
        session: The caller's transaction.
        line_id: A line of money that came in.
        invoice_ids: The invoices, in any order.
        client_id: Whose payment it is, needed without invoices; else the client of the first.
        by: Who assigns.
        now: When.

    Raises:
        NotFoundError: There is no such line, invoice or client.
        InputError: Neither an invoice nor a client is named, or money went out.
        ConflictError: The line is settled, or an invoice is not open or in another currency.
    """
    line = _waiting_line(session, line_id)
    if line.amount_minor <= 0:
        raise InputError("only money that came in pays invoices", todo="choose the payment it is")
    if client_id is not None and session.get(Client, client_id) is None:
        raise NotFoundError(f"there is no client with the id {client_id}")
    if not invoice_ids and client_id is None:
        raise InputError("choose an invoice or a client")
    invoices = locked_invoices(session, set(invoice_ids)).values()
    settled = [each for each in invoices if each.open_minor <= 0]
    if settled:
        raise ConflictError(
            "nothing of it is open any more",
            where=settled[0].document.number,
            todo="look at what is open now and choose again",
        )
    if any(each.currency != line.currency for each in invoices):
        raise ConflictError(f"the payment is in {line.currency}, an invoice is not")
    ordered = sorted(invoices, key=lambda each: (each.due_on, each.id))
    items = [open_item(each, each.document.number, names=()) for each in ordered]
    finding = Finding.of(share_out(statement_line(line), items)) if items else Finding()
    owner = client_id if client_id is not None else ordered[0].client_id
    return _book(session, line, finding, client_id=owner, by=by, now=now)


def assign_reversal(
    session: Session, line_id: int, *, payment_id: int, by: str, now: datetime
) -> BankLine:
    """Let a line by which money went out take back a payment.

    Raises:
        NotFoundError: There is no such line or payment.
        InputError: The line brought money in, or less went out than was paid.
        ConflictError: The line is settled, or the payment was taken back already.
    """
    line = _waiting_line(session, line_id)
    if line.amount_minor >= 0:
        raise InputError("only money that went out takes back a payment")
    return _take_back(session, line, payment_id, by=by, now=now)


def assign_payout(
    session: Session, line_id: int, *, payment_id: int, by: str, now: datetime
) -> BankLine:
    """Let a line by which money went out pay back the credit that a payment left.

    Raises:
        NotFoundError: There is no such line or payment.
        InputError: The line brought money in.
        ConflictError: The line is settled, or less is left of the credit than went out.
    """
    line = _waiting_line(session, line_id)
    if line.amount_minor >= 0:
        raise InputError("only money that went out pays a credit back")
    return _pay_out(session, line, payment_id, by=by, now=now)


def leave_line(session: Session, line_id: int, *, reason: str, by: str, now: datetime) -> BankLine:
    """Put a line aside that has nothing to do with what clients owe.

    Raises:
        NotFoundError: There is no such line.
        InputError: No reason is given.
        ConflictError: The line is settled.
    """
    if not reason.strip():
        raise InputError("say why the payment is none of our business")
    line = _waiting_line(session, line_id)
    line.state = LineState.LEFT
    line.settled_by, line.settled_at = by, now
    line.settled_because = reason.strip()
    _record(session, line, "bank_line.left", by=by, now=now, reason=line.settled_because)
    return line


def undo_line(session: Session, line_id: int, *, by: str, now: datetime) -> BankLine:
    """Take back what was decided about a line; it waits for a decision again.

    The payment stays in the records together with the one that takes it back.

    Raises:
        NotFoundError: There is no such line.
        ConflictError: It waits already, or the bank took the payment back.
    """
    line = locked_line(session, line_id)
    payment = payment_of(session, line)
    if line.state in WAITING or not line.amount_minor:
        raise ConflictError("there is nothing to undo", todo="look at the line again")
    if line.state is LineState.BOOKED and line.amount_minor < 0:
        if payment is None or payment.reversal_of_id:
            raise ConflictError("the bank took a payment back by it, which cannot be undone")
        undo_payout(session, payment.id, by=by, now=now)
    elif line.state is LineState.BOOKED:
        if payment is None:
            raise ConflictError(
                "the bank took this payment back, so its booking can no longer be undone"
            )
        reverse_payment(
            session,
            payment.id,
            key=f"undo/{payment.key}",
            on=None,
            reason="undone",
            by=by,
            now=now,
        )
    line.state = LineState.OPEN
    line.match = Finding(doubts=(evidence(Kind.UNDONE),)).stored()
    line.settled_by, line.settled_at, line.settled_because = "", None, ""
    _record(session, line, "bank_line.undone", by=by, now=now)
    return line


def _waiting_line(session: Session, line_id: int) -> BankLine:
    line = locked_line(session, line_id)
    if line.state not in WAITING:
        raise ConflictError(
            f"the line was settled meanwhile, by {line.settled_by}",
            todo="undo that first if it is wrong",
        )
    return line


def _book(
    session: Session,
    line: BankLine,
    finding: Finding,
    *,
    client_id: int | None,
    by: str,
    now: datetime,
) -> BankLine:
    if client_id is None:
        first = finding.portions[0].invoice_id
        client_id = locked_invoices(session, {each.invoice_id for each in finding.portions})[
            first
        ].client_id
    new = NewPayment(
        key=payment_key(session, line),
        client_id=client_id,
        amount=Money(line.amount_minor, line.currency),
        received_on=line.value_on or line.booked_on,
        reference=line.remittance or line.creditor_reference,
        portions=finding.portions,
        bank_line_id=line.id,
    )
    book_payment(session, new, by=by, now=now)
    look_again(session, line)
    return _settled(line, finding, by=by, now=now)


def _take_back(
    session: Session, line: BankLine, payment_id: int, *, by: str, now: datetime
) -> BankLine:
    payment = session.get(Payment, payment_id)
    if payment and (-line.amount_minor < payment.amount_minor or line.currency != payment.currency):
        # More may go out than was paid: the bank of the payer charges its fee to us.
        raise InputError(
            "less money went out than was paid, so this does not take the payment back",
            todo="choose another payment",
        )
    reverse_payment(
        session,
        payment_id,
        key=payment_key(session, line),
        on=line.booked_on,
        reason=line.remittance,
        by=by,
        now=now,
        bank_line_id=line.id,
    )
    return _settled(line, Finding(reverses=payment_id), by=by, now=now)


def _pay_out(
    session: Session, line: BankLine, payment_id: int, *, by: str, now: datetime
) -> BankLine:
    pay_out(
        session,
        payment_id,
        Money(-line.amount_minor, line.currency),
        key=payment_key(session, line),
        on=line.booked_on,
        reference=line.remittance,
        by=by,
        now=now,
        bank_line_id=line.id,
    )
    return _settled(line, Finding(pays_out=payment_id), by=by, now=now)


def _settled(line: BankLine, finding: Finding, *, by: str, now: datetime) -> BankLine:
    found = finding_of(line).evidence
    said = Finding(
        portions=finding.portions,
        reverses=finding.reverses,
        pays_out=finding.pays_out,
        evidence=(*found, evidence(Kind.ASSIGNED, what=by)),
    )
    line.state = LineState.BOOKED
    line.match = said.stored()
    line.settled_by, line.settled_at = by, now
    return line


def _record(
    session: Session, line: BankLine, event: str, *, by: str, now: datetime, **data: str
) -> None:
    session.flush()
    audit.record(
        session,
        subject=f"bank_line/{line.id}",
        event=event,
        actor=by,
        now=now,
        data={"key": line.key, "amount_minor": line.amount_minor, **data},
    )
