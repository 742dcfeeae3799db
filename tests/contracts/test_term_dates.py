from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.business_days import BusinessCalendar
from acctflows.clock import add_months
from acctflows.contracts.term_dates import (
    Doubt,
    Duration,
    NoticeDay,
    Phase,
    RunningTerm,
    doubts_about,
    end_after_notice,
    latest_receipt,
    next_notice,
    outlook,
    period_end,
    reminder_due,
    reminders,
    reminders_ahead,
    running_term,
    terms_of,
)
from acctflows.contracts.terms import Term

BERLIN = BusinessCalendar("DE", "BE")
ONE_DAY = timedelta(days=1)


def on(text: str) -> date:
    return date.fromisoformat(text)


def renewing(start: str, initial: int, renewal: int, notice: int, **given: bool | str) -> Duration:
    return Duration(
        term=Term.RENEWING,
        starts_on=on(start),
        initial_months=initial,
        renewal_months=renewal,
        notice_months=notice,
        **given,  # type: ignore[arg-type]  # consumer and law, as the table gives them
    )


def chance(duration: Duration, today: str, land: str = "BE", country: str = "DE") -> NoticeDay:
    calendar = BusinessCalendar(country, land)
    found = next_notice(duration, calendar, concluded_on=on("2001-01-02"), today=on(today))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        ("2027-01-01", 12, "2027-12-31"),
        ("2026-12-01", 3, "2027-02-28"),  # over the turn of the year
        ("2027-12-01", 3, "2028-02-29"),  # into a leap year
        ("2026-04-15", 1, "2026-05-14"),
        ("2027-01-31", 1, "2027-02-28"),  # § 188 (3): there is no 30 February
        ("2028-01-31", 1, "2028-02-29"),
        ("2027-01-30", 1, "2027-02-28"),
        ("2027-01-29", 1, "2027-02-28"),
        ("2028-01-30", 1, "2028-02-29"),
        ("2027-03-31", 1, "2027-04-30"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),  # starts on a leap day
        ("2028-02-29", 48, "2032-02-28"),
        ("2027-03-01", 12, "2028-02-29"),  # ends on a leap day
        ("2028-03-01", 12, "2029-02-28"),
        ("2026-12-31", 1, "2027-01-30"),
        ("9999-06-01", 12, "9999-12-31"),  # a typing error must not end the sweep
    ],
)
def test_a_period_of_months_ends_before_the_day_of_its_number(
    first: str, months: int, last: str
) -> None:
    assert period_end(on(first), months) == on(last)


@pytest.mark.parametrize(
    ("end", "months", "received"),
    [
        ("2027-12-31", 1, "2027-11-30"),
        ("2027-12-31", 3, "2027-09-30"),
        ("2027-12-31", 12, "2026-12-31"),
        ("2027-02-28", 1, "2027-01-31"),  # 31 January and a month: the last day of February
        ("2028-02-29", 1, "2028-01-31"),
        ("2028-02-28", 1, "2028-01-28"),
        ("2027-03-31", 1, "2027-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2028-03-29", 1, "2028-02-29"),
        ("2027-03-29", 1, "2027-02-28"),
        ("2027-04-30", 2, "2027-02-28"),
        ("2027-02-28", 12, "2026-02-28"),
        ("2029-02-28", 12, "2028-02-29"),  # received on a leap day
        ("2027-01-14", 1, "2026-12-14"),
        ("2002-04-30", 1, "2002-03-31"),  # the case of BGH III ZR 172/04: Easter Sunday
    ],
)
def test_notice_must_be_received_so_many_months_before_the_end(
    end: str, months: int, received: str
) -> None:
    assert latest_receipt(on(end), months) == on(received)


