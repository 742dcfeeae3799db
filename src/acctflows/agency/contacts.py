"""Contacts: the people at a client, and why they may be asked."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.forms import ContactForm
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.references import client_of
from acctflows.agency.saving import (
    Saved,
    archived_moment,
    changes_of,
    check_new,
    resolve,
    whole_form,
    write,
)
from acctflows.db.models.agency import Client, Contact, SurveyBasis

_COPIED = (
    "salutation", "given_name", "family_name", "function", "phone", "survey_evidence",
    "survey_basis_on",
)  # fmt: skip


def save_contact(session: Session, form: ContactForm, *, now: datetime) -> Saved[Contact]:
    """Register a contact of a client, or change the one with that address.

    Raises:
        ProblemsError: With all problems of the record as it would be, an unknown client included.
    """
    records = Records(session)
    records.lock()
    saved = put_contact(records, form, now=now)
    session.flush()
    return saved


def put_contact(records: Records, form: ContactForm, *, now: datetime) -> Saved[Contact]:
    """As `save_contact`, among records that are read already; nothing is flushed."""
    problems: list[Problem] = []
    client = resolve(lambda text: client_of(records, text), form.client, "client", problems)
    if client is None:
        raise ProblemsError(problems)
    row = records.contacts.get((client.number.casefold(), form.email.casefold()))
    if row is None:
        return Saved(_new(records, form, client, now=now), created=True)
    current = contact_fields(row)
    changes = changes_of(form, current | {"client": form.client, "email": form.email})
    if changes:
        whole = whole_form(form, current)
        _check_evidence(whole)
        write(row, _columns(whole, client) | _moments(whole, row, now=now), now=now)
    return Saved(row, created=False, changes=changes)


def contact_fields(row: Contact) -> dict[str, Any]:
    """The contact as its form has it."""
    return {name: getattr(row, name) for name in _COPIED} | {
        "client": row.client.number,
        "email": row.email,
        "language": row.language,
        "roles": row.roles,
        "survey_basis": SurveyBasis(row.survey_basis) or None,
        "opted_out": row.opted_out_at is not None,
        "archived": row.archived_at is not None,
    }


def _new(records: Records, whole: ContactForm, client: Client, *, now: datetime) -> Contact:
    check_new(whole)
    _check_evidence(whole)
    row = Contact(
        **_columns(whole, client),
        client=client,
        email=whole.email,
        opted_out_at=now if whole.opted_out else None,
        archived_at=archived_moment(whole.archived, None, now=now),
        created_at=now,
        changed_at=now,
    )
    records.add(row)
    return row


def _columns(whole: ContactForm, client: Client) -> dict[str, Any]:
    return {name: getattr(whole, name) for name in _COPIED} | {
        "language": whole.language or client.language,
        "roles": [role.value for role in whole.roles],
        "survey_basis": (whole.survey_basis or SurveyBasis.NONE).value,
    }


def _moments(whole: ContactForm, row: Contact, *, now: datetime) -> dict[str, Any]:
    """Since when the contact is archived and objects; only a newer consent lifts an objection."""
    objected = row.opted_out_at
    if objected and not whole.opted_out:
        consent = whole.survey_basis_on if whole.survey_basis is SurveyBasis.CONSENT else None
        if consent is None or consent <= objected.date():
            facts = {"day": objected.date().isoformat()}
            raise ProblemsError([Problem("opted_out", "opted_out", facts)])
    return {
        "opted_out_at": archived_moment(whole.opted_out, objected, now=now),
        "archived_at": archived_moment(whole.archived, row.archived_at, now=now),
    }


def _check_evidence(whole: ContactForm) -> None:
    """A consent that cannot be proven is none (Art. 7 (1) GDPR, § 7a UWG)."""
    if whole.survey_basis is SurveyBasis.CONSENT and not whole.survey_evidence:
        raise ProblemsError([Problem("survey_evidence", "evidence_missing")])
