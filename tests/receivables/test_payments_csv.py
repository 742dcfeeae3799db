from datetime import date

import pytest

from acctflows.agency.problems import ProblemsError
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements import payments_csv, read_statements
from tests.receivables.bank_files import sample


def test_a_german_export_in_windows_1252():
    (statement,) = read_statements(sample("payments_de.csv"), file_name="umsaetze.csv")
    assert statement.account == "DE89370400440532013000"  # from the lines above the headings
    first, second = statement.lines
    assert first.amount == Money(119000, "EUR")
    assert (first.booked_on, first.value_on) == (date(2026, 11, 20), date(2026, 11, 21))
    assert (first.counterparty, first.counterparty_iban) == (
        "Müller GmbH",
        "DE12500105170648489890",
    )
    assert first.remittance == "Rechnung RE-2026-0017; Danke"
    assert (second.amount, second.reversal) == (Money(-23800, "EUR"), True)
    assert [note.code for note in statement.warnings] == ["pending"]


def test_an_english_list_with_a_column_for_each_direction():
    (statement,) = read_statements(sample("payments_en.csv"), file_name="payments.csv")
    assert [line.amount for line in statement.lines] == [
        Money(119050, "GBP"),
        Money(119050, "GBP"),
        Money(-80000, "GBP"),
    ]
    assert len({line.idempotency_key for line in statement.lines}) == 3


def read_text(text: str):
    (statement,) = read_statements(text.encode(), file_name="a.csv")
    return statement


def test_without_any_currency_the_euro_is_assumed_and_said():
    statement = read_text("Buchungstag;Betrag\n20.11.2026;1190,00\n")
    assert statement.lines[0].amount == Money(119000, "EUR")
    assert [note.code for note in statement.warnings] == ["currency"]


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("Datum;Betrag (CHF)\n20.11.2026;1'190,50\n", 119050),
        ("Buchungstag;Umsatz in CHF;S/H\n20.11.2026;5,00;S\n", -500),
        ("Buchungstag;Soll;Haben;Währung\n20.11.2026;-5,00;;CHF\n", -500),
        ("Buchungstag;Soll;Haben;Währung\n20.11.2026;0,00;7,00;CHF\n", 700),
        ("Date,Amount\n2026-11-20,CHF 12.10\n", 1210),
    ],
)
def test_how_banks_write_amounts(text, minor):
    assert read_text(text).lines[0].amount == Money(minor, "CHF")


def test_every_problem_is_named_with_row_and_column_and_nothing_is_taken():
    text = "Buchungstag;Betrag;Verwendungszweck\n31.02.2026;1,00;a\n20.11.2026;viel;b\n;2,00;c\n"
    with pytest.raises(ProblemsError) as caught:
        read_text(text)
    assert [problem.field for problem in caught.value.problems] == [
        "A2 “Buchungstag”",
        "B3 “Betrag”",
        "A4 “Buchungstag”",
    ]
    assert "ist kein Datum" in caught.value.text("de")


def test_an_amount_that_can_be_read_two_ways_is_refused():
    with pytest.raises(ProblemsError, match="can be read as"):
        read_text("Buchungstag;Betrag\n20.11.2026;1.190\n")


def test_parts_of_a_cent_are_refused():
    with pytest.raises(ProblemsError, match="decimals"):
        read_text("Buchungstag;Betrag\n20.11.2026;1,0050\n")


def test_a_payer_called_like_a_balance_is_no_footer():
    statement = read_text("Auftraggeber;Buchungstag;Betrag\nSaldo AG;20.11.2026;1,00\n")
    assert statement.lines[0].counterparty == "Saldo AG"


def test_a_number_beyond_any_amount_is_refused():
    with pytest.raises(ProblemsError, match="too large"):
        read_text(f"Buchungstag;Betrag\n20.11.2026;{'9' * 40},00\n")


def test_a_time_of_day_beside_the_day_is_left_out():
    text = "Completed Date,Amount,Currency\n2026-11-20 23:10:02,5.00,GBP\n"
    assert read_text(text).lines[0].booked_on == date(2026, 11, 20)


def test_a_list_kept_by_hand():
    statement = read_text("Datum;Kunde;Rechnung;Betrag\n20.11.2026;Acme;RE-2026-0017;5,00 €\n")
    assert (statement.lines[0].counterparty, statement.lines[0].remittance) == (
        "Acme",
        "RE-2026-0017",
    )


def test_a_list_of_other_things_is_not_claimed():
    data = b"Name;Ort\nMeyer;Kiel\n"
    assert not payments_csv.sniff(data)
    with pytest.raises(InputError, match="no bank statement"):
        read_statements(data, file_name="a.csv")


def test_a_list_without_payments_is_refused():
    with pytest.raises(InputError, match="no booked payment"):
        read_text("Buchungstag;Betrag\n")
