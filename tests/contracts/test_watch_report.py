from datetime import date
from typing import Any

import pytest

from acctflows.business_days import BusinessCalendar
from acctflows.contracts.term_dates import Duration, Reminder, outlook, running_term
from acctflows.contracts.terms import Term
from acctflows.contracts.watch_report import WatchReport
from acctflows.contracts.watching import Watched

TODAY = date(2027, 9, 1)
CARE = Duration(Term.RENEWING, date(2026, 9, 1), notice_months=3)


def watched(number: str, duration: Duration = CARE, **given: Any) -> Watched:
    view = outlook(
        duration, BusinessCalendar("DE", "HH"), concluded_on=date(2026, 8, 1), today=TODAY
    )
    values = {"renewed": (), "reminder": None, "client": "Möwe & Söhne <OHG>"}
    return Watched(number=number, manager="Lena Hansen", outlook=view, **values | given)


def report() -> WatchReport:
    monthly = Duration(Term.RENEWING, date(2026, 9, 1), None, 1, 1, 1)
    consumer = Duration(Term.RENEWING, date(2026, 11, 1), None, 12, 12, 1, consumer=True)
    first, second = WatchReport(), WatchReport()
    first.watched.append(watched("V-2026-0001", renewed=(running_term(CARE, TODAY),)))
    first.watched.append(watched("V-2026-0002", monthly))
    reminder = Reminder(30, date(2027, 8, 31))
    second.watched.append(watched("V-2026-0003", consumer, reminder=reminder))
    second.watched.append(watched("V-2026-0004", Duration(Term.OPEN_ENDED, date(2026, 9, 1))))
    second.problems.append("contract 5: the snapshot cannot be read")
    first.add(second)
    return first


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_was_done_and_what_comes_next_is_told(language: str, golden: Any) -> None:
    text = report().markdown(day="heute", desk="http://portal.example/desk", language=language)
    golden(f"contracts/watch_report_{language}.md", text)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Kein Vertrag verlängert sich heute, kein Kündigungstermin rückt heran."),
        ("en", "No contract is renewed today, no notice day is near."),
    ],
)
def test_a_quiet_day_is_told_too(language: str, said: str) -> None:
    assert WatchReport([watched("V-2026-0001")]).sentence(language) == said
