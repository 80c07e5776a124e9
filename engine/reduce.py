"""From rows in groups to one value a group: the aggregates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from derivations.moments import FIRST_DAY, LAST_DAY, MOMENT
from engine.columns import Array, Column, Text, missing, take
from engine.compare import extreme_ranks, keyed, same_number
from engine.sorting import pick, sorted_rows, ties
from engine.views import RowFault


class TieError(Exception):
    """Two rows claim to be the one that is wanted; `rows` are their positions, `what` says it in words."""

    def __init__(self, what: str, rows: tuple[int, ...]) -> None:
        self.what = what
        self.rows = rows
        super().__init__(what)


def differs(column: Column, rows: Array, others: Array) -> Array:
    """True where the values of a column at two lists of rows are not equal (missing equals missing)."""
    if isinstance(column, Text):
        codes = column.trimmed().codes
        return codes[rows] != codes[others]
    a, b = column[rows], column[others]
    if column.dtype == bool:
        return a != b
    return ~same_number(a, b) & ~(np.isnan(a) & np.isnan(b))


def reduce(
    function: str, values: Sequence[Column], kind: str, group: Array, groups: int, ranks: Array | None
) -> Column:
    """The aggregate of each group. Raises TieError (rows) where `first`, `last` or `only` is not one value."""
    if function == "count":
        used = group if not values else group[~missing(values[0])]
        return np.bincount(used, minlength=groups).astype(float)
    if function in ("any", "all"):
        condition = np.asarray(values[0], bool)
        wanted = condition if function == "any" else ~condition
        found = np.bincount(group[wanted], minlength=groups) > 0
        return found if function == "any" else ~found
    if function == "covered_days":
        return _covered_days(np.asarray(values[0]), np.asarray(values[1]), group, groups)
    column = values[0]
    if function == "count_distinct":
        return _count_distinct(column, group, groups)
    if function in ("sum", "mean"):
        return _sum(np.asarray(column), group, groups, function == "mean")
    if function in ("min", "max"):
        return _extreme(column, kind, group, groups, function == "max")
    if function == "only":
        return _only(column, group, groups)
    return _first(column, group, groups, ranks, function == "last")


def _first(column: Column, group: Array, groups: int, ranks: Array | None, last: bool) -> Column:
    assert ranks is not None
    picked = pick(group, groups, ranks, last)
    others = ties(group, groups, ranks, picked)
    if len(others):
        wrong = others[differs(column, picked[group[others]], others)]
        if len(wrong):
            rows = (int(picked[group[wrong[0]]]), int(wrong[0]))
            raise TieError("two rows tie on order= and have different values", rows)
    return take(column, picked)


def _only(column: Column, group: Array, groups: int) -> Column:
    present = np.flatnonzero(~missing(column))
    picked = np.full(groups, -1, np.int64)
    picked[group[present][::-1]] = present[::-1]
    wrong = present[differs(column, picked[group[present]], present)]
    if len(wrong):
        rows = (int(picked[group[wrong[0]]]), int(wrong[0]))
        raise TieError("only() found two values where there should be one", rows)
    return take(column, picked)


def _sum(values: Array, group: Array, groups: int, mean: bool) -> Array:
    present = ~np.isnan(values)
    counts = np.bincount(group[present], minlength=groups)
    sums = np.bincount(group[present], weights=values[present], minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = sums / counts if mean else sums
    return np.where(counts > 0, found, np.nan)


def _extreme(column: Column, kind: str, group: Array, groups: int, greatest: bool) -> Column:
    if isinstance(column, Text):
        ranks = extreme_ranks(column, greatest)
    else:
        ranks = np.asarray(column)
    present = np.flatnonzero(~np.isnan(ranks))
    picked = pick(group[present], groups, ranks[present], greatest)
    rows = np.where(picked >= 0, present[picked] if len(present) else -1, -1)
    return take(column, rows)


def _count_distinct(column: Column, group: Array, groups: int) -> Array:
    present = np.flatnonzero(~missing(column))
    if isinstance(column, Text):
        column = column.trimmed()
        codes, size = column.codes, len(column.dictionary)
    else:
        codes, values = pd.factorize(keyed(column))
        size = len(values)
    pairs = pd.unique(group[present].astype(np.int64) * max(size, 1) + codes[present])
    return np.bincount(pairs // max(size, 1), minlength=groups).astype(float)


def _covered_days(start: Array, end: Array, group: Array, groups: int) -> Array:
    """The number of different days in the union of the intervals of a group; missing without an interval.

    Raises RowFault for a number that is no day.
    """
    start, end = np.floor(start), np.floor(end)
    _check_days(start, end)
    usable = np.flatnonzero(np.isfinite(start) & np.isfinite(end) & (end >= start))
    order = usable[sorted_rows([(group[usable], False), (start[usable], False)], len(usable))]
    who, begin, stop = group[order], start[order], end[order]
    low, high = (begin.min(), stop.max()) if len(order) else (0.0, 0.0)
    # intervals of different groups never meet: each group has its own stretch of the axis
    offset = who * (high - low + 2)
    reach = np.maximum.accumulate(stop - low + offset) if len(order) else stop
    before = np.r_[-1.0, reach[:-1]] if len(order) else reach
    first = np.maximum(begin - low + offset, before + 1)
    days = np.maximum(0.0, stop - low + offset - first + 1)
    found = np.bincount(who, weights=days, minlength=groups)
    return np.where(np.bincount(who, minlength=groups) > 0, found, np.nan)


def _check_days(*columns: Array) -> None:
    for column in columns:
        wrong = column[(column > LAST_DAY) | (column < FIRST_DAY)]
        if len(wrong):
            raise RowFault(f"covered_days counts days since 1960-01-01, but {wrong[0]:.15g} is none; {MOMENT}")
