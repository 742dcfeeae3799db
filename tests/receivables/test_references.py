import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acctflows.receivables.payments.references import (
    canonical_number,
    find_invoice_numbers,
    find_rf_references,
    rf_reference,
)

RF = "RF93RE20260017"


@pytest.mark.parametrize(
    "text",
    [
        "RF93RE20260017",
        "rf93re20260017",
        "RF93 RE20 2600 17",
        "Ref.: RF93-RE-2026-0017, danke",
        "Zahlung RF93RE20\n260017 vom 1.11.",
        "Rechnung vom MaiRF93RE20260017",
        "SVWZ+RF93 RE20260017",
        "(RF93RE20260017)",
        "RF93RE20260017Danke",
    ],
)
def test_a_reference_is_found_however_it_is_written(text):
    assert RF in find_rf_references(text)


@pytest.mark.parametrize(
    "text", ["RF94RE20260017", "RF93RE20260018", "XRF93RE20260017", "RF93RE20260017X", "RF", "RF93"]
)
def test_a_reference_with_an_error_is_not_found(text):
    assert RF not in find_rf_references(text)


numbers = st.builds(
    canonical_number,
    st.sampled_from(["RE", "R", "INV", "AB"]),
    st.integers(2000, 2099),
    st.integers(1, 999_999),
)


@given(numbers, st.data())
def test_every_reference_we_make_is_found_again_wherever_it_is_broken(number, data):
    reference = rf_reference(number)
    written = "".join(
        character + data.draw(st.sampled_from(["", "", "", " ", "\n"])) for character in reference
    )
    assert reference in find_rf_references(f"Zahlung {written}, danke")
    assert reference in find_rf_references(written.lower())


