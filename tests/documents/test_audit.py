"""The audit trail: it only grows, and whatever is done to it behind our back is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AuditEntry, AuditHead
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.chain import GENESIS, Anchor, FaultKind, entry_hash
from acctflows.errors import ConfigurationError, InputError
from tests.factories import NOW
from tests.racing import race

LENGTH = 7
TABLE = AuditEntry.__table__


def record(session: Session, n: int, **given: object) -> AuditEntry:
    values = {
        "subject": f"document/V-2026-{n % 2:04}",
        "event": "approval.asked",
        "actor": "Lena Hansen",
        "now": NOW + timedelta(minutes=n),
        "data": {"version": n, "comment": "Größe „m²“ 😀", "pages": [1, {"a": None}]},
    }
    return audit.record(session, **values | given)


@pytest.fixture
def trail(session: Session) -> Session:
    """A trail of seven entries, and nothing to keep anybody from tampering with it."""
    for n in range(1, LENGTH + 1):
        record(session, n)
    lift_guard(session)
    return session


def lift_guard(session: Session) -> None:
    """What somebody does who may alter the schema."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("audit_entry", "audit_head"):
            session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    for name in names:
        session.execute(sa.text(f"DROP TRIGGER {name}"))


@contextmanager
def tampered(session: Session, *statements: sa.Executable) -> Iterator[audit.AuditReport]:
    """What the verifier finds after these statements; they are undone at the end."""
    savepoint = session.begin_nested()
    for statement in statements:
        session.execute(statement)
    yield audit.verify(session)
    savepoint.rollback()


def found(session: Session, *statements: sa.Executable) -> tuple[int, FaultKind]:
    with tampered(session, *statements) as report:
        assert report.fault is not None
        assert report.fault.detail
        return report.fault.seq, report.fault.kind


def change(seq: int, /, **values: object) -> sa.Update:
    return sa.update(TABLE).where(TABLE.c.seq == seq).values(**values)


def remove(*seqs: int) -> sa.Delete:
    return sa.delete(TABLE).where(TABLE.c.seq.in_(seqs))


def stored(session: Session) -> list[sa.Row]:
    return list(session.execute(sa.select(TABLE).order_by(TABLE.c.seq)))


def rehashed(row: sa.Row, **changes: object) -> dict[str, object]:
    """The entry as a forger would write it who knows how entries are hashed."""
    said = {**row._mapping, **changes}
    del said["hash"]
    return {**said, "hash": entry_hash(**said)}


# Recording


def test_entries_are_numbered_and_chained(session: Session) -> None:
    first, second = record(session, 1), record(session, 2)
    assert (first.seq, first.previous_hash) == (1, GENESIS)
    assert (second.seq, second.previous_hash) == (2, first.hash)
    head = session.scalars(sa.select(AuditHead)).one()
    session.refresh(head)
    assert (head.seq, head.hash) == (2, second.hash)


def test_the_trail_of_a_subject_is_told_from_the_beginning(session: Session) -> None:
    for n in range(1, 6):
        record(session, n)
    assert [entry.seq for entry in audit.trail(session, "document/V-2026-0001")] == [1, 3, 5]


def test_an_intact_trail_is_called_intact(trail: Session) -> None:
    report = audit.verify(trail)
    assert report.fault is None
    assert report.intact == Anchor(LENGTH, stored(trail)[-1].hash)


def test_an_empty_trail_is_intact(session: Session) -> None:
    assert audit.verify(session) == audit.AuditReport(Anchor(0, GENESIS), None)


def test_the_zone_a_moment_is_told_in_does_not_matter(session: Session) -> None:
    record(session, 1, now=NOW.astimezone(timezone(timedelta(hours=5, minutes=45))))
    record(session, 2, now=datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=UTC))
    assert audit.verify(session).fault is None


def test_a_naive_moment_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="naive"):
        record(session, 1, now=datetime(2026, 11, 23))  # noqa: DTZ001 — naive is the point


def test_data_that_could_be_hashed_in_two_ways_is_refused(session: Session) -> None:
    with pytest.raises(InputError, match="no canonical JSON"):
        record(session, 1, data={"amount": 12.5})


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            record(session, 2)
            raise RuntimeError("changed our mind")

    with database.transaction() as session:
        record(session, 1)
    with pytest.raises(RuntimeError):
        fail()
    with database.transaction() as session:
        assert record(session, 3).seq == 2
        assert audit.verify(session).fault is None


def test_callers_at_once_make_one_chain(database: Database) -> None:
    def work(caller: int) -> int:
        with database.transaction() as session:
            return record(session, caller).seq

    done, failed = race(24, work)
    assert failed == []
    assert sorted(done) == list(range(1, 25))
    with database.reading() as session:
        assert audit.verify(session).fault is None


def test_a_trail_that_grows_while_it_is_verified_is_no_false_alarm(database: Database) -> None:
    def work(caller: int) -> audit.AuditReport | None:
        if caller % 2:
            with database.reading() as session:
                return audit.verify(session, page=2)
        for n in range(5):
            with database.transaction() as session:
                record(session, n)
        return None

    done, failed = race(8, work)
    assert failed == []
    assert {report.fault for report in done if report} == {None}


