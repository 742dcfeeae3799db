from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from acctflows.receivables.invoices.invoice_snapshot import (
    InvoiceSnapshot,
    InvoiceTax,
    Prepayment,
    sum_invoice,
)
from tests.receivables.invoices import consumer, make_invoice, make_line, reverse_charge

STANDARD = InvoiceTax.STANDARD


def test_tax_is_rounded_once_per_rate_and_not_per_line() -> None:
    # 19 % of 0.03 is 0.0057: per line it would be 3 × 0.01, on the sum of 0.09 it is 0.02.
    totals = sum_invoice([make_line(n, unit_price_minor=3) for n in (1, 2, 3)], "EUR", STANDARD)

    assert (totals.net_minor, totals.tax_minor, totals.gross_minor) == (9, 2, 11)


def test_rates_are_summed_apart_highest_first_however_they_are_written() -> None:
    lines = [
        make_line(1, tax_percent=Decimal("7.00")),
        make_line(2, tax_percent=Decimal(19)),
        make_line(3, tax_percent=Decimal("19.00")),
    ]

    rows = sum_invoice(lines, "EUR", STANDARD).rows

    assert [(row.percent, row.net_minor, row.tax_minor) for row in rows] == [
        (Decimal(19), 20_000, 3_800),
        (Decimal(7), 10_000, 700),
    ]


@pytest.mark.parametrize("tax", [tax for tax in InvoiceTax if tax is not STANDARD])
def test_who_owes_no_tax_shows_none(tax: InvoiceTax) -> None:
    totals = sum_invoice([make_line(1), make_line(2, tax_percent=Decimal(7))], "EUR", tax)

    assert (totals.tax_minor, totals.gross_minor) == (0, 20_000)
    assert [row.percent for row in totals.rows] == [Decimal(0)]


def test_prepayments_leave_the_rest_to_pay() -> None:
    paid = Prepayment(
        invoice_number="RE-2026-0009",
        received_on=date(2026, 9, 1),
        gross_minor=5_950,
        tax_minor=950,
    )

    totals = sum_invoice([make_line(1)], "EUR", STANDARD, [paid])

    assert (totals.gross_minor, totals.prepaid_minor, totals.due_minor) == (11_900, 5_950, 5_950)


@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9), st.sampled_from(["19", "7", "0"])),
        min_size=1,
        max_size=30,
    )
)
def test_the_sums_always_add_up(lines: list[tuple[int, str]]) -> None:
    totals = sum_invoice(
        [
            make_line(n, unit_price_minor=price, tax_percent=Decimal(rate))
            for n, (price, rate) in enumerate(lines, start=1)
        ],
        "EUR",
        STANDARD,
    )

    assert totals.net_minor == sum(price for price, _ in lines)
    assert totals.gross_minor == totals.net_minor + sum(row.tax_minor for row in totals.rows)
    exact = sum(Decimal(price) * Decimal(rate) / 100 for price, rate in lines)
    assert abs(totals.tax_minor - exact) <= Decimal("0.5") * len(totals.rows)


@pytest.mark.parametrize("invoice", [make_invoice(), make_invoice("en"), reverse_charge()])
def test_what_is_stored_reads_back_the_same(invoice: InvoiceSnapshot) -> None:
    stored = invoice.model_dump(mode="json")

    assert InvoiceSnapshot.model_validate(stored) == invoice
    assert InvoiceSnapshot.model_validate(stored).model_dump(mode="json") == stored


def test_decimals_are_stored_as_plain_text() -> None:
    stored = make_invoice().model_dump(mode="json")

    assert stored["totals"]["rows"][0]["percent"] == "19"
    assert stored["lines"][2]["quantity"] == "12.500"


def test_a_snapshot_cannot_be_changed_nor_hold_what_it_does_not_know() -> None:
    invoice = consumer()
    with pytest.raises(ValidationError):
        invoice.number = "RE-2026-0018"
    with pytest.raises(ValidationError):
        InvoiceSnapshot.model_validate(invoice.model_dump() | {"colour": "red"})
