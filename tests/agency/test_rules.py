"""How single facts are read: VAT ids, countries, postal codes, addresses, phone numbers, text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from acctflows.agency import rules
from acctflows.db.models.agency import VatCheck


@pytest.mark.parametrize(
    ("given", "country", "kept"),
    [
        ("DE 136 695 976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("de136695976", "AT", "DE136695976"),  # a client in Austria registered in Germany
        ("U13585627", "AT", "ATU13585627"),
        ("ATU 1358.5627", "AT", "ATU13585627"),
        ("CHE-107.787.577 MWST", "CH", "CHE107787577MWST"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("EL094259216", "GR", "EL094259216"),
        ("XI980780684", "GB", "XI980780684"),
    ],
)
def test_vat_id_is_kept_without_separators(given: str, country: str, kept: str) -> None:
    assert rules.read_vat_id(given, country) == kept
    assert rules.vat_check(kept, country) is VatCheck.FORMAT_VALID


@pytest.mark.parametrize(
    ("given", "country", "code"),
    [
        ("DE136695977", "DE", "vat_check_digits"),
        ("ATU13585628", "AT", "vat_check_digits"),
        ("DE13669597", "DE", "vat_format"),
        ("DE1366959761", "DE", "vat_format"),
        ("HRB 4711", "DE", "vat_format"),
        ("GB980780685", "GB", "vat_check_digits"),
    ],
)
def test_wrong_vat_id_is_refused_with_the_reason(given: str, country: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        rules.read_vat_id(given, country)
    assert refused.value.type == code


def test_tax_id_of_a_country_without_public_rule_stays_unchecked() -> None:
    assert rules.read_vat_id("12-3456789", "US") == "123456789"
    assert rules.vat_check("123456789", "US") is VatCheck.NONE


@pytest.mark.parametrize("given", ["n/a", "unknown", "-?-", "k. A.", "EIN", "0", "keine", "1234"])
def test_what_has_no_digits_of_a_tax_id_is_refused_everywhere(given: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        rules.read_vat_id(given, "US")
    assert refused.value.type == "vat_none"


def test_stored_vat_id_that_never_was_valid_is_known_as_invalid() -> None:
    assert rules.vat_check("DE136695977", "DE") is VatCheck.INVALID


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("D", "DE"),
        ("Deutschland", "DE"),
        ("GERMANY", "DE"),
        ("Österreich", "AT"),
        ("Oesterreich", "AT"),
        ("Austria", "AT"),
        ("Schweiz", "CH"),
        ("Vereinigtes Königreich", "GB"),
        ("Großbritannien", "GB"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("Tschechien", "CZ"),
        ("Türkei", "TR"),
    ],
)
def test_country_is_known_by_code_and_name_in_both_languages(given: str, code: str) -> None:
    assert rules.read_country(given) == code


@pytest.mark.parametrize("given", ["Bayern", "EU", "XX", "Germani", "ZZ", "49"])
def test_what_is_no_country_is_refused(given: str) -> None:
    with pytest.raises(PydanticCustomError, match="no country"):
        rules.read_country(given)


@pytest.mark.parametrize(
    ("given", "country", "kept"),
    [
        ("20457", "DE", "20457"),
        ("D-20457", "DE", "20457"),
        ("DE-01067", "DE", "01067"),
        ("A-4810", "AT", "4810"),
        ("8001", "CH", "8001"),
        ("CH-8001", "CH", "8001"),
        ("bs1 6qf", "GB", "BS1 6QF"),
        ("00-950", "PL", "00-950"),
        ("FR-75001", "FR", "75001"),
    ],
)
def test_plausible_postal_code_is_kept(given: str, country: str, kept: str) -> None:
    assert rules.read_postal_code(given, country) == kept


@pytest.mark.parametrize(
    ("given", "country"),
    [("204", "AT"), ("204571", "DE"), ("00123", "DE"), ("48100", "AT"), ("0123", "CH"),
     ("2O457", "DE"), ("٢٠٤٥٧", "DE"), ("?!", "FR")],
)  # fmt: skip
def test_implausible_postal_code_is_refused(given: str, country: str) -> None:
    with pytest.raises(PydanticCustomError):
        rules.read_postal_code(given, country)


def test_postal_code_that_lost_its_zero_in_a_spreadsheet_is_refused_with_the_cure() -> None:
    with pytest.raises(PydanticCustomError, match="write 01067"):
        rules.read_postal_code("1067", "DE")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("rechnung@möwe.example", "rechnung@xn--mwe-sna.example"),
        ("Kaethe.Bruenning@MOEWE.example", "Kaethe.Bruenning@moewe.example"),
        ("mailto:a+b@moewe.example", "a+b@moewe.example"),
        ("o'keeffe@moewe.example", "o'keeffe@moewe.example"),
    ],
)
def test_mail_address_is_kept_as_servers_accept_it(given: str, kept: str) -> None:
    assert rules.read_email(given) == kept
    assert rules.read_email(kept) == kept


@pytest.mark.parametrize(
    "given",
    ["moewe.example", "@moewe.example", "a@", "a@b", "a b@moewe.example", "a..b@moewe.example",
     "käthe@moewe.example", "a@moewe..example", "a@localhost", "a@b@moewe.example",
     "a@moewe.example, b@moewe.example", "a\r\nBcc: x@moewe.example"],
)  # fmt: skip
def test_what_no_server_would_take_is_refused(given: str) -> None:
    with pytest.raises(PydanticCustomError, match="no e-mail address"):
        rules.read_email(given)


@pytest.mark.parametrize(
    "given", ["+49 40 5550142", "040/555 01-42", "(0)40 5550142", "+43 1 5550142 ext. 12", "110 22"]
)
def test_phone_number_is_kept_as_written(given: str) -> None:
    assert rules.read_phone(given) == given


@pytest.mark.parametrize("given", ["1234", "1" * 16, "call me", "+49 40 <555>", "++49 40 555014"])
def test_what_cannot_be_dialled_is_refused(given: str) -> None:
    with pytest.raises(PydanticCustomError, match="no phone number"):
        rules.read_phone(given)


def test_currency_out_of_use_is_refused() -> None:
    assert rules.read_currency("€") == "EUR"
    assert rules.read_currency("chf") == "CHF"
    with pytest.raises(PydanticCustomError, match="no currency"):
        rules.read_currency("DEM")


def test_line_is_one_line_composed_and_trimmed() -> None:
    assert rules.read_line("\ufeff Mo\u0308we\u00a0 \n GmbH\u200b ") == "Möwe GmbH"


def test_text_keeps_its_lines_and_what_people_write() -> None:
    kept = 'Zeile 1\nمرحبا {{ x }} </w:t> & "🙂"\t.'
    assert rules.read_text(f"  {kept}\r\n") == kept


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x85", "\ud800", "\ufffe", "\x0b"])
def test_character_no_document_can_hold_is_refused_by_its_code_point(character: str) -> None:
    with pytest.raises(PydanticCustomError, match=f"U\\+{ord(character):04X}"):
        rules.read_text(f"Möwe{character}GmbH")


@pytest.mark.parametrize("text", ["=1+1", "+49 40", "-5", "@x", "'=1", "''=1", "＝1", "\t=1"])
def test_formula_is_guarded_and_comes_back(text: str) -> None:
    assert rules.guard_formula(text) == f"'{text}"
    assert rules.unguard_formula(rules.guard_formula(text)) == text


@pytest.mark.parametrize(
    ("text", "guarded"),
    [("A,=1", "A,'=1"), ('A; "=1', "A; \"'=1"), ("a\n-b", "a\n'-b"), ("A,'=1", "A,''=1")],
)
def test_formula_after_a_delimiter_is_guarded_too(text: str, guarded: str) -> None:
    assert rules.guard_formula(text) == guarded
    assert rules.unguard_formula(guarded) == text


@given(st.text(st.sampled_from("=+-@'\",; \n\tab＝")))
def test_any_guarded_text_comes_back(text: str) -> None:
    assert rules.unguard_formula(rules.guard_formula(text)) == text


@pytest.mark.parametrize("text", ["Möwe", "'s-Hertogenbosch", "5-3", "", "'"])
def test_plain_text_is_not_touched_by_the_guard(text: str) -> None:
    assert rules.guard_formula(text) == text
    assert rules.unguard_formula(text) == text
