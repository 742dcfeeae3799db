from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import ConfigurationError, InputError
from acctflows.money import Money
from acctflows.receivables.law.base_rates import LatePaymentLaw, load_law
from acctflows.receivables.law.interest import (
    DayCount,
    Interest,
    PartPayment,
    statutory_interest,
)

FILE = Path(__file__).parents[2] / "templates/law/de.yaml"
LAW = load_law(FILE)
RECENT = date(2026, 1, 1)
KNOWN = st.dates(date(2002, 1, 1), date(2026, 12, 31))


def eur(amount: str) -> Money:
    return Money.of(Decimal(amount), "EUR")


def interest(
    principal: str,
    first: date,
    last: date,
    *,
    consumer: bool = False,
    contract_on: date = RECENT,
    payments: tuple[PartPayment, ...] = (),
    day_count: DayCount = DayCount.ACT_365,
) -> Interest:
    """The interest of all days from the first to the last, both included."""
    return statutory_interest(
        eur(principal),
        default_start=first,
        until=last + timedelta(days=1),
        law=LAW,
        contract_on=contract_on,
        consumer=consumer,
        payments=payments,
        day_count=day_count,
    )


@pytest.mark.parametrize(
    ("principal", "first", "last", "consumer", "expected"),
    [
        ("1000", date(2026, 9, 1), date(2026, 9, 30), False, "8.65"),
        ("1000", date(2026, 9, 1), date(2026, 9, 30), True, "5.36"),
        ("10000", date(2026, 6, 1), date(2026, 7, 31), False, "173.76"),
        ("1190", date(2026, 5, 16), date(2026, 11, 23), False, "65.48"),
        ("1190", date(2026, 5, 16), date(2026, 11, 23), True, "40.44"),
        ("5000", date(2023, 12, 1), date(2024, 3, 31), False, "208.79"),
    ],
)
def test_published_examples_come_out_to_the_cent(
    principal: str, first: date, last: date, consumer: bool, expected: str
) -> None:
    assert interest(principal, first, last, consumer=consumer).total == eur(expected)


def test_each_half_year_is_shown_with_its_own_rate() -> None:
    june, july = interest("10000", date(2026, 6, 1), date(2026, 7, 31)).segments

    assert (june.rate, june.days, june.shown) == (Decimal("10.27"), 30, eur("84.41"))
    assert (july.rate, july.days, july.shown) == (Decimal("10.52"), 31, eur("89.35"))


def test_a_leap_year_counts_366_days_where_that_method_is_chosen() -> None:
    found = interest("5000", date(2023, 12, 1), date(2024, 3, 31), day_count=DayCount.ACT_ACT)

    assert found.total == eur("208.36")
    assert [segment.year_days for segment in found.segments] == [365, 366]


def test_the_day_of_the_credit_bears_no_interest() -> None:
    day = date(2026, 9, 1)

    paid_at_once = statutory_interest(
        eur("1000"), default_start=day, until=day, law=LAW, contract_on=RECENT, consumer=False
    )

    assert paid_at_once.segments == ()
    assert paid_at_once.total == eur("0")


def test_the_total_is_rounded_once_and_not_summed_from_rounded_segments() -> None:
    found = interest("8.00", date(2026, 6, 1), date(2026, 7, 31))

    assert [segment.shown for segment in found.segments] == [eur("0.07"), eur("0.07")]
    assert found.total == eur("0.14")
    exact = interest("16.50", date(2026, 6, 15), date(2026, 7, 15))
    assert sum(segment.shown.minor for segment in exact.segments) != exact.total.minor


def test_a_part_payment_reduces_the_principal_from_the_day_it_is_credited() -> None:
    half = PartPayment(date(2026, 9, 16), eur("500"))

    found = interest("1000", date(2026, 9, 1), date(2026, 9, 30), payments=(half,))

    assert [(s.days, s.principal) for s in found.segments] == [(15, eur("1000")), (15, eur("500"))]


def test_a_payment_before_the_default_counts_from_its_first_day() -> None:
    early = PartPayment(date(2026, 8, 1), eur("400"))

    found = interest("1000", date(2026, 9, 1), date(2026, 9, 30), payments=(early,))

    assert [segment.principal for segment in found.segments] == [eur("600")]


def test_interest_ends_where_all_is_paid() -> None:
    all_of_it = PartPayment(date(2026, 9, 11), eur("1000"))

    found = interest("1000", date(2026, 9, 1), date(2026, 12, 31), payments=(all_of_it,))

    assert [segment.ends_on for segment in found.segments] == [date(2026, 9, 10)]


