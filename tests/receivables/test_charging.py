"""What an accepted act charges: agreed prices, each service once, nothing guessed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from acctflows.db.models.agency import Unit
from acctflows.receivables.invoices.charging import (
    Charge,
    Charged,
    ReportedLine,
    WorkToCharge,
    charge_work,
    whole_months,
)

BUILD = Charge("BUILD", "Umsetzung", Decimal(1), Unit.LUMP_SUM, 1_280_000, Decimal(19))
COPY = Charge("COPY", "Text je Seite", Decimal(18), Unit.PIECE, 18_000, Decimal(19))
CARE = Charge("CARE", "SEO-Betreuung", Decimal(12), Unit.MONTH, 95_000, Decimal(19))
PLAN = {each.service: each for each in (BUILD, COPY, CARE)}


def reported(service: str, quantity: str, unit: Unit, **given: Any) -> ReportedLine:
    agreed = PLAN.get(service)
    fits = agreed is not None and agreed.unit is unit
    values: dict[str, Any] = {
        "title": agreed.title if agreed else "Weitere Leistungen",
        "billable": True,
        "unit_price_minor": agreed.unit_price_minor if agreed and fits else None,
        "tax_percent": Decimal(19) if agreed else None,
    }
    return ReportedLine(service=service, quantity=Decimal(quantity), unit=unit, **values | given)


def charge(*lines: ReportedLine, **given: Any) -> Charged:
    return charge_work(WorkToCharge(lines=lines, agreed=PLAN, **given))


def amounts(charged: Charged) -> dict[str, tuple[Decimal, int]]:
    return {each.service: (each.quantity, each.net("EUR").minor) for each in charged.charges}


def test_what_was_done_in_the_agreed_unit_is_charged_at_the_accepted_price() -> None:
    charged = charge(reported("COPY", "9", Unit.PIECE))
    assert amounts(charged) == {"COPY": (9, 162_000)}
    assert (charged.left, charged.missing) == ((), ())


def test_what_is_not_billable_is_not_charged() -> None:
    assert charge(reported("COPY", "9", Unit.PIECE, billable=False)) == Charged((), (), ())


def test_a_lump_sum_comes_whole_with_the_act_that_reports_work_on_it() -> None:
    hours = reported("BUILD", "40", Unit.HOUR)
    assert amounts(charge(hours)) == {"BUILD": (1, 1_280_000)}


def test_a_lump_sum_waits_for_the_milestone_that_finishes_it() -> None:
    hours = reported("BUILD", "40", Unit.HOUR)
    early = charge(hours, unfinished={"BUILD"})
    assert (early.charges, early.waits) == ((), True)
    assert early.left == (
        "work on “Umsetzung” is recorded for a milestone still to be accepted: its lump sum comes "
        "with that",
    )


def test_a_lump_sum_is_never_charged_twice() -> None:
    hours = reported("BUILD", "40", Unit.HOUR)
    assert charge(hours, charged={"BUILD": Decimal(1)}) == Charged((), (), ())
    rest = charge(hours, charged={"BUILD": Decimal("0.4")})
    assert amounts(rest) == {"BUILD": (Decimal("0.6"), 768_000)}
    share = reported("BUILD", "0.4", Unit.LUMP_SUM)
    assert [each.quantity for each in charge(share, hours).charges] == [
        Decimal("0.4"),
        Decimal("0.6"),
    ]


def test_the_last_milestone_brings_what_earlier_ones_left() -> None:
    charged = charge(
        reported("COPY", "2", Unit.PIECE), final=True, reported=frozenset({"BUILD", "COPY"})
    )
    assert amounts(charged) == {"COPY": (2, 36_000), "BUILD": (1, 1_280_000)}


def test_a_monthly_price_is_charged_for_whole_months() -> None:
    hours = reported("CARE", "11.5", Unit.HOUR)
    assert amounts(charge(hours, whole_months=2)) == {"CARE": (2, 190_000)}
    assert charge(hours).missing == (
        "“SEO-Betreuung” is agreed per month, the act reports 11.5\xa0hours",
    )


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.MONTH])
def test_what_a_recurring_fee_pays_is_left_to_it(unit: Unit) -> None:
    charged = charge(reported("CARE", "1", unit), by_fee={"CARE"}, whole_months=1)
    assert charged == Charged((), ("“SEO-Betreuung” is charged by its recurring fee",), ())


def test_work_without_an_agreed_price_is_named_and_never_free() -> None:
    charged = charge(reported("", "2", Unit.HOUR), reported("COPY", "3", Unit.HOUR))
    assert charged.charges == ()
    assert charged.missing == (
        "2\xa0hours of “Weitere Leistungen” has no agreed price",
        "“Text je Seite” is agreed per piece, the act reports 3\xa0hours",
    )


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-11-01", "2026-11-30", 1),
        ("2026-11-01", "2027-02-28", 4),
        ("2026-11-02", "2026-11-30", 0),
        ("2026-11-01", "2026-11-29", 0),
    ],
)
def test_whole_months_run_from_a_first_to_a_last_day(first: str, last: str, months: int) -> None:
    assert whole_months(date.fromisoformat(first), date.fromisoformat(last)) == months
