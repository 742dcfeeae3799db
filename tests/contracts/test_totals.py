from decimal import Decimal

import pytest

from acctflows.contracts.terms import TaxTreatment
from acctflows.contracts.totals import line_amount, sum_lines, tax_treatment
from acctflows.money import Money
from tests.contracts.variants import make_line

DOMESTIC = TaxTreatment.DOMESTIC


@pytest.mark.parametrize(
    ("price", "quantity", "expected"),
    [
        (95_000, "6.000", 570_000),
        (10_001, "0.500", 5_001),  # 50.005 rounds half up
        (3_333, "0.333", 1_110),
        (9_999, "1.005", 10_049),
        (0, "12.000", 0),
    ],
)
def test_a_line_is_price_times_quantity_rounded_once(
    price: int, quantity: str, expected: int
) -> None:
    assert line_amount(Money(price, "EUR"), Decimal(quantity)) == Money(expected, "EUR")


def test_a_currency_without_cents_rounds_to_whole_units() -> None:
    assert line_amount(Money(1_001, "JPY"), Decimal("0.500")) == Money(501, "JPY")


def test_tax_is_rounded_once_per_rate_and_not_per_line() -> None:
    # 19 % of 0.03 is 0.0057: per line it would be 3 × 0.01, on the sum of 0.09 it is 0.02.
    lines = [make_line(position=n, unit_price_minor=3) for n in (1, 2, 3)]

    totals = sum_lines(lines, "EUR", DOMESTIC)

    assert (totals.net_minor, totals.tax_minor, totals.gross_minor) == (9, 2, 11)


def test_rates_are_summed_apart_highest_first() -> None:
    lines = [
        make_line(position=1, unit_price_minor=10_000, tax_percent=Decimal("7.00")),
        make_line(position=2, unit_price_minor=20_000, tax_percent=Decimal("19.00")),
        make_line(position=3, unit_price_minor=5_000, tax_percent=Decimal("7.00")),
        make_line(position=4, unit_price_minor=1_000, tax_percent=Decimal("0.00")),
    ]

    totals = sum_lines(lines, "EUR", DOMESTIC)

    groups = [(str(group.percent), group.net_minor, group.tax_minor) for group in totals.groups]
    assert groups == [("19.00", 20_000, 3_800), ("7.00", 15_000, 1_050), ("0.00", 1_000, 0)]
    assert totals.gross_minor == 36_000 + 4_850


@pytest.mark.parametrize("treatment", [each for each in TaxTreatment if each is not DOMESTIC])
def test_without_domestic_tax_gross_is_net(treatment: TaxTreatment) -> None:
    totals = sum_lines([make_line(unit_price_minor=12_345)], "EUR", treatment)

    assert (totals.tax_minor, totals.gross_minor) == (0, 12_345)


@pytest.mark.parametrize(
    ("country", "consumer", "vat_id_valid", "expected"),
    [
        ("DE", False, True, TaxTreatment.DOMESTIC),
        ("DE", False, False, TaxTreatment.DOMESTIC),
        ("DE", True, False, TaxTreatment.DOMESTIC),
        ("AT", False, True, TaxTreatment.REVERSE_CHARGE),
        ("AT", False, False, None),
        ("AT", True, False, TaxTreatment.DOMESTIC),
        ("CH", False, False, TaxTreatment.OUTSIDE_SCOPE),
        ("GB", False, True, TaxTreatment.OUTSIDE_SCOPE),
        ("CH", True, False, None),
    ],
)
def test_who_owes_the_tax(
    country: str, consumer: bool, vat_id_valid: bool, expected: TaxTreatment | None
) -> None:
    treatment = tax_treatment(
        agency_country="DE", client_country=country, consumer=consumer, vat_id_valid=vat_id_valid
    )

    assert treatment == expected