# What the database itself refuses

REFUSED = {
    "a change": "UPDATE audit_entry SET actor = 'x' WHERE seq = 1",
    "a change of nothing": "UPDATE audit_entry SET actor = actor",
    "a removal": "DELETE FROM audit_entry WHERE seq = 2",
    "a removal of all": "DELETE FROM audit_entry",
    "an entry that does not continue the chain": (
        "INSERT INTO audit_entry (seq, subject, event, actor, at, data, previous_hash, hash)"
        " VALUES (9, 's', 'e', 'a', '2026-11-23 09:00:00', '{}', 'x', 'y')"
    ),
    "an entry with the right number and a wrong hash before it": (
        "INSERT INTO audit_entry (seq, subject, event, actor, at, data, previous_hash, hash)"
        " VALUES (3, 's', 'e', 'a', '2026-11-23 09:00:00', '{}', 'x', 'y')"
    ),
    "a head set back": "UPDATE audit_head SET seq = 1",
    "a head ahead of the entries": "UPDATE audit_head SET seq = 3",
    "a head with another hash": "UPDATE audit_head SET hash = 'x'",
    "a second head": "INSERT INTO audit_head (id, seq, hash) VALUES (2, 0, 'x')",
    "a lost head": "DELETE FROM audit_head",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_lets_the_trail_only_grow(session: Session, statement: str) -> None:
    record(session, 1)
    record(session, 2)
    with pytest.raises(DBAPIError, match="the audit trail only grows"), session.begin_nested():
        session.execute(sa.text(statement))
    assert audit.verify(session).fault is None


def test_the_database_refuses_its_own_ways_around(session: Session) -> None:
    record(session, 1)
    statements = {
        "sqlite": ["INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 1"],
        "postgresql": [
            "TRUNCATE audit_entry",
            "TRUNCATE audit_head",
            "TRUNCATE audit_entry CASCADE",
        ],
    }
    for statement in statements[session.get_bind().dialect.name]:
        with pytest.raises(DBAPIError, match="the audit trail only grows"), session.begin_nested():
            session.execute(sa.text(statement))
    assert audit.verify(session).fault is None


# What the verifier finds

CHANGES = {
    "subject": "document/V-2026-0009",
    "event": "approval.approved",
    "actor": "Somebody Else",
    "at": NOW - timedelta(microseconds=1),
    "data": {"version": 1},
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_of_any_column_of_any_entry_is_found(trail: Session, column: str) -> None:
    for seq in range(1, LENGTH + 1):
        change_it = change(seq, **{column: CHANGES[column]})
        assert found(trail, change_it) == (seq, FaultKind.CHANGED)


def test_every_column_is_covered() -> None:
    assert {*CHANGES, "seq"} == set(TABLE.columns.keys())


def test_the_smallest_changes_are_found(trail: Session) -> None:
    row = stored(trail)[2]
    smallest = [
        {"subject": row.subject + " "},
        {"actor": row.actor.swapcase()},
        {"at": row.at + timedelta(microseconds=1)},
        {"data": {**row.data, "version": str(row.data["version"])}},
        {"data": {**row.data, "more": None}},
        {"data": {**row.data, "comment": "Gro\u0308ße „m²“ 😀"}},
        {"hash": row.hash.upper()},
        {"data": []},
    ]
    for values in smallest:
        assert found(trail, change(3, **values)) == (3, FaultKind.CHANGED), values


def test_an_entry_changed_together_with_its_hash_is_found(trail: Session) -> None:
    for row in stored(trail)[:-1]:
        forged = rehashed(row, actor="Somebody Else")
        assert found(trail, change(row.seq, **forged)) == (row.seq, FaultKind.CHANGED)


def test_the_last_entry_changed_together_with_its_hash_is_found(trail: Session) -> None:
    forged = rehashed(stored(trail)[-1], actor="Somebody Else")
    assert found(trail, change(LENGTH, **forged)) == (LENGTH, FaultKind.HEAD_ALTERED)


def test_a_missing_entry_is_named(trail: Session) -> None:
    for seq in range(1, LENGTH):
        assert found(trail, remove(seq)) == (seq, FaultKind.MISSING)
    with tampered(trail, remove(2, 3, 4)) as report:
        assert report.fault is not None
        assert report.fault.detail == "entries 2 to 4 are missing"
        assert report.intact.seq == 1


def test_a_gap_closed_by_counting_anew_is_found(trail: Session) -> None:
    moves = [change(seq, seq=seq - 1) for seq in range(4, LENGTH + 1)]
    assert found(trail, remove(3), *moves) == (3, FaultKind.REORDERED)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 4), (2, 6), (1, LENGTH), (6, LENGTH)])
def test_swapped_entries_are_named(trail: Session, one: int, other: int) -> None:
    swap = [change(one, seq=99), change(other, seq=one), change(99, seq=other)]
    assert found(trail, *swap) == (one, FaultKind.REORDERED)
    with tampered(trail, *swap) as report:
        assert report.fault is not None
        assert report.fault.detail == f"entry {other} stands where entry {one} belongs"


