"""Specialists: who works for the agency, account managers included."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import SpecialistForm
from acctflows.agency.records import Records
from acctflows.agency.saving import Saved, archived_moment, changes_of, check_new, whole_form, write
from acctflows.db.models.agency import Specialist

_COPIED = ("given_name", "family_name", "discipline", "phone", "languages")


def save_specialist(session: Session, form: SpecialistForm, *, now: datetime) -> Saved[Specialist]:
    """Register a specialist, or change the one with that address.

    Raises:
        ProblemsError: With all problems of the record as it would be.
    """
    records = Records(session)
    records.lock()
    saved = put_specialist(records, form, now=now)
    session.flush()
    return saved


def put_specialist(records: Records, form: SpecialistForm, *, now: datetime) -> Saved[Specialist]:
    """As `save_specialist`, among records that are read already; nothing is flushed."""
    row = records.specialists.get(form.email.casefold())
    if row is None:
        return Saved(_new(records, form, now=now), created=True)
    current = specialist_fields(row)
    changes = changes_of(form, current | {"email": form.email})
    if changes:
        whole = whole_form(form, current)
        archived = archived_moment(whole.archived, row.archived_at, now=now)
        write(row, _columns(whole) | {"archived_at": archived}, now=now)
    return Saved(row, created=False, changes=changes)


def specialist_fields(row: Specialist) -> dict[str, Any]:
    """The specialist as the form has them."""
    return {name: getattr(row, name) for name in _COPIED} | {
        "email": row.email,
        "archived": row.archived_at is not None,
    }


def _new(records: Records, whole: SpecialistForm, *, now: datetime) -> Specialist:
    check_new(whole)
    row = Specialist(
        **_columns(whole),
        email=whole.email,
        archived_at=archived_moment(whole.archived, None, now=now),
        created_at=now,
        changed_at=now,
    )
    records.add(row)
    return row


def _columns(whole: SpecialistForm) -> dict[str, Any]:
    return {name: getattr(whole, name) for name in _COPIED}
