from datetime import date

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankFile, BankStatement
from acctflows.receivables.payments.bank_data import bank_data_as_of
from tests.factories import NOW


def know(session: Session, *statements: tuple[str, date | None]) -> None:
    file = BankFile(sha256="a" * 64, name="bank.xml", taken_at=NOW, taken_by="test")
    for position, (account, to_on) in enumerate(statements):
        file.statements.append(
            BankStatement(
                position=position,
                format="camt",
                kind="statement",
                account=account,
                to_on=to_on,
                currency="EUR",
            )
        )
    session.add(file)
    session.flush()


@pytest.mark.parametrize(
    ("statements", "as_of"),
    [
        ([], None),
        ([("DE1", date(2026, 11, 20)), ("DE1", date(2026, 11, 23))], date(2026, 11, 23)),
        ([("DE1", date(2026, 11, 20)), ("DE2", date(2026, 11, 23))], date(2026, 11, 20)),
        ([("DE1", date(2026, 9, 23)), ("DE2", date(2026, 11, 23))], date(2026, 11, 23)),
        ([("DE1", date(2026, 9, 24)), ("DE2", date(2026, 11, 23))], date(2026, 9, 24)),
        ([("DE1", None), ("DE2", date(2026, 11, 23))], date(2026, 11, 23)),
        ([("", date(2026, 11, 24)), ("DE2", date(2026, 11, 23))], date(2026, 11, 23)),
        ([("", date(2026, 10, 24)), ("DE2", date(2026, 11, 23))], date(2026, 11, 23)),
        ([("", date(2026, 11, 24))], date(2026, 11, 24)),
    ],
    ids=[
        "no data",
        "the newest of an account",
        "the account that lags behind",
        "an account no longer used",
        "an account used within sixty days",
        "details of bookings say nothing",
        "a list without account is not taken for the account",
        "nor does it hold up",
        "unless there is nothing else",
    ],
)
def test_bank_data_reach_as_far_as_every_account_in_use(
    session: Session, statements: list[tuple[str, date | None]], as_of: date | None
) -> None:
    know(session, *statements)
    assert bank_data_as_of(session) == as_of
