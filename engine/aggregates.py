"""Aggregates and windows over columns: over a matched table, over own records, in the order of keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.columns import Array, Column, empty, group_codes, take
from engine.compare import keyed
from engine.evaluate import Context, Pairs, condition, evaluate, typed
from engine.issues import texts
from engine.matching import Matched, asked_once, by_keys, only_inner, pairs
from engine.ranges import FUNCTIONS, over_ranges, ranges
from engine.reduce import TieError, differs, reduce
from engine.sorting import SortKey, by_group, extremes, order_of, rank_codes, sort_codes
from engine.views import RowFault, View
from language.tree import Aggregate, Key, Window


def over_table(node: Aggregate, view: View, context: Context, subject: Array, names: Array) -> Column:
    """An aggregate over the rows of a table that match each row of `context`."""
    assert node.match is not None
    found = by_keys(node.match, view, context, subject)
    if only_inner([*node.values, *(key.node for key in node.order)]):
        if not found.residual:
            result = _reduced(node, view, found.inner, found.group, found.groups, found.rows, names)
            return take(result, found.outer)
        merged = _merged(node, found, context)
        if merged is not None:
            return merged
    once = asked_once(found, context, [*node.values, *(key.node for key in node.order)])
    if once is None:
        return _of_pairs(node, view, found, context, names)
    some, part, _, inverse = once
    return take(_of_pairs(node, view, some, part, names), inverse)


def _of_pairs(node: Aggregate, view: View, found: Matched, context: Context, names: Array) -> Column:
    left, rows = pairs(found, context)
    both = Pairs(context, found.inner, left, rows)
    return _reduced(node, view, both, left, context.count, found.rows[rows], names)


def _merged(node: Aggregate, found: Matched, context: Context) -> Column | None:
    """The aggregate by a sorted merge, where its conditions on both rows are one range; else None."""
    if node.function not in FUNCTIONS:
        return None
    within = ranges(found.residual, found, context)
    if within is None:
        return None
    values = [typed(value, found.inner, _kind(node)) for value in node.values]
    return over_ranges(node, values, sort_columns(node.order, found.inner), within, found.inner.count)


def _reduced(
    node: Aggregate, view: View, inner: Context, group: Array, groups: int, rows: Array, names: Array
) -> Column:
    """One value a group; `rows` are the rows of the table behind those of `inner`."""
    values = [typed(value, inner, _kind(node)) for value in node.values]
    ranks = rank_codes(sort_columns(node.order, inner), inner.count) if node.order else None
    try:
        return reduce(node.function, values, node.type, group, groups, ranks)
    except TieError as error:
        who = _who(names if view.names is None else view.names, view.subject[rows[error.rows[0]]])
        raise RowFault(f"{view.name}, {who}: {error.what} ({_shown(values, error.rows)})") from None


def over_own(node: Aggregate, context: Context, subject: Array, names: Array) -> Column:
    """An aggregate over the dataset's own records of the same subject and `by`, spread to each of them."""
    group, groups = _groups(node.by, node.subjects_all, context, subject)
    held = condition(node.where, context)
    rows = np.flatnonzero(held)
    values = [take(typed(value, context, _kind(node)), rows) for value in node.values]
    ranks = rank_codes(sort_columns(node.order, context), context.count)[rows] if node.order else None
    try:
        result = reduce(node.function, values, node.type, group[rows], groups, ranks)
    except TieError as error:
        where = subject[rows[error.rows[0]]]
        raise RowFault(f"{_who(names, where)}: {error.what} ({_shown(values, error.rows)})") from None
    return take(result, group)


def over_window(node: Window, context: Context, subject: Array, names: Array, tiebreak: Sequence[Column]) -> Column:
    """A window over own records. `tiebreak` orders records that tie in `sequence`: source table and row."""
    group, groups = _groups(node.by, node.subjects_all, context, subject)
    held = condition(node.where, context)
    keys = sort_columns(node.order, context)
    rows = np.flatnonzero(held)
    if node.function in ("is_first", "is_last"):
        return _at_end(node, keys, group, groups, rows, subject, names)
    if node.function in ("lag", "lead"):
        ranks = rank_codes(keys, context.count)
        order = rows[by_group(group[rows], ranks[rows])]
        return _shifted(node, context, group, ranks, order, subject, names)
    if node.function == "sequence":
        keys += [(column, False) for column in tiebreak]
    codes, _ = sort_codes([(group, False), *keys], context.count)
    order = rows[order_of(codes[rows])]
    ordered, along = codes[order], group[order]
    same = ordered[1:] == ordered[:-1]
    if same.any():
        raise _tie(node, names, subject[order[int(np.argmax(same))]])
    place = np.arange(len(order))
    first = np.ones(len(order), bool)
    np.not_equal(along[1:], along[:-1], out=first[1:])
    result = np.full(context.count, np.nan)
    result[order] = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    return result


