"""Matches the bank lines that wait: books what is certain, leaves the rest to a person."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import (
    BankFile,
    BankLine,
    BankStatement,
    Invoice,
    LineState,
    Payment,
)
from acctflows.money import Money
from acctflows.receivables.payments.bank_lines import (
    AUTOMATIC,
    WAITING,
    Finding,
    locked_line,
    payment_key,
    settle,
    statement_line,
)
from acctflows.receivables.payments.booking import (
    NewPayment,
    book_payment,
    locked_invoices,
)
from acctflows.receivables.payments.matching import Decision, Match, OpenItem, OpenItems, match_line
from acctflows.receivables.payments.matching_evidence import Evidence, Kind, evidence
from acctflows.receivables.payments.money_out import look_again, match_money_out
from acctflows.receivables.statements import StatementKind
from acctflows.receivables.statements.accounts import same_account

NEAR = timedelta(days=10)
"""How far the day a person enters may lie from the bank's: weekends, and who enters it later."""


def lines_to_match(session: Session) -> list[int]:
    """Ids of the lines that wait, oldest first, so that a payment comes before its reversal."""
    query = select(BankLine.id).where(BankLine.state.in_(WAITING))
    return list(session.scalars(query.order_by(BankLine.booked_on, BankLine.id)))


def load_open_items(session: Session) -> OpenItems:
    """All open invoices, with the names and accounts their clients are known to pay from."""
    ibans, names = _known_payers(session)
    query = (
        select(Invoice, Document.number, Client.legal_name)
        .join(Document, Invoice.document_id == Document.id)
        .join(Client, Invoice.client_id == Client.id)
        .where(Invoice.open_minor != 0)
    )
    return OpenItems(
        open_item(
            invoice,
            number,
            ibans=frozenset(ibans[invoice.client_id]),
            names=(legal_name, *sorted(names[invoice.client_id])),
        )
        for invoice, number, legal_name in session.execute(query)
    )


def open_item(
    invoice: Invoice, number: str, *, ibans: frozenset[str] = frozenset(), names: tuple[str, ...]
) -> OpenItem:
    """An invoice as matching sees it."""
    currency = invoice.currency
    return OpenItem(
        invoice_id=str(invoice.id),
        number=number,
        rf_reference=invoice.rf_reference,
        client_id=str(invoice.client_id),
        open=Money(invoice.open_minor, currency),
        gross=Money(invoice.gross_minor, currency),
        due_on=invoice.due_on,
        ibans=ibans,
        names=names,
        discount=Money(invoice.discount_minor, currency) if invoice.discount_minor else None,
        discount_until=invoice.discount_until,
    )


def match_bank_line(
    session: Session,
    line_id: int,
    items: OpenItems,
    *,
    prefixes: Collection[str],
    now: datetime,
) -> LineState | None:
    """Look at a line and book it where nothing is doubtful.

    None when it was settled meanwhile, or is money out that has nothing to do with clients.

    Args:
        session: A transaction of its own for each line.
        line_id: The line.
        items: From ``load_open_items``; kept up to date with what is booked. After a transaction
            that failed they must be loaded anew.
        prefixes: First parts of our invoice numbers.
        now: The present moment.
    """
    line = locked_line(session, line_id)
    if line.state not in WAITING:
        return None
    if line.amount_minor < 0:
        return match_money_out(session, line, prefixes=prefixes, now=now)
    match = _match_incoming(session, line, items, prefixes=prefixes)
    finding = Finding.of(match)
    if match.decision is Decision.BOOK:
        _book(session, line, items, finding, now=now)
        settle(line, LineState.BOOKED, finding, now=now)
    else:
        proposed = match.decision is Decision.PROPOSE and bool(finding.portions)
        line.state = LineState.PROPOSED if proposed else LineState.OPEN
        line.match = finding.stored()
    return line.state


