"""Which rows of a table belong to which rows: hash joins on keys, conditions on pairs in bounded chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.columns import EVERY, Array, Column, Text, as_rows, as_type, at, distinct, missing, paired_codes, take
from engine.compare import keyed
from engine.context import Context, Remembered
from engine.evaluate import Pairs, condition, evaluate
from engine.views import View
from language.matching import sides
from language.tree import ISO, Aggregate, Compare, Exists, Match, Node, Window, children, walk
from language.tree import Column as ColumnNode

CHUNK = 4_000_000
_FEW = 256
_TEN_DIGITS = 1e10  # below it no whole number is rounded


class InnerContext(Context):
    """The rows of the table that an aggregate, a join or an event ranges over."""

    def __init__(self, view: View, rows: Array | None = None) -> None:
        self.view = view
        self.count = view.count if rows is None else len(rows)
        self._place = EVERY if rows is None else as_rows(rows, view.count)

    def column(self, node: ColumnNode) -> Column:
        return at(as_type(self.view.column(node.name), node.type), self._place)


@dataclass
class Matched:
    """Inner rows that pass the filters (`rows`), with group codes that equal those of their outer rows.

    `residual` are the conditions on both rows that the codes do not settle.
    """

    inner: InnerContext
    rows: Array
    group: Array
    outer: Array
    groups: int
    residual: tuple[Node, ...]


def only_inner(nodes: Iterator[Node] | list[Node]) -> bool:
    """True when the nodes name columns of the inner row alone."""
    names = [part for node in nodes for part in walk(node) if isinstance(part, ColumnNode)]
    return all(part.kind == "inner" for part in names)


def by_keys(match: Match, view: View, context: Context, subject: Array) -> Matched:
    """Match by subject and equal keys; conditions on both rows that are no keys are left to `pairs`.

    Numbers are equal as `==` has it: whole ones exactly, others on 10 significant digits.
    """
    everything = InnerContext(view)
    keep = np.ones(view.count, bool)
    for node in match.filters:
        keep &= condition(node, everything)
    rows = np.flatnonzero(keep)
    inner = InnerContext(view, rows)
    keys: list[tuple[Column, Column]] = []
    if not match.subjects_all:
        keys.append((view.subject[rows].astype(np.int64), subject.astype(np.int64)))
    usable = np.ones(len(rows), bool)
    residual = list(match.residual)
    for inside, outside in (*match.pairs, *match.numbers):
        left, right = evaluate(inside, inner), evaluate(outside, context)
        usable &= ~_missing(left)
        if not _are_keys(left, right):
            residual.append(Compare("==", inside, outside))
            continue
        keys.append((keyed(left), keyed(right)))
    if not usable.all():
        rows = rows[usable]
        inner = InnerContext(view, rows)
        keys = [(_part(left, usable), right) for left, right in keys]
    keys += _same_day(residual, inner, context)
    group, outer, groups = paired_codes(keys, len(rows), context.count)
    # rows that no outer row asks for must not count, and must not raise faults of their own
    wanted = np.zeros(groups, bool)
    wanted[outer] = True
    if not wanted.all():
        asked = wanted[group]
        rows, group = rows[asked], group[asked]
        inner = InnerContext(view, rows)
    return Matched(inner, rows, group, outer, groups, tuple(residual))


def _same_day(residual: Iterable[Node], inner: Context, context: Context) -> Iterator[tuple[Column, Column]]:
    """Dates that must be equal fall on one day: the day parts the rows, the condition itself is asked of those left."""
    for node in residual:
        if not isinstance(node, Compare) or node.operator != "==":
            continue
        left, right = sides(node.left), sides(node.right)
        if {left, right} != {(True, False), (False, True)}:
            continue
        inside, outside = (node.left, node.right) if left[0] else (node.right, node.left)
        dates = evaluate(inside, inner), evaluate(outside, context)
        if isinstance(dates[0], Text) and isinstance(dates[1], Text) and _is_date(node):
            yield dates[0].days(), dates[1].days()


def _is_date(node: Compare) -> bool:
    return {getattr(node.left, "type", ""), getattr(node.right, "type", "")} == {ISO}


def _are_keys(left: Column, right: Column) -> bool:
    """Whether keys decide an equality: not of numbers of which some are not whole and some have over 10 digits."""
    numbers = [column for column in (left, right) if not isinstance(column, Text) and column.dtype.kind == "f"]
    return all(map(_whole, numbers)) or all(map(_short, numbers))


def _whole(column: Array) -> bool:
    """True for numbers that are whole or missing, each of which a double holds exactly."""
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.isnan(column) | ((column == np.rint(column)) & (np.abs(column) < 2.0**53))))


def _short(column: Array) -> bool:
    """True for numbers of which 10 significant digits hold all that stands before the point."""
    with np.errstate(invalid="ignore"):
        return not bool(np.any(np.abs(column) >= _TEN_DIGITS))


def _missing(column: Column) -> Array:
    if isinstance(column, Text) or column.dtype == np.float64:
        return missing(column)
    return np.zeros(len(column), bool)


def _part(column: Column, mask: Array) -> Column:
    return take(column, np.flatnonzero(mask)) if isinstance(column, Text) else column[mask]


def asked_once(found: Matched, context: Context, nodes: Iterable[Node]) -> tuple[Matched, Context, Array, Array] | None:
    """Those of the outer rows that ask different things: found and context of them, their positions, and for each row
    which of them asks the same. None where nearly every row asks something of its own.

    nodes: what is evaluated over the pairs beside the conditions. A laboratory visit asks for its epoch once, not once
    for each result; a term of a query, a day of a window are asked for once.
    """
    sizes = np.bincount(found.group, minlength=found.groups)[found.outer]
    if context.count < _FEW or sizes.sum() < 2 * context.count:
        return None
    whole = Remembered(context)
    alike = _alike(found, whole, [*found.residual, *nodes])
    if alike is None:
        return None
    first, inverse = alike
    return replace(found, outer=found.outer[first]), whole.part(first), first, inverse


def pairs(found: Matched, context: Context) -> tuple[Array, Array]:
    """The pairs (outer row, position in `found.rows`) that meet every condition, by outer row, then inner row."""
    counts = np.bincount(found.group, minlength=found.groups)
    many = bool(found.residual) and counts[found.outer].sum() > CHUNK
    alike = _alike(found, Remembered(context), found.residual) if many else None
    if alike is None:
        return _paired(found, context, np.arange(context.count), counts)
    first, inverse = alike
    left, right = _paired(found, context, first, counts)
    hits = np.bincount(np.searchsorted(first, left), minlength=len(first))
    size = hits[inverse]
    again = np.repeat(np.arange(context.count), size)
    nth = np.arange(len(again)) - np.repeat(np.cumsum(size) - size, size)
    return again, right[(np.cumsum(hits) - hits)[inverse[again]] + nth]


def _alike(found: Matched, context: Context, nodes: Iterable[Node]) -> tuple[Array, Array] | None:
    """The first of the outer rows for which the nodes ask the same, and which of these each row is like.

    None where few are alike.
    """
    first, inverse = distinct([found.outer, *_outer_columns(nodes, context)], context.count)
    if 2 * len(first) > context.count:
        return None
    order = np.argsort(first)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return first[order], place[inverse]


def _outer_columns(nodes: Iterable[Node], context: Context) -> Iterator[Column]:
    """What the nodes ask of an outer row; an aggregate over other rows is a column of it."""
    for node in nodes:
        if isinstance(node, Aggregate):
            yield context.aggregate(node)
        elif isinstance(node, Window):
            yield context.window(node)
        elif isinstance(node, Exists):
            yield context.exists(node.join)
        elif not isinstance(node, ColumnNode):
            yield from _outer_columns(children(node), context)
        elif node.kind != "inner":
            yield context.column(node)


def _paired(found: Matched, context: Context, outer_rows: Array, counts: Array) -> tuple[Array, Array]:
    """The pairs of some outer rows, which stand in their order."""
    order = np.argsort(found.group, kind="stable")
    starts = np.cumsum(counts) - counts
    sizes = counts[found.outer[outer_rows]]
    left_parts: list[Array] = [np.empty(0, np.int64)]
    right_parts: list[Array] = [np.empty(0, np.int64)]
    for start, stop in _chunks(sizes):
        size = sizes[start:stop]
        left = np.repeat(outer_rows[start:stop], size)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(size) - size, size)
        right = order[starts[found.outer[left]] + offset]
        if found.residual:
            context_of_pairs = Pairs(context, found.inner, left, right)
            held = np.ones(len(left), bool)
            for node in found.residual:
                held &= condition(node, context_of_pairs)
            left, right = left[held], right[held]
        left_parts.append(left)
        right_parts.append(right)
    return np.concatenate(left_parts), np.concatenate(right_parts)


def _chunks(sizes: Array) -> Iterator[tuple[int, int]]:
    """Ranges of outer rows whose pairs together stay within the bound."""
    total = np.cumsum(sizes)
    start, done = 0, 0
    while start < len(sizes):
        stop = int(np.searchsorted(total, done + CHUNK, side="right"))
        stop = max(stop, start + 1)
        yield start, stop
        done = int(total[stop - 1])
        start = stop
