"""The order of rows by sort keys: one whole number per row that sorts as its keys do, so that one sort is enough.

Most data come sorted, by subject and date; rows that stand in order already are not sorted again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.columns import Array, Column, Text, as_rows, at, whole_codes

_WIDEST = 2**62
_NARROW = 1024
SortKey = tuple[Column, bool]


def sort_codes(keys: Sequence[SortKey], count: int) -> tuple[Array, int]:
    """A whole number per row that sorts as the keys (column, descending) do, and a bound above all of them.

    Missing sorts first, last when descending; texts by code point; rows that tie on all keys have one number.
    """
    found, size = np.zeros(count, np.int64), 1
    for column, descending in keys:
        codes, more = _key_codes(column)
        if descending:
            codes = more - 1 - codes
        if size * more >= _WIDEST:
            found, size = _dense(found)
        found = codes if size == 1 else found * more + codes
        size *= more
    return found, size


def _key_codes(column: Column) -> tuple[Array, int]:
    if isinstance(column, Text):
        return column.ranks() + 1, len(column.dictionary) + 1
    if column.dtype == bool:
        return column.astype(np.int64), 2
    if column.dtype.kind == "i":
        low = int(column.min(initial=0))
        return column.astype(np.int64) - low, int(column.max(initial=0)) - low + 1
    whole = whole_codes(column)
    return whole if whole is not None else _number_codes(column)


def _number_codes(column: Array) -> tuple[Array, int]:
    codes, values = pd.factorize(column, use_na_sentinel=True)
    place = np.empty(len(values) + 1, np.int64)
    place[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    place[-1] = 0
    return place[codes], len(values) + 1


def _dense(codes: Array) -> tuple[Array, int]:
    """Numbers in the same order without gaps, and a bound above them."""
    if is_sorted(codes):
        found = np.cumsum(_changes(codes))
        return found, int(found[-1]) + 1 if len(found) else 1
    order = np.argsort(codes, kind="stable")
    ordered = np.cumsum(_changes(codes[order]))
    found = np.empty(len(codes), np.int64)
    found[order] = ordered
    return found, int(ordered[-1]) + 1


def _changes(ordered: Array) -> Array:
    """True where a number differs from the one before it."""
    found = np.zeros(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


def is_sorted(codes: Array) -> bool:
    """Whether numbers stand in order already."""
    return bool((codes[1:] >= codes[:-1]).all())


def order_of(codes: Array) -> Array:
    """The rows in the order of their numbers; rows of one number in the order in which they stand."""
    return np.arange(len(codes)) if is_sorted(codes) else np.argsort(codes, kind="stable")


def dense_ranks(keys: Sequence[SortKey], count: int) -> Array:
    """One rank per row from sort keys (column, descending); rows that tie on all of them share a rank."""
    codes, size = sort_codes(keys, count)
    if size <= 4 * count + _NARROW:
        used = np.zeros(size, bool)
        used[codes] = True
        return (np.cumsum(used) - 1)[codes]
    return _dense(codes)[0]


def rank_codes(keys: Sequence[SortKey], count: int) -> Array:
    """As `dense_ranks`, but the numbers may have gaps; they stay small enough to be put behind the code of a group."""
    codes, size = sort_codes(keys, count)
    return codes if size <= _WIDEST // (count + 2) else dense_ranks(keys, count)


def sorted_rows(keys: Sequence[SortKey], count: int) -> Array:
    """The rows in the order of their keys; rows that tie in the order in which they stand."""
    return order_of(sort_codes(keys, count)[0])


def by_group(group: Array, ranks: Array) -> Array:
    """The rows group by group, each by rank; rows that tie in the order in which they stand."""
    return order_of(group * (int(ranks.max(initial=0)) + 1) + ranks)


def extremes(group: Array, groups: int, keys: Sequence[SortKey], rows: Array, last: bool) -> Array:
    """Of some rows those that stand first (last, for `last`) in their group by the keys; several of a group tie on all.

    Key by key only the rows that no earlier key put behind are looked at, so that nothing is sorted.
    """
    for column, descending in keys:
        mine = group[rows]
        if len(rows) <= 1 or np.bincount(mine, minlength=groups).max() <= 1:
            break
        codes, _ = _key_codes(at(column, as_rows(rows, len(group))))
        score = codes if descending != last else -codes
        best = np.full(groups, np.iinfo(np.int64).min)
        np.maximum.at(best, mine, score)
        rows = rows[score == best[mine]]
    return rows


def pick(group: Array, groups: int, ranks: Array, last: bool) -> Array:
    """The row of each group with the lowest (highest, for `last`) rank; -1 for a group without rows."""
    found = np.full(groups, -1, np.int64)
    if not len(group):
        return found
    wanted = -ranks if last else ranks
    best = np.full(groups, wanted.max())
    np.minimum.at(best, group, wanted)
    rows = np.flatnonzero(wanted == best[group])[::-1]  # of rows that tie the first is written last
    found[group[rows]] = rows
    return found


def ties(group: Array, groups: int, ranks: Array, picked: Array) -> Array:
    """Rows other than the picked one that share its rank."""
    if not len(group):
        return np.empty(0, np.int64)
    best = picked[group]
    same = (best >= 0) & (ranks == ranks[best])
    same[picked[picked >= 0]] = False
    return np.flatnonzero(same)
