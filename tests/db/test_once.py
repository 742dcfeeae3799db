"""Inserting on a business key: one row, whoever comes and however many at once."""

import pytest
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from acctflows.db.models.desk import WorkItem
from acctflows.db.once import find_or_add
from acctflows.db.session import Database
from tests.factories import NOW
from tests.racing import race


def by_key(key: str) -> Select[tuple[WorkItem]]:
    return select(WorkItem).where(WorkItem.key == key)


def item(key: str, detail: str = "") -> WorkItem:
    return WorkItem(key=key, kind="declined", detail=detail, created_at=NOW)


def test_the_second_finds_the_first(database: Database) -> None:
    with database.transaction() as session:
        first, new = find_or_add(session, by_key("a"), lambda: item("a", "first"))
        assert new
    with database.transaction() as session:
        second, new = find_or_add(session, by_key("a"), lambda: item("a", "second"))
        assert not new
        assert (second.id, second.detail) == (first.id, "first")


def test_callers_at_once_get_one_row(database: Database) -> None:
    def add(caller: int) -> tuple[int, bool]:
        with database.transaction() as session:
            row, new = find_or_add(session, by_key("a"), lambda: item("a", str(caller)))
            return row.id, new

    done, failed = race(20, add)
    assert failed == []
    assert len({row_id for row_id, _new in done}) == 1
    assert [new for _row_id, new in done].count(True) == 1


def test_what_else_is_wrong_with_the_row_is_not_hidden(database: Database) -> None:
    def orphan() -> WorkItem:
        return WorkItem(key="a", kind="declined", detail="", created_at=NOW, owner_id=4711)

    with pytest.raises(IntegrityError), database.transaction() as session:
        find_or_add(session, by_key("a"), orphan)


def test_the_rest_of_the_transaction_survives_a_lost_race(database: Database) -> None:
    def add(caller: int) -> None:
        with database.transaction() as session:
            session.add(item(f"own {caller}"))
            find_or_add(session, by_key("shared"), lambda: item("shared"))

    _done, failed = race(8, add)
    assert failed == []
    with database.reading() as session:
        assert len(session.scalars(select(WorkItem)).all()) == 9
