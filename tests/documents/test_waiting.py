"""Which suspended runs wait for whose word."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WaitingFor
from acctflows.db.session import Database
from acctflows.documents import waiting
from tests.documents.stories import draft
from tests.factories import NOW
from tests.racing import race

RUN, OTHER = (str(UUID(int=n)) for n in (1, 2))
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def version_id(session: Session) -> int:
    return draft(session).id


def note(session: Session, version_id: int, **given: object) -> None:
    values = {"flow_run_id": RUN, "waiting_for": WaitingFor.APPROVAL, "now": NOW}
    waiting.note_waiting(session, version_id=version_id, **values | given)


def test_a_run_is_found_by_what_it_waits_for(session: Session, version_id: int) -> None:
    note(session, version_id, flow_run_id=OTHER, waiting_for=WaitingFor.CLIENT)
    note(session, version_id, now=LATER)
    found = waiting.waiting_runs(session, version_id=version_id, waiting_for=WaitingFor.APPROVAL)
    assert [run.flow_run_id for run in found] == [RUN]
    assert [run.flow_run_id for run in waiting.waiting_runs(session)] == [OTHER, RUN]


def test_a_run_waits_since_it_was_first_noted(session: Session, version_id: int) -> None:
    note(session, version_id)
    note(session, version_id, now=LATER)
    assert [run.since for run in waiting.waiting_runs(session)] == [NOW]


def test_a_run_that_went_on_waits_no_more(session: Session, version_id: int) -> None:
    note(session, version_id)
    waiting.end_waiting(session, RUN, waiting_for=WaitingFor.CLIENT, now=LATER)
    assert len(waiting.waiting_runs(session)) == 1
    waiting.end_waiting(session, RUN, waiting_for=WaitingFor.APPROVAL, now=LATER)
    waiting.end_waiting(session, RUN, waiting_for=WaitingFor.APPROVAL, now=LATER)
    assert waiting.waiting_runs(session) == []


def test_a_run_may_wait_a_second_time(session: Session, version_id: int) -> None:
    note(session, version_id)
    waiting.end_waiting(session, RUN, waiting_for=WaitingFor.APPROVAL, now=NOW)
    note(session, version_id, now=LATER)
    assert [run.since for run in waiting.waiting_runs(session)] == [LATER]


def test_a_run_that_waits_for_a_newer_version_forgets_the_old(
    session: Session, version_id: int
) -> None:
    newer = draft(session).id
    note(session, version_id)
    note(session, newer, now=LATER)
    assert waiting.waiting_runs(session, version_id=version_id) == []
    assert [run.since for run in waiting.waiting_runs(session, version_id=newer)] == [LATER]


def test_a_run_started_twice_waits_once(database: Database) -> None:
    with database.transaction() as session:
        version_id = draft(session).id

    def work(_caller: int) -> None:
        with database.transaction() as session:
            note(session, version_id)

    _done, failed = race(10, work)
    assert failed == []
    with database.reading() as session:
        assert len(waiting.waiting_runs(session)) == 1
