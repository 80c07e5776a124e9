"""Time to event: the first step with a candidate decides date, censoring, texts and source of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, Text, choose, empty, take
from engine.contexts import RecordContext
from engine.evaluate import Pairs, evaluate, typed
from engine.matching import by_keys, pairs
from engine.reduce import dense_ranks, pick, ties
from engine.views import RowFault
from specs.compiled import CompiledEvent

if TYPE_CHECKING:
    from engine.run import Run

_TYPES = {"ADT": "number", "CNSR": "number", "SRCSEQ": "number"}


class _Candidate:
    """The row that one row of Events picks for each record: its date (NaN for none), and what it fills."""

    def __init__(self, date: Array, values: dict[str, Column]) -> None:
        self.date, self.values = date, values


def fill_events(run: Run, dataset: str, block: str) -> dict[str, Column]:
    """The variables that Events fills for the records of one parameter."""
    events = run.stage.events[dataset, block]
    count = run.records(dataset, block).count
    names = dict.fromkeys(["ADT", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ"])
    names |= dict.fromkeys(name for event in events for name in event.texts)
    kinds = {name: run.stage.types.get((dataset, name)) or _TYPES.get(name, "text") for name in names}
    result = {name: empty(kinds[name], count) for name in names}
    open_records = np.ones(count, bool)
    for step in sorted({event.step for event in events}):
        best: _Candidate | None = None
        for event in [event for event in events if event.step == step]:
            with run.at(event.row.place):
                found = _candidate(run, dataset, block, event, kinds)
            best = found if best is None else _better(best, found, event.pick == "last", kinds)
        assert best is not None
        decided = open_records & np.isfinite(best.date)
        for name in names:
            result[name] = choose(decided, best.values[name], result[name])
        open_records &= ~decided
    return result


def _better(best: _Candidate, other: _Candidate, last: bool, kinds: dict[str, str]) -> _Candidate:
    """Of two candidates for each record the earlier (later) one; the row that stands first wins a tie."""
    later = other.date > best.date if last else other.date < best.date
    use = np.isfinite(other.date) & (~np.isfinite(best.date) | later)
    values = {name: choose(use, other.values[name], best.values[name]) for name in kinds}
    return _Candidate(np.where(use, other.date, best.date), values)


def _candidate(run: Run, dataset: str, block: str, event: CompiledEvent, kinds: dict[str, str]) -> _Candidate:
    context = RecordContext(run, dataset, block)
    view = run.view(dataset, event.match.table)
    found = by_keys(event.match, view, context, context.subject())
    left, right = pairs(event.match, found, context)
    dates = np.asarray(evaluate(event.date, Pairs(context, found.inner, left, right)))
    usable = np.isfinite(dates)
    left, right, dates = left[usable], right[usable], dates[usable]
    both = Pairs(context, found.inner, left, right)
    keys: list[tuple[Column, bool]] = [(dates, event.pick == "last")]
    keys += sort_columns(event.order, both)
    ranks = dense_ranks(keys, len(left))
    picked = pick(left, context.count, ranks, False)
    _check_ties(run, dataset, block, event, left, ranks, picked, view.name)
    chosen = picked[picked >= 0]
    spread = np.full(context.count, -1, np.int64)
    spread[picked >= 0] = np.arange(len(chosen))
    one = Pairs(context, found.inner, left[chosen], right[chosen])
    values: dict[str, Column] = {name: empty(kind, one.count) for name, kind in kinds.items()}
    values["ADT"] = dates[chosen]
    values["CNSR"] = np.asarray(evaluate(event.cnsr, one))
    for name, node in event.texts.items():
        values[name] = typed(node, one, kinds[name])
    rows = found.rows[right[chosen]]
    values["SRCDOM"], values["SRCVAR"], values["SRCSEQ"] = _origin(run, dataset, event, rows)
    return _Candidate(
        take(values["ADT"], spread),  # type: ignore[arg-type]
        {name: take(column, spread) for name, column in values.items()},
    )


def _check_ties(
    run: Run, dataset: str, block: str, event: CompiledEvent, left: Array, ranks: Array, picked: Array, name: str
) -> None:
    """Rows of equal date are told apart by Order; without one any of them is the same event and the first counts."""
    tied = ties(left, len(picked), ranks, picked)
    if len(tied) and event.order:
        who = run.describe(dataset, block, int(left[tied[0]]))
        raise RowFault(f"{who}: two rows of {name} have the same date and tie on Order")


def _origin(run: Run, dataset: str, event: CompiledEvent, rows: Array) -> tuple[Column, Column, Column]:
    own = event.match.table in {b.name for b in run.stage.blocks.get(dataset, ())}
    if own and "SRCDOM" in run.variables(dataset):
        view = run.view(dataset, event.match.table)
        return tuple(take(view.column(name), rows) for name in ("SRCDOM", "SRCVAR", "SRCSEQ"))  # type: ignore[return-value]
    domain, sequence = run.origin(dataset, event.match.table, rows)
    return domain, Text.constant(event.srcvar or " ", len(rows)), sequence
