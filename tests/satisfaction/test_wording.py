"""Scores in one sentence, in both languages."""

import pytest

from acctflows.satisfaction.scores import CsatCounts, NpsCounts, score_csat, score_nps
from acctflows.satisfaction.wording import csat_sentence, nps_headline, nps_sentence, signed


def plain(sentence: str) -> str:
    return sentence.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "de",
            "NPS +58, zwischen +10 und +83, 12 Antworten bei 20 Einladungen "
            "(8 Promotoren, 3 Passive, 1 Kritiker)",
        ),
        (
            "en",
            "NPS +58, between +10 and +83, 12 answers of 20 asked "
            "(8 promoters, 3 passives, 1 detractor)",
        ),
    ],
)
def test_net_promoter_score(language: str, sentence: str) -> None:
    result = score_nps(NpsCounts(8, 3, 1))
    assert plain(nps_sentence(result, asked=20, language=language)) == sentence
    without_groups = sentence.partition(" (")[0]
    assert plain(nps_headline(result, asked=20, language=language)) == without_groups


@pytest.mark.parametrize(
    ("counts", "asked", "language", "sentence"),
    [
        (
            *(NpsCounts(2, 1, 1), 20, "de"),
            "NPS ab 5 Antworten; bisher 4 Antworten bei 20 Einladungen "
            "(2 Promotoren, 1 Passiver, 1 Kritiker)",
        ),
        (
            *(NpsCounts(1, 0, 0), 1, "de"),
            "NPS ab 5 Antworten; bisher 1 Antwort bei 1 Einladung "
            "(1 Promotor, 0 Passive, 0 Kritiker)",
        ),
        (
            *(NpsCounts(0, 0, 0), 3, "de"),
            "NPS ab 5 Antworten; bisher 0 Antworten bei 3 Einladungen",
        ),
        (
            *(NpsCounts(1, 2, 1), 9, "en"),
            "NPS from 5 answers on; so far 4 answers of 9 asked "
            "(1 promoter, 2 passives, 1 detractor)",
        ),
    ],
)
def test_too_few_answers_show_counts_and_no_score(
    counts: NpsCounts, asked: int, language: str, sentence: str
) -> None:
    assert plain(nps_sentence(score_nps(counts), asked=asked, language=language)) == sentence


@pytest.mark.parametrize(
    ("counts", "language", "sentence"),
    [
        (
            *(CsatCounts(10, 2), "de"),
            "CSAT 83 %, zwischen 55 % und 95 %, 12 Antworten bei 20 Einladungen "
            "(10 zufrieden, 2 nicht)",
        ),
        (
            *(CsatCounts(10, 2), "en"),
            "CSAT 83%, between 55% and 95%, 12 answers of 20 asked (10 satisfied, 2 not)",
        ),
        (
            *(CsatCounts(2, 1), "en"),
            "CSAT from 5 answers on; so far 3 answers of 20 asked (2 satisfied, 1 not)",
        ),
    ],
)
def test_satisfaction(counts: CsatCounts, language: str, sentence: str) -> None:
    assert plain(csat_sentence(score_csat(counts), asked=20, language=language)) == sentence


@pytest.mark.parametrize(
    ("points", "shown"),
    [(58.4, "+58"), (58.5, "+59"), (-12.5, "−13"), (0.4, "0"), (-0.4, "0"), (-100.0, "−100")],
)
def test_points_have_a_sign_and_no_decimals(points: float, shown: str) -> None:
    assert signed(points) == shown
