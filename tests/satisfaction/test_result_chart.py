"""Pictures of results: the same answers make the same bytes, and the bars show the counts."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.errors import InputError
from acctflows.satisfaction.drivers import Answered, quarterly
from acctflows.satisfaction.result_chart import distribution_chart, trend_chart

SCORES = [10, 10, 9, 8, 7, 3]
ORANGE, BLUE = (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)
QUARTERS = quarterly(
    [Answered(date(2026, month, 1 + n), n) for month in (1, 4, 11) for n in range(5, 10)]
    + [Answered(date(2026, 7, 1), 9)]
)


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontSet:
    return install_fonts(tmp_path_factory.mktemp("home"))


def pixels(png: bytes) -> Counter[tuple[int, int, int]]:
    found = Image.open(io.BytesIO(png)).convert("RGB").getcolors(maxcolors=1_000_000)
    return Counter({colour: number for number, colour in found or ()})


def test_pictures_have_their_size(fonts: FontSet) -> None:
    for language in ("de", "en"):
        spread = distribution_chart(SCORES, asked=9, language=language, fonts=fonts)
        trend = trend_chart(QUARTERS, language=language, fonts=fonts)
        assert Image.open(io.BytesIO(spread)).size == (1440, 600)
        assert Image.open(io.BytesIO(trend)).size == (1440, 680)


def test_same_answers_make_the_same_bytes(fonts: FontSet, tmp_path: Path) -> None:
    again = install_fonts(tmp_path)
    for kind in ("png", "svg"):
        one, other, german = (
            distribution_chart(scores, asked=9, language=language, fonts=each, kind=kind)  # type: ignore[arg-type]
            for scores, language, each in (
                (SCORES, "en", fonts), (SCORES[::-1], "en", again), (SCORES, "de", fonts),
            )
        )  # fmt: skip
        assert one == other
        assert one != german


def test_drawing_in_several_threads_changes_nothing(fonts: FontSet) -> None:
    alone = trend_chart(QUARTERS, language="de", fonts=fonts)
    with ThreadPoolExecutor(4) as pool:
        drawn = list(
            pool.map(lambda _: trend_chart(QUARTERS, language="de", fonts=fonts), range(8))
        )
    assert set(drawn) == {alone}


def test_svg_is_a_picture_that_asks_for_nothing(fonts: FontSet) -> None:
    svg = trend_chart(QUARTERS, language="en", fonts=fonts, kind="svg")

    root = etree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not root.findall(".//{http://www.w3.org/2000/svg}text")  # outlines: no typeface needed
    links = [value for each in root.iter() for name, value in each.items() if name.endswith("href")]
    assert all(link.startswith("#") for link in links)


def test_bars_grow_with_their_group(fonts: FontSet) -> None:
    happy = pixels(distribution_chart([10] * 5, asked=5, language="de", fonts=fonts))
    unhappy = pixels(distribution_chart([0] * 5, asked=5, language="de", fonts=fonts))

    assert happy[BLUE] > 10_000
    assert unhappy[ORANGE] > 10_000
    assert happy[BLUE] - unhappy[BLUE] == pytest.approx(unhappy[ORANGE] - happy[ORANGE], rel=0.02)


def test_quarter_with_few_answers_has_no_point(fonts: FontSet) -> None:
    few = quarterly([Answered(date(2026, 7, 1), 9)] * 4)
    enough = quarterly([Answered(date(2026, 7, 1), 9)] * 5)

    assert pixels(trend_chart(few, language="de", fonts=fonts))[BLUE] == 0
    assert pixels(trend_chart(enough, language="de", fonts=fonts))[BLUE] > 100


def test_nothing_to_show_is_still_a_picture(fonts: FontSet) -> None:
    assert distribution_chart([], asked=0, language="de", fonts=fonts).startswith(b"\x89PNG")
    assert trend_chart([], language="en", fonts=fonts).startswith(b"\x89PNG")


def test_what_is_no_score_is_refused(fonts: FontSet) -> None:
    with pytest.raises(InputError, match="no score from 0 to 10"):
        distribution_chart([11], asked=1, language="de", fonts=fonts)