@pytest.mark.parametrize(
    ("country", "land", "end", "months", "by"),
    [
        # Reformation Day is a holiday in the north and in Brandenburg, none in Berlin.
        ("DE", "NI", "2029-12-31", 2, "2029-10-30"),
        ("DE", "HH", "2029-12-31", 2, "2029-10-30"),
        ("DE", "BB", "2029-12-31", 2, "2029-10-30"),
        ("DE", "BE", "2029-12-31", 2, "2029-10-31"),
        # All Saints in Catholic Länder
        ("DE", "NW", "2027-12-01", 1, "2027-10-29"),
        ("DE", "BE", "2027-12-01", 1, "2027-11-01"),
        # Corpus Christi, 27 May 2027
        ("DE", "BY", "2027-06-27", 1, "2027-05-26"),
        ("DE", "NW", "2027-06-27", 1, "2027-05-26"),
        ("DE", "HH", "2027-06-27", 1, "2027-05-27"),
        # Epiphany, Wednesday 6 January 2027
        ("DE", "BW", "2027-04-06", 3, "2027-01-05"),
        ("DE", "BY", "2027-04-06", 3, "2027-01-05"),
        ("DE", "ST", "2027-04-06", 3, "2027-01-05"),
        ("DE", "HE", "2027-04-06", 3, "2027-01-06"),
        # Women's Day in Berlin, Day of Repentance in Saxony
        ("DE", "BE", "2027-04-08", 1, "2027-03-05"),
        ("DE", "SN", "2026-12-18", 1, "2026-11-17"),
        # Austria: National Day, Immaculate Conception
        ("AT", "", "2027-01-26", 3, "2026-10-23"),
        ("AT", "", "2027-03-08", 3, "2026-12-07"),
        ("DE", "BE", "2027-03-08", 3, "2026-12-08"),
        # Easter as in the case of the BGH; Christmas and the turn of the year
        ("DE", "BY", "2002-04-30", 1, "2002-03-28"),
        ("DE", "BE", "2027-01-25", 1, "2026-12-24"),
        ("DE", "BE", "2028-02-01", 1, "2027-12-31"),
        # Saturday and Sunday
        ("DE", "BE", "2027-02-28", 1, "2027-01-29"),
    ],
)
def test_the_notice_day_goes_back_to_a_business_day_of_the_land(
    country: str, land: str, end: str, months: int, by: str
) -> None:
    start = add_months(on(end), -12) + ONE_DAY
    duration = renewing(start.isoformat(), 12, 12, months)
    found = chance(duration, start.isoformat(), land, country)
    assert (found.term.last_day, found.notice_by) == (on(end), on(by))
    assert found.last_receipt == latest_receipt(on(end), months)


@pytest.mark.parametrize(
    ("duration", "today", "term"),
    [
        (renewing("2026-01-01", 12, 12, 3), "2026-06-01", (1, "2026-01-01", "2026-12-31")),
        (renewing("2026-01-01", 12, 12, 3), "2026-12-31", (1, "2026-01-01", "2026-12-31")),
        (renewing("2026-01-01", 12, 12, 3), "2027-01-01", (2, "2027-01-01", "2027-12-31")),
        (renewing("2026-01-01", 24, 6, 3), "2029-03-01", (4, "2029-01-01", "2029-06-30")),
        # Before the start, the first term.
        (renewing("2026-01-01", 12, 12, 3), "2025-05-01", (1, "2026-01-01", "2026-12-31")),
        # From the running term on, not from the first: after February the months end as months do.
        (renewing("2027-01-31", 1, 1, 1), "2027-03-30", (2, "2027-03-01", "2027-03-31")),
        (renewing("2028-02-29", 12, 12, 1), "2032-02-29", (4, "2031-03-01", "2032-02-29")),
        # Three hundred renewals later
        (renewing("2026-01-15", 1, 1, 1), "2051-01-20", (301, "2051-01-15", "2051-02-14")),
    ],
)
def test_the_running_term_is_found_from_the_term_before(
    duration: Duration, today: str, term: tuple[int, str, str]
) -> None:
    number, first, last = term
    assert running_term(duration, on(today)) == RunningTerm(number, on(first), on(last))


def test_a_term_that_cannot_be_ended_any_more_gives_way_to_the_next() -> None:
    duration = renewing("2026-01-01", 12, 12, 3)
    assert chance(duration, "2026-09-30").last_receipt == on("2026-09-30")
    late = chance(duration, "2026-10-01")
    assert (late.term.number, late.notice_by) == (2, on("2027-09-30"))
    assert late.renewal == RunningTerm(3, on("2028-01-01"), on("2028-12-31"))
    # Notice is longer than a term: the running and the next two terms are settled already.
    assert chance(renewing("2027-01-01", 1, 1, 3), "2027-01-01").term.number == 4


def test_a_weekend_may_lie_between_the_careful_day_and_the_last_one() -> None:
    duration = renewing("2026-03-01", 12, 12, 1)
    on_saturday = chance(duration, "2027-01-30")
    assert on_saturday.notice_by == on("2027-01-29")
    assert on_saturday.last_receipt == on("2027-01-31")


