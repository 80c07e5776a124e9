"""Time to event: the first step with a candidate decides date, censoring, texts and source of a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, Text, choose, concat, empty, take
from engine.contexts import RecordContext
from engine.evaluate import Pairs, evaluate, typed
from engine.matching import by_keys, pairs
from engine.origins import submitted_records
from engine.reduce import differs
from engine.sorting import pick, rank_codes, ties
from engine.views import RowFault, faults_at
from language.tree import TEXT
from language.types import type_of
from specs.blocks import EVENT_VARIABLES
from specs.compiled import CompiledEvent

if TYPE_CHECKING:
    from engine.run import Run


@dataclass
class _Candidate:
    """The row that one row of Events picks for each record: its date (NaN for none), what it fills, its Order."""

    event: CompiledEvent
    date: Array
    values: dict[str, Column]
    order: list[tuple[Column, bool]]


def fill_events(run: Run, dataset: str, block: str) -> dict[str, Column]:
    """The variables that Events fills for the records of one parameter."""
    events = run.stage.events[dataset, block]
    count = run.records(dataset, block).count
    names = dict.fromkeys([*EVENT_VARIABLES, *(name for event in events for name in event.texts)])
    kinds = {name: run.stage.types.get((dataset, name)) or EVENT_VARIABLES.get(name, TEXT) for name in names}
    result = {name: empty(kinds[name], count) for name in names}
    undecided = np.ones(count, bool)
    for step in sorted({event.step for event in events}):
        best: _Candidate | None = None
        for event in [event for event in events if event.step == step]:
            with faults_at(event.row.place):
                found = _candidate(run, dataset, block, event, kinds, undecided)
                best = found if best is None else _better(run, dataset, block, undecided, best, found)
        assert best is not None
        decided = undecided & np.isfinite(best.date)
        for name in names:
            result[name] = choose(decided, best.values[name], result[name])
        undecided &= ~decided
    return result


def _better(run: Run, dataset: str, block: str, undecided: Array, best: _Candidate, other: _Candidate) -> _Candidate:
    """Of two candidates of a step for each record the earlier (later) one; of equal dates the lower Order."""
    last = other.event.pick == "last"
    later = other.date > best.date if last else other.date < best.date
    same = (other.date == best.date) & undecided
    comes_first, tied = _by_order(best, other) if same.any() else (same, same)
    _no_rivals(run, dataset, block, same & tied, best, other)
    use = np.isfinite(other.date) & (~np.isfinite(best.date) | later | (same & comes_first))
    values = {name: choose(use, other.values[name], column) for name, column in best.values.items()}
    order = [(choose(use, b, a), down) for (a, down), (b, _) in zip(best.order, other.order)]
    return _Candidate(other.event, np.where(use, other.date, best.date), values, order)


def _by_order(best: _Candidate, other: _Candidate) -> tuple[Array, Array]:
    """Where the other candidate comes first by Order, and where Order does not tell the two apart."""
    count = len(best.date)
    both = [
        (concat([a, b]), down)
        for (a, down), (b, _) in zip(best.order, other.order)
        if isinstance(a, Text) == isinstance(b, Text)
    ]
    ranks = rank_codes(both, 2 * count)
    return ranks[count:] < ranks[:count], ranks[count:] == ranks[:count]


def _no_rivals(run: Run, dataset: str, block: str, tied: Array, best: _Candidate, other: _Candidate) -> None:
    """Two rows of Events that give the same date and say different things are a fault of their step."""
    rows = np.flatnonzero(tied)
    wrong = np.zeros(len(rows), bool)
    for name, column in best.values.items():
        wrong |= differs(concat([column, other.values[name]]), rows, rows + len(tied))
    if wrong.any():
        place = best.event.row.place
        record = run.describe(dataset, block, int(rows[np.flatnonzero(wrong)[0]]))
        raise RowFault(
            f"Step {other.event.step}: this row and the one at {place.file}:{place.row} give {record} the same date"
            " and different values; give them Order, or steps of their own"
        )


def _candidate(
    run: Run, dataset: str, block: str, event: CompiledEvent, kinds: dict[str, str], undecided: Array
) -> _Candidate:
    """The candidates of the records that no earlier step has decided."""
    context = RecordContext(run, dataset, block)
    view = run.view(dataset, event.match.table)
    found = by_keys(event.match, view, context, context.subject())
    left, right = pairs(found, context)
    dates = np.asarray(evaluate(event.date, Pairs(context, found.inner, left, right)), float)
    usable = np.isfinite(dates) & undecided[left]
    left, right, dates = left[usable], right[usable], dates[usable]
    sources = _sources(run, dataset, event, found.rows[right])
    order = sort_columns(event.order, Pairs(context, found.inner, left, right))
    keys = order or [(sources["SRCSEQ"], False)]
    picked, tied = _picked(run, dataset, block, event, left, dates, keys, context.count)
    _no_unlike(run, dataset, block, event, Pairs(context, found.inner, left, right), picked, tied)
    chosen = picked[picked >= 0]
    spread = np.full(context.count, -1, np.int64)
    spread[picked >= 0] = np.arange(len(chosen))
    one = Pairs(context, found.inner, left[chosen], right[chosen])
    values: dict[str, Column] = {name: empty(kind, one.count) for name, kind in kinds.items()}
    values |= {"ADT": dates[chosen], "CNSR": evaluate(event.cnsr, one)}
    values |= {name: typed(node, one, kinds[name]) for name, node in event.texts.items()}
    values |= {name: take(column, chosen) for name, column in sources.items()}
    values = {name: take(column, spread) for name, column in values.items()}
    keys = [(take(column, picked), down) for column, down in order]
    return _Candidate(event, np.asarray(values["ADT"]), values, keys)


def _picked(
    run: Run, dataset: str, block: str, event: CompiledEvent, left: Array, dates: Array,
    order: list[tuple[Column, bool]], count: int,
) -> tuple[Array, Array]:  # fmt: skip
    """The pair of each record, -1 for none: by date, then Order; without Order by the sequence of the source.

    Also the other pairs that nothing tells apart from it: those of a source without a sequence.
    """
    ranks = rank_codes([(dates, event.pick == "last"), *order], len(left))
    picked = pick(left, count, ranks, False)
    tied = ties(left, count, ranks, picked)
    if len(tied) and event.order:
        record = run.describe(dataset, block, int(left[tied[0]]))
        raise RowFault(f"two rows of {event.match.table} have the same date for {record} and tie on Order")
    return picked, tied


def _no_unlike(
    run: Run, dataset: str, block: str, event: CompiledEvent, candidates: Pairs, picked: Array, tied: Array
) -> None:
    """Rows of one date that nothing tells apart must say the same. Raises RowFault."""
    if not len(tied):
        return
    rows = np.concatenate([picked[candidates.left[tied]], tied])
    both = Pairs(candidates.outer, candidates.inner, candidates.left[rows], candidates.right[rows])
    first, other = np.arange(len(tied)), np.arange(len(tied), 2 * len(tied))
    for name, node in {"CNSR": event.cnsr, **event.texts}.items():
        wrong = np.flatnonzero(differs(typed(node, both, type_of(node)), first, other))
        if len(wrong):
            record = run.describe(dataset, block, int(candidates.left[tied[wrong[0]]]))
            raise RowFault(
                f"two rows of {event.match.table} have the same date for {record} and give {name} different values;"
                " give the row an Order"
            )


def _sources(run: Run, dataset: str, event: CompiledEvent, rows: Array) -> dict[str, Column]:
    """SRCDOM, SRCVAR, SRCSEQ of rows of From: rows of an own parameter hand on theirs."""
    if run.own_blocks(dataset, event.match.table) and "SRCDOM" in run.variables(dataset):
        view = run.view(dataset, event.match.table)
        return {name: take(view.column(name), rows) for name in ("SRCDOM", "SRCVAR", "SRCSEQ")}
    domain, sequence = submitted_records(run, dataset, event.match.table, rows)
    variable = Text.constant(event.srcvar, len(rows)) if event.srcvar else Text.missing(len(rows))
    return {"SRCDOM": domain, "SRCVAR": variable, "SRCSEQ": sequence}
