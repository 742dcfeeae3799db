"""Recurring fees: what a client pays every so many months, by form and by file."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.agency.forms import RecurringFeeForm
from acctflows.agency.prices import agreed_prices, given_price
from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.records import Records
from acctflows.agency.references import project_of, service_of
from acctflows.agency.saving import Saved, changes_of, check_new, resolve, whole_form, write
from acctflows.db.models.agency import Project, Service, Unit
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.money import Money

FIXED_ONCE_CHARGED = frozenset({"project", "service", "months", "starts_on"})
"""What says which periods there are: changed later, a period could be charged twice or never."""


def save_recurring_fee(
    session: Session, form: RecurringFeeForm, *, now: datetime
) -> Saved[RecurringFee]:
    """Record a recurring fee, or change the one of that reference.

    Raises:
        ProblemsError: With all problems, an unknown project or service included; and when a change
            would move periods that were invoiced.
    """
    records = Records(session)
    records.lock()
    with session.no_autoflush:
        saved = put_recurring_fee(records, form, now=now)
    session.flush()
    return saved


def put_recurring_fee(
    records: Records, form: RecurringFeeForm, *, now: datetime
) -> Saved[RecurringFee]:
    """As `save_recurring_fee`, among records that are read already; nothing is flushed."""
    project, service = _meant(records, form)
    reference = form.reference or f"{project.number}/{service.code}"
    row = records.fees.get(reference.casefold())
    if row is None:
        check_new(form)
        row = RecurringFee(
            reference=reference,
            created_at=now,
            changed_at=now,
            **_columns(form, project, service),
        )
        records.add(row)
        return Saved(row, created=True)
    current = fee_fields(row)
    named = current | {
        "project": form.project if project is row.project else row.project.number,
        "service": form.service if service is row.service else row.service.code,
        "reference": form.reference or row.reference,
    }
    changes = changes_of(form, named)
    if changes:
        moved = [change.field for change in changes if change.field in FIXED_ONCE_CHARGED]
        if moved and (count := _charged(records.session, row)):
            raise ProblemsError([Problem(name, "fee_charged", {"count": count}) for name in moved])
        write(row, _columns(whole_form(form, current), project, service), now=now)
    return Saved(row, created=False, changes=changes)


def fee_fields(row: RecurringFee) -> dict[str, Any]:
    """The fee as its form has it; the price in major units of its service."""
    return {
        "project": row.project.number,
        "service": row.service.code,
        "quantity": row.quantity,
        "unit_price": Money(row.unit_price_minor, row.service.currency).decimal,
        "months": row.months,
        "in_advance": row.in_advance,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "note": row.note,
        "reference": row.reference,
    }


def _meant(records: Records, form: RecurringFeeForm) -> tuple[Project, Service]:
    problems: list[Problem] = []
    project = resolve(lambda text: project_of(records, text), form.project, "project", problems)
    service = resolve(lambda text: service_of(records, text), form.service, "service", problems)
    if service and form.unit_price is not None:
        resolve(lambda price: given_price(price, service), form.unit_price, "unit_price", problems)
    if project is None or service is None or problems:
        raise ProblemsError(problems)
    return project, service


def _columns(whole: RecurringFeeForm, project: Project, service: Service) -> dict[str, Any]:
    price, months = whole.unit_price, whole.months or 1
    usual = Decimal(months if service.unit is Unit.MONTH else 1)
    return {
        "project": project,
        "service": service,
        "quantity": usual if whole.quantity is None else whole.quantity,
        "unit_price_minor": _agreed_price(project, service)
        if price is None
        else given_price(price, service),
        "months": months,
        "in_advance": bool(whole.in_advance),
        "starts_on": whole.starts_on,
        "ends_on": whole.ends_on,
        "note": whole.note,
    }


def _agreed_price(project: Project, service: Service) -> int:
    """The price of the project's plan where one was agreed, else the catalogue's; minor units.

    Raises:
        ProblemsError: When the plan has several.
    """
    prices = agreed_prices(project, service)
    if len(prices) > 1:
        raise ProblemsError([Problem("unit_price", "several_prices", {"service": service.code})])
    return prices[0]


def _charged(session: Session, row: RecurringFee) -> int:
    query = select(func.count()).select_from(Invoice).where(Invoice.fee_id == row.id)
    return int(session.scalar(query) or 0)