def _known_payers(session: Session) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """IBANs and names from which clients who owe something have paid before, by client."""
    back = aliased(Payment)
    debtors = select(Invoice.client_id).where(Invoice.open_minor != 0)
    query = (
        select(Payment.client_id, BankLine.counterparty_iban, BankLine.counterparty)
        .join(BankLine, Payment.bank_line_id == BankLine.id)
        .outerjoin(back, back.reversal_of_id == Payment.id)
        .where(Payment.amount_minor > 0, back.id.is_(None), Payment.client_id.in_(debtors))
        .distinct()
    )
    ibans: dict[int, set[str]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    for client_id, iban, name in session.execute(query):
        ibans[client_id] |= {iban} - {""}
        names[client_id] |= {name} - {""}
    return ibans, names


def _match_incoming(
    session: Session, line: BankLine, items: OpenItems, *, prefixes: Collection[str]
) -> Match:
    """The match on what is open now; what would be booked is locked, and may still be doubtful."""
    said = statement_line(line)
    match = match_line(said, items, prefixes=prefixes)
    while match.decision is Decision.BOOK and _changed(session, match, items):
        match = match_line(said, items, prefixes=prefixes)
    if match.decision is Decision.NONE:
        return match
    doubts = _doubts(session, line, match, items)
    if not doubts:
        return match
    return replace(match, decision=Decision.PROPOSE, doubts=(*match.doubts, *doubts))


def _changed(session: Session, match: Match, items: OpenItems) -> bool:
    """Whether another run has settled what would be booked; locks it and notes what is open now."""
    changed = False
    invoices = locked_invoices(session, [int(each.invoice_id) for each in match.shares])
    for invoice in invoices.values():
        item, now_open = items.get(str(invoice.id)), Money(invoice.open_minor, invoice.currency)
        if item is not None and item.open != now_open:
            items.settle(item.invoice_id, now_open)
            changed = True
    return changed


def _doubts(
    session: Session, line: BankLine, match: Match, items: OpenItems
) -> tuple[Evidence, ...]:
    """Why a line that fits is not booked by itself all the same."""
    found = []
    if session.scalars(select(Payment.id).where(Payment.bank_line_id == line.id)).first():
        found.append(evidence(Kind.UNDONE))
    file = _told_elsewhere(session, line)
    if file:
        found.append(evidence(Kind.TOLD_TWICE, what=file))
    payers = {item.client_id for each in match.shares if (item := items.get(each.invoice_id))}
    entered = _entered(session, line, [int(each) for each in payers])
    if entered:
        day = entered.received_on.isoformat()
        found.append(evidence(Kind.ENTERED, day=day, what=entered.reference or entered.booked_by))
    return tuple(found)


def _told_elsewhere(session: Session, line: BankLine) -> str | None:
    """The file of another kind that had an equal payment on that day before.

    Lists (CSV) of one account may be of different kinds as well: each export of a bank words its
    lines in its own way.
    """
    mine = line.statement
    told = or_(BankStatement.kind != mine.kind, BankStatement.format != mine.format)
    if mine.kind == StatementKind.LIST:
        told = BankStatement.id != mine.id
    query = (
        select(BankStatement.account, BankFile.name)
        .select_from(BankLine)
        .join(BankStatement, BankLine.statement_id == BankStatement.id)
        .join(BankFile, BankStatement.file_id == BankFile.id)
        .where(
            BankLine.booked_on == line.booked_on,
            BankLine.amount_minor == line.amount_minor,
            BankLine.currency == line.currency,
            BankLine.id < line.id,
            told,
        )
    )
    if line.counterparty_iban:
        theirs = ("", line.counterparty_iban)
        query = query.where(BankLine.counterparty_iban.in_(theirs))
    for account, name in session.execute(query):
        if not account or not mine.account or same_account(account, mine.account):
            return str(name)
    return None


def _entered(session: Session, line: BankLine, client_ids: Collection[int]) -> Payment | None:
    """A payment of the same amount near that day that a person entered for one of these clients."""
    back = aliased(Payment)
    query = (
        select(Payment)
        .outerjoin(back, back.reversal_of_id == Payment.id)
        .where(
            Payment.client_id.in_(client_ids),
            Payment.amount_minor == line.amount_minor,
            Payment.currency == line.currency,
            Payment.bank_line_id.is_(None),
            Payment.reversal_of_id.is_(None),
            Payment.received_on.between(line.booked_on - NEAR, line.booked_on + NEAR),
            back.id.is_(None),
        )
    )
    return session.scalars(query.order_by(Payment.id)).first()


def _book(
    session: Session, line: BankLine, items: OpenItems, finding: Finding, *, now: datetime
) -> None:
    first = items.get(str(finding.portions[0].invoice_id))
    assert first is not None  # noqa: S101 — the portions come from these items
    new = NewPayment(
        key=payment_key(session, line),
        client_id=int(first.client_id),
        amount=Money(line.amount_minor, line.currency),
        received_on=line.value_on or line.booked_on,
        reference=line.remittance or line.creditor_reference,
        portions=finding.portions,
        bank_line_id=line.id,
    )
    book_payment(session, new, by=AUTOMATIC, now=now)
    look_again(session, line)
    for portion in finding.portions:
        item = items.get(str(portion.invoice_id))
        assert item is not None  # noqa: S101 — as above
        settled = Money(portion.amount.minor + portion.discount_minor, line.currency)
        items.settle(item.invoice_id, item.open - settled)