@pytest.mark.parametrize(
    ("duration", "received", "end"),
    [
        (renewing("2026-01-01", 12, 12, 3), "2026-09-30", "2026-12-31"),
        (renewing("2026-01-01", 12, 12, 3), "2026-10-01", "2027-12-31"),
        (renewing("2026-01-01", 12, 12, 3), "2030-09-30", "2030-12-31"),
        (renewing("2026-01-01", 12, 6, 1), "2027-06-01", "2027-12-31"),
        # Consumers: to the end of the first term, after that at any time (§ 309 no. 9 b BGB)
        (renewing("2026-01-01", 12, 12, 1, consumer=True), "2026-03-01", "2026-12-31"),
        (renewing("2026-01-01", 12, 12, 1, consumer=True), "2026-11-30", "2026-12-31"),
        (renewing("2026-01-01", 12, 12, 1, consumer=True), "2026-12-01", "2027-01-01"),
        (renewing("2026-01-01", 12, 12, 1, consumer=True), "2028-01-31", "2028-02-29"),
        # Open-ended: to the end of a calendar month with a business
        (Duration(Term.OPEN_ENDED, on("2026-01-01"), notice_months=1), "2027-01-31", "2027-02-28"),
        (Duration(Term.OPEN_ENDED, on("2026-01-01"), notice_months=1), "2027-02-01", "2027-03-31"),
        (Duration(Term.OPEN_ENDED, on("2026-01-01"), notice_months=3), "2027-11-30", "2028-02-29"),
        (Duration(Term.OPEN_ENDED, on("2026-01-01"), consumer=True), "2027-01-31", "2027-02-28"),
        (Duration(Term.OPEN_ENDED, on("2026-01-01"), consumer=True), "2027-02-10", "2027-03-10"),
        (Duration(Term.FIXED, on("2026-01-01"), on("2026-12-31")), "2026-03-01", None),
        (Duration(Term.PROJECT, on("2026-01-01"), on("2026-12-31")), "2026-03-01", None),
    ],
)
def test_a_notice_ends_the_contract_at_the_earliest_agreed_day(
    duration: Duration, received: str, end: str | None
) -> None:
    assert end_after_notice(duration, on(received)) == (on(end) if end else None)


def test_with_a_consumer_the_contract_goes_on_without_a_term() -> None:
    duration = renewing("2026-01-01", 24, 12, 1, consumer=True)
    assert list(terms_of(duration)) == [
        RunningTerm(1, on("2026-01-01"), on("2027-12-31")),
        RunningTerm(2, on("2028-01-01"), None),
    ]
    found = chance(duration, "2027-01-01")
    assert (found.notice_by, found.renewal.last_day) == (on("2027-11-30"), None)
    concluded = on("2025-12-20")
    assert next_notice(duration, BERLIN, concluded_on=concluded, today=on("2028-01-01")) is None


@pytest.mark.parametrize("kind", [Term.PROJECT, Term.FIXED, Term.OPEN_ENDED])
def test_only_renewing_contracts_have_a_notice_day(kind: Term) -> None:
    day = on("2027-01-04")
    one_day = Duration(kind, day, day)
    assert next_notice(one_day, BERLIN, concluded_on=day, today=day) is None
    assert [term.number for term in terms_of(one_day)] == [1]


def test_a_fixed_term_may_last_a_day() -> None:
    day = on("2028-02-29")
    duration = Duration(Term.FIXED, day, day)
    assert running_term(duration, day) == RunningTerm(1, day, day)
    phases = [
        outlook(duration, BERLIN, concluded_on=day, today=today).phase
        for today in (day - ONE_DAY, day, day + ONE_DAY)
    ]
    assert phases == [Phase.AHEAD, Phase.RUNNING, Phase.ENDED]


def test_reminders_come_60_30_and_7_days_before_the_notice_day() -> None:
    notice = chance(renewing("2026-01-01", 12, 12, 3), "2026-01-01")
    days = {each.days_before: each.day.isoformat() for each in reminders(notice)}
    assert days == {60: "2026-08-01", 30: "2026-08-31", 7: "2026-09-23"}
    assert [each.days_before for each in reminders_ahead(notice, on("2026-08-31"))] == [30, 7]
    assert reminders_ahead(notice, on("2026-09-24")) == []


@pytest.mark.parametrize(
    ("today", "due"),
    [("2026-07-31", None), ("2026-08-01", 60), ("2026-08-30", 60), ("2026-08-31", 30),
     ("2026-09-22", 30), ("2026-09-23", 7), ("2026-09-30", 7)],
)  # fmt: skip
def test_after_missed_days_only_the_nearest_reminder_is_due(today: str, due: int | None) -> None:
    found = reminder_due(chance(renewing("2026-01-01", 12, 12, 3), "2026-01-01"), on(today))
    assert (found.days_before if found else None) == due


