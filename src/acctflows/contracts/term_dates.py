"""When a contract's terms run, when notice must be there, when it is renewed: dates and no more.

Every date is reckoned from the term that runs, never from the first one: a renewal lengthens the
term before it and begins the day after (§ 190 BGB). Which notices were given is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from acctflows.business_days import ONE_DAY, BusinessCalendar
from acctflows.clock import add_months
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.terms import Term

DAYS_BEFORE = (60, 30, 7)
"""How many days before the notice day the manager is reminded, first reminder first."""

LONGEST_BINDING_MONTHS = 24
"""Of consumers, from the conclusion on (§ 309 no. 9 a BGB)."""

LASTING = (Term.RENEWING, Term.OPEN_ENDED)
"""Kinds of term that go on until someone gives notice."""


@dataclass(frozen=True)
class Duration:
    """What was agreed about how long a contract lasts.

    Args:
        term: The kind of term.
        starts_on: First day of the contract.
        ends_on: Last day of a fixed term.
        initial_months: First term of a renewing contract.
        renewal_months: Every further term, with a business.
        notice_months: How long before the end notice must be received.
        consumer: Whether the client is one (§ 13 BGB, § 1 KSchG).
        law: Whose law the contract is under, ``DE`` or ``AT``.
    """

    term: Term
    starts_on: date
    ends_on: date | None = None
    initial_months: int = 12
    renewal_months: int = 12
    notice_months: int = 1
    consumer: bool = False
    law: str = "DE"

    @classmethod
    def of(cls, snapshot: ContractSnapshot) -> "Duration":
        """What a contract says of it."""
        terms = snapshot.terms
        return cls(
            term=terms.term,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            initial_months=terms.initial_months,
            renewal_months=terms.renewal_months,
            notice_months=terms.notice_months,
            consumer=snapshot.consumer,
            law=snapshot.law,
        )


@dataclass(frozen=True)
class RunningTerm:
    """One term of a contract.

    Args:
        number: Counts from 1, the first term.
        first_day: Its first day.
        last_day: Its last day; None where it has no end of its own.
    """

    number: int
    first_day: date
    last_day: date | None


@dataclass(frozen=True)
class NoticeDay:
    """The next chance to end a contract that renews itself.

    Args:
        term: Which ends when notice is there in time.
        renewal: What follows when it is not.
        last_receipt: Last day on which the notice may be received.
        notice_by: The business day by which it should be: that day or one before it.
        since: First day on which this notice day is the one to think of.
    """

    term: RunningTerm
    renewal: RunningTerm
    last_receipt: date
    notice_by: date
    since: date


@dataclass(frozen=True)
class Reminder:
    """A day to remind the manager of a notice day, and how many days before it that is."""

    days_before: int
    day: date


class Doubt(StrEnum):
    """What a person should have checked before relying on the dates."""

    BOUND_TOO_LONG = "bound_too_long"
    """A consumer is bound for more than two years from the conclusion (§ 309 no. 9 a BGB)."""
    AUSTRIAN_CONSUMER = "austrian_consumer"
    """§ 15 KSchG may give the consumer notice dates of its own, and § 6 (1) no. 2 KSchG lets
    silence lengthen a contract only after the consumer was told in time what it means."""


class Phase(StrEnum):
    """Where a concluded contract is in its life."""

    AHEAD = "ahead"
    RUNNING = "running"
    NOTICE_GIVEN = "notice_given"
    ENDED = "ended"


@dataclass(frozen=True)
class Outlook:
    """Where a contract is on a day, and what comes.

    Args:
        phase: Where it is.
        term: The term that runs; before the start the first, after the end the last.
        ends_on: Last day of the contract as far as it is certain.
        notice: The next chance to end it; None where there is none, or notice was given.
        doubts: What a person should have checked.
    """

    phase: Phase
    term: RunningTerm
    ends_on: date | None
    notice: NoticeDay | None
    doubts: tuple[Doubt, ...]


def period_end(first_day: date, months: int) -> date:
    """The last day of a period of months that begins with the start of a day.

    It is the day before the one with the same number (§ 187 (2), § 188 (2) BGB); a month that is
    too short for that ends the period with its last day (§ 188 (3) BGB). So a month from 31 January
    lasts until 28 February, and a year from 29 February until 28 February.
    """
    try:
        if first_day.day == 1:
            return add_months(first_day, months) - ONE_DAY
        return add_months(first_day - ONE_DAY, months)
    except ValueError:  # after the year 9999
        return date.max


def latest_receipt(end: date, notice_months: int) -> date:
    """The last day on which notice to that end may be received.

    The day of receipt does not count (§ 187 (1) BGB); the months run out on the day with its
    number, or on the last day of a month that has none (§ 188 (2), (3) BGB).
    """
    day = add_months(end, -notice_months)
    while add_months(day + ONE_DAY, notice_months) <= end:
        day += ONE_DAY
    return day


def terms_of(duration: Duration) -> Iterator[RunningTerm]:
    """The terms of a contract nobody gives notice of, one after the other without a gap.

    With a business a renewing contract goes on term by term, without end. With a consumer it goes
    on without a fixed term after the first one (§ 309 no. 9 b BGB).
    """
    first = duration.starts_on
    if duration.term is not Term.RENEWING:
        yield RunningTerm(1, first, duration.ends_on if duration.term is Term.FIXED else None)
        return
    number, last = 1, period_end(first, duration.initial_months)
    yield RunningTerm(number, first, last)
    while last < date.max:
        number, first = number + 1, last + ONE_DAY
        if duration.consumer:
            yield RunningTerm(number, first, None)
            return
        last = period_end(first, duration.renewal_months)
        yield RunningTerm(number, first, last)


def running_term(duration: Duration, today: date) -> RunningTerm:
    """The term that runs on that day, if nobody gave notice.

    Before the start it is the first, after the end of a fixed term that one.
    """
    for term in terms_of(duration):
        if term.last_day is None or term.last_day >= today:
            break
    return term


def next_notice(
    duration: Duration, calendar: BusinessCalendar, *, concluded_on: date, today: date
) -> NoticeDay | None:
    """The next day by which notice must be there to keep the contract from being renewed.

    A notice period that ends on a weekend or holiday does not last until the next business day:
    § 193 BGB does not apply to it (BGH, 17 February 2005, III ZR 172/04). The notice may still be
    received on that very day; but whoever must receive it may be away, so the business day before
    is the one to keep.

    When the running term can no longer be ended, this is the notice day of a later one.

    Args:
        duration: What was agreed.
        calendar: Business days of the place where notices are received.
        concluded_on: The day on which the contract was concluded.
        today: The day to look from.

    Returns:
        None for a contract that ends by itself or can be ended at any time.
    """
    since = concluded_on
    for term, renewal in pairwise(terms_of(duration)):
        if term.last_day is None:
            return None
        last_receipt = latest_receipt(term.last_day, duration.notice_months)
        notice_by = calendar.on_or_before(last_receipt)
        if last_receipt >= today:
            return NoticeDay(term, renewal, last_receipt, notice_by, since)
        since = max(since, last_receipt + ONE_DAY)
    return None


def end_after_notice(duration: Duration, received_on: date) -> date | None:
    """The earliest day on which a contract ends by a notice received on that day.

    None where it cannot be ended by a notice of this kind: a fixed term, or a project. What the
    law allows besides (good cause, § 314 BGB; the client's right of § 648 BGB) is for people.
    """
    if duration.term not in LASTING:
        return None
    expiry = add_months(received_on, duration.notice_months)
    if duration.term is Term.OPEN_ENDED:
        return expiry if duration.consumer else _end_of_month(expiry)
    for term in terms_of(duration):
        if term.last_day is None:
            break
        if expiry <= term.last_day:
            return term.last_day
    return expiry


def reminders(notice: NoticeDay) -> list[Reminder]:
    """The days on which to remind of a notice day, the first one first.

    Those before `NoticeDay.since` are left out: before the contract was concluded, or while the
    notice day before this one was still to come.
    """
    days = [Reminder(days, notice.notice_by - timedelta(days=days)) for days in DAYS_BEFORE]
    return [reminder for reminder in days if reminder.day >= notice.since]


def reminder_due(notice: NoticeDay, today: date) -> Reminder | None:
    """The reminder to give on that day, whether its own day was missed or not: the latest only."""
    return next((each for each in reversed(reminders(notice)) if each.day <= today), None)


def reminders_ahead(notice: NoticeDay, today: date) -> list[Reminder]:
    """The reminders still to come, that of today among them."""
    return [reminder for reminder in reminders(notice) if reminder.day >= today]


def doubts_about(duration: Duration, *, concluded_on: date) -> tuple[Doubt, ...]:
    """What the law may see otherwise than the contract, with consumers."""
    if not duration.consumer:
        return ()
    if duration.law == "AT":
        return (Doubt.AUSTRIAN_CONSUMER,) if duration.term in LASTING else ()
    bound_until = next(terms_of(duration)).last_day
    too_long = add_months(concluded_on, LONGEST_BINDING_MONTHS)
    bound = bound_until is not None and bound_until > too_long
    return (Doubt.BOUND_TOO_LONG,) if bound else ()


def outlook(
    duration: Duration,
    calendar: BusinessCalendar,
    *,
    concluded_on: date,
    today: date,
    ended_by_notice: date | None = None,
) -> Outlook:
    """Where a concluded contract is on a day.

    Args:
        duration: What was agreed.
        calendar: Business days of the place where notices are received.
        concluded_on: The day on which it was concluded.
        today: The day to look from.
        ended_by_notice: Its last day, where notice was given.
    """
    agreed_end = duration.ends_on if duration.term is Term.FIXED else None
    ends = [day for day in (agreed_end, ended_by_notice) if day is not None]
    ends_on = min(ends, default=None)
    return Outlook(
        phase=_phase(duration, ends_on, today=today, given=ended_by_notice is not None),
        term=running_term(duration, min(today, ends_on or today)),
        ends_on=ends_on,
        notice=(
            next_notice(duration, calendar, concluded_on=concluded_on, today=today)
            if ended_by_notice is None
            else None
        ),
        doubts=doubts_about(duration, concluded_on=concluded_on),
    )


def urgency(view: Outlook) -> tuple[date, date]:
    """Sorts contracts by their next notice day; those without one come last, by their end."""
    return (view.notice.notice_by if view.notice else date.max, view.ends_on or date.max)


def _phase(duration: Duration, ends_on: date | None, *, today: date, given: bool) -> Phase:
    if ends_on is not None and ends_on < today:
        return Phase.ENDED
    if given:
        return Phase.NOTICE_GIVEN
    return Phase.AHEAD if today < duration.starts_on else Phase.RUNNING


def _end_of_month(day: date) -> date:
    return period_end(day.replace(day=1), 1)
