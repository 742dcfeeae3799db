from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from acctflows.documents.text import clean, clean_text


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Müller & Söhne <GmbH>", "Müller & Söhne <GmbH>"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("\x00N\x1bull\x07\x9f", "Null"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("\ufffe\uffff\ufdd0\U0001fffe", ""),
        ("a\tb", "a\tb"),
        ("🚀 שלום مرحبا Ж \u200d\u00ad", "🚀 שלום مرحبا Ж \u200d\u00ad"),
        ("", ""),
    ],
)
def test_only_what_word_cannot_hold_is_removed(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaned_text_can_always_stand_in_xml_and_cleaning_again_changes_nothing(text: str) -> None:
    cleaned = clean_text(text)
    element = etree.Element("t")
    element.text = cleaned
    assert etree.fromstring(etree.tostring(element, encoding="utf-8")).text == (cleaned or None)
    assert clean_text(cleaned) == cleaned


def test_nested_data_are_copied_and_cleaned() -> None:
    lines = [{"title": "Eins\x00", "amount": Decimal("1.50")}]
    data = {"lines": lines, "on": date(2026, 1, 2), "none": None, "pair": ("a\r\nb", True)}
    cleaned = clean(data)
    assert cleaned == {
        "lines": [{"title": "Eins", "amount": Decimal("1.50")}],
        "on": date(2026, 1, 2),
        "none": None,
        "pair": ["a\nb", True],
    }
    assert cleaned["lines"] is not lines


def test_markup_becomes_plain_text_so_that_it_is_escaped() -> None:
    assert type(clean({"x": Markup("<w:t>")})["x"]) is str


def test_an_object_in_the_data_is_refused_by_its_path() -> None:
    with pytest.raises(TypeError, match=r"client\[1\]\.file is a PosixPath"):
        clean({"client": ["x", {"file": Path()}]})
