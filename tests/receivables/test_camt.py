import json
import re
from datetime import date

import pytest

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.statements import StatementKind, read_statements
from tests.receivables.bank_files import CORPUS, needs_corpus, sample


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture(scope="module")
def statements():
    return read_statements(sample("camt053_traps.xml"), file_name="camt053_traps.xml")


def test_each_statement_keeps_its_own_account(statements):
    assert [(each.account, each.currency, each.id) for each in statements] == [
        ("DE89370400440532013000", "EUR", "2026-221"),
        ("GB29NWBK60161331926819", "GBP", "2026-9"),
    ]
    assert statements[0].from_on == statements[0].to_on == date(2026, 11, 20)
    assert {line.account for line in statements[1].lines} == {"GB29NWBK60161331926819"}


def test_all_parts_of_the_remittance_are_joined_and_the_parties_found(statements):
    line = statements[0].lines[0]
    assert line.remittance == "Rechnung RE-2026- 0017 vom 01.11.2026"
    assert (line.counterparty, line.counterparty_iban) == (
        "Müller & Söhne GmbH",
        "DE12500105170648489890",
    )
    assert (line.booked_on, line.value_on) == (date(2026, 11, 20), date(2026, 11, 21))
    assert (line.end_to_end_id, line.bank_reference) == ("", "BANK-1")
    assert line.amount == eur(119000)


def test_a_batch_is_one_line_for_each_payment_of_every_detail_block(statements):
    batch = [line for line in statements[0].lines if line.bank_reference == "BATCH-7"]
    assert [(line.counterparty, line.amount) for line in batch] == [
        ("One Ltd", eur(10000)),
        ("Two Ltd", eur(10000)),
        ("Three Ltd", eur(10000)),
    ]
    assert batch[0].creditor_reference == "RF93RE20260017"
    assert len({line.idempotency_key for line in batch}) == 3


def test_only_booked_entries_count(statements):
    assert sum((line.amount for line in statements[0].lines), eur(0)) == eur(152500)
    assert statements[0].warnings == ()  # opening balance and lines give the closing balance


def test_the_number_of_a_referred_document_is_part_of_the_text(statements):
    assert statements[0].lines[-1].remittance == "RE-2026-0031"


def test_a_reversal_is_named_with_the_party_whose_payment_goes_back(statements):
    (line,) = statements[1].lines
    assert line.reversal
    assert line.amount == Money(-5000, "GBP")
    assert (line.counterparty, line.end_to_end_id) == ("Returning Ltd", "ORIG-1")


def test_balances_that_do_not_add_up_are_a_warning_in_both_languages(statements):
    (note,) = statements[1].warnings
    assert note.code == "balance"
    assert "-60,00" in note.de
    assert "-£60.00" in note.en


def test_equal_lines_differ_in_one_file_and_are_the_same_in_the_next(statements):
    again = read_statements(sample("camt053_traps.xml"), file_name="again.xml")
    keys = [line.idempotency_key for each in statements for line in each.lines]
    assert len(set(keys)) == len(keys)
    assert keys == [line.idempotency_key for each in again for line in each.lines]


def test_a_report_of_the_day_and_the_statement_give_a_booking_the_same_key(statements):
    (report,) = read_statements(sample("camt052_wise.xml"), file_name="wise.xml")
    assert report.kind is StatementKind.REPORT
    assert report.lines[0].idempotency_key == statements[0].lines[0].idempotency_key


def test_without_remittance_the_additional_text_of_the_entry_is_taken():
    (report,) = read_statements(sample("camt052_wise.xml"), file_name="wise.xml")
    assert report.lines[0].remittance.endswith("reference RE-2026-0017")


ENTRY = (
    b"<Ntry><Amt Ccy='EUR'>%b</Amt><CdtDbtInd>%b</CdtDbtInd><Sts>BOOK</Sts>"
    b"<BookgDt><Dt>2026-11-20</Dt></BookgDt>%b</Ntry>"
)
STATEMENT = (
    b"<Document><BkToCstmrStmt><Stmt><Id>1</Id>"
    b"<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>%b</Stmt>"
    b"</BkToCstmrStmt></Document>"
)


def read_entry(amount=b"1.00", side=b"CRDT", rest=b""):
    data = STATEMENT % (ENTRY % (amount, side, rest))
    (statement,) = read_statements(data, file_name="a.xml")
    return statement


@pytest.mark.parametrize("amount", [b"", b"abc", b"1,00", b"-1.00", b"1e3", b"NaN"])
def test_an_unreadable_amount_refuses_the_file(amount):
    with pytest.raises(InputError, match="entry 1"):
        read_entry(amount=amount)


def test_an_entry_that_is_neither_credit_nor_debit_refuses_the_file():
    with pytest.raises(InputError, match="neither credit nor debit"):
        read_entry(side=b"BOTH")


def test_parts_of_a_cent_are_rounded_with_a_warning():
    statement = read_entry(amount=b"8.85500")
    assert statement.lines[0].amount == eur(886)
    assert [note.code for note in statement.warnings] == ["rounded"]


