"""Dates and amounts as people write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from acctflows.clock import Clock
from acctflows.portal import wording
from tests.factories import NOW

BERLIN = Clock(zone=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("language", "words"), [("de", "23.\xa0November\xa02026"), ("en", "23\xa0November\xa02026")]
)
def test_a_day_does_not_break(language: str, words: str) -> None:
    assert wording.day(date(2026, 11, 23), language) == words


def test_a_moment_is_on_the_agencys_wall_clock() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert wording.moment(late, "de", BERLIN) == "24.\xa0November\xa02026, 00:30\xa0Uhr"
    assert wording.moment(late, "en", BERLIN) == "24\xa0November\xa02026, 00:30"


@pytest.mark.parametrize(
    ("passed", "german", "english"),
    [
        (timedelta(days=3), "vor\xa03\xa0Tagen", "3\xa0days\xa0ago"),
        (timedelta(hours=1), "vor\xa01\xa0Stunde", "1\xa0hour\xa0ago"),
        (timedelta(seconds=2), "vor\xa01\xa0Minute", "1\xa0minute\xa0ago"),
        (timedelta(seconds=-90), "vor\xa01\xa0Minute", "1\xa0minute\xa0ago"),
    ],
)
def test_how_long_ago_in_one_unit(passed: timedelta, german: str, english: str) -> None:
    assert wording.since(NOW - passed, "de", NOW) == german
    assert wording.since(NOW - passed, "en", NOW) == english


def test_amounts_follow_the_language() -> None:
    assert wording.money(1_200_050, "EUR", "de") == "12.000,50\xa0€"
    assert wording.money(1_200_050, "EUR", "en") == "€12,000.50"
    assert wording.number(Decimal("1.500"), "de") == "1,5"
