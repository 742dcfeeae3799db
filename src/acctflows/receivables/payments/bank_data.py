"""How fresh the bank data is: up to which day all payments are known."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankStatement

IN_USE = timedelta(days=60)
"""An account whose newest data is this much older than that of another is no longer used."""


def covered_days(session: Session) -> dict[str, date]:
    """The last day of which everything is known, per account (empty: the file named none)."""
    query = (
        select(BankStatement.account, func.max(BankStatement.to_on))
        .where(BankStatement.to_on.is_not(None))
        .group_by(BankStatement.account)
        .order_by(BankStatement.account)
    )
    return {account: day for account, day in session.execute(query) if day is not None}


def bank_data_as_of(session: Session) -> date | None:
    """The last day up to which the payments on all accounts in use are known; None without any.

    With several accounts the one that lags behind counts: a client may have paid there. A list
    that names no account may be of any, so it counts only where there is nothing else.
    """
    days = covered_days(session)
    named = [day for account, day in days.items() if account] or list(days.values())
    if not named:
        return None
    return min(day for day in named if day >= max(named) - IN_USE)
