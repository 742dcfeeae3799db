"""Recurring fees by form and file: usual values, periods that cannot move once charged."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.exporting import export_csv
from acctflows.agency.forms import RecurringFeeForm
from acctflows.agency.importing import apply_import, read_bytes
from acctflows.agency.problems import ProblemsError
from acctflows.agency.recurring_fees import save_recurring_fee
from acctflows.db.models.agency import Project, ProjectService
from acctflows.db.models.receivables import RecurringFee
from tests.factories import NOW, make_invoice, make_project


def form(project: Project, **given: Any) -> RecurringFeeForm:
    """Of the project's monthly service."""
    values = {
        "project": project.number,
        "service": project.services[1].service.code,
        "starts_on": "2026-10-01",
    }
    return RecurringFeeForm.model_validate(values | given)


def test_what_is_left_empty_gets_its_usual_value(session: Session) -> None:
    project = make_project(session)
    project.services[1].unit_price_minor = 89_000
    saved = save_recurring_fee(session, form(project, months=3), now=NOW)
    fee = saved.row
    assert saved.created
    assert fee.reference == f"{project.number}/{fee.service.code}"
    assert (fee.quantity, fee.unit_price_minor, fee.in_advance) == (3, 89_000, False)
    assert (fee.starts_on, fee.ends_on) == (date(2026, 10, 1), None)


def test_the_same_form_again_changes_nothing_and_a_price_can(session: Session) -> None:
    project = make_project(session)
    first = save_recurring_fee(session, form(project), now=NOW).row
    again = save_recurring_fee(session, form(project), now=NOW)
    assert (again.row, again.changes) == (first, ())
    changed = save_recurring_fee(session, form(project, unit_price="990.50"), now=NOW)
    assert changed.changed == ["unit_price"]
    assert first.unit_price_minor == 99_050


def test_planned_at_two_prices_the_fee_says_its_own(session: Session) -> None:
    project = make_project(session)
    care = project.services[1].service
    session.add(
        ProjectService(
            project=project, position=3, service=care, quantity=Decimal(6), unit_price_minor=89_000
        )
    )
    session.flush()
    session.expire(project)
    with pytest.raises(ProblemsError, match="at several prices, so say which the fee has"):
        save_recurring_fee(session, form(project), now=NOW)
    fee = save_recurring_fee(session, form(project, unit_price="890"), now=NOW).row
    assert fee.unit_price_minor == 89_000


def test_periods_that_were_charged_do_not_move(session: Session) -> None:
    project = make_project(session)
    fee = save_recurring_fee(session, form(project), now=NOW).row
    save_recurring_fee(session, form(project, starts_on="2026-11-01"), now=NOW)
    make_invoice(session, project.client, fee_id=fee.id, period_from=date(2026, 11, 1))
    with pytest.raises(ProblemsError, match="1 invoices rest on it; end this fee"):
        save_recurring_fee(session, form(project, starts_on="2026-12-01"), now=NOW)
    ended = save_recurring_fee(
        session, form(project, starts_on="2026-11-01", ends_on="2026-12-31"), now=NOW
    )
    assert ended.changed == ["ends_on"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"months": 2}, "none of the choices"),
        ({"ends_on": "2026-12-30"}, "the period ends on 2026-12-31"),
        ({"months": 3, "ends_on": "2026-10-31"}, "the period ends on 2026-12-31"),
    ],
)
def test_a_period_is_usual_and_whole(given: dict[str, Any], words: str) -> None:
    values = {"project": "P-1", "service": "SEO", "starts_on": "2026-10-01"}
    with pytest.raises(ValidationError, match=words):
        RecurringFeeForm.model_validate(values | given)


def test_unknown_project_and_service_are_both_named(session: Session) -> None:
    unknown = RecurringFeeForm(project="P-9", service="NO", starts_on=date(2026, 10, 1))
    with pytest.raises(ProblemsError, match=r"project: .*service: "):
        save_recurring_fee(session, unknown, now=NOW)


def test_an_exported_list_reads_back_the_same(session: Session) -> None:
    project = make_project(session)
    save_recurring_fee(
        session, form(project, in_advance="ja", months=12, ends_on="2027-09-30"), now=NOW
    )
    for language, name in (("de", "Laufende Gebühren.csv"), ("en", "Recurring fees.csv")):
        content = export_csv(session, language=language)[name]
        report = apply_import(session, read_bytes(content, file=name), now=NOW)
        assert [line.status.value for line in report.lines] == ["unchanged"]
    fee = session.scalars(select(RecurringFee)).one()
    assert (fee.in_advance, fee.quantity) == (True, Decimal(12))
