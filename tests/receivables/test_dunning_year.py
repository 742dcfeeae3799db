"""A year of a client, day by day, with all that can happen; the promises must hold on each day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from acctflows.money import Money
from acctflows.receivables.follow_up.dunning import decide, still_holds
from acctflows.receivables.follow_up.dunning_items import (
    Action,
    ClientAccount,
    Letter,
    OpenItem,
    Promise,
    Role,
    SentStep,
    Stop,
    StopKind,
)
from tests.receivables.dunning_cases import BERLIN, POLICY

NEW_YEAR = date(2026, 1, 1)
DAYS = 365
QUIET = 250
"""After this day nothing happens any more, so that what is owed must come to its end."""


@dataclass(frozen=True)
class Event:
    """Something that happens to one invoice on one day of the year."""

    day: int
    invoice: int
    kind: str
    length: int


@dataclass
class Year:
    """What the client's account went through."""

    items: list[OpenItem]
    sent: list[Letter]


EVENTS = st.lists(
    st.builds(
        Event,
        day=st.integers(0, QUIET),
        invoice=st.integers(0, 3),
        kind=st.sampled_from(["pay", "part", "hold", "dispute", "promise", "instalment"]),
        length=st.integers(1, 40),
    ),
    max_size=8,
)
INVOICES = st.lists(
    st.tuples(st.integers(1, 150), st.integers(2, 30), st.integers(500, 200_000)),
    min_size=1,
    max_size=4,
)
"""Day first sent, days to pay, cents."""

MISSED = st.sets(st.integers(0, QUIET + 20), max_size=150)
"""Days without a run."""

STALE = st.sets(st.integers(0, QUIET), max_size=30)
"""Days on which the newest bank data are a week old."""


def simulate(
    invoices: list[tuple[int, int, int]], events: list[Event], missed: set[int], stale: set[int]
) -> Year:
    year = Year(
        [
            OpenItem(
                f"RE-{number}",
                Money(cents, "EUR"),
                NEW_YEAR + timedelta(days=first + to_pay),
                NEW_YEAR + timedelta(days=first),
            )
            for number, (first, to_pay, cents) in enumerate(invoices)
        ],
        [],
    )
    for number in range(DAYS):
        today = NEW_YEAR + timedelta(days=number)
        for event in events:
            if event.day == number and event.invoice < len(year.items):
                year.items[event.invoice] = happen(year.items[event.invoice], event, today)
        if number not in missed:
            run(year, today, 7 if number in stale else 1)
    return year


