"""The contexts of a stage: records of one block, of a whole dataset, and candidate rows before a Where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import over_table, over_window
from engine.columns import EVERY, Array, Column, as_rows, as_type, at, concat, empty, take
from engine.context import Reported
from engine.evaluate import Context
from engine.views import RowFault
from language import tree

if TYPE_CHECKING:
    from engine.run import Run


class RecordContext(Context):
    """Records of one block (all of them, or those at `rows`)."""

    def __init__(self, run: Run, dataset: str, block: str, rows: Array | None = None) -> None:
        self.run, self.dataset, self.block, self.rows = run, dataset, block, rows
        self.total = run.records(dataset, block).count
        self.count = self.total if rows is None else len(rows)
        self._place = EVERY if rows is None else as_rows(rows, self.total)
        self.pending: list[tuple[str, Array, Reported]] = []

    def part(self, rows: Array | None) -> RecordContext:
        """The records at some of the rows of the block (None: all of them)."""
        return RecordContext(self.run, self.dataset, self.block, rows)

    def _part(self, column: Column) -> Column:
        return at(column, self._place)

    def subject(self) -> Array:
        found = self.run.records(self.dataset, self.block).subject
        return found if self.rows is None else found[self.rows]

    def column(self, node: tree.Column) -> Column:
        return self._part(self._column(node))

    def _column(self, node: tree.Column) -> Column:
        records = self.run.records(self.dataset, self.block)
        if node.kind == "own":
            return self.run.value(self.dataset, self.block, node.name)
        if node.kind == "source":
            if records.source.name != node.table and not records.source_is(node.table):
                raise RowFault(f"{node.table}.{node.name} is no column of the rows that [{self.block}] is made from")
            found = as_type(records.source.column(node.name), node.type)
            if records.alike is not None:
                records.alike.check_source(node.table, node.name, found)
            return at(found, records.place)
        if node.kind == "join":
            view = self.run.join_view(self.dataset, self.block, node.table, False)
            return take(
                as_type(view.column(node.name), node.type), self.run.picked(self.dataset, self.block, node.table)
            )
        if node.kind == "test":
            return records.test_column(node.name)
        return subject_column(self.run, self.dataset, node, records.subject)

    def exists(self, join: str) -> Array:
        found = self.run.picked(self.dataset, self.block, join) >= 0
        return found if self.rows is None else found[self.rows]

    def aggregate(self, node: tree.Aggregate) -> Column:
        if node.match is None:
            return self._whole(node)
        view = self.run.range_of(self.dataset, node.match)
        return over_table(node, view, self, self.subject(), self.run.names)

    def window(self, node: tree.Window) -> Column:
        return self._part(self._over_block(node)) if node.block else self._whole(node)

    def _over_block(self, node: tree.Window) -> Column:
        run, whole = self.run, RecordContext(self.run, self.dataset, self.block)
        subject = whole.subject()
        told = run.told(self.dataset, self.block, "", node, subject)
        if told is not None:
            return told
        return over_window(node, whole, subject, run.names, run.tiebreak(self.dataset, self.block))

    def _whole(self, node: tree.Aggregate | tree.Window) -> Column:
        """What ranges over all records of the dataset is computed once, and cut to the block."""
        found = self.run.whole(self.dataset, node)
        start = self.run.offset(self.dataset, self.block)
        return self._part(at(found, slice(start, start + self.total)))

    def describe(self, row: int) -> str:
        """One of the rows in words."""
        return self.run.describe(self.dataset, self.block, row if self.rows is None else int(self.rows[row]))

    def report(self, kind: str, rows: Array, node: Reported) -> None:
        self.pending.append((kind, rows, node))


class DatasetContext(Context):
    """All records of a dataset, block after block."""

    def __init__(self, run: Run, dataset: str) -> None:
        self.run, self.dataset = run, dataset
        self.parts = [RecordContext(run, dataset, block) for block in run.blocks(dataset)]
        self.count = sum(part.count for part in self.parts)
        self._known: dict[tree.Column, Column] = {}

    def _each(self, found: list[Column], kind: str) -> Column:
        return concat(found) if found else empty(kind, 0)

    def column(self, node: tree.Column) -> Column:
        if node not in self._known:
            self._known[node] = self._each([part.column(node) for part in self.parts], node.type)
        return self._known[node]

    def exists(self, join: str) -> Array:
        return np.concatenate([part.exists(join) for part in self.parts]) if self.parts else np.empty(0, bool)

    def aggregate(self, node: tree.Aggregate) -> Column:
        if not self.parts:
            return empty(node.type, 0)
        if node.match is None:
            return self.run.whole(self.dataset, node)
        view = self.run.range_of(self.dataset, node.match)
        return over_table(node, view, self, self.subject(), self.run.names)

    def window(self, node: tree.Window) -> Column:
        if not node.block and self.parts:
            return self.run.whole(self.dataset, node)
        return self._each([part.window(node) for part in self.parts], node.type)

    def subject(self) -> Array:
        return np.concatenate([part.subject() for part in self.parts]) if self.parts else np.empty(0, np.int32)


class CandidateContext(Context):
    """Source rows of a block before (`rows` None) or after its Where and Expand; `filled` are variables so far."""

    def __init__(
        self, run: Run, dataset: str, block: str, rows: Array | None = None, filled: dict[str, Column] | None = None
    ) -> None:
        self.run, self.dataset, self.block, self.rows = run, dataset, block, rows
        self.source = run.source_view(dataset, block)
        self.count = self.source.count if rows is None else len(rows)
        self._place = EVERY if rows is None else as_rows(rows, self.source.count)
        self.filled = filled or {}
        self.late = run.block(dataset, block).late
        self._values: dict[str, Column] = {}
        self._picks: dict[str, Array] = {}
        self._whole: tuple[CandidateContext, Array] | None = None

    def part(self, rows: Array | None) -> CandidateContext:
        """Some of the rows, by their position (None: all of them)."""
        at = np.arange(self.count) if rows is None else rows
        filled = {name: take(column, at) for name, column in self.filled.items()}
        found = CandidateContext(self.run, self.dataset, self.block, at if self.rows is None else self.rows[at], filled)
        found._whole = (self, at)
        return found

    def _part(self, column: Column) -> Column:
        return at(column, self._place)

    def subject(self) -> Array:
        found = self.source.subject
        return found if self.rows is None else found[self.rows]

    def column(self, node: tree.Column) -> Column:
        if node.kind == "own" and node.name in self.filled:
            return self.filled[node.name]
        if node.kind == "own" and ("variable", node.name) in self.late:
            return self._late_value(node.name)
        if node.kind == "own":
            return self._part(self.run.candidate_value(self.dataset, self.block, node.name))
        if node.kind == "source":
            return self._part(as_type(self.source.column(node.name), node.type))
        if node.kind == "join":
            view = self.run.join_view(self.dataset, self.block, node.table, True)
            return take(as_type(view.column(node.name), node.type), self.picked(node.table))
        return subject_column(self.run, self.dataset, node, self.subject())

    def _late_value(self, name: str) -> Column:
        """A variable that waits for Expand, computed for these rows, or taken from the rows that they are part of."""
        if name not in self._values:
            if self._whole is not None:
                whole, at = self._whole
                self._values[name] = take(whole._late_value(name), at)
            else:
                self._values[name] = self.run.late_value(self, name)
        return self._values[name]

    def _late_pick(self, join: str) -> Array:
        if join not in self._picks:
            if self._whole is not None:
                whole, at = self._whole
                self._picks[join] = whole._late_pick(join)[at]
            else:
                self._picks[join] = self.run.late_pick(self, join)
        return self._picks[join]

    def picked(self, join: str) -> Array:
        """The row that a join picked for each row, -1 for none."""
        if ("join", join) in self.late:
            return self._late_pick(join)
        found = self.run.picked(self.dataset, self.block, join, True)
        return found if self.rows is None else found[self.rows]

    def exists(self, join: str) -> Array:
        return self.picked(join) >= 0

    def aggregate(self, node: tree.Aggregate) -> Column:
        if node.match is None:
            raise _no_records(node.function)
        view = self.run.range_of(self.dataset, node.match)
        return over_table(node, view, self, self.subject(), self.run.names)

    def window(self, node: tree.Window) -> Column:
        raise _no_records(node.function)

    def describe(self, row: int) -> str:
        """One of the rows in words."""
        return self.run.describe_source(self.dataset, self.block, row if self.rows is None else int(self.rows[row]))


def _no_records(function: str) -> RowFault:
    """specs.candidates refuses this when a specification is checked."""
    return RowFault(f"{function} ranges over records that are still to be made: name the table that it ranges over")


def subject_column(run: Run, dataset: str, node: tree.Column, subject: Array) -> Column:
    """`T.X` of the one row of the subject, or the subject key itself."""
    if node.kind == "key":
        return run.subjects.take(subject.astype(np.int64))
    view = run.view(dataset, node.table)
    rows = view.row_of_subject(len(run.names), run.names)
    return take(as_type(view.column(node.name), node.type), rows[subject])
