"""Aggregates with one inequality or one range on one column of the inner row: a sorted merge instead of pairs.

`last(T.X, order=T.D, where=T.D <= ADT)` asks, for each row, about the rows of its group whose D lies in a range.
Sorted by group and D these rows stand side by side, so each range is found by bisection, and the row that is
wanted in it from a table of the best rows of stretches of 1, 2, 4, ... rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.columns import Array, Column, Text, missing, take
from engine.evaluate import Context, evaluate
from engine.matching import Matched, only_inner
from engine.sorting import dense_ranks, sorted_rows
from language.tree import ISO, NUMBER, Aggregate, Compare, Node, walk
from language.tree import Column as ColumnNode

FUNCTIONS = ("first", "last", "min", "max", "any", "count")
_CLOSE = 2**31
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass
class Ranges:
    """For each outer row the stretch `start` to `stop` of `order`, the inner rows sorted by group and bound column."""

    order: Array
    start: Array
    stop: Array


def ranges(residual: Sequence[Node], found: Matched, context: Context) -> Ranges | None:
    """The range of each outer row, or None where the conditions are no plain inequalities of one order.

    Whole numbers (days, sequence numbers, grades) compare exactly, and so do complete dates of which one side has
    no times; other numbers compare on 10 digits and partial dates on every day: no bisection follows those.
    """
    sides = [_sides(node) for node in residual]
    bounds = [side for side in sides if side is not None]
    if not bounds or len(bounds) != len(sides) or len({repr(inner) for inner, _, _ in bounds}) != 1:
        return None
    values, timed = _ordered(evaluate(bounds[0][0], found.inner))
    if values is None:
        return None
    limits: list[tuple[str, Array]] = []
    for _, operator, outer in bounds:
        limit, also_timed = _ordered(evaluate(outer, context))
        if limit is None or (timed and also_timed):
            return None
        limits.append((operator, limit))
    return _stretches(values, limits, found)


def _ordered(column: Column) -> tuple[Array | None, bool]:
    """The column as numbers that order it exactly, or None; and whether it holds times."""
    if isinstance(column, Text):
        if column.dictionary.exact and not column.dictionary.timed:
            return column.days(), False
        first, last, seconds = column.parts()
        exact = bool(np.all((first == last) | np.isnan(first)))
        return first if exact else None, bool(np.isfinite(seconds).any())
    with np.errstate(invalid="ignore"):
        exact = bool(np.all(np.isnan(column) | (column == np.rint(column))))
    return column if exact else None, False


def _stretches(values: Array, limits: Sequence[tuple[str, Array]], found: Matched) -> Ranges:
    usable = np.flatnonzero(~np.isnan(values))
    order = usable[sorted_rows([(found.group[usable], False), (values[usable], False)], len(usable))]
    place, width = _axis(values[usable])
    places = found.group[order] * width + place(values[order], "<")
    start = np.searchsorted(places, found.outer * width)
    stop = np.searchsorted(places, (found.outer + 1) * width)
    for operator, limit in limits:
        bound = np.searchsorted(places, found.outer * width + place(limit, operator))
        if operator in ("<", "<="):
            stop = np.minimum(stop, bound)
        else:
            start = np.maximum(start, bound)
        stop = np.where(np.isnan(limit), start, stop)
    return Ranges(order, start, np.maximum(start, stop))


def _axis(values: Array) -> tuple[Callable[[Array, str], Array], int]:
    """The place of a limit among whole numbers, before or (<=, >) behind those that equal it; and how many there are.

    Days and sequence numbers lie close together and are their own places; others are found among the distinct ones.
    """
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    if high - low < _CLOSE:

        def near(limit: Array, operator: str) -> Array:
            shifted = np.nan_to_num(limit, nan=low) - low + (operator in ("<=", ">"))
            return np.clip(shifted, 0, high - low + 1).astype(np.int64)

        return near, int(high - low) + 2
    distinct = np.unique(values)

    def far(limit: Array, operator: str) -> Array:
        return np.searchsorted(distinct, limit, side="left" if operator in ("<", ">=") else "right")

    return far, len(distinct) + 1


def _sides(node: Node) -> tuple[Node, str, Node] | None:
    """(inner side, operator, outer side) of an inequality, each side of one row alone."""
    if not isinstance(node, Compare) or node.operator not in _MIRRORED:
        return None
    kinds = {getattr(node.left, "type", ""), getattr(node.right, "type", "")}
    if kinds not in ({NUMBER}, {ISO}):
        return None
    if not _names_inner(node.right) and only_inner([node.left]) and _names_inner(node.left):
        return node.left, node.operator, node.right
    if not _names_inner(node.left) and only_inner([node.right]) and _names_inner(node.right):
        return node.right, _MIRRORED[node.operator], node.left
    return None


def _names_inner(node: Node) -> bool:
    return any(isinstance(part, ColumnNode) and part.kind == "inner" for part in walk(node))


def over_ranges(
    node: Aggregate, values: Sequence[Column], keys: Sequence[tuple[Column, bool]], found: Ranges, count: int
) -> Column | None:
    """The aggregate of each range over `count` inner rows; None where pairs have to decide.

    That is for dates, whose extremes skip some, and for rows that tie on order and differ, which is a fault.
    """
    if node.function in ("any", "count"):
        total = np.r_[0, np.cumsum(_counted(node, values, count)[found.order])]
        number = total[found.stop] - total[found.start]
        return number > 0 if node.function == "any" else number.astype(float)
    column = values[0]
    if node.function in ("min", "max"):
        if isinstance(column, Text):
            return None
        ranks = dense_ranks([(column, node.function == "max")], count)
        ranks[np.isnan(column)] = count
        best = _best(ranks, found)
        return take(column, best)
    order = [(key, down != (node.function == "last")) for key, down in keys]
    best = _best(dense_ranks([*order, (column, False)], count), found)
    other = _best(dense_ranks([*order, (column, True)], count), found)
    return take(column, best) if _same(column, best, other) else None


def _counted(node: Aggregate, values: Sequence[Column], count: int) -> Array:
    if not values:
        return np.ones(count, np.int64)
    wanted = np.asarray(values[0], bool) if node.function == "any" else ~missing(values[0])
    return wanted.astype(np.int64)


def _same(column: Column, one: Array, other: Array) -> bool:
    a, b = take(column, one), take(column, other)
    if isinstance(a, Text) and isinstance(b, Text):
        return bool(np.array_equal(a.codes, b.codes))
    return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(a).dtype != bool))


def _best(ranks: Array, found: Ranges) -> Array:
    """The inner row of the lowest rank in each range, -1 for an empty one."""
    sizes = found.stop - found.start
    result = np.full(len(sizes), -1, np.int64)
    level = np.zeros(len(sizes), np.int64)
    level[sizes > 0] = np.floor(np.log2(sizes[sizes > 0])).astype(np.int64)
    stretch = found.order.copy()
    for power in range(int(level.max(initial=0)) + 1):
        mine = np.flatnonzero((level == power) & (sizes > 0))
        left, right = stretch[found.start[mine]], stretch[found.stop[mine] - 2**power]
        result[mine] = np.where(ranks[right] < ranks[left], right, left)
        ahead = 2**power
        if len(stretch) <= ahead:
            break
        first, second = stretch[:-ahead], stretch[ahead:]
        stretch = np.where(ranks[second] < ranks[first], second, first)
    return result