@pytest.mark.parametrize(("principal", "paid"), [("-1", "0"), ("100", "-1"), ("100", "100.01")])
def test_amounts_that_cannot_be_are_refused(principal: str, paid: str) -> None:
    with pytest.raises(InputError):
        interest(principal, RECENT, RECENT, payments=(PartPayment(date(2026, 1, 1), eur(paid)),))


@pytest.mark.parametrize("last", [date(2027, 1, 1), date(2031, 5, 5)])
def test_an_unknown_half_year_is_refused_and_never_computed_at_the_last_rate(last: date) -> None:
    with pytest.raises(ConfigurationError, match="base rate from 2027-01-01 is not known"):
        interest("1000", date(2026, 12, 1), last)


def test_a_time_before_the_table_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="2001-07-01"):
        interest("1000", date(2001, 12, 31), date(2002, 1, 1), contract_on=RECENT)


def test_contracts_before_the_reform_bear_eight_points_and_no_lump_sum() -> None:
    before, after = date(2014, 7, 28), date(2014, 7, 29)

    assert LAW.points_over_base(before, consumer=False) == 8
    assert LAW.points_over_base(after, consumer=False) == 9
    assert LAW.points_over_base(before, consumer=True) == 5
    assert LAW.flat_compensation(before, consumer=False) is None
    assert LAW.flat_compensation(after, consumer=False) == eur("40")
    assert LAW.flat_compensation(after, consumer=True) is None


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2002, 1, 1), "2.57"),
        (date(2010, 12, 31), "0.12"),
        (date(2016, 6, 30), "-0.83"),
        (date(2016, 7, 1), "-0.88"),
        (date(2022, 12, 31), "-0.88"),
        (date(2023, 1, 1), "1.62"),
        (date(2024, 7, 1), "3.37"),
        (date(2026, 6, 30), "1.27"),
        (date(2026, 7, 1), "1.52"),
    ],
)
def test_the_published_base_rates_are_in_the_table(day: date, percent: str) -> None:
    assert LAW.base_rate(day) == Decimal(percent)


@given(
    principal=st.integers(0, 10**9),
    first=KNOWN,
    days=st.tuples(st.integers(0, 900), st.integers(0, 900)),
)
def test_a_time_cut_in_two_bears_the_same_exact_interest(
    principal: int, first: date, days: tuple[int, int]
) -> None:
    def exact(start: date, end: date) -> object:
        return sum(
            segment.exact
            for segment in statutory_interest(
                Money(principal, "EUR"),
                default_start=start,
                until=end,
                law=LAW,
                contract_on=RECENT,
                consumer=False,
            ).segments
        )

    last_known = date(2027, 1, 1)
    middle = min(first + timedelta(days=days[0]), last_known)
    end = min(middle + timedelta(days=days[1]), last_known)

    assert exact(first, middle) + exact(middle, end) == exact(first, end)


def changed(**parts: object) -> LatePaymentLaw:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    data["base_rates"].update(parts)
    return LatePaymentLaw.model_validate(data)


def rows(*pairs: tuple[date, object]) -> list[dict[str, object]]:
    return [{"from": day, "percent": percent} for day, percent in pairs]


@pytest.mark.parametrize(
    ("half_years", "complaint"),
    [
        (rows((date(2026, 1, 1), "1.27"), (date(2027, 1, 1), "1.52")), "comes 2026-07-01"),
        (rows((date(2026, 1, 1), "1.27"), (date(2026, 1, 1), "1.52")), "comes 2026-07-01"),
        (rows((date(2026, 2, 1), "1.27")), "neither 1 January nor 1 July"),
        (rows((date(2026, 1, 1), 1.27)), "in quotes"),
        (rows((date(2026, 1, 1), "127")), "less than or equal to 30"),
        ([], "at least 1 item"),
    ],
)
def test_a_table_with_a_mistake_is_refused(half_years: list[object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        changed(half_years=half_years)


def test_a_mistake_in_the_file_is_named_with_file_and_field(tmp_path: Path) -> None:
    file = tmp_path / "de.yaml"
    file.write_text(FILE.read_text().replace('percent: "1.52"', 'percentage: "1.52"'))

    with pytest.raises(ConfigurationError, match=r"de\.yaml.*half_years\.49\.percent: Field req"):
        load_law(file)
    with pytest.raises(ConfigurationError, match="is missing"):
        load_law(tmp_path / "fr.yaml")
