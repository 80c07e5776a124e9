"""Where an expression is explained: a record, a source row before its record, a row of a table seen from either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, take
from engine.contexts import CandidateContext, RecordContext
from engine.evaluate import Context, Pairs
from engine.matching import InnerContext
from engine.table_context import TableContext
from engine.trace import joins
from engine.trace.node import PICKED, TEST, VALUE, WHY, Node, cell
from engine.views import Table, View
from language import tree
from language.written import written
from specs.compiled import CompiledJoin
from specs.model import Test

if TYPE_CHECKING:
    from engine.trace.tracer import Tracer

_ZERO = np.zeros(1, np.int64)


class Spot:
    """One row. `context` evaluates expressions for it, `column` and `exists` say where their values come from."""

    context: Context
    dataset = ""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def column(self, node: tree.Column) -> Node:
        """Where the value of a name comes from."""
        raise NotImplementedError

    def subject(self) -> Array:
        """The subject of the row, as a code."""
        raise NotImplementedError

    def join(self, name: str) -> tuple[CompiledJoin, int]:
        """A join of the row, and the row that it picked (-1: none)."""
        raise NotImplementedError

    def exists(self, name: str) -> Node:
        """Which row a join picked."""
        return joins.picked(self, name)

    def widest(self) -> Spot:
        """The spot for which aggregates and windows are computed."""
        return self

    def _picked_column(self, node: tree.Column) -> Node:
        join, row = self.join(node.table)
        table = join.match.table
        found = self.tracer.at(self.dataset, table, row, node.name, node.type)
        value = cell(self.context.column(node))
        picked = [found.named("value", VALUE)] if row >= 0 else []
        return Node(
            PICKED, written(node), value, node.type, place=join.row.place, note="" if row >= 0 else "no row was picked",
            make=lambda: [*picked, self.exists(node.table).named("row", WHY)],
        )  # fmt: skip

    def _of_subject(self, node: tree.Column) -> Node:
        if node.kind == "key":
            raise NotImplementedError
        view = self.tracer.run.view(self.dataset, node.table)
        names = self.tracer.run.names
        subject = int(self.subject()[0])
        row = int(view.row_of_subject(len(names), names)[subject])
        found = self.tracer.at(self.dataset, node.table, row, node.name, node.type)
        if row < 0:
            found.note = f"the subject has no row in {node.table}"
        return found


class RecordSpot(Spot):
    """A record of a block."""

    def __init__(self, tracer: Tracer, dataset: str, block: str, row: int) -> None:
        super().__init__(tracer)
        self.dataset, self.block, self.row = dataset, block, row
        self.context: RecordContext = RecordContext(tracer.run, dataset, block, np.array([row]))

    def subject(self) -> Array:
        return self.context.subject()

    def join(self, name: str) -> tuple[CompiledJoin, int]:
        run = self.tracer.run
        return run.stage.joins[self.dataset, self.block, name, False], int(
            run.picked(self.dataset, self.block, name)[self.row]
        )

    def column(self, node: tree.Column) -> Node:
        tracer = self.tracer
        if node.kind == "own":
            return tracer.value(self.dataset, self.block, self.row, node.name)
        if node.kind == "source":
            block = tracer.run.block(self.dataset, self.block)
            row = int(tracer.run.records(self.dataset, self.block).rows[self.row])
            return tracer.at(self.dataset if block.own_source else "", block.source, row, node.name, node.type)
        if node.kind == "join":
            return self._picked_column(node)
        if node.kind == "test":
            return self._test(node)
        if node.kind == "key":
            return tracer.key(self.dataset, self.block, self.row)
        return self._of_subject(node)

    def _test(self, node: tree.Column) -> Node:
        test = self.test()
        value = cell(self.context.column(node))
        title = node.name.replace("_", " ").title().replace("Loinc", "LOINC")
        return Node(TEST, f"Tests.{title}", value, node.type, place=test.at(title) if test is not None else None)

    def test(self) -> Test | None:
        """The row of Tests behind the record."""
        records = self.tracer.run.records(self.dataset, self.block)
        if not records.block.tests:
            return None
        return records.block.tests[int(records.test[self.row]) if records.test is not None else 0]


class CandidateSpot(Spot):
    """A source row of a block before there are records; `filled` are the variables that Expand gave so far."""

    def __init__(
        self, tracer: Tracer, dataset: str, block: str, row: int, filled: dict[str, Column] | None = None
    ) -> None:
        super().__init__(tracer)
        self.dataset, self.block, self.row = dataset, block, row
        self.context: CandidateContext = CandidateContext(tracer.run, dataset, block, np.array([row]), filled)

    def subject(self) -> Array:
        return self.context.subject()

    def join(self, name: str) -> tuple[CompiledJoin, int]:
        found = self.tracer.run.stage.joins[self.dataset, self.block, name, True]
        return found, int(self.context.picked(name)[0])

    def column(self, node: tree.Column) -> Node:
        tracer = self.tracer
        if node.kind == "own":
            value = cell(self.context.column(node))
            if node.name in self.context.filled:
                return Node("expand", f"{self.dataset}.{node.name}", value, node.type, note="filled by Expand")
            return tracer.ruled(self, self.dataset, self.block, node.name, value)
        block = tracer.run.block(self.dataset, self.block)
        owner = self.dataset if block.own_source else ""
        if node.kind == "source":
            return tracer.at(owner, block.source, self.row, node.name, node.type)
        if node.kind == "join":
            return self._picked_column(node)
        if node.kind == "key":
            return tracer.at(owner, block.source, self.row, "USUBJID", node.type)
        return self._of_subject(node)


class PairSpot(Spot):
    """A row of the table that an aggregate, a join or an event ranges over, seen from a record."""

    def __init__(self, outer: Spot, table: str, view: View, row: int) -> None:
        super().__init__(outer.tracer)
        self.outer, self.table, self.row, self.dataset = outer, table, row, outer.dataset
        self.context = Pairs(outer.context, InnerContext(view, np.array([row])), _ZERO, _ZERO)

    def subject(self) -> Array:
        return self.outer.subject()

    def join(self, name: str) -> tuple[CompiledJoin, int]:
        return self.outer.join(name)

    def column(self, node: tree.Column) -> Node:
        if node.kind == "inner":
            return self.tracer.at(self.dataset, self.table, self.row, node.name, node.type)
        return self.outer.column(node)

    def exists(self, name: str) -> Node:
        return self.outer.exists(name)

    def widest(self) -> Spot:
        return self.outer.widest()


class _OneRow(Context):
    """One row of a context."""

    def __init__(self, whole: Context, row: int) -> None:
        self.whole, self.rows, self.count = whole, np.array([row]), 1

    def column(self, node: tree.Column) -> Column:
        return take(self.whole.column(node), self.rows)

    def aggregate(self, node: tree.Aggregate) -> Column:
        return take(self.whole.aggregate(node), self.rows)

    def window(self, node: tree.Window) -> Column:
        return take(self.whole.window(node), self.rows)


class TableSpot(Spot):
    """A row of a table that the stage reads, as intake and the data cut see it."""

    def __init__(self, tracer: Tracer, table: Table, row: int) -> None:
        super().__init__(tracer)
        self.table, self.row = table, row
        self.context = _OneRow(TableContext(table, tracer.run), row)

    def subject(self) -> Array:
        return self.table.subject[[self.row]]

    def column(self, node: tree.Column) -> Node:
        if node.kind == "source":
            return self.tracer.input(self.table, self.row, node.name, node.type)
        if node.kind == "key":
            return self.tracer.outside.key(self.table, self.row)
        return self._of_subject(node)
