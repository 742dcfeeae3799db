"""The service catalogue: what the agency offers, at what price, under which contract nature."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import ServiceForm
from acctflows.agency.records import Records
from acctflows.agency.saving import Saved, archived_moment, changes_of, check_new, whole_form, write
from acctflows.db.models.agency import Service
from acctflows.money import Money

_COPIED = (
    "title_de", "title_en", "description_de", "description_en", "discipline", "nature", "unit",
    "exemption",
)  # fmt: skip


def save_service(session: Session, form: ServiceForm, *, now: datetime) -> Saved[Service]:
    """Enter a service into the catalogue, or change the one with that code.

    Raises:
        ProblemsError: With all problems of the record as it would be.
    """
    records = Records(session)
    records.lock()
    saved = put_service(records, form, now=now)
    session.flush()
    return saved


def put_service(records: Records, form: ServiceForm, *, now: datetime) -> Saved[Service]:
    """As `save_service`, among records that are read already; nothing is flushed."""
    row = records.services.get(form.code.casefold())
    if row is None:
        return Saved(_new(records, form, now=now), created=True)
    current = service_fields(row)
    changes = changes_of(form, current | {"code": form.code})
    if changes:
        whole = whole_form(form, current)
        archived = archived_moment(whole.archived, row.archived_at, now=now)
        write(row, _columns(whole) | {"archived_at": archived}, now=now)
    return Saved(row, created=False, changes=changes)


def service_fields(row: Service) -> dict[str, Any]:
    """The service as its form has it; the price in major units."""
    return {name: getattr(row, name) for name in _COPIED} | {
        "code": row.code,
        "currency": row.currency,
        "unit_price": Money(row.unit_price_minor, row.currency).decimal,
        "tax_percent": row.tax_percent,
        "archived": row.archived_at is not None,
    }


def _new(records: Records, whole: ServiceForm, *, now: datetime) -> Service:
    check_new(whole)
    row = Service(
        **_columns(whole),
        code=whole.code,
        archived_at=archived_moment(whole.archived, None, now=now),
        created_at=now,
        changed_at=now,
    )
    records.add(row)
    return row


def _columns(whole: ServiceForm) -> dict[str, Any]:
    currency = whole.currency or "EUR"
    usual = Decimal(0 if whole.exemption else 19)
    assert whole.unit_price is not None  # noqa: S101 — check_new saw to it; this tells mypy
    return {name: getattr(whole, name) for name in _COPIED} | {
        "currency": currency,
        "unit_price_minor": Money.of(whole.unit_price, currency).minor,
        "tax_percent": usual if whole.tax_percent is None else whole.tax_percent,
    }
