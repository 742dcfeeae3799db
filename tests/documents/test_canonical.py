"""Canonical JSON: equal data, equal bytes; what has no one form is refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.documents.canonical import canonical_json, canonical_sha256
from acctflows.errors import InputError

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("aäß😀", max_size=3), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_reading_it_back_gives_the_same_data_and_bytes(value: object) -> None:
    once = canonical_json(value)
    assert json.loads(once) == value
    assert canonical_json(json.loads(once)) == once


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_sha256({"b": 1, "a": {"d": 2, "c": 3}}) == canonical_sha256(
        {"a": {"c": 3, "d": 2}, "b": 1}
    )


def test_it_is_compact_utf8() -> None:
    assert canonical_json({"ö": ["€", None, True]}) == '{"ö":["€",null,true]}'.encode()


def test_what_means_something_else_has_another_hash() -> None:
    values = [1, "1", True, None, "", [], {}, [[]], "null", ["1"], {"1": None}, "ä", "a\u0308"]
    assert len({canonical_sha256(value) for value in values}) == len(values)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), Decimal(1), {1: "a"}, {"a": [{"b": 0.5}]}, "\ud800", b"a", {1, 2}]
)
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        canonical_json(value)


def test_the_error_names_the_place() -> None:
    with pytest.raises(InputError, match=r"data\.lines\[1\]\.price: 9\.5 has no canonical JSON"):
        canonical_json({"lines": [{"price": 950}, {"price": 9.5}]})
