"""Joins: the one row of another table that belongs to each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, take
from engine.contexts import CandidateContext, RecordContext
from engine.evaluate import Pairs, evaluate
from engine.issues import texts
from engine.matching import Matched, asked_once, by_keys, pairs
from engine.sorting import pick, rank_codes, ties
from engine.views import RowFault, View
from language.tree import Column as ColumnNode
from language.tree import walk
from specs.compiled import CompiledJoin

if TYPE_CHECKING:
    from engine.run import Run


def picked_rows(run: Run, dataset: str, join: CompiledJoin, context: CandidateContext | RecordContext) -> Array:
    """The row of the joined table for each row of `context`, -1 for none.

    Raises RowFault, which names the key, for a row to which two rows belong that Order does not tell apart.
    """
    view = run.matched_view(dataset, join.match)
    found = by_keys(join.match, view, context, context.subject())
    once = asked_once(found, context, [key.node for key in join.order])
    some, part, first, inverse = once or (found, context, np.arange(context.count), None)
    left, right = pairs(some, part)
    ranks = rank_codes(sort_columns(join.order, Pairs(part, found.inner, left, right)), len(left))
    picked = pick(left, part.count, ranks, join.pick == "last")
    tied = ties(left, part.count, ranks, picked)
    if len(tied):
        outer = int(left[tied[0]])
        rows = sorted({int(found.rows[right[tied[0]]]), int(found.rows[right[picked[outer]]])})
        key = _key(run, join, found, context, int(first[outer]))
        raise RowFault(
            f"join {join.row.name} of {dataset}: {key} has two matching rows of"
            f" {view.name} ({_places(run, view, rows)}); add By or Where, or Order and Pick that tell them apart"
        )
    rows_of = np.full(part.count, -1, np.int64)
    rows_of[picked >= 0] = found.rows[right[picked[picked >= 0]]]
    return rows_of if inverse is None else rows_of[inverse]


def _key(run: Run, join: CompiledJoin, found: Matched, context: CandidateContext | RecordContext, outer: int) -> str:
    """The key by which a row was joined, in words: its subject and the values that had to be equal."""
    shown = [run.who(int(context.subject()[outer]))] if not join.match.subjects_all else []
    for inside, outside in (*join.match.pairs, *join.match.numbers):
        name = next((part.name for part in walk(inside) if isinstance(part, ColumnNode)), "")
        value: Column = take(evaluate(outside, context), np.array([outer]))
        shown.append(f"{name} {texts(value)[0]!r}")
    return ", ".join(shown) or "a row"


def _places(run: Run, view: View, rows: list[int]) -> str:
    table = run.tables.get(view.name)
    if table is None:
        return f"records {rows[0] + 1} and {rows[-1] + 1}"
    lines = table.lines if view.lines is None else view.lines
    return f"{table.file} lines {' and '.join(str(int(lines[row])) for row in rows)}"