@given(numbers, st.integers(0, 30), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(number, place, digit):
    reference = rf_reference(number)
    place %= len(reference)
    if not reference[place].isdigit() or reference[place] == digit:
        return
    wrong = reference[:place] + digit + reference[place + 1 :]
    assert find_rf_references(wrong) == []


@pytest.mark.parametrize(
    "text",
    [
        "RE-2026-0017",
        "RE 2026/0017",
        "re20260017",
        "RE2026-17",
        "Rechnung 2026-0017",
        "Rechnungs-Nr. 2026-0017 vom 01.11.2026",
        "Rg.Nr.: 2026/17",
        "Rg-Nr RE-2026-0017",
        "Invoice no. RE-2026-0017, thanks",
        "INV 2026-0017",
        "RE-2026- 0017 24.11.2026",
        "RE-2026-00 17",
        "RE-20 26-0017",
        "Ihre RechnungRE-2026-0017",
        "RE–2026–0017",
        "RE-2026-0017 1.190,00 EUR",
        "RE-2026-0017.",
        "RE#2026.0017",
        "Danke 2026-0017",
        "RE-2026-0017vom 1.11.",
        "RE-2026-0017/10023",
        "RE-2026-0017-10023",
        "RE-2026-0017/24.11.2026",
        "RE-2026-0017:1190,00",
        "RE-2026-0017,50",
        "RE20260017.1",
        "RECHNUNGRE-2026-0017",
        "INVOICERE-2026-0017",
        "Rechnung 0017/2026",
        "0017/2026",
        "Rechnung Nr. 2026-17",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert find_invoice_numbers(text, ["RE"]) == ["RE-2026-0017"]


def test_several_numbers_and_lists():
    text = "RE-2026-0017, 0018 und 0019; RE 2026/21 + Gutschrift"
    assert find_invoice_numbers(text, ["RE"]) == [
        "RE-2026-0017",
        "RE-2026-0018",
        "RE-2026-0019",
        "RE-2026-0021",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "RE20260017/20260018",
        "RE 20260017 20260018",
        "2026-0017/2026-0018",
        "RE-2026-0017/RE-2026-0018",
        "RE-2026-0017 u. 0018",
    ],
)
def test_two_numbers_in_one_breath(text):
    assert find_invoice_numbers(text, ["RE"]) == ["RE-2026-0017", "RE-2026-0018"]


def test_a_further_number_may_be_of_another_year():
    assert find_invoice_numbers("RE-2026-0001, 2025-0099", ["RE"]) == [
        "RE-2026-0001",
        "RE-2025-0099",
    ]


def test_the_prefix_in_the_text_decides_and_without_one_all_are_possible():
    assert find_invoice_numbers("AR-2026-0017", ["RE", "AR"]) == ["AR-2026-0017"]
    assert find_invoice_numbers("Rechnung 2026-0017", ["RE", "AR"]) == [
        "AR-2026-0017",
        "RE-2026-0017",
    ]
    assert find_invoice_numbers("Rechnung AR-2026-0017", ["RE", "AR"]) == ["AR-2026-0017"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tel. 0431-2026-0017",
        "0431/20260017",
        "DE89 3704 0044 0532 0130 00",
        "DE02 2026 0017 0000 1234 56",
        "2026-11-24",
        "24.11.2026",
        "Rechnung vom 24.11.2026",
        "Rechnung 2026-11-24",
        "20260017",
        "120260017",
        "Kunde 12026-0017",
        "RE-2026-0000",
        "ARE-2026-0017",
        "KD 4711 2026-0017",
        "Kunden-Nr. 2026-0017",
        "Auftrag 2026-0017",
        "Order no. 20260017",
        "PO 2026-0017",
        "RE-2026-0017-0019",
        "2026-0017-5",
        "Miete 2026/12",
        "1.234,56",
        "+49 2026-0017",
        "Mandat 2026.0017",
        "Invoice 2026-0017.55",
        "Rechnung 2026-11 Wartung",
        "Rechnung 2026/11",
        "Rg. 2026-1",
        "Invoice 2026 11",
        "RE-2026-00171190",
        "Tel. 0431/2026",
        "Kunde 0017/2026",
        "0431/2026 12",
        "0017/20261",
        "10017/2026",
    ],
)
def test_other_digits_are_no_invoice(text):
    assert find_invoice_numbers(text, ["RE"]) == []


@given(
    st.sampled_from(["RE", "R", "INV", "AB"]),
    st.integers(2000, 2099),
    st.integers(1, 999_999),
    st.tuples(
        st.sampled_from(["", " ", "-", "/", ".", " - "]), st.sampled_from(["", "-", "/", "."])
    ),
    st.booleans(),
)
@example("RE", 2026, 17, (" ", "/"), True)
def test_every_number_of_ours_is_found_in_any_spelling(prefix, year, sequence, marks, low):
    one, two = marks
    written = f"{prefix}{one}{year}{two}{sequence:04}"
    text = f"Danke! {written.lower() if low else written} Mit Gruß"
    assert find_invoice_numbers(text, [prefix]) == [canonical_number(prefix, year, sequence)]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d.%m.%Y", "%Y-%m-%d"]))
def test_no_day_is_an_invoice(day, shape):
    for text in (day.strftime(shape), f"Rechnung vom {day.strftime(shape)}"):
        assert find_invoice_numbers(text, ["RE"]) == []


@given(st.from_regex(r"(\+49|0)[ -/]?[1-9][0-9]{1,4}[ /-][0-9 ]{4,9}[0-9]", fullmatch=True))
def test_no_phone_number_is_an_invoice(text):
    assert find_invoice_numbers(text, ["RE"]) == []


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}( ?[0-9]{4}){4} ?[0-9]{2}", fullmatch=True))
def test_no_account_is_an_invoice(text):
    hits = find_invoice_numbers(text, ["INV"])
    assert hits == []


@given(st.text(alphabet="RE20261-/ .\n7a", max_size=60))
def test_what_is_found_stands_in_the_text(text):
    digits = re.sub(r"\D", "", text)
    for number in find_invoice_numbers(text, ["RE"]):
        _, year, sequence = number.split("-")
        assert year in digits
        assert sequence.lstrip("0") in digits
