"""Books a payment that a person enters."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency import find
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, Payment
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.money import Money, parse_amount
from acctflows.receivables.follow_up.withdrawing import lock_client
from acctflows.receivables.payments.bank_lines import Finding
from acctflows.receivables.payments.booking import NewPayment, book_payment, locked_invoices
from acctflows.receivables.payments.matching import OpenItem, share_by_law, share_out
from acctflows.receivables.payments.matching_lines import open_item
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.statements import StatementLine


@dataclass(frozen=True)
class Recorded:
    """A payment, and whether it is new; an equal one was on file otherwise."""

    payment: Payment
    new: bool


def record_payment(session: Session, form: PaymentForm, *, by: str, now: datetime) -> Recorded:
    """Book what a form says: to the invoices it names, else to what is due, the oldest first.

    Args:
        session: The caller's transaction.
        form: As a person filled it in.
        by: Who did.
        now: The present moment on the agency's clock.

    Raises:
        InputError: The amount cannot be read, the day is to come, or nobody is named.
        NotFoundError: There is no such invoice or client; says what comes close.
        ConflictError: Of an invoice nothing is open.
    """
    invoices = _named_invoices(session, form.invoice)
    client = _client(session, form, invoices)
    currency = form.currency or (invoices[0].currency if invoices else client.currency)
    amount = read_amount(form.amount, currency)
    day = form.received_on or now.date()
    if day > now.date():
        raise InputError("the day is still to come", where="received_on")
    lock_client(session, client.id)  # of two equal forms at once the second finds the first
    said = (
        *(client.number, ",".join(sorted(each.document.number for each in invoices))),
        *(str(amount.minor), currency, day.isoformat(), form.reference, form.key),
    )
    key = "form/" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]
    known = session.scalars(select(Payment).where(Payment.key == key)).one_or_none()
    if known is not None:
        return Recorded(known, new=False)
    chosen = invoices or _open_invoices(session, client, currency)
    items = _open_items(session, chosen, currency, named=bool(invoices))
    line = _as_line(amount, form, now)
    match = share_out(line, items) if invoices else share_by_law(line, items)
    new = NewPayment(key, client.id, amount, day, form.reference, Finding.of(match).portions)
    return Recorded(book_payment(session, new, by=by, now=now), new=True)


def read_amount(text: str, currency: str) -> Money:
    """An amount as German or English readers write it; both readings never differ.

    Raises:
        InputError: It is no amount, not more than zero, or has too many decimals.
    """
    problem = InputError("the amount is missing", where="amount")
    for language in ("de", "en"):
        try:
            amount = parse_amount(text, currency, language=language)
        except InputError as error:
            problem = InputError(error.what, where="amount", todo="write it like 1.190,00")
        else:
            if amount.minor <= 0:
                raise InputError(
                    "a payment is more than zero",
                    where="amount",
                    todo="undo a payment on the desk, on the client's page",
                )
            return amount
    raise problem


def _named_invoices(session: Session, text: str) -> list[Invoice]:
    numbers = dict.fromkeys(part.upper() for part in re.split(r"[,;\s]+", text) if part)
    return [_invoice(session, number) for number in numbers]


def _invoice(session: Session, number: str) -> Invoice:
    query = select(Invoice).join(Document, Invoice.document_id == Document.id)
    invoice = session.scalars(query.where(Document.number == number)).one_or_none()
    if invoice is not None:
        return invoice
    numbers = session.scalars(
        select(Document.number)
        .join(Invoice, Invoice.document_id == Document.id)
        .where(Invoice.open_minor > 0)
    ).all()
    near = get_close_matches(number, numbers, n=3, cutoff=0.7)
    raise NotFoundError(
        f"there is no invoice {number}",
        where="invoice",
        todo=f"did you mean {', '.join(near)}?" if near else "look it up on the desk",
    )


def _client(session: Session, form: PaymentForm, invoices: Sequence[Invoice]) -> Client:
    named = find.client(session, form.client) if form.client else None
    owners = {each.client_id: each.client for each in invoices}
    if len(owners) > 1:
        raise InputError(
            "the invoices are of different clients", where="invoice", todo="enter a payment of each"
        )
    owner = next(iter(owners.values()), None)
    if named and owner and named.id != owner.id:
        raise InputError(
            f"{invoices[0].document.number} is an invoice of {owner.legal_name}, not of "
            f"{named.legal_name}",
            where="client",
        )
    client = owner or named
    if client is None:
        raise InputError("name an invoice or a client", where="invoice")
    return client


def _open_invoices(session: Session, client: Client, currency: str) -> list[Invoice]:
    query = select(Invoice).where(
        Invoice.client_id == client.id, Invoice.open_minor > 0, Invoice.currency == currency
    )
    return list(session.scalars(query.order_by(Invoice.due_on, Invoice.id)))


def _open_items(
    session: Session, invoices: Sequence[Invoice], currency: str, *, named: bool
) -> list[OpenItem]:
    """What is open of the invoices now, locked, in the order in which they are named or due."""
    locked = locked_invoices(session, [each.id for each in invoices])
    for invoice in locked.values():
        number = invoice.document.number
        if named and invoice.open_minor <= 0:
            raise ConflictError(
                f"nothing is open of {number}",
                where="invoice",
                todo="leave the invoice empty and name the client to keep it as credit",
            )
        if invoice.currency != currency:
            raise InputError(f"{number} is in {invoice.currency}", where="currency")
    return [
        open_item(locked[each.id], each.document.number, names=())
        for each in invoices
        if locked[each.id].open_minor > 0
    ]


def _as_line(amount: Money, form: PaymentForm, now: datetime) -> StatementLine:
    """The payment as the rules of matching see one."""
    return StatementLine(
        account="",
        booked_on=form.received_on or now.date(),
        value_on=None,
        amount=amount,
        counterparty="",
        counterparty_iban="",
        remittance=form.reference,
        creditor_reference="",
        end_to_end_id="",
        bank_reference="",
        reversal=False,
        idempotency_key="",
    )
