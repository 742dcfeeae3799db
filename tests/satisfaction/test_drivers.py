"""Reasons against scores, and scores by quarter; small groups keep their scores to themselves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import InputError
from acctflows.satisfaction.drivers import Answered, Driver, find_drivers, quarterly
from acctflows.satisfaction.scores import Nps, NpsCounts, TooFew

DAY = date(2026, 11, 24)
ANSWERS = st.lists(
    st.builds(
        Answered,
        on=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
        score=st.integers(0, 10),
        reason=st.sampled_from([None, "price", "results", "deadlines"]),
    ),
    max_size=40,
)


def given_by(reason: str | None, *scores: int) -> list[Answered]:
    return [Answered(DAY, score, reason) for score in scores]


def test_reason_of_the_unhappy_comes_first() -> None:
    drivers = find_drivers(
        [
            *given_by("results", 9, 9, 10, 10, 6),
            *given_by("deadlines", 2, 3, 6, 9, 10, 10),
            *given_by(None, 0, 0),
            *given_by("price", 7, 0, 0, 0),
        ]
    )

    assert [driver.reason for driver in drivers] == ["deadlines", "results", "price", None]
    first = drivers[0].unhappiness
    assert first is not None
    assert first.mean == pytest.approx(40 / 6)
    assert first.detractors == 0.5
    assert first.interval.low < 0.5 < first.interval.high
    assert drivers[1].answers == 5


def test_small_group_tells_its_size_alone() -> None:
    assert find_drivers(given_by("price", 0, 0, 0, 0)) == [Driver("price", 4, None)]
    assert find_drivers(given_by("price", 0, 0), fewest=2)[0].unhappiness is not None


def test_equal_shares_are_told_apart_by_the_mean() -> None:
    drivers = find_drivers([*given_by("price", *[6] * 5), *given_by("results", *[1] * 5)])
    assert [driver.reason for driver in drivers] == ["results", "price"]


def test_what_is_no_score_is_refused() -> None:
    with pytest.raises(InputError, match="no score from 0 to 10"):
        find_drivers(given_by("price", 11, 0, 0, 0, 0))


@given(ANSWERS)
def test_no_answer_is_lost_whatever_the_order(answers: list[Answered]) -> None:
    drivers = find_drivers(answers)
    assert sum(driver.answers for driver in drivers) == len(answers)
    assert drivers == find_drivers(reversed(answers))
    quarters = quarterly(answers)
    assert sum(quarter.result.counts.answers for quarter in quarters) == len(answers)
    assert quarters == quarterly(reversed(answers))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "Q1 2026"),
        (date(2026, 3, 31), "Q1 2026"),
        (date(2026, 4, 1), "Q2 2026"),
        (date(2026, 9, 30), "Q3 2026"),
        (date(2026, 10, 1), "Q4 2026"),
        (date(2026, 12, 31), "Q4 2026"),
    ],
)
def test_quarters_begin_and_end(day: date, name: str) -> None:
    assert [quarter.name for quarter in quarterly([Answered(day, 9)])] == [name]


def test_quarter_without_answers_is_not_left_out() -> None:
    old = [Answered(date(2025, 11, 3) + timedelta(days=day), 9) for day in range(5)]
    new = [Answered(date(2026, 4, 3), 3)]

    quarters = quarterly([*new, *old])

    assert [quarter.name for quarter in quarters] == ["Q4 2025", "Q1 2026", "Q2 2026"]
    assert isinstance(quarters[0].result, Nps)
    assert quarters[0].result.score == 100
    assert quarters[1].result == TooFew(NpsCounts(0, 0, 0))
    assert quarters[2].result == TooFew(NpsCounts(0, 0, 1))
    assert quarterly([]) == []