def happen(item: OpenItem, event: Event, today: date) -> OpenItem:
    until = today + timedelta(days=event.length)
    match event.kind:
        case "pay":
            return replace(item, open=Money.zero("EUR"))
        case "part":
            return replace(item, open=Money(item.open.minor // 2, "EUR"))
        case "promise":
            promise = Promise(today, until, item.open)
            return replace(item, promises=(*item.promises, promise)) if item.open.minor else item
        case "instalment":
            promise = Promise(today, until, item.open, Money(-(-item.open.minor // 3), "EUR"))
            return replace(item, promises=(*item.promises, promise)) if item.open.minor else item
        case kind:
            return replace(item, stops=(*item.stops, Stop(StopKind(kind), today, until)))


def run(year: Year, today: date, age: int) -> None:
    account = ClientAccount(
        "K-1",
        tuple(item for item in year.items if item.first_sent_on <= today),  # type: ignore[operator]
        letters=tuple((each.currency, each.decided_on) for each in year.sent if each.level),
        notes=tuple((each.currency, each.decided_on) for each in year.sent if not each.level),
    )
    facts: dict[str, Any] = {
        "today": today,
        "bank_data_as_of": today - timedelta(days=age),
        "calendar": BERLIN,
    }
    decision = decide(account, POLICY, **facts)
    assert {item.number for item in decision.items} == {item.number for item in account.items}
    assert all(item.reasons for item in decision.items)
    assert age == 1 or not decision.letters
    for letter in decision.letters:
        assert still_holds(letter, account, POLICY, **facts).holds
        check_letter(letter, year, today)
        year.sent.append(letter)
        for line in letter.lines:
            if line.role in (Role.STEP, Role.COURTESY):
                index = int(line.number.removeprefix("RE-"))
                pay_by = letter.pay_by or line.due_on
                assert pay_by is not None
                item = year.items[index]
                step = SentStep(line.level, today, pay_by)
                year.items[index] = replace(item, steps=(*item.steps, step))
    new = {item.number for item in decision.items if item.action is Action.INCLUDE}
    assert new == {
        line.number
        for letter in decision.letters
        for line in letter.lines
        if line.role is Role.STEP
    }


def check_letter(letter: Letter, year: Year, today: date) -> None:
    """What a letter must never do."""
    assert BERLIN.is_business_day(today)
    asked = {Role.STEP, Role.OVERDUE, Role.CREDIT} if letter.level else {Role.COURTESY, Role.CREDIT}
    assert letter.to_pay.minor == sum(li.amount.minor for li in letter.lines if li.role in asked)
    assert letter.level or Role.OVERDUE not in {line.role for line in letter.lines}
    for line in letter.lines:
        item = year.items[int(line.number.removeprefix("RE-"))]
        assert item.open.minor > 0
        assert line.amount == item.open
        assert not any(stop.starts_on <= today <= stop.ends_on for stop in item.stops)
        assert not missing(item, today)
        if line.role in (Role.STEP, Role.OVERDUE):
            assert item.due_on is not None
            assert today > BERLIN.on_or_after(item.due_on)
            assert item.first_sent_on is not None
            assert today > item.first_sent_on + timedelta(days=1)


def missing(item: OpenItem, today: date) -> list[Promise]:
    """Running promises whose money has not come, counted by what has arrived since the first."""
    found = []
    for promise in item.promises:
        if not promise.given_on <= today <= promise.pay_by:
            continue
        plan = [p for p in item.promises if promise.given_on <= p.pay_by <= promise.pay_by]
        first = min(plan, key=lambda p: p.given_on)
        wanted = sum((p.amount or p.open_when_given).minor for p in plan)
        arrived = (first.open_when_given - item.open).minor
        own = (promise.open_when_given - item.open).minor
        paid = own >= (promise.amount or promise.open_when_given).minor
        if item.open.minor and (arrived < wanted or not paid):
            found.append(promise)
    return found


@settings(max_examples=60, deadline=None)
@given(invoices=INVOICES, events=EVENTS, missed=MISSED, stale=STALE)
def test_a_year_of_runs_keeps_every_promise(
    invoices: list[tuple[int, int, int]], events: list[Event], missed: set[int], stale: set[int]
) -> None:
    year = simulate(invoices, events, missed, stale)

    for at, letter in enumerate(year.sent):
        before = [each for each in year.sent[:at] if each.level or not letter.level]
        gaps = [(letter.decided_on - each.decided_on).days for each in before]
        assert all(gap >= POLICY.days_between_letters for gap in gaps)
    for item in year.items:
        levels = [step.level for step in item.steps if step.level]
        assert levels == list(range(1, len(levels) + 1)), "a level twice or skipped"
        assert [step.level for step in item.steps].count(0) <= 1
        for before, after in pairwise(item.reminders):
            assert (after.sent_on - before.sent_on).days >= POLICY.spacing(after.level)
            assert after.sent_on > before.pay_by


@settings(max_examples=40, deadline=None)
@given(invoices=INVOICES, events=EVENTS, missed=MISSED, stale=STALE)
def test_whoever_owes_enough_is_led_to_the_last_level(
    invoices: list[tuple[int, int, int]], events: list[Event], missed: set[int], stale: set[int]
) -> None:
    year = simulate(invoices, events, missed, stale)

    for item in year.items:
        if item.open >= Money.of(POLICY.minimum_amount, "EUR"):
            assert [step.level for step in item.reminders] == [1, 2, 3]
