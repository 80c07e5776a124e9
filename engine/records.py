"""Makes the records of a block: source rows, Where, Tests, Expand, one per key; every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from derivations.assign_ct import fold
from engine.aggregates import sort_columns
from engine.columns import Array, Column, Rows, Text, as_rows, group_codes, missing, take
from engine.compare import keyed
from engine.contexts import CandidateContext
from engine.evaluate import condition, evaluate
from engine.expand import expanded
from engine.issues import texts
from engine.origins import table_rows
from engine.reduce import differs
from engine.reports import report_rows
from engine.sorting import pick, rank_codes, ties
from engine.views import RowFault, View
from specs.compiled import Block

if TYPE_CHECKING:
    from engine.run import Run


class Alike:
    """The rows that Pick distinct made one record: what a rule reads of them must be the same in all."""

    def __init__(self, context: CandidateContext, picked: Array, record: Array) -> None:
        self.context, self.picked, self.record = context, picked, record
        self._checked: set[tuple[str, str]] = set()

    def check_source(self, table: str, name: str, column: Column) -> None:
        """Raises RowFault if the rows of a record differ in a column of the source."""
        assert self.context.rows is not None
        self.check(table, name, take(column, self.context.rows))

    def check(self, table: str, name: str, column: Column) -> None:
        """Raises RowFault if the rows of a record differ in `column`, which holds a value for each of the rows."""
        if (table, name) in self._checked:
            return
        self._checked.add((table, name))
        wrong = np.flatnonzero(differs(column, np.arange(self.context.count), self.picked[self.record]))
        if len(wrong):
            row = int(wrong[0])
            shown = texts(take(column, np.array([int(self.picked[self.record[row]]), row])))
            raise RowFault(
                f"{table}.{name} differs between rows that One Per (Pick distinct) makes one:"
                f" {' and '.join(repr(text) for text in shown)} for {self.context.describe(row)};"
                " add it to One Per, aggregate it, or give Order and Pick"
            )


@dataclass
class Records:
    """The records of a block: `rows` are their source rows, `filled` the variables that Expand gave.

    `dropped` counts source rows by the rule that left them out, for the ledger; `fed` marks the source rows that
    reached a record; `alike` are the rows that Pick distinct made one, for which any of them stands.
    """

    block: Block
    source: View
    rows: Array
    subject: Array
    filled: dict[str, Column]
    test: Array | None
    fed: Array
    dropped: dict[str, Array] = field(default_factory=dict)
    alike: Alike | None = None

    @property
    def count(self) -> int:
        return len(self.rows)

    @cached_property
    def place(self) -> Rows:
        """The source rows, to take columns of the source with."""
        return as_rows(self.rows, self.source.count)

    def source_is(self, name: str) -> bool:
        return name == self.block.source

    def test_column(self, name: str) -> Column:
        """A cell of Tests for each record."""
        texts = Text.of([getattr(test, name) or None for test in self.block.tests])
        rows = self.test if self.test is not None else np.zeros(self.count, np.int64)
        return texts.take(rows)


def make_records(run: Run, block: Block) -> Records:
    """The records of a block: Where, Tests, Expand, One Per, in this order. Raises RowFault for ties of One Per.

    What Where asks of the variables that Expand fills is asked after Expand.
    """
    source = run.source_view(block.dataset, block.name)
    dropped: dict[str, Array] = {}
    context = CandidateContext(run, block.dataset, block.name)
    held = condition(block.where, context)
    if block.where is not None or block.later is not None:
        dropped["Where"] = ~held
    held, test = _tested(run, block, context, held, dropped)
    made = CandidateContext(run, block.dataset, block.name, np.flatnonzero(held))
    if block.expand:
        made = expanded(run, block, made)
        held = _left(made, held, dropped, "Expand")
    if block.later is not None:
        made = made.part(np.flatnonzero(condition(block.later, made)))
        held = _left(made, held, dropped, "Where")
    if block.exists:
        made = made.part(np.flatnonzero(_any_present(block, made)))
        held = _left(made, held, dropped, "no result")
    alike = None
    if block.one_per:
        picked, record = _one_per(run, block, made)
        alike = Alike(made, picked, record) if block.pick == "distinct" else None
        made = made.part(picked)
        held = _left(made, held, dropped, "merged (One Per)")
    rows = made.rows
    assert rows is not None
    of_rows = None if test is None else test[rows]
    return Records(block, source, rows, source.subject[rows], made.filled, of_rows, held, dropped, alike)


def _left(made: CandidateContext, held: Array, dropped: dict[str, Array], step: str) -> Array:
    """The source rows that still have a record after a step; those that lost theirs are counted for the ledger."""
    left = np.zeros(len(held), bool)
    left[made.rows] = True
    dropped[step] = dropped.get(step, False) | (held & ~left)
    return left


def _tested(
    run: Run, block: Block, context: CandidateContext, held: Array, dropped: dict[str, Array]
) -> tuple[Array, Array | None]:
    """Long tests: the row of Tests for each collected code; codes without one are issues."""
    if not block.test_column:
        return held, None
    codes = context.source.column(block.test_column)
    assert isinstance(codes, Text)
    test = _test_of(block, codes, context)
    unknown = held & (test < 0)
    dropped["no row in Tests"] = unknown
    report_rows(run, block, np.flatnonzero(unknown), "test_not_mapped", block.test_column, codes)
    return held & (test >= 0), test


def _test_of(block: Block, codes: Text, context: CandidateContext) -> Array:
    """The row of Tests for each source row, -1 for none: rows with a Where that holds before those without one."""
    folded = [fold(text) for text in codes.dictionary.values]
    conditions = block.test_where or (None,) * len(block.tests)
    plain = {
        fold(value): position
        for position, (test, where) in enumerate(zip(block.tests, conditions))
        for value in test.collected
        if where is None
    }
    found = np.append(np.array([plain.get(text, -1) for text in folded], dtype=np.int64), -1)[codes.codes]
    claimed = np.zeros(len(found), bool)
    for position, (test, where) in enumerate(zip(block.tests, conditions)):
        if where is None:
            continue
        wanted = {fold(value) for value in test.collected}
        mine = np.append(np.array([text in wanted for text in folded], dtype=bool), False)[codes.codes]
        mine &= condition(where, context)
        if (mine & claimed).any():
            raise RowFault(f"two rows of Tests with a Where claim one source row, the second for {test.test_code}")
        found[mine] = position
        claimed |= mine
    return found


def _any_present(block: Block, context: CandidateContext) -> Array:
    found = np.zeros(context.count, bool)
    for node in block.exists:
        found |= ~missing(evaluate(node, context))
    return found


def _one_per(run: Run, block: Block, context: CandidateContext) -> tuple[Array, Array]:
    """The positions of the rows kept, in order, one per subject and key; and for each row which of them stands for it.
    """
    columns: list[Column] = [context.subject().astype(np.int64)]
    columns += [keyed(evaluate(node, context)) for node in block.one_per]
    group, groups = group_codes(columns, context.count)
    ranks = rank_codes(sort_columns(block.order, context), context.count)
    if block.pick == "distinct":
        ranks = rank_codes([(ranks, False), (np.arange(context.count), False)], context.count)
    picked = pick(group, groups, ranks, block.pick == "last")
    tied = ties(group, groups, ranks, picked)
    if len(tied):
        raise RowFault(_tie(run, block, context, int(picked[group[tied[0]]]), int(tied[0])))
    kept = np.sort(picked[picked >= 0])
    return kept, np.searchsorted(kept, picked[group])


def _tie(run: Run, block: Block, context: CandidateContext, one: int, other: int) -> str:
    assert context.rows is not None
    tables, lines = table_rows(run, block, context.rows[[one, other]])
    table = run.tables.get(str(tables.objects()[0]))
    where = f" ({table.file} lines {table.lines[lines[0]]} and {table.lines[lines[1]]})" if table else ""
    hint = "end Order with a column that differs" if block.order else "name Order, or Pick distinct"
    who = run.who(int(context.subject()[one]))
    return f"One Per of {block.dataset}: two rows claim one record of {who}{where}; {hint}"