def test_no_reminder_lies_before_the_conclusion_or_the_notice_day_before() -> None:
    duration = renewing("2026-01-01", 12, 12, 3)
    concluded = on("2026-08-20")
    late = next_notice(duration, BERLIN, concluded_on=concluded, today=concluded)
    assert late is not None
    assert [each.days_before for each in reminders(late)] == [30, 7]
    monthly = chance(renewing("2026-01-01", 1, 1, 1), "2026-05-01")
    assert (monthly.last_receipt, monthly.since) == (on("2026-05-31"), on("2026-05-01"))
    assert [each.days_before for each in reminders(monthly)] == [7]


@pytest.mark.parametrize(
    ("duration", "concluded", "doubts"),
    [
        (renewing("2026-01-01", 24, 12, 1, consumer=True), "2026-01-01", ()),
        (renewing("2026-01-01", 24, 12, 1, consumer=True), "2025-12-31", ()),
        (renewing("2026-01-01", 24, 12, 1, consumer=True), "2025-12-30", (Doubt.BOUND_TOO_LONG,)),
        (renewing("2026-01-01", 24, 12, 1), "2025-01-01", ()),
        (renewing("2026-01-01", 12, 12, 1, consumer=True, law="AT"), "2026-01-01",
         (Doubt.AUSTRIAN_CONSUMER,)),
        (Duration(Term.FIXED, on("2026-01-01"), on("2028-06-30"), consumer=True), "2026-01-01",
         (Doubt.BOUND_TOO_LONG,)),
        (Duration(Term.PROJECT, on("2026-01-01"), on("2029-06-30"), consumer=True), "2026-01-01",
         ()),
        (Duration(Term.PROJECT, on("2026-01-01"), consumer=True, law="AT"), "2026-01-01", ()),
    ],
)  # fmt: skip
def test_what_binds_a_consumer_too_long_is_marked(
    duration: Duration, concluded: str, doubts: tuple[Doubt, ...]
) -> None:
    assert doubts_about(duration, concluded_on=on(concluded)) == doubts


def test_the_outlook_after_a_notice_has_an_end_and_no_notice_day() -> None:
    duration = renewing("2026-01-01", 12, 12, 3)
    concluded, end = on("2025-12-01"), on("2027-12-31")
    given = [
        outlook(duration, BERLIN, concluded_on=concluded, today=on(today), ended_by_notice=end)
        for today in ("2027-02-01", "2027-12-31", "2028-01-01", "2031-01-01")
    ]
    assert [each.phase for each in given] == [
        *(Phase.NOTICE_GIVEN, Phase.NOTICE_GIVEN, Phase.ENDED, Phase.ENDED)
    ]
    assert {each.term.number for each in given} == {2}
    assert {(each.ends_on, each.notice) for each in given} == {(end, None)}


DURATIONS = st.builds(
    Duration,
    term=st.just(Term.RENEWING),
    starts_on=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    initial_months=st.integers(1, 60),
    renewal_months=st.integers(1, 36),
    notice_months=st.integers(1, 12),
)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(DURATIONS)
def test_terms_follow_each_other_without_a_gap(duration: Duration) -> None:
    for before, after in pairwise(islice(terms_of(duration), 300)):
        assert before.last_day is not None
        assert before.first_day <= before.last_day
        assert after.first_day == before.last_day + ONE_DAY
        assert after.number == before.number + 1


@given(DURATIONS, DAYS, st.sampled_from(["BE", "BY", "NI", "SN", ""]))
def test_a_notice_day_is_a_business_day_before_the_end_and_never_goes_back(
    duration: Duration, today: date, land: str
) -> None:
    calendar, concluded = BusinessCalendar("DE", land), date(2019, 12, 1)
    notice = next_notice(duration, calendar, concluded_on=concluded, today=today)
    later = next_notice(duration, calendar, concluded_on=concluded, today=today + ONE_DAY)
    assert notice is not None
    assert later is not None
    assert notice.term.last_day is not None
    assert today <= notice.last_receipt < notice.term.last_day
    assert notice.last_receipt - timedelta(days=7) < notice.notice_by <= notice.last_receipt
    assert calendar.is_business_day(notice.notice_by)
    assert later.term.number >= notice.term.number
    assert later.notice_by >= notice.notice_by


@given(DURATIONS, DAYS)
def test_a_notice_on_the_last_day_ends_the_term_and_a_day_later_does_not(
    duration: Duration, today: date
) -> None:
    notice = next_notice(duration, BERLIN, concluded_on=date(2019, 12, 1), today=today)
    assert notice is not None
    assert end_after_notice(duration, notice.last_receipt) == notice.term.last_day
    assert end_after_notice(duration, today) == notice.term.last_day
    later = end_after_notice(duration, notice.last_receipt + ONE_DAY)
    assert later is not None
    assert notice.term.last_day is not None
    assert later > notice.term.last_day
