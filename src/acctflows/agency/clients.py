"""Clients: register one, or change what is known of them."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import ClientForm
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.rules import fold, vat_check
from acctflows.agency.saving import Saved, archived_moment, changes_of, check_new, whole_form, write
from acctflows.db.models.agency import Client, ClientKind

ANOTHER = frozenset({"new", "neu"})
"""Given as number, this makes another client of a name that is on file with another address."""
_COPIED = (
    "legal_name", "legal_form", "street", "postal_code", "city", "country", "vat_id",
    "register_entry", "invoice_email", "buyer_reference", "discount_percent", "discount_days",
    "notes",
)  # fmt: skip
_GERMAN_SPEAKING = frozenset({"DE", "AT", "CH", "LI"})


def save_client(session: Session, form: ClientForm, *, now: datetime) -> Saved[Client]:
    """Register a client or change an existing one; twice the same form changes nothing.

    The client is that of the number. Without a number it is that of the legal name and address,
    else a new one with the next free number.

    Raises:
        ProblemsError: With all problems of the record as it would be.
    """
    records = Records(session)
    records.lock()
    saved = put_client(records, form, now=now)
    session.flush()
    return saved


def put_client(records: Records, form: ClientForm, *, now: datetime) -> Saved[Client]:
    """As `save_client`, among records that are read already; nothing is flushed."""
    row = _existing(records, form)
    if row is None:
        return Saved(_new(records, form, now=now), created=True)
    current = client_fields(row)
    changes = changes_of(form, current | {"number": form.number})
    if changes:
        whole = whole_form(form, current)
        write(row, _columns(whole) | {"archived_at": _archived(whole, row, now)}, now=now)
        records.note_name(row)
    return Saved(row, created=False, changes=changes)


def client_fields(row: Client) -> dict[str, Any]:
    """The client as its form has it."""
    return {name: getattr(row, name) for name in _COPIED} | {
        "number": row.number,
        "kind": row.kind,
        "language": row.language,
        "law": row.law,
        "currency": row.currency,
        "payment_days": row.payment_days,
        "long_payment_agreed": row.payment_days > 60,
        "archived": row.archived_at is not None,
    }


def _existing(records: Records, form: ClientForm) -> Client | None:
    if form.number and form.number.casefold() not in ANOTHER:
        return records.clients.get(form.number.casefold())
    named = records.clients_by_name.get(fold(form.legal_name), [])
    same = [row for row in named if _same_address(row, form)]
    if len(same) == 1:
        return same[0]
    if same or (named and not form.number):
        facts = {"number": (same or named)[0].number}
        raise ProblemsError([Problem("legal_name", "same_name", facts)])
    return None


def _same_address(row: Client, form: ClientForm) -> bool:
    """Whether all that the form says of the address is what is on file."""
    said = form.model_fields_set & {"country", "postal_code", "city", "street"}
    return all(fold(getattr(row, name)) == fold(getattr(form, name)) for name in said)


def _new(records: Records, whole: ClientForm, *, now: datetime) -> Client:
    check_new(whole)
    chosen = whole.number if whole.number.casefold() not in ANOTHER else ""
    row = Client(
        **_columns(whole),
        number=chosen or records.next_client_number(),
        archived_at=archived_moment(whole.archived, None, now=now),
        created_at=now,
        changed_at=now,
    )
    records.add(row)
    return row


def _columns(whole: ClientForm) -> dict[str, Any]:
    language = "de" if whole.country in _GERMAN_SPEAKING else "en"
    days = 14 if whole.payment_days is None else whole.payment_days
    return {name: getattr(whole, name) for name in _COPIED} | {
        "kind": whole.kind or ClientKind.BUSINESS,
        "vat_check": vat_check(whole.vat_id, whole.country),
        "language": whole.language or language,
        "law": whole.law or "DE",
        "currency": whole.currency or "EUR",
        "payment_days": days,
    }


def _archived(whole: ClientForm, row: Client, now: datetime) -> datetime | None:
    return archived_moment(whole.archived, row.archived_at, now=now)
