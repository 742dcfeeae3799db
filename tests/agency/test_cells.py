"""Numbers and dates in text cells: one reading, or none."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic_core import PydanticCustomError

from acctflows.agency.importing.cells import (
    Convention,
    day_orders,
    decimal_marks,
    read_day,
    read_days,
    read_number,
)

UNDECIDED = Convention()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1250", "1250"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("12.50", "12.50"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1'234.50", "1234.50"),
        ("1 234,50 €", "1234.50"),
        ("1\u00a0234,50\u00a0€", "1234.50"),
        ("EUR 95", "95"),
        ("19 %", "19"),
        ("-3,50", "-3.50"),
        (",5", "0.5"),
        ("95,-", "95"),
        ("1.500,-- €", "1500"),
        ("1.500,– EUR", "1500"),
        ("95.— CHF", "95"),
    ],
)
def test_number_that_can_be_read_one_way_only(text: str, value: str) -> None:
    assert read_number(text, UNDECIDED) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.500", "999,999 €"])
def test_number_that_can_be_thousands_or_decimals_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_number(text, UNDECIDED)
    assert refused.value.type == "ambiguous_number"


def test_the_rest_of_the_column_decides_an_ambiguous_number() -> None:
    assert decimal_marks(["1.234", "12,50", "7"]) == {","}
    assert read_number("1.234", Convention(decimals=frozenset(","))) == Decimal(1234)
    assert read_number("1.234", Convention(decimals=frozenset("."))) == Decimal("1.234")


def test_number_of_a_column_that_mixes_comma_and_point_is_refused() -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_number("1,234.50", Convention(decimals=frozenset(",.")))
    assert refused.value.type == "mixed_numbers"


@pytest.mark.parametrize(
    "text", ["free", "12,5,0.3", "1.23.456", "--5", "1e5", "NaN", "5.", "1,2.3,4", "٣", "½", "=5"]
)
def test_what_is_no_number_is_refused_never_zero(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        read_number(text, UNDECIDED)


@pytest.mark.parametrize(
    "text",
    ["31.12.2026", "2026-12-31", "31/12/2026", "12/31/2026", "31-12-2026", "31.12.26",
     "31. Dezember 2026", "31 December 2026", "December 31, 2026", "31 Dez 2026", "Dec 31st, 2026",
     " 31. 12. 2026 ", "2026-12-31 00:00:00", "2026-12-31T00:00"],
)  # fmt: skip
def test_day_that_can_be_read_one_way_only(text: str) -> None:
    assert read_day(text, UNDECIDED) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "days"),
    [("14", 14), ("14 Tage", 14), ("30 Tage netto", 30), ("30 days net", 30), ("Net 30", 30),
     ("netto 14 Tage", 14), ("innerhalb von 10 Tagen", 10), ("7d", 7), ("Sofort", 0)],
)  # fmt: skip
def test_days_are_read_as_terms_of_payment_are_written(text: str, days: int) -> None:
    assert read_days(text) == days


@pytest.mark.parametrize(
    "text", ["bald", "14 Tage 2 % Skonto", "10/30", "2 Wochen", "14,5 Tage", "", "1000 Tage", "٣"]
)
def test_what_is_no_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_days(text)
    assert refused.value.type == "no_whole_number"


@pytest.mark.parametrize("text", ["03/04/2026", "3-4-2026"])
def test_day_that_can_be_april_or_march_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_day(text, UNDECIDED)
    assert refused.value.type == "ambiguous_date"
    assert refused.value.context is not None
    assert {refused.value.context["one"], refused.value.context["other"]} == {
        "2026-04-03",
        "2026-03-04",
    }


def test_the_rest_of_the_column_decides_an_ambiguous_day() -> None:
    assert day_orders(["03/04/2026", "25/04/2026"]) == {True}
    assert read_day("03/04/2026", Convention(day_first=frozenset({True}))) == date(2026, 4, 3)
    assert read_day("03/04/2026", Convention(day_first=frozenset({False}))) == date(2026, 3, 4)
    assert read_day("04/04/2026", UNDECIDED) == date(2026, 4, 4)


def test_dots_are_always_day_first() -> None:
    assert read_day("03.04.2026", Convention(day_first=frozenset({False}))) == date(2026, 4, 3)


def test_day_of_a_column_that_mixes_orders_is_refused() -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_day("12/31/2026", Convention(day_first=frozenset({True, False})))
    assert refused.value.type == "mixed_dates"


@pytest.mark.parametrize(
    "text",
    ["31.02.2026", "2026-13-01", "soon", "31.12.", "2026", "46387", "32/01/2026", "31 Foo 2026",
     "December 2026", "2026-12-31 14:30", "0000-01-01", "13/13/2026"],
)  # fmt: skip
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        read_day(text, UNDECIDED)
