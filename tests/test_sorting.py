"""Orders and extremes of rows, compared with Python's own sort and with cases worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.columns import Array, Text
from engine.sorting import SortKey, dense_ranks, extremes, sort_codes, sorted_rows

Row = tuple[int, float | None, str | None]
NUMBERS = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-2, 2, allow_nan=False))
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "B", "ab", "é", "10", "9"]))
ROWS = st.lists(st.tuples(st.integers(0, 3), NUMBERS, TEXTS), max_size=30)


def _columns(rows: list[Row]) -> tuple[Array, Text]:
    numbers = np.array([np.nan if number is None else number for _, number, _ in rows], float)
    return numbers, Text.of([text for *_, text in rows])


def _key(row: Row, down_number: bool, down_text: bool) -> tuple[_Turned, _Turned]:
    """Missing first, last when descending; texts by code point."""
    _, number, text = row
    first = (number is not None, 0.0 if number is None else number)
    second = (text is not None, *map(ord, text or ""))
    return (_Turned(first, down_number), _Turned(second, down_text))


class _Turned:
    def __init__(self, key: Any, down: bool) -> None:
        self.key, self.down = key, down

    def __lt__(self, other: _Turned) -> bool:
        return bool(other.key < self.key if self.down else self.key < other.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turned) and bool(self.key == other.key)


@given(ROWS, st.booleans(), st.booleans())
def test_rows_stand_in_the_order_of_their_keys(rows: list[Row], down_number: bool, down_text: bool) -> None:
    numbers, texts = _columns(rows)
    keys: list[SortKey] = [(numbers, down_number), (texts, down_text)]
    expected = sorted(range(len(rows)), key=lambda at: _key(rows[at], down_number, down_text))
    assert sorted_rows(keys, len(rows)).tolist() == expected
    ranks = dense_ranks(keys, len(rows))
    assert sorted(set(ranks.tolist())) == list(range(len(set(ranks.tolist()))))
    assert np.argsort(ranks, kind="stable").tolist() == expected


@given(ROWS, st.booleans(), st.booleans(), st.booleans())
def test_first_and_last_of_a_group_are_those_of_a_sort(
    rows: list[Row], down_number: bool, down_text: bool, last: bool
) -> None:
    numbers, texts = _columns(rows)
    group = np.array([row[0] for row in rows], np.int64)
    found = extremes(group, 4, [(numbers, down_number), (texts, down_text)], np.arange(len(rows)), last)
    expected = []
    for name in range(4):
        mine = sorted((at for at in range(len(rows)) if rows[at][0] == name),
                      key=lambda at: _key(rows[at], down_number, down_text))  # fmt: skip
        if mine:
            end = _key(rows[mine[-1 if last else 0]], down_number, down_text)
            expected += [at for at in mine if _key(rows[at], down_number, down_text) == end]
    assert found.tolist() == sorted(expected)


def test_only_the_rows_that_are_asked_for_count() -> None:
    group, keys = np.array([0, 0, 1]), [(np.array([1.0, 2.0, 3.0]), False)]
    assert extremes(group, 2, keys, np.array([1, 2]), last=False).tolist() == [1, 2]
    assert extremes(group, 2, keys, np.array([], np.int64), last=True).tolist() == []


def test_without_keys_all_rows_of_a_group_tie() -> None:
    assert extremes(np.array([0, 1, 0]), 2, [], np.arange(3), last=True).tolist() == [0, 1, 2]


def test_many_wide_keys_keep_their_order() -> None:
    """Five keys of a million values each do not fit into one whole number together."""
    rng = np.random.default_rng(7)
    columns = [rng.integers(0, 1_000_000, 500).astype(float) for _ in range(5)]
    columns[0][:] = 3.0
    columns[1][::2] = 0.0
    keys = [(column, False) for column in columns]
    assert sorted_rows(keys, 500).tolist() == np.lexsort(columns[::-1]).tolist()
    codes, size = sort_codes(keys, 500)
    assert codes.max() < size
