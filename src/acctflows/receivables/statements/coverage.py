"""Of which days a statement tells everything, and where two files would tell the same twice."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations

from acctflows.errors import InputError
from acctflows.receivables.statements.accounts import same_account
from acctflows.receivables.statements.model import Statement, StatementKind
from acctflows.receivables.statements.reading import FORMATS


def covered_until(statement: Statement, *, taken_on: date) -> date | None:
    """The last day of which a statement tells everything; None where it does not claim to.

    Without a last day of its own the newest line counts. Nothing reaches beyond the day on which
    it was taken in, and only a final statement covers that day itself.
    """
    if statement.kind is StatementKind.NOTIFICATION:
        return None
    day = statement.to_on or max(_days(statement), default=None)
    if day is None:
        return None
    final = statement.kind is StatementKind.STATEMENT
    return min(day, taken_on if final else taken_on - timedelta(1))


def first_day(statement: Statement) -> date | None:
    """The day a statement begins, or its oldest line."""
    return statement.from_on or min(_days(statement), default=None)


def line_days(statement: Statement) -> tuple[date, date] | None:
    """The days of its oldest and its newest line."""
    days = _days(statement)
    return (min(days), max(days)) if days else None


def refuse_mixed_formats(statements: Sequence[Statement], *, where: str) -> None:
    """Refuse statements that tell of the same days of an account in two formats.

    Raises:
        InputError: Their lines have different keys, so that each payment would be booked twice.
    """
    for one, other in combinations(statements, 2):
        mine, theirs = line_days(one), line_days(other)
        if one.format == other.format or mine is None or theirs is None:
            continue
        if same_account(one.account, other.account) and overlap(mine, theirs):
            raise other_format(one, other.format, "this file as well", mine[0], where=where)


def overlap(mine: tuple[date, date], theirs: tuple[date, date]) -> bool:
    """Whether two spans of days have a day in common."""
    return mine[0] <= theirs[1] and theirs[0] <= mine[1]


def other_format(
    statement: Statement, format_: str, file: str, day: date, *, where: str
) -> InputError:
    """The refusal of an account whose days were taken in in another format."""
    return InputError(
        f"the payments of account {statement.account} on {day.isoformat()} are in {file} in "
        f"another format ({FORMATS[format_].name}) already and would be booked twice",
        where=where,
        todo=f"stay with {FORMATS[format_].name} for this account, or export "
        f"{FORMATS[statement.format].name} only for days that were not taken in yet",
    )


def _days(statement: Statement) -> list[date]:
    return [line.booked_on for line in statement.lines]