def test_a_batch_without_single_amounts_stays_one_line_with_a_warning():
    two = b"<NtryDtls><TxDtls><RmtInf><Ustrd>a</Ustrd></RmtInf></TxDtls><TxDtls/></NtryDtls>"
    statement = read_entry(amount=b"70.00", rest=two)
    assert [line.amount for line in statement.lines] == [eur(7000)]
    assert [note.code for note in statement.warnings] == ["batch"]


def test_a_batch_announced_by_number_only_says_so():
    rest = b"<NtryDtls><Btch><NbOfTxs>23</NbOfTxs></Btch></NtryDtls>"
    (note,) = read_entry(rest=rest).warnings
    assert "23" in note.de
    assert note.code == "batch"


def test_one_payment_in_another_currency_is_taken_as_the_account_booked_it():
    rest = b"<NtryDtls><TxDtls><Amt Ccy='SEK'>99</Amt></TxDtls></NtryDtls>"
    assert read_entry(amount=b"8.85", rest=rest).lines[0].amount == eur(885)


def test_a_batch_whose_parts_are_more_than_was_booked_stays_whole_and_is_told():
    part = b"<TxDtls><Amt Ccy='EUR'>500</Amt><RmtInf><Ustrd>RE-2026-0017</Ustrd></RmtInf></TxDtls>"
    statement = read_entry(amount=b"500", rest=b"<NtryDtls>" + part * 2 + b"</NtryDtls>")
    assert [line.amount for line in statement.lines] == [eur(50000)]
    assert [note.code for note in statement.warnings] == ["details"]
    both = read_entry(amount=b"1000", rest=b"<NtryDtls>" + part * 2 + b"</NtryDtls>")
    assert [line.amount for line in both.lines] == [eur(50000)] * 2


@pytest.mark.parametrize(
    ("side", "rest", "returned"),
    [
        ("DBIT", "<BkTxCd><Domn><Fmly><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>", True),
        ("CRDT", "<BkTxCd><Domn><Fmly><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>", True),
        ("DBIT", "<BkTxCd><Prtry><Cd>NRTI+109+00931</Cd></Prtry></BkTxCd>", True),
        ("DBIT", "<BkTxCd><Prtry><Cd>NDDT+108+00931</Cd></Prtry></BkTxCd>", True),
        ("DBIT", "<BkTxCd><Prtry><Cd>NDDT+105+109</Cd></Prtry></BkTxCd>", False),
        ("DBIT", "<AddtlNtryInf>Rücklastschrift SEPA</AddtlNtryInf>", True),
        ("CRDT", "<AddtlNtryInf>Rücklastschrift SEPA</AddtlNtryInf>", False),
        ("DBIT", "", False),
    ],
)
def test_a_return_is_known_by_the_banks_code_or_words_as_well(side, rest, returned):
    in_entry = read_entry(side=side.encode(), rest=rest.encode())
    assert in_entry.lines[0].reversal is returned
    if "BkTxCd" in rest:
        inside = f"<NtryDtls><TxDtls>{rest}</TxDtls></NtryDtls>".encode()
        assert read_entry(side=side.encode(), rest=inside).lines[0].reversal is returned


def test_a_statement_without_entries_is_fine():
    (statement,) = read_statements(STATEMENT % b"", file_name="a.xml")
    assert statement.lines == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<Document><BkToCstmrStmt></BkToCstmrStmt></Document>", "holds no statement"),
        (b"<Document><BkToCstmrStmt><Stmt>", "broken"),
        (
            b"<!DOCTYPE d [<!ENTITY a 'x'>]><Document><BkToCstmrStmt><Stmt/>"
            b"</BkToCstmrStmt></Document>",
            "document type",
        ),
        (b"<Document><BkToCstmrStmt><Stmt><Id>7</Id></Stmt></BkToCstmrStmt></Document>", "account"),
    ],
)
def test_what_is_no_statement_is_refused(data, why):
    with pytest.raises(InputError, match=why):
        read_statements(data, file_name="bad.xml")


CAMT = sorted((CORPUS / "camt" / "samples").glob("*.xml"))


@needs_corpus
@pytest.mark.parametrize("path", CAMT, ids=lambda path: path.stem)
def test_every_sample_of_other_banks_gives_what_its_golden_file_says(path):
    golden = path.with_suffix(".json")
    if not golden.exists():  # the sample that holds no statement
        with pytest.raises(InputError, match="holds no statement"):
            read_statements(path.read_bytes(), file_name=path.name)
        return
    statements = read_statements(path.read_bytes(), file_name=path.name)
    expected = booked_in(json.loads(golden.read_text()))
    found = sorted(
        (line.account, str(line.amount.minor), line.amount.currency)
        for statement in statements
        for line in statement.lines
    )
    if path.stem.startswith("camt054") and len(found) == 3:
        assert len(expected) == 1  # one entry that the golden file keeps whole
        return
    if "multi" in path.stem:  # the golden file keeps the last statement
        assert len(statements) == 2
        found = found[:1]
    assert found == expected


def booked_in(node):
    """Account, signed minor units and currency of each booked entry of a golden file."""
    entries = node["getEntries"]
    return sorted(
        (
            re.sub(r"\s", "", entry["getRecord"]["getAccount"]["getIdentification"]),
            entry["getAmount"]["getAmount"],
            entry["getAmount"]["getCurrency"]["getCode"],
        )
        for entry in entries
        if entry["getStatus"] in ("BOOK", None)
    )
