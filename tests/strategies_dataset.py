"""Datasets that every format holds, for the tests, and the comparison of two."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
from hypothesis import strategies as st

from formats.coded import Coded
from formats.dataset import Column, Dataset

CREATED = datetime(2026, 4, 5, 6, 7, 8)


def texts() -> st.SearchStrategy[str | None]:
    """Any text of characters that UTF-8 has; None is missing, and so is the empty text."""
    return st.one_of(st.none(), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))


def numbers() -> st.SearchStrategy[float]:
    """Any finite double, and NaN for missing."""
    return st.one_of(st.just(float("nan")), st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0))


def coded(values: list[str | None]) -> Coded:
    """Codes by first appearance; only None is missing."""
    known: dict[str, int] = {}
    codes = [-1 if value is None else known.setdefault(value, len(known)) for value in values]
    return Coded(np.array(codes, np.int32), np.array([*known, None], object)[:-1])


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Up to five columns of up to 12 records with their attributes."""
    rows = draw(st.integers(0, 12))
    columns = []
    for number in range(draw(st.integers(1, 5))):
        label, key = draw(st.sampled_from(["", "A label", "β ≥ 1"])), draw(st.integers(0, 3))
        if draw(st.booleans()):
            values = coded(draw(st.lists(texts(), min_size=rows, max_size=rows)))
            length = draw(st.integers(0, 200))
            columns.append(Column(f"C{number}", values, label, length, data_type="string", key=key))
        else:
            found = np.array(draw(st.lists(numbers(), min_size=rows, max_size=rows)), np.float64)
            columns.append(Column(f"C{number}", found, label, format="8.2", data_type="double", key=key, oid="IT.X"))
    about = draw(st.sampled_from([{}, {"studyOID": "S-1", "sourceSystem": {"name": "β", "version": "1"}}]))
    return Dataset("DM", tuple(columns), "Demographics", CREATED, draw(st.sampled_from([None, CREATED])), about=about)


def assert_same(found: Dataset, expected: Dataset, ignored: tuple[str, ...] = ()) -> None:
    """Equal in every value and attribute, but for the attributes that are ignored."""
    ours, theirs = _attributes(found, ignored), _attributes(expected, ignored)
    assert ours == theirs
    for column, other in zip(found.columns, expected.columns, strict=True):
        assert _attributes(column, ignored) == _attributes(other, ignored)
        if column.numeric:
            np.testing.assert_array_equal(column.numbers, other.numbers, column.name)
        else:
            assert column.texts.to_objects().tolist() == other.texts.to_objects().tolist(), column.name


def _attributes(found: Dataset | Column, ignored: tuple[str, ...]) -> dict[str, Any]:
    skipped = {"values", "columns", "special", *ignored}
    return {field.name: getattr(found, field.name) for field in fields(found) if field.name not in skipped}
