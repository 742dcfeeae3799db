"""Accounts, days and policies for the tests of dunning."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from acctflows.business_days import BusinessCalendar
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning import decide
from acctflows.receivables.follow_up.dunning_items import (
    ClientAccount,
    Decision,
    OpenItem,
    SentStep,
)
from acctflows.receivables.follow_up.dunning_policy import load_policy

BERLIN = BusinessCalendar("DE", "BE")
POLICY = load_policy(Path(__file__).parents[2] / "templates/dunning/standard.yaml")
DUE = date(2026, 9, 1)  # a Tuesday
SENT = date(2026, 8, 18)


def eur(amount: str) -> Money:
    return Money.of(Decimal(amount), "EUR")


def invoice(number: str = "RE-1", amount: str = "1190.00", **known: Any) -> OpenItem:
    facts: dict[str, Any] = {"open": eur(amount), "due_on": DUE, "first_sent_on": SENT}
    return OpenItem(number, **(facts | known))


def account(*items: OpenItem, **known: Any) -> ClientAccount:
    return ClientAccount("K-1", items, **known)


def step(level: int, sent_on: date, days: int = 7) -> SentStep:
    return SentStep(level, sent_on, sent_on + timedelta(days=days))


def on(today: date, items: ClientAccount | Iterable[OpenItem] | OpenItem, **known: Any) -> Decision:
    """The decision of that day, with bank data of the day before unless told otherwise."""
    if isinstance(items, OpenItem):
        items = (items,)
    whole = items if isinstance(items, ClientAccount) else account(*items)
    facts = {"policy": POLICY, "bank_data_as_of": BERLIN.before(today), "calendar": BERLIN}
    return decide(whole, today=today, **(facts | known))
