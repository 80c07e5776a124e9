"""Indented JSON: the text of the json module."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.json_text import indented

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    plain, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner), max_leaves=30
)


@given(values)
def test_text_is_that_of_the_json_module(value: object) -> None:
    assert indented(value) == json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        indented(value)


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        indented({"a": {1, 2}})
    with pytest.raises(TypeError):
        indented({1: "a"})
