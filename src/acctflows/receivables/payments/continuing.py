"""Statements that continue one another: an equal line in the next one is a further booking.

Files of one day may hold a payment twice because they overlap, or two equal payments because one
continues the other. Their balances tell which: the next one opens with what the last one closed.
"""

from collections.abc import Sequence
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankLine, BankStatement
from acctflows.receivables.statements import StatementLine
from acctflows.receivables.statements.building import behind, line_key


def counted_on(
    session: Session, row: BankStatement, lines: Sequence[StatementLine]
) -> list[StatementLine]:
    """The lines of a stored statement, each counted on from equal ones in those it continues."""
    continued = _continued(session, row)
    if not continued:
        return list(lines)
    query = select(BankLine.key).where(BankLine.statement_id.in_(continued))
    known = set(session.scalars(query))
    return [behind(line, _equal(line, known)) if line.told else line for line in lines]


def _equal(line: StatementLine, known: set[str]) -> int:
    return next(n for n in count() if line_key(line.told, n) not in known)


def _continued(session: Session, row: BankStatement) -> list[int]:
    """Ids of the statements of its day that a statement continues, the last one first."""
    query = select(BankStatement).where(
        BankStatement.id != row.id,
        BankStatement.account == row.account,
        BankStatement.format == row.format,
        BankStatement.kind == row.kind,
        BankStatement.currency == row.currency,
        BankStatement.to_on == row.to_on,
        BankStatement.opening_minor != BankStatement.closing_minor,
    )
    others = session.scalars(query.order_by(BankStatement.id)).all()
    if row.opening_minor is None or any(_is_same(row, each) for each in others):
        return []
    found: dict[int, None] = {}
    opening: int | None = row.opening_minor
    while before := next(
        (each for each in others if each.closing_minor == opening and each.id not in found), None
    ):
        found[before.id] = None
        opening = before.opening_minor
    return list(found)


def _is_same(one: BankStatement, other: BankStatement) -> bool:
    """Whether two files tell the same statement; its number may be missing in one of them."""
    numbers = {each.number.strip("0/ ") for each in (one, other)} - {""}
    return len(numbers) < 2 and (one.opening_minor, one.closing_minor, one.from_on) == (
        *(other.opening_minor, other.closing_minor, other.from_on),
    )
