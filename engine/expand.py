"""Expand of Sources: one record per day between two dates, or per value of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, Text, as_type, group_codes, missing, take
from engine.contexts import CandidateContext
from engine.evaluate import evaluate
from engine.reduce import pick
from engine.views import RowFault
from language.tree import Constant
from specs.compiled import Block

if TYPE_CHECKING:
    from engine.run import Run

MOST_ROWS = 50_000_000


def expanded(run: Run, block: Block, rows: Array) -> tuple[Array, dict[str, Column]]:
    """Source rows repeated, one for each value of Expand, and the variable that Expand fills."""
    expand = block.expand
    assert expand is not None
    context = CandidateContext(run, block.dataset, block.name, rows)
    if expand.function == "values":
        return _crossed(run, block, rows)
    start, end = (np.asarray(evaluate(node, context)) for node in expand.arguments)
    every = np.asarray(evaluate(expand.every, context)) if expand.every is not None else np.ones(len(rows))
    usable = np.isfinite(start) & np.isfinite(end) & (end >= start) & (every > 0)
    steps = np.zeros(len(rows), np.int64)
    steps[usable] = np.floor((end[usable] - start[usable]) / every[usable]).astype(np.int64) + 1
    if steps.sum() > MOST_ROWS:
        raise RowFault(f"Expand gives {int(steps.sum())} rows; check the dates that it runs between")
    again = np.repeat(np.arange(len(rows)), steps)
    nth = np.arange(len(again)) - np.repeat(np.cumsum(steps) - steps, steps)
    return rows[again], {expand.variable: start[again] + nth * every[again]}


def _crossed(run: Run, block: Block, rows: Array) -> tuple[Array, dict[str, Column]]:
    expand = block.expand
    assert expand is not None
    first = expand.arguments[0]
    if isinstance(first, Constant):
        values = [node.value for node in expand.arguments if isinstance(node, Constant)]
        column: Column = np.array(values, float) if expand.type == "number" else Text.of(values)
    else:
        view = run.view(block.dataset, getattr(first, "table", ""))
        column = as_type(view.column(getattr(first, "name", "")), expand.type)
        codes, groups = group_codes([column], view.count)
        first_rows = pick(codes, groups, np.arange(view.count), False)
        column = take(column, np.sort(first_rows[first_rows >= 0]))
        column = take(column, np.flatnonzero(~missing(column)))
    size = len(column)
    return np.repeat(rows, size), {expand.variable: take(column, np.tile(np.arange(size), len(rows)))}
