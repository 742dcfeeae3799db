"""What banks' own lists (CSV) say: a sample of each, with people and firms that do not exist."""

import pytest

from acctflows.errors import InputError
from acctflows.receivables.statements import read_statements
from tests.receivables.bank_files import SAMPLES, sample

OURS = "DE89370400440532013000"
THEIRS = "DE12500105170648489890"
MOEWE, ELBE, ACME = "Möwe Handel GmbH", "Kontor Elbe AG", "Acme Ltd"
NUMBER = "RE-2026-0017"

Line = tuple[str, int, str, str, str, str]
"""Day, minor units, currency, other party, its IBAN, text; behind the text “back” for a return."""

EXPECTED: dict[str, tuple[str, list[Line]]] = {
    "1822direkt": (
        "532013000",
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, "RE-2026- 0017"),
            ("2026-11-19", -80_000, "EUR", ELBE, "", "Miete"),
        ],
    ),
    "comdirect": (
        "",
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, "", f"{NUMBER} Ref. 7X/1"),
            ("2026-11-19", -80_000, "EUR", ELBE, THEIRS, "Miete Ref. 7X/2"),
        ],
    ),
    "commerzbank": (
        OURS,
        [
            (
                *("2026-11-20", 119_000, "EUR", "", ""),
                f"Gutschrift {MOEWE} {NUMBER} End-to-End-Ref.: NOTPROVIDED",
            )
        ],
    ),
    "consorsbank": ("", [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "deutsche_bank": (
        "",
        [
            ("2026-11-05", 119_000, "EUR", MOEWE, THEIRS, NUMBER),
            ("2026-11-04", -80_000, "EUR", ELBE, "", "Miete"),
        ],
    ),
    "deutsche_bank_en": (
        "",
        [
            ("2026-11-05", 119_000, "EUR", MOEWE, THEIRS, NUMBER),
            ("2026-11-04", -80_000, "EUR", ELBE, "", "Rent"),
        ],
    ),
    "dkb": (
        OURS,
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER),
            ("2026-11-21", -200_000, "EUR", ELBE, THEIRS, "Rücklastschrift RE-2026-0009 back"),
        ],
    ),
    "erste": ("", [("2026-11-20", 119_000, "EUR", MOEWE, "AT611904300234573201", NUMBER)]),
    "finom": (OURS, [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "gls_old": (
        "532013000",
        [("2026-11-20", 119_000, "EUR", MOEWE, "", "RECHNUNG RE-2026- 0017 VOM 1.11.")],
    ),
    "hypovereinsbank": (
        "532013000",
        [("2026-11-20", 119_000, "EUR", MOEWE, "", f"GUTSCHRIFT {NUMBER}")],
    ),
    "ing": (OURS, [("2026-11-20", 119_000, "EUR", MOEWE, "", NUMBER)]),
    "kontist": ("", [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "n26": ("", [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "n26_old": (
        "",
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER),
            ("2026-11-21", -1_050, "EUR", "Kiosk", "", "MasterCard Zahlung"),
        ],
    ),
    "paypal": (
        "",
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, "", NUMBER),
            ("2026-11-21", 50_000, "USD", ACME, "", "RE-2026-0018"),
        ],
    ),
    "paypal_en": ("", [("2026-11-20", 119_000, "USD", ACME, "", NUMBER)]),
    "qonto": ("", [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "revolut_business": (
        "USD Main",
        [("2026-11-20", 119_000, "USD", "", "", f"Money added from {ACME} {NUMBER}")],
    ),
    "sparkasse_camt": (
        OURS,
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER),
            ("2026-11-21", -23_800, "EUR", ELBE, "", "RE-2026-0009 back"),
        ],
    ),
    "sparkasse_mt940": (
        OURS,
        [
            (
                *("2026-11-20", 119_000, "EUR", "MOEWE HANDEL GMBH", THEIRS),
                f"EREF+NOTPROVIDED SVWZ+{NUMBER}",
            )
        ],
    ),
    "stripe": (
        "",
        [
            ("2026-11-20", 119_000, "EUR", "", "", f"Invoice {NUMBER}"),
            ("2026-11-23", -117_245, "EUR", "", "", "STRIPE PAYOUT"),
        ],
    ),
    "ubs": (
        "CH9300762011623852957",
        [("2026-11-20", 119_000, "CHF", "", "", f"Möwe Handel AG Gutschrift {NUMBER}")],
    ),
    "vivid": ("", [("2026-11-20", 119_000, "EUR", MOEWE, "", NUMBER)]),
    "volksbank": (OURS, [("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, NUMBER)]),
    "volksbank_old": (
        "532013000",
        [
            ("2026-11-20", 119_000, "EUR", MOEWE, THEIRS, f"GUTSCHRIFT {NUMBER}"),
            ("2026-11-19", -80_000, "EUR", ELBE, "", "LASTSCHRIFT Miete"),
        ],
    ),
    "wise": (
        "",
        [("2026-11-05", 119_000, "USD", ACME, "", f"Received money from {ACME} {NUMBER}")],
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_list_of_a_bank_says_what_it_says(name: str) -> None:
    account, lines = EXPECTED[name]
    statements = read_statements(sample(f"{name}.csv"), file_name=f"{name}.csv")
    assert {each.account for each in statements} == {account}
    assert [
        (
            *(line.booked_on.isoformat(), line.amount.minor, line.amount.currency),
            *(line.counterparty, line.counterparty_iban),
            line.remittance + (" back" if line.reversal else ""),
        )
        for each in statements
        for line in each.lines
    ] == lines


def test_every_list_of_a_bank_has_its_expected_lines() -> None:
    of_people = {"payments_de", "payments_en"}
    assert {path.stem for path in SAMPLES.glob("*.csv")} - of_people == set(EXPECTED)


def read_text(text: str):
    return read_statements(text.encode(), file_name="a.csv")[0]


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("10,00-", -1_000),
        ("1.190,00-", -119_000),
        ("10,00- EUR", -1_000),
        ("1.190,00 H", 119_000),
        ("1.190,00 S", -119_000),
        ("1190,00 Soll", -119_000),
        ("-5,00 S", -500),
    ],
)
def test_a_sign_may_stand_behind_the_amount(cell: str, minor: int) -> None:
    assert read_text(f"Buchungstag;Betrag\n20.11.2026;{cell}\n").lines[0].amount.minor == minor


@pytest.mark.parametrize("day", ["2026/11/24", "20261124", "24.11.2026"])
def test_a_year_in_front_can_be_read_one_way_only(day: str) -> None:
    assert read_text(f"Date;Amount\n{day};1.00\n").lines[0].booked_on.isoformat() == "2026-11-24"


def test_whole_thousands_are_read_as_the_balances_beside_them() -> None:
    statement = read_text("Buchungstag;Betrag;Saldo\n20.11.2026;1.190;2.190,50\n")
    assert statement.lines[0].amount.minor == 119_000


def test_a_column_that_may_name_the_currency_is_not_passed_over() -> None:
    text = "Date,Amount,Settled ccy\n2026-11-20,5.00,{}\n"
    with pytest.raises(InputError, match="may name the currency"):
        read_text(text.format("USD"))
    assert read_text(text.format("")).lines[0].amount.currency == "EUR"


def test_rows_of_balances_are_no_payments_wherever_they_say_so() -> None:
    text = (
        "Buchungstag;Empfänger;Kundenreferenz;Umsatz;\n"
        "20.11.2026;Saldo Endsaldo AG;;5,00;S\n"
        "24.11.2026;;Endsaldo;9,00;H\n"
    )
    assert [line.amount.minor for line in read_text(text).lines] == [-500]


def test_the_reason_of_a_refusal_is_that_of_the_damage() -> None:
    with pytest.raises(InputError, match="row 2 is broken"):
        read_text('Buchungstag;Betrag;Zweck\n20.11.2026;5,00;"a"b"\n')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_that_the_payer_damaged_refuses_no_file(encoding: str) -> None:
    text = "Buchungstag;Betrag;Währung;Zweck\n20.11.2026;5,00;EUR;fÃ¼r MÃ¼ller Â§ ï¿½\n"
    statement = read_statements(text.encode(encoding, "replace"), file_name="a.csv")[0]
    assert statement.lines[0].remittance.startswith("fÃ¼r MÃ¼ller")


def test_a_card_payment_with_its_foreign_amount_is_taken_in_our_currency() -> None:
    text = (
        "Date,Payee,Amount (Foreign Currency),Type Foreign Currency,Amount (EUR)\n"
        "2026-11-20,Kiosk,-11.90,USD,-10.50\n"
    )
    assert str(read_text(text).lines[0].amount) == "Money(minor=-1050, currency='EUR')"
