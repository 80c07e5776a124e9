"""Makes the records of a block: source rows, Where, Tests, Expand, one per key; every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from derivations.assign_ct import fold
from engine.aggregates import sort_columns
from engine.columns import Array, Column, Text, choose, empty, group_codes, missing, take
from engine.contexts import CandidateContext
from engine.evaluate import condition, evaluate
from engine.reduce import dense_ranks, pick, ties
from engine.views import RowFault, View
from language.tree import Constant
from specs.compiled import Block
from specs.problem import Place

if TYPE_CHECKING:
    from engine.run import Run


@dataclass
class Records:
    """The records of a block: `rows` are their source rows, `filled` the variables that Expand gave.

    `dropped` and `merged` count source rows by the rule that left them out, for the ledger; `fed` marks the
    source rows that reached a record.
    """

    block: Block
    source: View
    rows: Array
    subject: Array
    filled: dict[str, Column]
    test: Array | None
    fed: Array
    dropped: dict[str, Array] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.rows)

    def source_is(self, name: str) -> bool:
        return name == self.block.source

    def test_column(self, name: str) -> Column:
        """A cell of Tests for each record."""
        texts = Text.of([getattr(test, name) or None for test in self.block.tests])
        rows = self.test if self.test is not None else np.zeros(self.count, np.int64)
        return texts.take(rows)


def make_records(run: Run, block: Block) -> Records:
    """The records of a block. Raises RowFault for ties of One Per."""
    dataset, name = block.dataset, block.name
    source = run.source_view(dataset, name)
    dropped: dict[str, Array] = {}
    context = CandidateContext(run, dataset, name)
    held = condition(block.where, context)
    if block.where is not None:
        dropped["Where"] = ~held
    held, test = _tested(run, block, source, held, dropped)
    for_test = _any_present(block, context)
    if for_test is not None:
        dropped["no result"] = held & ~for_test
        held = held & for_test
    rows = np.flatnonzero(held)
    filled: dict[str, Column] = {}
    if block.expand is not None:
        before = rows
        rows, filled = _expanded(run, block, rows)
        gone = np.zeros(source.count, bool)
        gone[before] = True
        gone[rows] = False
        dropped["Expand"] = gone
    fed = np.zeros(source.count, bool)
    fed[rows] = True
    if block.one_per:
        keep = _one_per(run, block, rows, filled)
        merged = fed.copy()
        rows = rows[keep]
        filled = {variable: take(column, keep) for variable, column in filled.items()}
        fed = np.zeros(source.count, bool)
        fed[rows] = True
        dropped["merged (One Per)"] = merged & ~fed
    tests = None if test is None else test[rows]
    return Records(block, source, rows, source.subject[rows], filled, tests, fed, dropped)


def _tested(
    run: Run, block: Block, source: View, held: Array, dropped: dict[str, Array]
) -> tuple[Array, Array | None]:
    """Long tests: the row of Tests for each collected code; codes without one are issues."""
    if not block.test_column:
        return held, None
    codes = source.column(block.test_column)
    assert isinstance(codes, Text)
    table = {fold(value): position for position, test in enumerate(block.tests) for value in test.collected}
    known = np.array([table.get(fold(text), -1) for text in codes.dictionary.values], dtype=np.int64)
    test = np.append(known, -1)[codes.codes]
    unknown = held & (test < 0)
    dropped["no row in Tests"] = unknown
    run.report_rows(block, np.flatnonzero(unknown), "test_not_mapped", block.test_column, codes)
    return held & (test >= 0), test


def _any_present(block: Block, context: CandidateContext) -> Array | None:
    if not block.exists:
        return None
    found = np.zeros(context.count, bool)
    for node in block.exists:
        found |= ~missing(evaluate(node, context))
    return found


def _expanded(run: Run, block: Block, rows: Array) -> tuple[Array, dict[str, Column]]:
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
    if steps.sum() > 50_000_000:
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
        column = view.column(getattr(first, "name", ""))
        codes, groups = group_codes([column], view.count)
        column = take(column, np.sort(pick(codes, groups, np.arange(view.count), False)))
    size = len(column)
    return np.repeat(rows, size), {expand.variable: take(column, np.tile(np.arange(size), len(rows)))}


def _one_per(run: Run, block: Block, rows: Array, filled: dict[str, Column]) -> Array:
    """The positions of the rows kept: one per subject and key."""
    context = CandidateContext(run, block.dataset, block.name, rows, filled)
    columns: list[Column] = [context.subject().astype(np.int64)]
    columns += [evaluate(node, context) for node in block.one_per]
    group, groups = group_codes(columns, len(rows))
    if not block.order:
        return np.sort(pick(group, groups, np.arange(len(rows)), False)) if len(rows) else rows
    ranks = dense_ranks(sort_columns(block.order, context), len(rows))
    picked = pick(group, groups, ranks, block.pick == "last")
    tied = ties(group, groups, ranks, picked)
    if len(tied) and block.pick != "distinct":
        who = run.who(context.subject()[tied[0]])
        raise RowFault(f"{who}: two rows tie on Order for one record; end Order with a column that differs")
    return np.sort(picked[picked >= 0])


def fill(run: Run, dataset: str, block: str, variable: str) -> Column:
    """A variable of a block: each record takes the value of the first rule that claims it."""
    from engine.contexts import RecordContext

    kind = run.stage.types.get((dataset, variable), "text")
    whole = RecordContext(run, dataset, block)
    result = empty(kind, whole.count)
    free = np.ones(whole.count, bool)
    previous: tuple[tuple[int, float, int], Array, Place] | None = None
    for rule in run.stage.rules.get((dataset, block, variable), ()):
        if not free.any() and (previous is None or previous[0] != rule.rank):
            break
        with run.at(rule.place):
            wants = condition(rule.where, whole)
            if previous is not None and previous[0] == rule.rank:
                _no_rivals(run, dataset, block, variable, wants & previous[1], previous[2], rule.place)
            claimed = wants & free
            result = _claimed(run, dataset, block, variable, claimed, result, rule.value, kind)
        before = previous[1] if previous is not None and previous[0] == rule.rank else np.zeros(whole.count, bool)
        previous = (rule.rank, before | wants, rule.place)
        free &= ~claimed
    return result


def _claimed(
    run: Run, dataset: str, block: str, variable: str, claimed: Array, result: Column, value: object, kind: str
) -> Column:
    from engine.contexts import RecordContext
    from engine.evaluate import typed

    rows = np.flatnonzero(claimed)
    if not len(rows):
        return result
    everything = len(rows) == len(claimed)
    context = RecordContext(run, dataset, block, None if everything else rows)
    context.pending = []
    found = typed(value, context, kind)  # type: ignore[arg-type]
    for problem, mask, node in context.pending:
        run.report_call(dataset, block, variable, problem, np.flatnonzero(claimed)[mask], node)
    if everything:
        return found
    position = np.full(len(claimed), -1, np.int64)
    position[rows] = np.arange(len(rows))
    return choose(claimed, take(found, position), result)


def _no_rivals(
    run: Run, dataset: str, block: str, variable: str, both: Array, first: Place, second: Place
) -> None:
    if both.any():
        where = run.describe(dataset, block, int(np.flatnonzero(both)[0]))
        raise RowFault(
            f"{variable}: this rule and the one at {first.file}:{first.row} both claim {where};"
            " give one of them an Order or a narrower Where"
        )


