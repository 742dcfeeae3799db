from dataclasses import replace
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.payment_code import (
    NoCode,
    Payment,
    code_matrix,
    payment_payload,
    read_payload,
    rf_reference,
)

PAYMENT = Payment(
    name="Nordlicht Digital GmbH",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    amount=Money(1_818_160, "EUR"),
    reference="RF93RE20260017",
    text="",
)


def payload(**changes: Any) -> str:
    made = payment_payload(replace(PAYMENT, **changes))
    assert isinstance(made, str), made
    return made


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("RE-2026-0017", "RF93RE20260017"),
        ("re 2026/0017", "RF93RE20260017"),
        ("539007547034", "RF18539007547034"),  # the example of ISO 11649
    ],
)
def test_a_reference_follows_from_the_number(number: str, reference: str) -> None:
    assert rf_reference(number) == reference


@given(st.from_regex(r"[A-Z0-9]{1,21}", fullmatch=True))
def test_every_reference_passes_the_standards_check(number: str) -> None:
    assert iso11649.is_valid(rf_reference(number))


@pytest.mark.parametrize("number", ["", "---", "RÄ-1", "X" * 22])
def test_a_number_without_a_reference_is_refused(number: str) -> None:
    with pytest.raises(InputError):
        rf_reference(number)


def test_the_payload_holds_the_lines_of_the_standard() -> None:
    assert payload() == (
        "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordlicht Digital GmbH\nDE89370400440532013000\n"
        "EUR18181.60\n\nRF93RE20260017"
    )


def test_a_text_stands_on_its_own_line_without_a_reference() -> None:
    lines = payload(reference="", text="RE-2026-0017").split("\n")
    assert lines[8:] == ["", "", "RE-2026-0017"]


def test_a_reference_and_a_text_are_never_both_there() -> None:
    with pytest.raises(InputError, match="never both"):
        payment_payload(replace(PAYMENT, text="RE-2026-0017"))
    with pytest.raises(InputError, match="never both"):
        read_payload(payload() + "\nRE-2026-0017")


def test_the_bic_may_be_missing_inside_the_eea() -> None:
    assert payload(bic="").split("\n")[4] == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": Money(100, "CHF")}, "euros only"),
        ({"amount": Money(0, "EUR")}, "nothing to pay"),
        ({"amount": Money(-100, "EUR")}, "nothing to pay"),
        ({"amount": Money(100_000_000_000, "EUR")}, "too large"),
        ({"iban": "AE070331234567890123456"}, "outside the SEPA area"),
        ({"iban": "CH9300762011623852957", "bic": ""}, "needs the BIC"),
        ({"name": "  "}, "holder is missing"),
        ({"reference": "", "text": "x" * 141}, "longer than 140"),
        ({"reference": "", "text": "😀" * 100}, "too long"),
    ],
)
def test_where_the_standard_allows_no_code_the_reason_is_given(
    changes: dict[str, Any], reason: str
) -> None:
    made = payment_payload(replace(PAYMENT, **changes))
    assert isinstance(made, NoCode)
    assert reason in made.en
    assert made.de


@pytest.mark.parametrize("amount", [1, 10, 99_999_999_999])
def test_amounts_up_to_the_limits_have_a_point_and_two_places(amount: int) -> None:
    line = payload(amount=Money(amount, "EUR")).split("\n")[7]
    assert line == f"EUR{amount // 100}.{amount % 100:02}"


@pytest.mark.parametrize(
    "changes",
    [
        {"iban": "DE89370400440532013001"},
        {"reference": "RF94RE20260017"},
        {"bic": "COBADEFFXX"},
    ],
)
def test_a_wrong_check_digit_is_never_printed(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="is no valid"):
        payment_payload(replace(PAYMENT, **changes))


def test_a_long_name_is_cut_at_a_character() -> None:
    assert payload(name="Ä" * 80).split("\n")[5] == "Ä" * 70
    # Four bytes each: 70 of them would not fit beside the other fields.
    made = payload(name="😀" * 80)
    assert len(made.encode()) <= 331
    assert set(made.split("\n")[5]) == {"😀"}
    assert len(payload(name="😀" * 80, reference="", text="x" * 140).encode()) > 331 - 4


def test_line_ends_in_a_name_do_not_shift_the_fields() -> None:
    assert read_payload(payload(name="Nordlicht\nDigital\r\nGmbH")).name == "Nordlicht Digital GmbH"


@given(
    name=st.text(min_size=1, max_size=120).filter(lambda text: text.strip()),
    text=st.text(max_size=140),
    amount=st.integers(1, 99_999_999_999),
)
def test_whatever_is_written_reads_back(name: str, text: str, amount: int) -> None:
    made = payment_payload(
        replace(PAYMENT, name=name, reference="", text=text, amount=Money(amount, "EUR"))
    )
    if isinstance(made, NoCode):
        return
    assert len(made.encode()) <= 331
    assert read_payload(made).amount == Money(amount, "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "BCD\n001\n1\nSCT",
        payload().replace("SCT", "SDD"),
        payload().replace("EUR18181.60", "EUR18181,60"),
        payload().replace("EUR18181.60", "EUR18181.6"),
        payload().replace("EUR18181.60", "EUR0.00"),
        payload().replace("Nordlicht Digital GmbH", ""),
        payload().replace("3000", "3001"),
        payload().replace("RF93", "RF39"),
    ],
)
def test_a_code_that_breaks_a_rule_is_refused(wrong: str) -> None:
    with pytest.raises(InputError):
        read_payload(wrong)


def test_the_modules_are_those_of_a_code_with_correction_m() -> None:
    matrix = code_matrix(payload())
    code = segno.make_qr(payload(), error="m", mask=4, boost_error=False, encoding="utf-8")
    assert (code.error, code.mask) == ("M", 4)
    assert matrix == tuple(tuple(map(bool, row)) for row in code.matrix)
    assert len(code_matrix("x" * 331)) == 17 + 4 * 13  # version 13, the largest allowed
