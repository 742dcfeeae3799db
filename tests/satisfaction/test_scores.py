"""Scores against known values, and intervals that keep what they promise."""

import random
from collections import Counter
from decimal import Decimal
from functools import cache
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import InputError
from acctflows.satisfaction.scores import (
    Csat,
    CsatCounts,
    Interval,
    Nps,
    NpsCounts,
    TooFew,
    count_csat,
    count_nps,
    difference_interval,
    nps_group,
    response_rate,
    score_csat,
    score_nps,
    share_interval,
)

COUNTS = st.builds(NpsCounts, *[st.integers(0, 60)] * 3).filter(lambda counts: counts.answers >= 5)


def nps(promoters: int, passives: int, detractors: int) -> Nps:
    result = score_nps(NpsCounts(promoters, passives, detractors))
    assert isinstance(result, Nps)
    return result


def test_groups_end_at_six_eight_and_ten() -> None:
    groups = Counter(nps_group(score) for score in range(11))
    assert groups == {"detractor": 7, "passive": 2, "promoter": 2}
    assert [nps_group(score) for score in (6, 7, 8, 9)] == [
        *("detractor", "passive", "passive", "promoter"),
    ]
    assert count_nps([0, 6, 7, 8, 9, 10, 10]) == NpsCounts(3, 2, 2)


@pytest.mark.parametrize("score", [-1, 11, True, 9.5, "9", None])
def test_what_is_no_score_is_refused(score: object) -> None:
    with pytest.raises(InputError, match="no score from 0 to 10"):
        count_nps([9, score])  # type: ignore[list-item]  # what a careless caller may hold


@pytest.mark.parametrize("score", [0, 6])
def test_what_is_no_satisfaction_is_refused(score: int) -> None:
    with pytest.raises(InputError, match="no score from 1 to 5"):
        count_csat([score])


@pytest.mark.parametrize(
    ("counts", "score", "low", "high"),
    [
        # promoters, passives, detractors; the first is the example of the house
        ((8, 3, 1), 58.33, 10.3, 83.0),
        ((5, 0, 0), 100.0, 13.1, 100.0),
        ((0, 0, 5), -100.0, -100.0, -13.1),
        ((0, 5, 0), 0.0, -43.4, 43.4),
        ((50, 30, 20), 30.0, 14.0, 44.3),
    ],
)
def test_known_scores(counts: tuple[int, int, int], score: float, low: float, high: float) -> None:
    result = nps(*counts)

    assert result.score == pytest.approx(score, abs=0.01)
    assert result.interval.low == pytest.approx(low, abs=0.05)
    assert result.interval.high == pytest.approx(high, abs=0.05)


def test_all_passive_has_the_interval_one_can_work_out_by_hand() -> None:
    # With nobody on either side, the statistic at d is -sqrt(n * d / (1 - d)).
    z = 1.959963984540054
    end = 100 * z * z / (z * z + 5)
    assert nps(0, 5, 0).interval.high == pytest.approx(end)


@pytest.mark.parametrize(
    ("promoters", "detractors", "answers"), [(8, 1, 12), (50, 20, 100), (1, 5, 7)]
)
def test_ends_of_the_interval_are_where_the_score_test_turns(
    promoters: int, detractors: int, answers: int
) -> None:
    """Both ends solve Tango's equation, with the likeliest nuisance share found by search."""
    ends = difference_interval(promoters, detractors, answers)
    for end, sign in ((ends.low, 1), (ends.high, -1)):
        shares = [max(-end, 0) + step / 50_000 * (1 - abs(end)) / 2 for step in range(1, 50_000)]
        share = max(shares, key=lambda q: likelihood(q, end, promoters, detractors, answers))
        variance = answers * (2 * share + end - end * end)
        statistic = (promoters - detractors - answers * end) / sqrt(variance)
        assert statistic == pytest.approx(sign * 1.959964, abs=0.001)


def likelihood(q: float, d: float, promoters: int, detractors: int, answers: int) -> float:
    rest = answers - promoters - detractors
    return float((q + d) ** promoters * q**detractors * (1 - 2 * q - d) ** rest)


@pytest.mark.parametrize("answers", range(5))
def test_below_five_answers_there_are_only_counts(answers: int) -> None:
    assert score_nps(NpsCounts(answers, 0, 0)) == TooFew(NpsCounts(answers, 0, 0))
    assert score_csat(CsatCounts(answers, 0)) == TooFew(CsatCounts(answers, 0))
    assert isinstance(score_nps(NpsCounts(answers, 0, 5 - answers)), Nps)
    assert isinstance(score_csat(CsatCounts(answers, 5 - answers)), Csat)


