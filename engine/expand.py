"""Expand of Sources and Parameters: one record per day between two dates, per value, per row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, concat, group_codes, missing, take
from engine.compare import keyed, same_number
from engine.contexts import CandidateContext
from engine.evaluate import evaluate, typed
from engine.matching import Matched, by_keys, pairs
from engine.views import RowFault
from specs.compiled import Block, Expansion

if TYPE_CHECKING:
    from engine.run import Run

MOST_ROWS = 50_000_000
Found = tuple[Array, dict[str, Column]]


def expanded(run: Run, block: Block, context: CandidateContext) -> CandidateContext:
    """The rows of `context` repeated, one for each value of Expand, with the variables that it fills.

    The parts of Expand follow each other: each repeats the rows that the ones before it have made.
    """
    for part in block.expand:
        if part.function == "dates":
            again, filled = _dates(part, context)
        elif part.match is not None:
            again, filled = _rows_of_table(run, part, context)
        else:
            again, filled = _written(part, context)
        assert context.rows is not None
        filled = {name: take(column, again) for name, column in context.filled.items()} | filled
        context = CandidateContext(run, block.dataset, block.name, context.rows[again], filled)
    return context


def _dates(part: Expansion, context: CandidateContext) -> Found:
    """`dates(start, end, every=)`: start, start + every, ... up to the end, which counts if it is reached."""
    start, end = (np.asarray(evaluate(node, context)) for node in part.arguments)
    every = np.asarray(evaluate(part.every, context)) if part.every is not None else np.ones(context.count)
    usable = np.isfinite(start) & np.isfinite(end) & (end >= start)
    wrong = np.flatnonzero(usable & ~(every > 0))
    if len(wrong):
        what = "missing" if np.isnan(every[wrong[0]]) else f"{every[wrong[0]]:g}"
        raise RowFault(f"every= is {what} for {context.describe(int(wrong[0]))}; it must be more than 0")
    steps = np.zeros(context.count, np.int64)
    with np.errstate(over="ignore"):
        whole = np.floor((end[usable] - start[usable]) / every[usable]) + 1
    _check_size(whole.sum(), "check the dates that it runs between")  # before it is a whole number, which has an end
    steps[usable] = whole.astype(np.int64)
    # every=1 / 3 is no exact number: the step that ends where `end` is, on the digits that numbers compare on, counts
    steps[usable] += same_number(start[usable] + steps[usable] * every[usable], end[usable])
    _check_size(int(steps.sum()), "check the dates that it runs between")
    again = np.repeat(np.arange(context.count), steps)
    nth = np.arange(len(again)) - np.repeat(np.cumsum(steps) - steps, steps)
    return again, {part.variables[0]: start[again] + nth * every[again]}


def _written(part: Expansion, context: CandidateContext) -> Found:
    """`values(...)` written out: the records of a row stand in the order of the cell."""
    width, count = len(part.variables), context.count
    size = len(part.arguments) // width
    _check_size(size * count, "write fewer values")
    order = np.tile(np.arange(size) * count, count) + np.repeat(np.arange(count), size)
    filled = {
        name: take(concat([typed(node, context, kind) for node in part.arguments[place::width]]), order)
        for place, (name, kind) in enumerate(zip(part.variables, part.types, strict=True))
    }
    return _present(np.repeat(np.arange(count), size), filled)


def _rows_of_table(run: Run, part: Expansion, context: CandidateContext) -> Found:
    """`values(T.X, T.Y, where=)`: the different values in the rows of the table that belong to a row."""
    assert part.match is not None
    view = run.matched_view(context.dataset, part.match)
    found = by_keys(part.match, view, context, context.subject())
    columns = [typed(node, found.inner, kind) for node, kind in zip(part.arguments, part.types, strict=True)]
    codes, _ = group_codes([keyed(column) for column in columns], found.inner.count)
    if not found.residual:
        found, columns, codes = _distinct(found, columns, codes)
        _check_size(int(np.bincount(found.group, minlength=found.groups)[found.outer].sum()), "narrow its where=")
    again, rows = pairs(found, context)
    _check_size(len(again), "narrow its where=")
    first = _firsts([again, codes[rows]])
    again, rows = again[first], rows[first]
    filled = {name: take(column, rows) for name, column in zip(part.variables, columns, strict=True)}
    return _present(again, filled)


def _distinct(found: Matched, columns: list[Column], codes: Array) -> tuple[Matched, list[Column], Array]:
    """One row of the table for each group and value: without conditions on both rows the others add nothing."""
    first = _firsts([found.group, codes])
    kept = Matched(found.inner, found.rows[first], found.group[first], found.outer, found.groups, ())
    return kept, [take(column, first) for column in columns], codes[first]


def _firsts(keys: list[Column]) -> Array:
    """The positions at which a combination of keys occurs first, in order."""
    count = len(keys[0])
    codes, groups = group_codes(keys, count)
    first = np.full(groups, count, np.int64)
    np.minimum.at(first, codes, np.arange(count))
    return np.sort(first[first < count])


def _present(again: Array, filled: dict[str, Column]) -> Found:
    """Without the records in which every variable is missing."""
    gone = np.logical_and.reduce([missing(column) for column in filled.values()])
    kept = np.flatnonzero(~gone)
    return again[kept], {name: take(column, kept) for name, column in filled.items()}


def _check_size(rows: float, hint: str) -> None:
    if rows > MOST_ROWS:
        raise RowFault(f"Expand gives {rows:.15g} rows; {hint}")
