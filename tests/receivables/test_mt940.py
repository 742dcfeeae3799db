import re
from datetime import date
from decimal import Decimal

import pytest
import yaml

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements import StatementKind, read_statements
from tests.receivables.bank_files import CORPUS, needs_corpus, sample


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture(scope="module")
def statements():
    return read_statements(sample("mt940_de.sta"), file_name="mt940_de.sta")


def test_each_statement_of_a_file_keeps_its_account_and_balances(statements):
    assert [(each.account, each.id, each.opening, each.closing) for each in statements] == [
        ("DE89370400440532013000", "00012/00001", eur(100000), eur(195200)),
        ("37040044/0532013000EUR", "00001/00001", eur(0), eur(100)),
    ]
    assert statements[0].from_on == date(2026, 11, 19)
    assert [len(each.warnings) for each in statements] == [0, 1]  # the second does not add up


def test_german_subfields_and_sepa_keywords(statements):
    line = statements[0].lines[0]
    assert line.amount == eur(119000)
    assert line.remittance == "Ihre Rechnung RE-2026-0017 vom 01.11.2026 Müller & Söhne GmbH danke"
    assert line.end_to_end_id == "KD-4711"
    assert (line.counterparty, line.counterparty_iban) == (
        "Müller & Söhne GmbH",
        "DE12500105170648489890",
    )
    assert line.bank_reference == "BANK-9"
    assert (line.booked_on, line.value_on) == (date(2026, 11, 20), date(2026, 11, 20))


def test_returned_debits_and_reversed_credits_are_reversals_of_money_in(statements):
    returned, reversed_ = statements[0].lines[1:3]
    assert (returned.amount, returned.reversal) == (eur(-23800), True)
    assert (reversed_.amount, reversed_.reversal) == (eur(-1000), True)
    assert returned.remittance == "Retoure RE-2026-0009"


def test_equal_lines_have_keys_of_their_own_and_keep_them(statements):
    one, other = statements[0].lines[3:5]
    assert one.idempotency_key != other.idempotency_key
    again = read_statements(b"\xef\xbb\xbf" + sample("mt940_de.sta"), file_name="again.sta")
    assert [line.idempotency_key for line in again[0].lines][3:5] == [
        one.idempotency_key,
        other.idempotency_key,
    ]


HEAD = ":20:X\n:25:DE89370400440532013000\n:28C:1\n:60F:C261119EUR0,00\n"


def read_text(text: str):
    return read_statements(text.encode(), file_name="a.sta")


@pytest.mark.parametrize("name", ["Müller", "Łódź"])
def test_utf_8_is_told_from_windows_1252(name):
    (statement,) = read_text(f"{HEAD}:61:261120C1,00NTRFNONREF\n:86:166?00X?20Rg 1?32{name}")
    assert statement.lines[0].counterparty == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_as_well(encoding):
    data = f"{HEAD}:61:261120C1,00NTRFNONREF\n:86:166?00X?20Rg 1?32Müller\n".encode(encoding)
    (statement,) = read_statements(data, file_name="a.sta")
    assert statement.lines[0].counterparty == "Müller"


@pytest.mark.parametrize(
    ("booking", "details", "returned"),
    [
        ("D1,00NRTINONREF", "105?00LASTSCHRIFT?20RE 1", True),
        ("D1,00NTRFNONREF", "599?00RUECKUEBERWEISUNG?20RE 1", True),
        ("D1,00NTRFNONREF", "177?00BELASTUNG?20SVWZ+RUECKLASTSCHRIFT RE 1", True),
        ("C1,00NTRFNONREF", "166?00GUTSCHRIFT?20SVWZ+Ausgleich Ruecklastschrift", False),
        ("D1,00NTRFNONREF", "177?00UEBERWEISUNG?20SVWZ+Miete", False),
    ],
)
def test_a_return_is_known_by_swifts_code_or_the_banks_words(booking, details, returned):
    (statement,) = read_text(f"{HEAD}:61:261120{booking}\n:86:{details}\n")
    assert statement.lines[0].reversal is returned


def test_a_statement_within_swifts_envelope():
    text = "{1:F01BANKDEFF}{2:O940}{4:\n" + HEAD + ":62F:C261120EUR0,00\n-}{5:{CHK:1}}\n"
    assert [each.account for each in read_text(text * 2)] == ["DE89370400440532013000"] * 2


def test_a_report_of_the_day_has_no_balances():
    text = ":20:X\n:25:DE89370400440532013000\n:28C:1\n:34F:EUR0,\n:61:261120C1,00NTRFNONREF\n"
    (report,) = read_text(text)
    assert report.kind is StatementKind.REPORT
    assert report.lines[0].amount == eur(100)


def test_a_number_broken_over_two_lines_is_read():
    (statement,) = read_text(HEAD.replace(":28C:1\n", ":28C:0000\n0\n"))
    assert statement.id == "00000"


