"""Where one invoice stands in dunning: its next level, the day of it, and what stops it."""

from dataclasses import dataclass
from datetime import date, timedelta

from acctflows.business_days import ONE_DAY, BusinessCalendar
from acctflows.db.models.receivables import StopKind
from acctflows.receivables.follow_up.dunning_items import ClientAccount, OpenItem, Role, Stop
from acctflows.receivables.follow_up.dunning_policy import COURTESY, DunningPolicy
from acctflows.receivables.follow_up.dunning_reasons import Reason, Why, because


@dataclass(frozen=True)
class Situation:
    """The day and the rules a decision is made by.

    Args:
        policy: The agency's policy.
        calendar: Its business days.
        today: The day of the run.
        bank_data_as_of: Last day that the imported bank statements cover; None: none imported.
    """

    policy: DunningPolicy
    calendar: BusinessCalendar
    today: date
    bank_data_as_of: date | None

    def bank_data_reach(self, day: date) -> bool:
        """Whether a payment of that day would be known."""
        return self.bank_data_as_of is not None and self.bank_data_as_of >= day


@dataclass(frozen=True)
class Standing:
    """Where an item stands today, the letter's other items and the sending day left aside.

    Args:
        item: The item.
        role: As what it may stand in a letter; None: not at all.
        level: With the role STEP the new level, else the one it has.
        time_level: The highest level whose days after the due date have passed.
        step_on: First day of the next level; None where there is none.
        reasons: Why.
    """

    item: OpenItem
    role: Role | None
    level: int
    time_level: int
    step_on: date | None
    reasons: tuple[Reason, ...]


def standing(item: OpenItem, account: ClientAccount, situation: Situation) -> Standing:
    """Where the item stands today.

    Next level: the one after the last that was sent, whatever time has passed, so that none is
    skipped. Its first day is the latest of: due date plus the level's days; the last letter plus
    the spacing; the day after the pay-by date of that letter.
    """
    level = max((step.level for step in item.reminders), default=COURTESY)
    if item.open.minor <= 0 or item.due_on is None:
        role, reason = _never_dunned(item)
        return Standing(item, role, level, COURTESY, None, (reason,))
    policy = situation.policy
    due = situation.calendar.on_or_after(item.due_on)  # § 193 BGB
    passed = (situation.today - due).days
    step_on = _step_on(item, due, level + 1, situation) if level < policy.last_level else None
    reasons = _stopped(item, account, situation)
    if reasons:
        role = None
    elif situation.today <= due:
        role, reasons = _before_due(item, due, situation)
    elif not situation.bank_data_reach(due):
        role, reasons = None, [because(Why.BANK_DATA_BEHIND, deadline=due)]
    else:
        role, reasons = _overdue(item, level, step_on, situation)
    return Standing(
        item,
        role,
        level + 1 if role is Role.STEP else level,
        sum(passed >= each.days_after_due for each in policy.levels),
        step_on,
        tuple(reasons),
    )


def _never_dunned(item: OpenItem) -> tuple[Role | None, Reason]:
    if item.open.minor == 0:
        return None, because(Why.PAID)
    if item.open.minor < 0:
        return Role.CREDIT, because(Why.CREDIT, amount=item.open)
    return None, because(Why.NO_DUE_DATE)


def _overdue(
    item: OpenItem, level: int, step_on: date | None, situation: Situation
) -> tuple[Role, list[Reason]]:
    if step_on is None:
        last = item.reminders[-1]
        return Role.OVERDUE, [because(Why.LAST_LEVEL_SENT, sent_on=last.sent_on)]
    if situation.today < step_on:
        return Role.OVERDUE, [because(Why.WAITING, level=level + 1, step_on=step_on)]
    deadline = item.reminders[-1].pay_by if item.reminders else None
    if deadline and not situation.bank_data_reach(deadline):
        return Role.OVERDUE, [because(Why.BANK_DATA_BEHIND, deadline=deadline)]
    due = because(Why.STEP_DUE, level=level + 1, since=step_on)
    return Role.STEP, [due, *_broken(item, situation)]


def _step_on(item: OpenItem, due: date, level: int, situation: Situation) -> date:
    policy = situation.policy
    days = [due + timedelta(days=policy.level(level).days_after_due)]
    if item.reminders:
        last = item.reminders[-1]
        days += [last.sent_on + timedelta(days=policy.spacing(level)), last.pay_by + ONE_DAY]
    return policy.sending_day(max(days), situation.calendar)


def _stopped(item: OpenItem, account: ClientAccount, situation: Situation) -> list[Reason]:
    """All that stands against mentioning the invoice at all."""
    found = [because(Why.MONEY_WAITS, booked_on=day) for day in item.money_waits]
    found += [_said(stop) for stop in (*account.stops, *item.stops) if _active(stop, situation)]
    for promise in item.unkept(situation.today):
        until = _promise_ends(promise.pay_by, situation)
        if situation.today <= until or not situation.bank_data_reach(until):
            found.append(because(Why.PROMISED, pay_by=promise.pay_by, until=until))
    levels = [step.level for step in item.reminders]
    if levels != list(range(1, len(levels) + 1)):
        found.append(because(Why.HISTORY_UNCLEAR))
    if item.first_sent_on is None:
        found.append(because(Why.NEVER_SENT))
    else:
        until = item.first_sent_on + timedelta(days=situation.policy.days_after_invoice_sent)
        if situation.today < until:
            found.append(because(Why.SENT_RECENTLY, sent_on=item.first_sent_on, until=until))
    return found


def _active(stop: Stop, situation: Situation) -> bool:
    return stop.starts_on <= situation.today <= stop.ends_on


def _said(stop: Stop) -> Reason:
    code = Why.DISPUTED if stop.kind is StopKind.DISPUTE else Why.ON_HOLD
    return because(code, until=stop.ends_on)


def _promise_ends(pay_by: date, situation: Situation) -> date:
    """Last business day on which money sent on the promised day may still arrive."""
    promised = situation.calendar.on_or_after(pay_by)
    return situation.calendar.add(promised, situation.policy.promise_grace_business_days)


def _broken(item: OpenItem, situation: Situation) -> list[Reason]:
    """The newest promise, where it was not kept; pending ones never get here."""
    given = [each for each in item.promises if each.given_on <= situation.today]
    newest = max(given, key=lambda promise: (promise.given_on, promise.pay_by), default=None)
    if newest is None or newest not in item.unkept(situation.today):
        return []
    return [because(Why.PROMISE_BROKEN, pay_by=newest.pay_by)]


def _before_due(item: OpenItem, due: date, situation: Situation) -> tuple[Role, list[Reason]]:
    until = situation.policy.notes_until(situation.today, situation.calendar)
    if not item.steps and situation.today < due <= until:
        return Role.COURTESY, [because(Why.COURTESY_DUE, due_on=due)]
    return Role.NOT_DUE, [because(Why.NOT_DUE, due_on=due)]
