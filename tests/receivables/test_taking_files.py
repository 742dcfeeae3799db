from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankFile, BankLine, BankStatement, LineState
from acctflows.db.session import Database
from acctflows.errors import InputError
from acctflows.receivables.payments.taking_files import read_bank_file, take_file
from acctflows.receivables.statements import StatementKind
from acctflows.receivables.statements.accounts import same_account
from tests.racing import race
from tests.receivables.bank_files import CORPUS, SAMPLES, needs_corpus, sample
from tests.receivables.bank_world import DAY, NOW, bank_file, line, lines_of, take


def counts(session: Session) -> tuple[int, int]:
    files = session.scalars(select(func.count()).select_from(BankFile)).one()
    return files, session.scalars(select(func.count()).select_from(BankLine)).one()


def test_the_same_file_is_taken_once(session: Session) -> None:
    first, again = (take(session, line(100), line(-50)) for _ in range(2))
    assert (first.new, first.lines, first.new_lines) == (True, 2, 2)
    assert (again.new, again.file_id, again.new_lines) == (False, first.file_id, 0)
    assert counts(session) == (1, 2)


def test_a_line_that_another_file_told_of_is_left_out(session: Session) -> None:
    take(session, line(100, "a"), name="monday.xml")
    second = take(session, line(100, "a"), line(200, "b"), name="week.xml")
    assert (second.lines, second.new_lines) == (2, 1)
    assert [each.remittance for each in lines_of(session)] == ["a", "b"]


def test_money_that_went_out_is_none_of_our_business_unless_it_takes_something_back(
    session: Session,
) -> None:
    take(session, line(100), line(-100), line(-200, reversal=True), line(0))
    states = [each.state for each in lines_of(session)]
    assert states == [LineState.NEW, LineState.LEFT, LineState.NEW, LineState.LEFT]


@pytest.mark.parametrize(
    ("kind", "given", "until"),
    [
        (StatementKind.STATEMENT, {"to_on": DAY}, DAY),
        (StatementKind.STATEMENT, {}, DAY),
        (StatementKind.STATEMENT, {"to_on": date(2027, 1, 1)}, NOW.date()),
        (StatementKind.REPORT, {"to_on": NOW.date()}, NOW.date() - timedelta(1)),
        (StatementKind.LIST, {}, DAY),
        (StatementKind.NOTIFICATION, {"to_on": DAY}, None),
    ],
)
def test_what_a_statement_covers_ends_with_its_last_day_and_never_in_the_future(
    session: Session, kind: StatementKind, given: dict[str, date], until: date | None
) -> None:
    take(session, line(100), kind=kind, **given)
    assert session.scalars(select(BankStatement.to_on)).one() == until


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("DE89370400440532013000", "37040044/0532013000", True),
        ("DE89370400440532013000", "37040044/532013000EUR", True),
        ("DE89370400440532013000", "532013000", True),
        ("NL91ABNA0417164300", "417164300", True),
        ("NL91ABNA0417164300", "0417164300EUR", True),
        ("37040044/0532013000", "0532013000", True),
        ("DE89370400440532013000", "DE12500105170648489890", False),
        ("DE89370400440532013000", "50040044/0532013000", False),
        ("DE89370400440532013000", "3000", False),
        ("", "", False),
        ("PayPal", "", False),
        ("PayPal", "PayPal", True),
    ],
)
def test_accounts_are_known_again_under_their_other_names(one: str, other: str, same: bool) -> None:
    assert same_account(one, other) is same
    assert same_account(other, one) is same


def test_an_account_is_not_taken_for_the_same_days_in_another_format(session: Session) -> None:
    take(session, line(100), name="auszug.xml")
    mt940 = bank_file(
        line(100, account="37040044/0532013000EUR"), name="auszug.sta", format_="mt940"
    )
    with pytest.raises(InputError) as refused:
        take_file(session, mt940, by="test", now=NOW)
    words = str(refused.value)
    assert all(part in words for part in ("auszug.sta", "auszug.xml", "2026-11-20", "MT940"))
    later = line(100, account="37040044/0532013000EUR", booked_on=DAY + timedelta(1))
    assert take(session, later, name="next.sta", format_="mt940").new_lines == 1
    elsewhere = line(100, account="50010517/0648489890")
    assert take(session, elsewhere, name="other.sta", format_="mt940").new_lines == 1


def test_a_file_that_is_refused_leaves_nothing_behind(database: Database) -> None:
    with database.transaction() as session:
        take(session, line(100))
    with pytest.raises(InputError), database.transaction() as session:
        take(session, line(100), line(200), name="b.sta", format_="mt940")
    with database.reading() as session:
        assert counts(session) == (1, 1)


def test_files_taken_at_the_same_moment_store_each_line_once(database: Database) -> None:
    files = [
        bank_file(line(100, "a"), line(200, "b"), name="one.xml"),
        bank_file(line(100, "a"), line(200, "b"), name="one.xml"),
        bank_file(line(100, "a"), line(200, "b"), line(300, "c"), name="two.xml"),
    ]

    def work(caller: int) -> int:
        with database.transaction() as session:
            return take_file(session, files[caller % 3], by="test", now=NOW).new_lines

    taken, failed = race(6, work)
    assert not failed
    assert sum(taken) == 3
    with database.reading() as session:
        assert counts(session) == (2, 3)


def test_texts_longer_than_their_columns_and_control_characters_are_taken(
    session: Session,
) -> None:
    said = {"end_to_end_id": "E" * 200, "creditor_reference": "R" * 200, "bank_reference": "B" * 90}
    take(session, line(100, "a\x00b", counterparty="Möwe \x01 AG", **said), name="n" * 400)
    stored = lines_of(session)[0]
    assert (stored.remittance, len(stored.end_to_end_id)) == ("ab", 80)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.*")))
def test_every_sample_is_taken_whole_and_only_once(session: Session, name: str) -> None:
    content = read_bank_file(sample(name), name=name)
    taken = take_file(session, content, by="test", now=NOW)
    assert taken.new_lines == taken.lines > 0
    assert not take_file(session, content, by="test", now=NOW).new
    stored = lines_of(session)
    amounts = [each.amount.minor for every in content.statements for each in every.lines]
    assert [each.amount_minor for each in stored] == amounts


@needs_corpus
def test_files_of_real_banks_are_taken_whole_or_refused_with_their_name(database: Database) -> None:
    refused: dict[str, InputError] = {}
    taken = {}
    for file in sorted(each for each in CORPUS.rglob("*") if each.suffix in (".xml", ".sta")):
        try:
            content = read_bank_file(file.read_bytes(), name=file.name)
            with database.transaction() as session:
                taken[file.name] = take_file(session, content, by="test", now=NOW)
        except InputError as error:
            refused[file.name] = error
    assert len(taken) >= 41
    assert all(name in error.where for name, error in refused.items())
