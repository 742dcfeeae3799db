"""Document numbers: counted up per kind and year, without duplicates and without gaps."""

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from acctflows.db.models.documents import NumberSeries
from acctflows.documents.kinds import find_kind


def next_number(session: Session, *, kind: str, year: int) -> str:
    """The next number of that kind and year, such as ``V-2026-0001``.

    Call it in the transaction that stores the document: the series stays locked until that ends,
    and a rollback gives the number back, so that none is missing.

    Raises:
        InputError: When there is no such kind.
    """
    prefix = find_kind(kind).prefix
    last = session.scalars(_count_up(session, kind, year)).one()
    return f"{prefix}-{year:04}-{last:04}"


def _count_up(session: Session, kind: str, year: int) -> Insert:
    # One statement that also locks: reading and then writing would let two callers read the same.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(NumberSeries).values(kind=kind, year=year, last=1)
    return statement.on_conflict_do_update(
        index_elements=[NumberSeries.kind, NumberSeries.year],
        set_={"last": NumberSeries.last + 1},
    ).returning(NumberSeries.last)