@given(COUNTS)
def test_promoters_and_detractors_mirror_each_other(counts: NpsCounts) -> None:
    there = nps(counts.promoters, counts.passives, counts.detractors)
    back = nps(counts.detractors, counts.passives, counts.promoters)

    assert back.score == -there.score
    assert back.interval.low == pytest.approx(-there.interval.high, abs=1e-9)
    assert back.interval.high == pytest.approx(-there.interval.low, abs=1e-9)


@given(COUNTS)
def test_interval_holds_the_score_and_stays_in_bounds(counts: NpsCounts) -> None:
    result = nps(counts.promoters, counts.passives, counts.detractors)

    assert -100 <= result.interval.low <= result.score <= result.interval.high <= 100
    assert result.interval.high - result.interval.low > 1  # no number of people makes it certain


@given(COUNTS)
def test_more_of_the_same_answers_narrow_the_interval(counts: NpsCounts) -> None:
    few = nps(counts.promoters, counts.passives, counts.detractors).interval
    many = nps(*(4 * n for n in (counts.promoters, counts.passives, counts.detractors))).interval

    assert few.low <= many.low + 1e-9
    assert many.high <= few.high + 1e-9
    assert many.high - many.low < 0.8 * (few.high - few.low)


@given(COUNTS)
def test_one_more_promoter_instead_of_a_passive_raises_everything(counts: NpsCounts) -> None:
    before = nps(counts.promoters, counts.passives + 1, counts.detractors)
    after = nps(counts.promoters + 1, counts.passives, counts.detractors)

    assert after.score > before.score
    assert after.interval.low > before.interval.low
    assert after.interval.high >= before.interval.high


@cache
def interval(promoters: int, detractors: int, answers: int) -> Interval:
    return difference_interval(promoters, detractors, answers)


@pytest.mark.parametrize(
    ("shares", "answers"),
    [
        # shares of promoters, passives, detractors: a true NPS of +88, +65 and +30
        ((0.90, 0.08, 0.02), 5),
        ((0.90, 0.08, 0.02), 10),
        ((0.75, 0.15, 0.10), 5),
        ((0.75, 0.15, 0.10), 20),
        ((0.50, 0.30, 0.20), 10),
        ((0.50, 0.30, 0.20), 100),
    ],
)
def test_interval_holds_the_truth_as_often_as_it_says(
    shares: tuple[float, float, float], answers: int
) -> None:
    chance = random.Random(20261124)
    draws, truth, held = 4000, shares[0] - shares[2], 0
    for _ in range(draws):
        drawn = Counter(chance.choices("+0-", weights=shares, k=answers))
        ends = interval(drawn["+"], drawn["-"], answers)
        held += ends.low <= truth <= ends.high

    assert held / draws >= 0.93


@pytest.mark.parametrize("answers", [5, 7, 10, 15])
def test_interval_holds_every_truth_but_the_extreme_nearly_as_often(answers: int) -> None:
    """Computed, not drawn: the chance of each outcome whose interval holds the true difference."""
    held = [
        sum(
            comb(answers, promoters)
            * comb(answers - promoters, detractors)
            * (p**promoters * d**detractors * (1 - p - d) ** (answers - promoters - detractors))
            for promoters in range(answers + 1)
            for detractors in range(answers - promoters + 1)
            if interval(promoters, detractors, answers).low - 1e-9
            <= p - d
            <= interval(promoters, detractors, answers).high + 1e-9
        )
        for p, d in ((p / 20, d / 20) for p in range(20) for d in range(20 - p) if p - d < 0.905)
    ]

    assert min(held) >= 0.90
    assert sum(held) / len(held) >= 0.955


@pytest.mark.parametrize(
    ("satisfied", "answers", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_as_published(
    satisfied: int, answers: int, low: float, high: float
) -> None:
    ends = share_interval(satisfied, answers)
    assert (ends.low, ends.high) == pytest.approx((low, high), abs=0.00006)


@given(st.integers(0, 200), st.integers(0, 200))
def test_satisfaction_mirrors_and_stays_in_bounds(satisfied: int, others: int) -> None:
    there, back = (
        score_csat(CsatCounts(*pair)) for pair in ((satisfied, others), (others, satisfied))
    )
    if isinstance(there, TooFew) or isinstance(back, TooFew):
        assert satisfied + others < 5
        return
    assert 0 <= there.interval.low <= there.score <= there.interval.high <= 100
    assert back.interval.low == pytest.approx(100 - there.interval.high)


def test_four_and_five_are_satisfied() -> None:
    assert count_csat([1, 2, 3, 4, 5, 5]) == CsatCounts(satisfied=3, others=3)


def test_response_rate() -> None:
    assert response_rate(12, 20) == Decimal("0.6")
    assert response_rate(0, 0) is None
    with pytest.raises(InputError, match="3 answers of 2 asked"):
        response_rate(3, 2)
