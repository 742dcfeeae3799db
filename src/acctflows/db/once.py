"""Insert on a business key: whoever comes second, or at the same time, finds the first row."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from acctflows.db.base import Base

Row = TypeVar("Row", bound=Base)


def find_or_add(
    session: Session, query: Select[tuple[Row]], make: Callable[[], Row]
) -> tuple[Row, bool]:
    """The row the query finds, or else the new one; concurrent callers all get the same.

    Args:
        session: The caller's transaction.
        query: Finds the row by its business key, which has a unique constraint.
        make: Makes the row. It runs in a savepoint: when another transaction was faster,
            everything it did (a number taken, for instance) is undone.

    Returns:
        The row, and whether it is new.
    """
    found = session.scalars(query).one_or_none()
    if found is not None:
        return found, False
    try:
        with session.begin_nested():
            row = make()
            session.add(row)
    except IntegrityError:
        found = session.scalars(query).one_or_none()
        if found is None:  # something else was wrong with the row
            raise
        return found, False
    return row, True