def test_a_renumbered_entry_is_named(trail: Session) -> None:
    assert found(trail, change(LENGTH, seq=10**15)) == (LENGTH, FaultKind.REORDERED)
    assert found(trail, change(1, seq=-5)) == (1, FaultKind.REORDERED)


def test_an_entry_slipped_in_before_the_first_is_found(trail: Session) -> None:
    added = rehashed(stored(trail)[0], seq=0)
    assert found(trail, sa.insert(TABLE).values(**added)) == (0, FaultKind.REORDERED)


def test_an_end_cut_off_is_found(trail: Session) -> None:
    assert found(trail, remove(LENGTH)) == (LENGTH, FaultKind.CUT_OFF)
    with tampered(trail, remove(6, 7)) as report:
        assert report.fault is not None
        assert report.fault.detail == "entries 6 to 7 are missing at the end"


def test_a_trail_emptied_is_found(trail: Session) -> None:
    assert found(trail, sa.delete(TABLE)) == (1, FaultKind.CUT_OFF)


def test_an_altered_head_is_found(trail: Session) -> None:
    head = sa.update(AuditHead)
    assert found(trail, head.values(hash="f" * 64)) == (LENGTH, FaultKind.HEAD_ALTERED)
    assert found(trail, head.values(seq=4)) == (4, FaultKind.HEAD_ALTERED)
    assert found(trail, head.values(seq=9)) == (8, FaultKind.CUT_OFF)
    assert found(trail, sa.delete(AuditHead)) == (LENGTH, FaultKind.HEAD_ALTERED)


def test_nothing_is_recorded_on_a_trail_without_head(trail: Session) -> None:
    trail.execute(sa.delete(AuditHead))
    with pytest.raises(ConfigurationError, match="lost its head"):
        record(trail, 8)


def test_an_entry_added_behind_the_head_is_found(trail: Session) -> None:
    last = stored(trail)[-1]
    added = rehashed(last, seq=LENGTH + 1, previous_hash=last.hash)
    assert found(trail, sa.insert(TABLE).values(**added)) == (LENGTH, FaultKind.HEAD_ALTERED)


def test_a_chain_rewritten_to_its_end_is_unmasked_by_what_was_noted(trail: Session) -> None:
    noted = audit.verify(trail).intact
    previous, forgery = stored(trail)[3].hash, []
    for row in stored(trail)[4:]:
        forged = rehashed(row, actor="Somebody Else", previous_hash=previous)
        forgery.append(change(row.seq, **forged))
        previous = forged["hash"]
    forgery.append(sa.update(AuditHead).values(hash=previous))
    with tampered(trail, *forgery) as report:
        assert report.fault is None  # nothing inside of the database can tell
        fault = audit.verify(trail, anchor=noted).fault
        assert fault is not None
        assert (fault.seq, fault.kind) == (LENGTH, FaultKind.REWRITTEN)


def test_a_chain_shortened_with_its_head_is_unmasked_by_what_was_noted(trail: Session) -> None:
    noted = audit.verify(trail).intact
    back = sa.update(AuditHead).values(seq=5, hash=stored(trail)[4].hash)
    with tampered(trail, remove(6, 7), back) as report:
        assert report.fault is None
        fault = audit.verify(trail, anchor=noted).fault
        assert fault is not None
        assert (fault.seq, fault.kind) == (6, FaultKind.REWRITTEN)


def test_what_was_noted_earlier_does_not_disturb_a_trail_that_grew(trail: Session) -> None:
    noted = audit.verify(trail).intact
    record(trail, 8)
    report = audit.verify(trail, anchor=noted)
    assert (report.fault, report.intact.seq) == (None, 8)


UNREADABLE = {
    "sqlite": [
        "at = 'yesterday'",
        "at = x'ff'",
        "data = '{'",
        "data = '{\"a\": 0.5}'",
        "data = x'ff'",
        "actor = x'ff'",
        "actor = CAST(x'ff' AS TEXT)",
        "data = '" + "[" * 2000 + "]" * 2000 + "'",
        "subject = ''",
    ],
    "postgresql": [
        "at = 'infinity'",
        "at = '10000-01-01'",
        "data = '{\"a\": 0.5}'",
        "data = 'null'",
    ],
}


def test_an_entry_nobody_can_read_any_more_is_named(trail: Session) -> None:
    for assignment in UNREADABLE[trail.get_bind().dialect.name]:
        damage = sa.text(f"UPDATE audit_entry SET {assignment} WHERE seq = 4")
        assert found(trail, damage) == (4, FaultKind.CHANGED), assignment


@pytest.mark.parametrize("page", [1, 2, LENGTH - 1, LENGTH, LENGTH + 1])
def test_a_long_trail_is_read_in_pages(trail: Session, page: int) -> None:
    assert audit.verify(trail, page=page).intact.seq == LENGTH
    trail.execute(change(5, actor="x"))
    fault = audit.verify(trail, page=page).fault
    assert fault is not None
    assert fault.seq == 5