def _at_end(
    node: Window, keys: Sequence[SortKey], group: Array, groups: int, rows: Array, subject: Array, names: Array
) -> Array:
    """is_first, is_last: the records that stand first (last) in their group; ties matter there alone."""
    rows = extremes(group, groups, keys, rows, node.function == "is_last")
    found = np.bincount(group[rows], minlength=groups)
    if (found > 1).any():
        tied = rows[group[rows] == int(np.argmax(found > 1))]
        raise _tie(node, names, subject[tied[0]])
    marked = np.zeros(len(group), bool)
    marked[rows] = True
    return marked


def _tie(node: Window, names: Array, subject: int) -> RowFault:
    return RowFault(
        f"{_who(names, subject)}: {node.function} cannot tell two records apart that tie on order="
        " (end it with a column that differs, such as --SEQ)"
    )


def _shifted(
    node: Window, context: Context, group: Array, ranks: Array, order: Array, subject: Array, names: Array
) -> Column:
    """lag, lead: the value of the nearest record before (after) this one for which `where` holds."""
    value = typed(node.values[0], context, node.type)
    base = int(ranks.max()) + 2 if len(ranks) else 1
    along = group[order] * base + ranks[order]
    own = group * base + ranks
    if node.function == "lag":
        position = np.searchsorted(along, own, side="left") - 1
    else:
        position = np.searchsorted(along, own, side="right")
    inside = (position >= 0) & (position < len(order))
    found = np.where(inside, order[np.clip(position, 0, max(len(order) - 1, 0))] if len(order) else -1, -1)
    found = np.where((found >= 0) & (group[found] == group), found, -1)
    _check_shift(value, found, group, ranks, order, subject, names, node.function)
    return take(value, found)


def _check_shift(
    value: Column, found: Array, group: Array, ranks: Array, order: Array, subject: Array, names: Array, name: str
) -> None:
    """A neighbour that ties with another of a different value is not one value, however many tie."""
    if len(order) < 2:
        return
    tied = (group[order][1:] == group[order][:-1]) & (ranks[order][1:] == ranks[order][:-1])
    place = np.r_[0, np.cumsum(~tied)]  # of those that tie, one number
    unlike = place[1:][tied & differs(value, order[1:], order[:-1])]
    places = np.full(len(group), -1, np.int64)
    places[order] = place
    wrong = np.isin(places[found], unlike) & (found >= 0)
    if wrong.any():
        who = subject[int(np.flatnonzero(wrong)[0])]
        raise RowFault(f"{_who(names, who)}: {name} finds two records that tie on order= and have different values")


def _groups(by: Sequence[object], everyone: bool, context: Context, subject: Array) -> tuple[Array, int]:
    columns: list[Column] = [] if everyone else [subject.astype(np.int64)]
    columns += [keyed(evaluate(node, context)) for node in by]  # type: ignore[arg-type]
    return group_codes(columns, context.count)


def sort_columns(order: Sequence[Key], context: Context) -> list[tuple[Column, bool]]:
    """The columns behind sort keys, each with whether it descends."""
    return [(evaluate(key.node, context), key.descending) for key in order]


def _kind(node: Aggregate) -> str:
    return getattr(node.values[0], "type", "number") if node.values else "number"


def _who(names: Array, code: int) -> str:
    return f"subject {names[code]!r}" if code >= 0 else "rows without a subject"


def _shown(values: Sequence[Column], rows: Sequence[int]) -> str:
    column = values[0] if values else empty("text", 0)
    shown = [str(texts(take(column, np.array([row])))[0]) or "missing" for row in rows]
    return " and ".join(repr(text) for text in shown)
