from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from acctflows.errors import InputError
from acctflows.receivables.invoices.invoice_content import (
    find_gaps,
    find_warnings,
    is_small_amount,
    require_complete,
)
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot, InvoiceTax
from tests.receivables.invoices import (
    RECIPIENT,
    SUPPLIER,
    consumer,
    make_invoice,
    make_line,
    reverse_charge,
)

NO_ADDRESS = {"street": "", "postal_code": "", "city": "", "country": "DE"}


def fields(invoice: InvoiceSnapshot) -> list[str]:
    return [gap.field for gap in find_gaps(invoice)]


@pytest.mark.parametrize(
    "invoice",
    [
        make_invoice(),
        make_invoice("en"),
        reverse_charge(),
        consumer(),
        make_invoice(tax=InvoiceTax.SMALL_BUSINESS, supplied=None),
        make_invoice(tax=InvoiceTax.EXEMPT, exemption_reason="§ 4 Nr. 21 UStG"),
        make_invoice(tax=InvoiceTax.OUTSIDE_SCOPE),
        make_invoice(supplier=SUPPLIER | {"vat_id": "", "tax_number": "48/123/45678"}),
    ],
)
def test_a_complete_invoice_lacks_nothing(invoice: InvoiceSnapshot) -> None:
    assert find_gaps(invoice) == []
    require_complete(invoice)


@pytest.mark.parametrize(
    ("changes", "field", "law"),
    [
        ({"supplier": SUPPLIER | {"legal_name": " "}}, "supplier", "§ 14 (4) no. 1 UStG"),
        ({"supplier": SUPPLIER | {"address": NO_ADDRESS}}, "supplier", "§ 14 (4) no. 1 UStG"),
        ({"recipient": RECIPIENT | {"address": NO_ADDRESS}}, "recipient", "§ 14 (4) no. 1 UStG"),
        ({"supplier": SUPPLIER | {"vat_id": ""}}, "supplier.tax_number", "§ 14 (4) no. 2 UStG"),
        ({"number": ""}, "number", "§ 14 (4) no. 4 UStG"),
        ({"lines": ()}, "lines", "§ 14 (4) no. 5 UStG"),
        ({"lines": [make_line(1, title="", unit_price_minor=10**6)]}, "lines.1", "§ 14 (4) no. 5"),
        ({"supplied": None}, "supplied", "§ 14 (4) no. 6 UStG"),
        (
            {"supplied": {"first": "2026-11-20", "last": "2026-10-01"}},
            "supplied",
            "§ 14 (4) no. 6 UStG",
        ),
        ({"tax": InvoiceTax.EXEMPT}, "exemption_reason", "§ 14 (4) no. 8 UStG"),
        (
            {"lines": [make_line(1, unit_price_minor=10**6, tax_percent=Decimal(0))]},
            "exemption_reason",
            "§ 14 (4) no. 8 UStG",
        ),
        (
            {"tax": InvoiceTax.REVERSE_CHARGE, "recipient": RECIPIENT | {"vat_id": ""}},
            "recipient.vat_id",
            "§ 14a (1) UStG",
        ),
        ({"lines": [make_line(1, unit_price_minor=10**6, net_minor=10**6 + 1)]}, "lines.1", "§ 14"),
        ({"totals": make_invoice(lines=[make_line(1)]).totals}, "totals", "§ 14 (4) no. 8 UStG"),
    ],
)
def test_each_particular_of_the_law_is_missed(
    changes: dict[str, Any], field: str, law: str
) -> None:
    gaps = [gap for gap in find_gaps(make_invoice(**changes)) if gap.field == field]
    assert len(gaps) == 1
    assert gaps[0].law.startswith(law)


def test_reverse_charge_wants_both_vat_ids_and_no_consumer() -> None:
    invoice = consumer(
        tax=InvoiceTax.REVERSE_CHARGE, supplier=SUPPLIER | {"vat_id": "", "tax_number": "48/1"}
    )
    assert fields(invoice) == ["supplier.vat_id", "recipient.vat_id", "recipient.kind"]


@pytest.mark.parametrize(("price", "small"), [(21_008, True), (21_009, False)])
def test_up_to_250_euros_gross_less_is_enough(price: int, small: bool) -> None:
    # 210.08 net are 250.00 gross, 210.09 are 250.01.
    invoice = make_invoice(
        lines=[make_line(1, unit_price_minor=price)],
        supplied=None,
        recipient=RECIPIENT | {"address": NO_ADDRESS},
        supplier=SUPPLIER | {"vat_id": ""},
    )
    assert is_small_amount(invoice) is small
    assert fields(invoice) == ([] if small else ["recipient", "supplier.tax_number", "supplied"])


def test_a_small_amount_is_no_excuse_for_reverse_charge_or_another_currency() -> None:
    lines = [make_line(1)]
    assert not is_small_amount(reverse_charge(lines=lines))
    assert not is_small_amount(make_invoice(lines=lines, currency="USD"))


def test_all_that_is_missing_is_refused_at_once_in_the_readers_words() -> None:
    invoice = make_invoice(number="", supplied=None, supplier=SUPPLIER | {"vat_id": ""})

    with pytest.raises(InputError) as german:
        require_complete(invoice, "de")
    with pytest.raises(InputError) as english:
        require_complete(invoice)

    text = str(german.value)
    assert text.startswith("Rechnung ohne Nummer: ")
    for words in (
        "Steuernummer und USt-IdNr. der Agentur fehlen (§ 14 Abs. 4 Nr. 2 UStG): eine von beiden",
        "die Rechnungsnummer fehlt (§ 14 Abs. 4 Nr. 4 UStG)",
        "Zeitpunkt oder Zeitraum der Leistung fehlt (§ 14 Abs. 4 Nr. 6 UStG)",
    ):
        assert words in text
    assert "the date or period of supply is missing (§ 14 (4) no. 6 UStG): give it" in str(
        english.value
    )
    assert german.value.permanent


def test_a_consumer_is_told_when_default_begins() -> None:
    assert fields(consumer(consumer_notice=False)) == ["consumer_notice"]


@pytest.mark.parametrize("until", [date(2026, 11, 23), date(2026, 12, 9)])
def test_a_cash_discount_ends_between_issue_and_due_date(until: date) -> None:
    terms = {
        "due_on": date(2026, 12, 8),
        "days": 14,
        "basis": "contract_period",
        "skonto": {"percent": "2", "until": until},
    }
    assert fields(make_invoice(terms=terms)) == ["terms.skonto.until"]


def test_services_in_the_eu_are_to_be_invoiced_by_the_15th_and_late_is_better_than_never() -> None:
    supplied = {"first": date(2026, 10, 1), "last": date(2026, 10, 31)}
    in_time = reverse_charge(supplied=supplied, issued_on=date(2026, 11, 15))
    assert find_warnings(in_time) == []
    late = reverse_charge(supplied=supplied, issued_on=date(2026, 11, 16))
    (warning,) = find_warnings(late)
    assert "was to be issued by 2026-11-15 (§ 14a (1) UStG)" in warning.sentence("en")
    assert find_gaps(late) == []
    year_end = {"first": date(2026, 12, 1), "last": date(2026, 12, 31)}
    assert find_warnings(reverse_charge(supplied=year_end, issued_on=date(2027, 1, 15))) == []
