"""Runs a compiled stage on its tables: records, joins and variables, each computed once, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import over_own, over_window
from engine.columns import Array, Column, Text, concat
from engine.contexts import CandidateContext, DatasetContext, RecordContext
from engine.events import fill_events
from engine.issues import IssueLog
from engine.origins import table_rows
from engine.picks import picked_rows
from engine.records import Records, make_records
from engine.rules import by_precedence, candidates, fill, kept, report_filled
from engine.views import Table, View, faults_at, table_view
from language.tree import Aggregate, Match, Window
from specs.blocks import EVENT_VARIABLES, NONE_ROWS
from specs.compiled import Block, CompiledStage, Step

if TYPE_CHECKING:
    from engine.wide import Wide


class Run:
    """The state of a stage while it runs. `names` are the subjects of the study, sorted; columns hold codes.

    Where the study is run in parts, `names` are the subjects of this one, `wide` is what it is told of the others, and
    only one of them (`study`) hands over the rows that belong to no subject, which each may have.
    """

    def __init__(
        self, stage: CompiledStage, tables: Mapping[str, Table], names: Array, log: IssueLog,
        wide: Wide | None = None, study: bool = True,
    ) -> None:  # fmt: skip
        self.stage, self.tables, self.names, self.log = stage, tables, names, log
        self.wide, self.study = wide, study
        self.subjects = Text.of(names)
        self._blocks = {(d, block.name): block for d, blocks in stage.blocks.items() for block in blocks}
        self._records: dict[tuple[str, str], Records] = {}
        self._values: dict[tuple[str, str, str], Column] = {}
        self._candidates: dict[tuple[str, str, str], Column] = {}
        self._picks: dict[tuple[str, str, str, bool], Array] = {}
        self._events: dict[tuple[str, str], dict[str, Column]] = {}
        self._views: dict[tuple[str, str], View] = {}
        self._whole: dict[tuple[str, str], Column] = {}
        self._lineages: dict[tuple[str, str], tuple[Text, Array]] = {}

    # --- running ---------------------------------------------------------------------------------------

    def all(self) -> None:
        """Compute every step. Raises DataError, with the place of the rule, when the data contradict it."""
        for step in self.stage.order:
            self.step(step)

    def step(self, step: Step) -> None:
        """Compute one step; the steps that it reads were computed before, or are computed now."""
        kind, dataset, block, *name = step
        if (dataset, block) not in self._blocks:
            return
        if kind == "rows":
            self.records(dataset, block)
        elif kind == "events":
            self.events(dataset, block)
        elif kind == "variable" and (dataset, name[0]) in self.stage.types:
            self.value(dataset, block, name[0])

    def handed(self, subject: Array) -> Array:
        """Which rows, by the codes of their subjects, this run hands over."""
        return subject >= 0 if not self.study else np.ones(len(subject), bool)

    def told(
        self, dataset: str, block: str, table: str, node: Aggregate | Window, subject: Array
    ) -> Column | None:
        """An aggregate or window over the records of all subjects, where this run has some of them only; else None."""
        if self.wide is None:
            return None
        return self.wide.value(dataset, block, table, node, subject, self.handed(subject))

    # --- what exists -----------------------------------------------------------------------------------

    def blocks(self, dataset: str) -> list[str]:
        """The names of the blocks of a dataset, in the order of their records."""
        return [block.name for block in self.stage.blocks.get(dataset, ())]

    def own_blocks(self, dataset: str, name: str) -> list[str]:
        """The blocks of a dataset that `name` means inside it: the block itself, or those of its group."""
        return [block.name for block in self.stage.blocks.get(dataset, ()) if name in block.names]

    def variables(self, dataset: str) -> set[str]:
        return {name for found, name in self.stage.types if found == dataset}

    def records(self, dataset: str, block: str) -> Records:
        key = (dataset, block)
        if key not in self._records:
            found = self._blocks[key]
            with faults_at(found.place):
                self._records[key] = make_records(self, found)
        return self._records[key]

    def value(self, dataset: str, block: str, name: str) -> Column:
        """A variable in the records of a block."""
        key = (dataset, block, name)
        if key not in self._values:
            self._values[key] = self._compute(dataset, block, name)
        return self._values[key]

    def _compute(self, dataset: str, block: str, name: str) -> Column:
        records = self.records(dataset, block)
        if name in records.filled:
            if records.alike is not None:
                with faults_at(self._blocks[dataset, block].place):
                    records.alike.check(dataset, name, records.alike.context.filled[name])
            report_filled(self, dataset, block, name, records.filled[name])
            return kept(name, records.filled[name])
        if name in self._event_names(dataset, block):
            return kept(name, self.events(dataset, block)[name])
        return fill(self, dataset, block, name)

    def _event_names(self, dataset: str, block: str) -> set[str]:
        events = self.stage.events.get((dataset, block), ())
        return {*EVENT_VARIABLES, *(name for event in events for name in event.texts)} if events else set()

    def events(self, dataset: str, block: str) -> dict[str, Column]:
        """The variables that Events fills in the records of a parameter."""
        key = (dataset, block)
        if key not in self._events:
            self._events[key] = fill_events(self, dataset, block)
        return self._events[key]

    def block(self, dataset: str, name: str) -> Block:
        """A block as it is compiled."""
        return self._blocks[dataset, name]

    def late_value(self, context: CandidateContext, name: str) -> Column:
        """A variable of a block that waits for Expand, for rows that Expand has made."""
        return by_precedence(context, name)

    def late_pick(self, context: CandidateContext, join: str) -> Array:
        """The row that a join which waits for Expand picks for each of the rows that Expand has made."""
        found = self.stage.joins[context.dataset, context.block, join, True]
        with faults_at(found.row.place):
            return picked_rows(self, context.dataset, found, context)

    def candidate_value(self, dataset: str, block: str, name: str) -> Column:
        """A variable for the source rows of a block, before there are records."""
        key = (dataset, block, name)
        if key not in self._candidates:
            self._candidates[key] = candidates(self, dataset, block, name)
        return self._candidates[key]

    # --- rows to refer to ------------------------------------------------------------------------------

    def view(self, dataset: str, table: str) -> View:
        """The rows that a table name means in a dataset: its block, a dataset of the stage, a table."""
        own = self.own_blocks(dataset, table)
        key = (dataset, table) if own else ("", table)
        if key not in self._views:
            if own:
                self._views[key] = self._block_view(table, dataset, own)
            elif table in self.stage.blocks and table != NONE_ROWS:
                self._views[key] = self._block_view(table, table, self.blocks(table))
            else:
                self._views[key] = table_view(self.tables[table], self.subjects)
        return self._views[key]

    def matched_view(self, dataset: str, match: Match) -> View:
        """The rows among which a match looks: those of the whole study where it does not ask for the subject."""
        found = self.view(dataset, match.table)
        if self.wide is None or not match.subjects_all:
            return found
        return self.wide.view(dataset if self.own_blocks(dataset, match.table) else "", found)

    def range_of(self, dataset: str, match: Match) -> View:
        """The rows that an aggregate ranges over, as seen from a dataset."""
        return self.matched_view(dataset, match)

    def _block_view(self, name: str, dataset: str, blocks: Sequence[str]) -> View:
        parts = [self.records(dataset, block) for block in blocks]
        subject = np.concatenate([part.subject for part in parts]) if parts else np.empty(0, np.int32)

        def column(variable: str) -> Column:
            if (dataset, variable) not in self.stage.types and variable == "USUBJID":
                return self.subjects.take(subject.astype(np.int64))
            return concat([self.value(dataset, block, variable) for block in blocks])

        return View(name, len(subject), subject, column)

    def source_view(self, dataset: str, block: str) -> View:
        """The rows that a block is made from."""
        found = self._blocks[dataset, block]
        return self.view(dataset if found.own_source else "", found.source)

    def offset(self, dataset: str, block: str) -> int:
        """Where the records of a block begin among all records of its dataset."""
        names = self.blocks(dataset)
        return sum(self.records(dataset, name).count for name in names[: names.index(block)])

    def whole(self, dataset: str, node: Aggregate | Window) -> Column:
        """A window or aggregate over all records of a dataset, computed once."""
        key = (dataset, repr(node))
        if key not in self._whole:
            context = DatasetContext(self, dataset)
            subject = context.subject()
            told = self.told(dataset, "", "", node, subject)
            if told is not None:
                found = told
            elif isinstance(node, Window):
                found = over_window(node, context, subject, self.names, self.tiebreak_of_all(dataset))
            else:
                found = over_own(node, context, subject, self.names)
            self._whole[key] = found
        return self._whole[key]

    def tiebreak_of_all(self, dataset: str) -> list[Column]:
        """`tiebreak` over all records of a dataset, after the place of the block."""
        parts = [self.tiebreak(dataset, block) for block in self.blocks(dataset)]
        sizes = [self.records(dataset, block).count for block in self.blocks(dataset)]
        order = np.repeat(np.arange(len(sizes), dtype=float), sizes)
        return [order, *(concat(list(columns)) for columns in zip(*parts))]

    def tiebreak(self, dataset: str, block: str) -> list[Column]:
        """Source row, row of Tests, position: what orders records that tie in sequence()."""
        records = self.records(dataset, block)
        tests = records.test if records.test is not None else np.zeros(records.count)
        return [records.rows.astype(float), np.asarray(tests, float), np.arange(records.count, dtype=float)]

    # --- joins -----------------------------------------------------------------------------------------

    def join_view(self, dataset: str, block: str, join: str, candidate: bool) -> View:
        """The rows from which a join picks."""
        return self.matched_view(dataset, self.stage.joins[dataset, block, join, candidate].match)

    def picked(self, dataset: str, block: str, join: str, candidate: bool = False) -> Array:
        """The row that a join picked for each record (or, `candidate`, source row) of a block; -1 for none."""
        key = (dataset, block, join, candidate)
        if key not in self._picks:
            found = self.stage.joins[key]
            kind = CandidateContext if candidate else RecordContext
            with faults_at(found.row.place):
                self._picks[key] = picked_rows(self, dataset, found, kind(self, dataset, block))
        return self._picks[key]

    # --- at the end ------------------------------------------------------------------------------------

    def release(self, dataset: str, variables: Collection[str]) -> None:
        """Forget what is computed but the records and these variables of a dataset, the last that is asked for.

        The memory is used again for the dataset as it is written.
        """
        self._forget()
        for key in [key for key in self._values if key[0] != dataset or key[2] not in variables]:
            del self._values[key]

    def close(self) -> None:
        """Forget everything: a run and what it has made refer to each other, which would keep them in memory."""
        self._forget()
        self._values.clear()
        self._records.clear()
        self._lineages.clear()
        self.tables = {}

    def _forget(self) -> None:
        for records in self._records.values():
            records.source.forget()
        self._candidates.clear()
        self._picks.clear()
        self._events.clear()
        self._views.clear()
        self._whole.clear()

    def given_up(self, dataset: str, block: str, name: str) -> Column:
        """A variable in the records of a block, which is forgotten."""
        found = self.value(dataset, block, name)
        self._values.pop((dataset, block, name))
        return found

    # --- where things come from ------------------------------------------------------------------------

    def lineage(self, dataset: str, block: str) -> tuple[Text, Array]:
        """The table (its name) and row position from which each record was made, through datasets to tables."""
        key = (dataset, block)
        if key not in self._lineages:
            records = self.records(dataset, block)
            self._lineages[key] = table_rows(self, records.block, records.rows)
        return self._lineages[key]

    def who(self, code: int) -> str:
        """A subject in words."""
        return f"subject {self.names[code]!r}" if code >= 0 else "rows without a subject"

    def describe(self, dataset: str, block: str, row: int) -> str:
        """A record in words: dataset, subject, and the line of the file that it came from."""
        records = self.records(dataset, block)
        described = self._described(records.block, int(records.rows[row]), int(records.subject[row]))
        return f"the {dataset} record of {described}"

    def describe_source(self, dataset: str, block: str, row: int) -> str:
        """A source row of a block in words, before it is known whether it becomes a record."""
        found = self._blocks[dataset, block]
        subject = int(self.source_view(dataset, block).subject[row])
        return f"the row of {found.source} for {dataset} of {self._described(found, row, subject)}"

    def _described(self, block: Block, row: int, subject: int) -> str:
        tables, rows = table_rows(self, block, np.array([row]))
        table = self.tables.get(str(tables.objects()[0]))
        line = f" ({table.file} line {int(table.lines[rows[0]])})" if table is not None else ""
        return self.who(subject) + line
