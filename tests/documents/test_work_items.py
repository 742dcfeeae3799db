"""What a person must settle: opened once, settled once, listed by urgency."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WorkItem
from acctflows.db.session import Database
from acctflows.documents import audit, work_items
from acctflows.errors import ConflictError, InputError, NotFoundError
from tests.documents.stories import MANAGER, sent
from tests.factories import NOW, TODAY, make_specialist
from tests.racing import race


def open_item(session: Session, key: str = "declined/V-2026-0001/v1", **given: object) -> WorkItem:
    values = {
        "kind": "declined",
        "detail": "Die Kündigungsfrist ist zu lang.",
        "version": None,
        "owner_id": None,
        "due_on": TODAY,
        "now": NOW,
    }
    return work_items.open_item(session, key=key, **values | given)


def settle(session: Session, item_id: int, outcome: str = "angerufen") -> WorkItem:
    return work_items.settle_item(session, item_id, by=MANAGER, outcome=outcome, now=NOW)


def test_the_same_matter_is_one_item(session: Session) -> None:
    first = open_item(session)
    assert open_item(session, detail="anders") is first
    assert first.detail == "Die Kündigungsfrist ist zu lang."


def test_a_settled_matter_is_not_opened_again(session: Session) -> None:
    item = open_item(session)
    settle(session, item.id)
    assert open_item(session) is item
    assert work_items.open_items(session) == []


def test_nothing_is_settled_without_a_word(session: Session) -> None:
    item = open_item(session)
    with pytest.raises(InputError, match="what came of it"):
        settle(session, item.id, outcome=" \n")
    assert item.settled_at is None


def test_openers_at_once_make_one_item(database: Database) -> None:
    def work(_caller: int) -> int:
        with database.transaction() as session:
            return open_item(session).id

    done, failed = race(12, work)
    assert (failed, len(set(done))) == ([], 1)


def test_settling_says_who_when_and_what_came_of_it(session: Session) -> None:
    version, _token = sent(session)
    item = settle(session, open_item(session, version=version).id)
    assert (item.settled_by, item.settled_at, item.outcome) == (MANAGER, NOW, "angerufen")
    entry = audit.trail(session, f"document/{version.document.number}")[-1]
    assert (entry.event, entry.actor) == ("item.settled", MANAGER)
    assert entry.data == {"version": 1, "item": item.key, "outcome": "angerufen"}


def test_words_are_kept_without_what_no_database_can_hold(session: Session) -> None:
    item = open_item(session, detail="zu teuer\0 😀")
    assert item.detail == "zu teuer 😀"
    assert settle(session, item.id, "an\x07gerufen").outcome == "angerufen"


def test_settling_in_the_same_way_again_changes_nothing(session: Session) -> None:
    item = open_item(session)
    settle(session, item.id)
    later = NOW + timedelta(days=1)
    work_items.settle_item(session, item.id, by="Jan", outcome="angerufen", now=later)
    assert (item.settled_by, item.settled_at) == (MANAGER, NOW)


def test_settling_otherwise_is_refused_and_says_what_was_done(session: Session) -> None:
    item = open_item(session)
    settle(session, item.id)
    with pytest.raises(ConflictError, match="Lena Hansen settled it already: angerufen"):
        settle(session, item.id, "verworfen")


def test_an_item_nobody_opened_is_not_settled(session: Session) -> None:
    with pytest.raises(NotFoundError, match="no item 4711"):
        settle(session, 4711)


def test_two_who_settle_at_once_do_it_once(database: Database) -> None:
    with database.transaction() as session:
        version, _token = sent(session)
        item_id = open_item(session, version=version).id

    def work(caller: int) -> str:
        with database.transaction() as session:
            return settle(session, item_id, f"outcome {caller}").outcome

    done, failed = race(10, work)
    assert len(done) == 1
    assert {type(error) for error in failed} == {ConflictError}
    with database.reading() as session:
        trail = audit.trail(session, f"document/{version.document.number}")
        assert [entry.event for entry in trail].count("item.settled") == 1
        assert session.scalars(select(func.count()).select_from(WorkItem)).one() == 1


def test_the_most_urgent_comes_first(session: Session) -> None:
    lena = make_specialist(session)
    open_item(session, "whenever", due_on=None)
    open_item(session, "tomorrow", due_on=TODAY + timedelta(days=1), owner_id=lena.id)
    open_item(session, "yesterday", due_on=TODAY - timedelta(days=1))
    open_item(session, "yesterday too", due_on=TODAY - timedelta(days=1), owner_id=lena.id)
    listed = [item.key for item in work_items.open_items(session)]
    assert listed == ["yesterday", "yesterday too", "tomorrow", "whenever"]
    hers = [item.key for item in work_items.open_items(session, owner_id=lena.id)]
    assert hers == ["yesterday too", "tomorrow"]
