"""What an accepted act charges: agreed prices, each service once, nothing guessed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.db.models.agency import Unit
from acctflows.receivables.invoices.charging import (
    Charge,
    Charged,
    MonthsCharged,
    ReportedLine,
    WorkToCharge,
    charge_work,
    whole_months,
)
from acctflows.receivables.invoices.fee_periods import FeePeriod
from acctflows.receivables.invoices.invoice_snapshot import SupplyPeriod

BUILD = Charge("BUILD", "Umsetzung", Decimal(1), Unit.LUMP_SUM, 1_280_000, Decimal(19))
COPY = Charge("COPY", "Text je Seite", Decimal(18), Unit.PIECE, 18_000, Decimal(19))
CARE = Charge("CARE", "SEO-Betreuung", Decimal(12), Unit.MONTH, 95_000, Decimal(19))
PLAN = {each.service: [each] for each in (BUILD, COPY, CARE)}
TITLES = {each.service: each.title for each in (BUILD, COPY, CARE)}
NOVEMBER = SupplyPeriod(first=date(2026, 11, 1), last=date(2026, 11, 30))
DECEMBER = SupplyPeriod(first=date(2026, 12, 1), last=date(2026, 12, 31))


def reported(service: str, quantity: str, unit: Unit, **given: Any) -> ReportedLine:
    (agreed,) = PLAN.get(service, [None])
    fits = agreed is not None and agreed.unit is unit
    values: dict[str, Any] = {
        "title": agreed.title if agreed else "Weitere Leistungen",
        "billable": True,
        "unit_price_minor": agreed.unit_price_minor if agreed and fits else None,
        "tax_percent": Decimal(19) if agreed else None,
        "days": {date(2026, 11, 9), date(2026, 11, 20)},
    }
    return ReportedLine(service=service, quantity=Decimal(quantity), unit=unit, **values | given)


def charge(*lines: ReportedLine, **given: Any) -> Charged:
    return charge_work(WorkToCharge(lines=lines, **{"agreed": PLAN} | given))


def two_prices(service: str, first: int, second: int) -> dict[str, list[Charge]]:
    """The plan with that service at two prices, one of each."""
    (known,) = PLAN[service]
    one = replace(known, quantity=Decimal(1))
    lines = [replace(one, unit_price_minor=price) for price in (first, second)]
    return PLAN | {service: lines}


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
    assert charge(hours, charged={("BUILD", 1_280_000): Decimal(1)}) == Charged((), (), ())
    rest = charge(hours, charged={("BUILD", 1_280_000): Decimal("0.4")})
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


def test_each_line_of_the_plan_has_its_own_price() -> None:
    plan = two_prices("BUILD", 500_000, 300_000)
    charged = charge(reported("BUILD", "40", Unit.HOUR), agreed=plan)
    assert [each.net("EUR").minor for each in charged.charges] == [500_000, 300_000]


def test_what_was_charged_is_taken_off_the_line_of_its_price() -> None:
    plan, hours = two_prices("BUILD", 500_000, 300_000), reported("BUILD", "40", Unit.HOUR)
    rest = charge(hours, agreed=plan, charged={("BUILD", 300_000): Decimal(1)})
    assert [each.unit_price_minor for each in rest.charges] == [500_000]
    older = charge(hours, agreed=plan, charged={("BUILD", 450_000): Decimal(1)})
    assert [each.unit_price_minor for each in older.charges] == [300_000]


@given(
    prices=st.lists(st.integers(1, 9_999_99), min_size=1, max_size=4, unique=True),
    quantities=st.lists(st.decimals("0.1", 9, places=3), min_size=4, max_size=4),
    share=st.decimals(0, 1, places=3),
)
def test_whatever_was_charged_before_the_plan_is_charged_once(
    prices: list[int], quantities: list[Decimal], share: Decimal
) -> None:
    lines = [
        replace(BUILD, unit_price_minor=price, quantity=quantity)
        for price, quantity in zip(prices, quantities, strict=False)
    ]
    before = {("BUILD", each.unit_price_minor): each.quantity * share for each in lines}
    charged = charge(
        reported("BUILD", "1", Unit.HOUR), agreed={"BUILD": lines}, charged=before
    ).charges
    for each in charged:
        before[each.service, each.unit_price_minor] += each.quantity
    assert before == {("BUILD", each.unit_price_minor): each.quantity for each in lines}


@pytest.mark.parametrize(
    ("service", "unit"), [("COPY", Unit.PIECE), ("CARE", Unit.HOUR), ("BUILD", Unit.LUMP_SUM)]
)
def test_work_that_cannot_tell_its_price_is_named(service: str, unit: Unit) -> None:
    line = reported(service, "2", unit, unit_price_minor=None)
    charged = charge(line, agreed=two_prices(service, 10_000, 12_000), months=[NOVEMBER])
    (missing,) = charged.missing
    assert f"“{TITLES[service]}” cannot be priced: the project plans it at 2 prices" in missing


def test_a_monthly_price_is_charged_for_whole_months() -> None:
    hours = reported("CARE", "11.5", Unit.HOUR)
    assert amounts(charge(hours, months=[NOVEMBER, DECEMBER])) == {"CARE": (2, 190_000)}
    assert charge(hours).missing == (
        "“SEO-Betreuung” is agreed per month, the act reports 11.5\xa0hours",
    )


def test_a_month_is_charged_once_however_its_work_is_reported() -> None:
    hours, pieces = reported("CARE", "11.5", Unit.HOUR), reported("CARE", "3", Unit.PIECE)
    assert amounts(charge(hours, pieces, months=[NOVEMBER])) == {"CARE": (1, 95_000)}
    whole = charge(reported("CARE", "1", Unit.MONTH), hours, months=[NOVEMBER])
    assert [each.quantity for each in whole.charges] == [1]
    assert whole.left == ("the monthly price of “SEO-Betreuung” is charged already",)
    half = charge(reported("CARE", "0.5", Unit.MONTH), hours, months=[NOVEMBER])
    assert [each.quantity for each in half.charges] == [Decimal("0.5"), Decimal("0.5")]


def test_a_month_an_earlier_invoice_charged_is_not_charged_again() -> None:
    hours = reported("CARE", "11.5", Unit.HOUR)
    before = {"CARE": [MonthsCharged("RE-2026-0001", NOVEMBER, Decimal("1.000"))]}
    both = charge(hours, months=[NOVEMBER, DECEMBER], months_charged=before)
    assert amounts(both) == {"CARE": (1, 95_000)}
    again = charge(hours, months=[NOVEMBER], months_charged=before)
    assert (again.charges, len(again.left)) == ((), 1)


def test_a_month_charged_in_part_is_shown_to_a_person() -> None:
    middle = SupplyPeriod(first=date(2026, 11, 15), last=date(2026, 12, 14))
    before = {"CARE": [MonthsCharged("RE-2026-0001", middle, Decimal(1))]}
    charged = charge(reported("CARE", "11.5", Unit.HOUR), months=[DECEMBER], months_charged=before)
    assert charged.charges == ()
    assert charged.missing == (
        "RE-2026-0001 charges 1 months of “SEO-Betreuung” for 2026-11-15 to 2026-12-14: whether "
        "that covers what this act reports is for a person to say",
    )


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.MONTH])
def test_what_a_recurring_fee_pays_is_left_to_it(unit: Unit) -> None:
    fee = FeePeriod(date(2026, 1, 1), date.max)
    charged = charge(reported("CARE", "1", unit), fees={"CARE": [fee]}, months=[NOVEMBER])
    assert charged == Charged(left=("“SEO-Betreuung” is charged by its recurring fee",))


@pytest.mark.parametrize(
    "fee",
    [
        FeePeriod(date(2025, 1, 1), date(2025, 12, 31)),
        FeePeriod(date(2026, 11, 21), date.max),
        FeePeriod(date(2026, 11, 10), date(2026, 11, 19)),
    ],
)
def test_a_fee_that_has_ended_or_not_begun_pays_for_nothing(fee: FeePeriod) -> None:
    charged = charge(reported("CARE", "5", Unit.HOUR), fees={"CARE": [fee]}, months=[NOVEMBER])
    assert amounts(charged) == {"CARE": (1, 95_000)}


def test_two_fees_after_each_other_pay_together() -> None:
    first = FeePeriod(date(2026, 1, 1), date(2026, 11, 15))
    second = FeePeriod(date(2026, 11, 16), date.max)
    charged = charge(reported("CARE", "5", Unit.HOUR), fees={"CARE": [first, second]})
    assert (charged.charges, len(charged.left)) == ((), 1)


def test_work_a_fee_pays_for_in_part_is_shown_to_a_person() -> None:
    fee = FeePeriod(date(2026, 1, 1), date(2026, 11, 15))
    charged = charge(reported("CARE", "5", Unit.HOUR), fees={"CARE": [fee]}, months=[NOVEMBER])
    assert charged == Charged(
        missing=(
            "“SEO-Betreuung” was done on 2 days, and its recurring fee pays for 1 of them "
            "(2026-11-09 to 2026-11-09): what the act reports cannot be divided",
        )
    )


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
        ("2026-11-15", "2026-12-14", 1),
        ("2026-10-01", "2026-12-31", 3),
        ("2026-11-20", "2026-11-20", 0),
    ],
)
def test_whole_months_run_from_any_day_to_the_one_before(
    first: str, last: str, months: int
) -> None:
    assert len(whole_months(date.fromisoformat(first), date.fromisoformat(last))) == months
