"""Where a client stands: a dispute that holds today, and the level of what is still open."""

from datetime import date, timedelta

import pytest

from acctflows.db.models.receivables import StopKind
from acctflows.db.session import Database
from acctflows.receivables.follow_up.standing import dunning_level, open_dispute
from acctflows.receivables.follow_up.stops import lift_stop, set_stop
from tests.receivables.following import FIRST, SECOND, World, moment


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_dispute_holds_from_its_first_to_its_last_day(world: World) -> None:
    client, last = world.client(), FIRST + timedelta(days=14)

    def disputed(day: date) -> str:
        with world.database.reading() as session:
            return open_dispute(session, client.id, today=day)

    for kind, reason in ((StopKind.HOLD, "auf Bitte der Kundin"), (StopKind.DISPUTE, "Mängel")):
        with world.database.transaction() as session:
            stop = set_stop(
                session,
                client=session.merge(client),
                invoice=None,
                kind=kind,
                reason=reason,
                starts_on=FIRST,
                ends_on=last,
                by="Lena",
                now=moment(FIRST),
            )
    day = timedelta(days=1)
    assert [disputed(each) for each in (FIRST - day, FIRST, last, last + day)] == [
        *("", "Mängel", "Mängel", ""),
    ]
    with world.database.transaction() as session:
        lift_stop(session, stop.id, today=SECOND - day, by="Lena", now=moment(SECOND))
    assert disputed(SECOND) == ""
    with world.database.reading() as session:
        assert open_dispute(session, client.id + 1, today=FIRST) == ""


def test_only_what_is_open_counts_for_the_level(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client)

    def level() -> int:
        with world.database.reading() as session:
            return dunning_level(session, client.id)

    assert level() == 0
    world.decide(client, FIRST)
    assert level() == 0  # decided is not sent
    world.work(client, FIRST)
    assert level() == 1
    world.work(client, SECOND)
    assert level() == 2
    world.pay(invoice)
    assert level() == 0