def test_a_short_subfield_lost_the_space_at_its_end_and_a_full_one_did_not():
    purpose = "?20Rechnung?21RE-2026-0017 abcdefghijklmn?22opq"
    (statement,) = read_text(f"{HEAD}:61:261120C1,00NTRFNONREF\n:86:166?00X{purpose}")
    assert statement.lines[0].remittance == "Rechnung RE-2026-0017 abcdefghijklmnopq"


def test_the_purpose_goes_on_in_the_subfields_from_60():
    details = "166?00X?20EREF+1?21SVWZ+Rechnung 2026-00012345?22 und RE-2026-0?60 ist bezahlt"
    (statement,) = read_text(f"{HEAD}:61:261120C1,00NTRFNONREF\n:86:{details}")
    assert statement.lines[0].remittance.endswith("und RE-2026-0 ist bezahlt")


def test_the_codes_of_dutch_banks():
    details = "/TRTP/SEPA/IBAN/NL91ABNA0417164300/NAME/J JANSEN/REMI/RE-2026-0017/EREF/E-1"
    (statement,) = read_text(f"{HEAD}:61:261120C1,00NTRFNONREF\n:86:{details}")
    line = statement.lines[0]
    assert (line.counterparty, line.counterparty_iban) == ("J JANSEN", "NL91ABNA0417164300")
    assert (line.remittance, line.end_to_end_id) == ("RE-2026-0017", "E-1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (":60F:C261119EUR0,00\n:61:261120C1,00NTRFNONREF\n", ":20:"),
        (":20:X\n:28C:1\n:60F:C261119EUR0,00\n", ":25:"),
        (":20:X\n:25:DE89370400440532013000\n:61:261120C1,00NTRFNONREF\n", ":60F:"),
        (HEAD + ":61:261120C1.50NTRFNONREF\n", "cannot be read"),
        (HEAD + ":61:261320C1,50NTRFNONREF\n", "cannot be read"),
        (HEAD.replace("C261119", "X261119"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_refuses_the_file(text, why):
    with pytest.raises(InputError, match=why):
        read_text(text)


def test_what_cannot_be_read_is_not_logged_with_the_payment_in_it(capfd, caplog):
    with pytest.raises(InputError):
        read_text(HEAD + ":61:261120C1.50NTRFSECRET\n")
    assert "SECRET" not in caplog.text + "".join(capfd.readouterr())


def test_a_text_that_names_an_existing_file_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = ":20:X"
    (tmp_path / name).write_text(HEAD)
    with pytest.raises(InputError):
        read_text(f"{name}")


def is_fragment(data):
    """Whether the file lacks a beginning, an account or a currency, as single tags do."""
    if b":25:166?" in data:  # a payment's text stands where the account belongs
        return True
    tags = (rb"^:20:", rb"^:25:[\w ./-]+\s*$", rb"^:(?:60[FM]|34F):")
    return not all(re.search(tag, data, re.MULTILINE) for tag in tags)


MT940 = sorted((CORPUS / "mt940").glob("**/*.sta"))
WHOLE = [path for path in MT940 if not is_fragment(path.read_bytes())]


def golden_amounts(path):
    """Unsigned amounts of the golden files, which are pickled objects: walked, never loaded."""
    root = yaml.compose(path.with_suffix(".yml").read_text(encoding="utf-8", errors="replace"))
    transactions = _child(root, "transactions").value
    amounts = [_child(_child(_child(each, "data"), "amount"), "amount") for each in transactions]
    return [abs(Decimal(amount.value[0].value)) for amount in amounts]


def _child(node, name):
    return next(value for key, value in node.value if key.value == name)


@needs_corpus
@pytest.mark.parametrize("path", MT940, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sample_of_other_banks_is_read_whole_or_refused(path):
    data = path.read_bytes()
    if is_fragment(data):
        with pytest.raises(InputError):
            read_statements(data, file_name=path.name)
        return
    statements = read_statements(data, file_name=path.name)
    lines = [line for statement in statements for line in statement.lines]
    assert len(lines) == data.count(b"\n:61:")
    assert all(line.account and line.idempotency_key for line in lines)
    assert len({line.idempotency_key for line in lines}) == len(lines)


@needs_corpus
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_amounts_are_those_of_the_golden_file(path):
    statements = read_statements(path.read_bytes(), file_name=path.name)
    found = [abs(line.amount.decimal) for statement in statements for line in statement.lines]
    assert found == golden_amounts(path)


@needs_corpus
@pytest.mark.parametrize(
    ("name", "statements", "lines", "balanced"),
    [
        ("betterplace/sepa_mt9401.sta", 26, 97, 26),
        ("cmxl/mt940.sta", 3, 16, 3),
        ("jejik/generic.sta", 2, 2, 2),
        ("jejik/rabobank-iban.sta", 2, 4, 2),
        ("jejik/sns.sta", 2, 2, 2),
    ],
)
def test_statements_bookings_and_balances_of_known_files(name, statements, lines, balanced):
    found = read_statements((CORPUS / "mt940" / name).read_bytes(), file_name=name)
    assert len(found) == statements
    assert sum(len(each.lines) for each in found) == lines
    assert sum(not each.warnings for each in found) == balanced
