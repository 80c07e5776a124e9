"""Runs a compiled stage on its tables: records, joins and variables, each computed once, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from engine.aggregates import over_own, over_window, sort_columns
from engine.columns import Array, Column, Text, concat, empty, take
from engine.contexts import CandidateContext, DatasetContext, RecordContext
from engine.evaluate import Pairs, condition, typed
from engine.events import fill_events
from engine.issues import IssueLog, texts
from engine.matching import by_keys, pairs
from engine.records import Records, fill, make_records
from engine.reduce import dense_ranks, pick, ties
from engine.views import RowFault, Table, View, table_view
from language.tree import Aggregate, Call, Window, walk
from language.tree import Column as ColumnNode
from specs.blocks import EVENT_VARIABLES, NONE_ROWS
from specs.compiled import Block, CompiledStage, Step
from specs.problem import DataError, Place, Problem


class Run:
    """The state of a stage while it runs. `names` are the subjects of the study, sorted; columns hold codes."""

    def __init__(self, stage: CompiledStage, tables: Mapping[str, Table], names: Array, log: IssueLog) -> None:
        self.stage, self.tables, self.names, self.log = stage, tables, names, log
        self.subjects = Text.of(names)
        self._blocks = {(d, block.name): block for d, blocks in stage.blocks.items() for block in blocks}
        self._records: dict[tuple[str, str], Records] = {}
        self._values: dict[tuple[str, str, str], Column] = {}
        self._candidates: dict[tuple[str, str, str], Column] = {}
        self._picks: dict[tuple[str, str, str, bool], Array] = {}
        self._events: dict[tuple[str, str], dict[str, Column]] = {}
        self._views: dict[tuple[str, str], View] = {}
        self._whole: dict[tuple[str, str], Column] = {}
        self._place = Place("")

    # --- running ---------------------------------------------------------------------------------------

    def all(self) -> None:
        """Compute every step. Raises DataError, with the place of the rule, when the data contradict it."""
        for step in self.stage.order:
            self.step(step)

    def step(self, step: Step) -> None:
        kind, dataset, block, *name = step
        if (dataset, block) not in self._blocks:
            return
        if kind == "rows":
            self.records(dataset, block)
        elif kind == "events":
            self.events(dataset, block)
        elif kind == "variable" and (dataset, name[0]) in self.stage.types:
            self.value(dataset, block, name[0])

    @contextmanager
    def at(self, place: Place) -> Iterator[None]:
        """Faults that are found inside are those of the rule at `place`."""
        try:
            yield
        except RowFault as fault:
            raise DataError([Problem(place, str(fault))]) from None

    # --- what exists -----------------------------------------------------------------------------------

    def blocks(self, dataset: str) -> list[str]:
        return [block.name for block in self.stage.blocks.get(dataset, ())]

    def variables(self, dataset: str) -> set[str]:
        return {name for found, name in self.stage.types if found == dataset}

    def records(self, dataset: str, block: str) -> Records:
        key = (dataset, block)
        if key not in self._records:
            found = self._blocks[key]
            with self.at(found.place):
                self._records[key] = make_records(self, found)
        return self._records[key]

    def value(self, dataset: str, block: str, name: str) -> Column:
        key = (dataset, block, name)
        if key not in self._values:
            self._values[key] = self._compute(dataset, block, name)
        return self._values[key]

    def _compute(self, dataset: str, block: str, name: str) -> Column:
        records = self.records(dataset, block)
        if name in records.filled:
            return records.filled[name]
        if name in self._event_names(dataset, block):
            return self.events(dataset, block)[name]
        return fill(self, dataset, block, name)

    def _event_names(self, dataset: str, block: str) -> set[str]:
        events = self.stage.events.get((dataset, block), ())
        return {*EVENT_VARIABLES, *(name for event in events for name in event.texts)} if events else set()

    def events(self, dataset: str, block: str) -> dict[str, Column]:
        key = (dataset, block)
        if key not in self._events:
            self._events[key] = fill_events(self, dataset, block)
        return self._events[key]

    def candidate_value(self, dataset: str, block: str, name: str) -> Column:
        """A variable for the source rows of a block, by the first rule that claims each."""
        key = (dataset, block, name)
        if key not in self._candidates:
            context = CandidateContext(self, dataset, block)
            kind = self.stage.types.get((dataset, name), "text")
            result = empty(kind, context.count)
            free = np.ones(context.count, bool)
            for rule in self.stage.rules.get(key, ()):
                with self.at(rule.place):
                    claimed = condition(rule.where, context) & free
                    if claimed.any():
                        from engine.columns import choose

                        result = choose(claimed, typed(rule.value, context, kind), result)
                free &= ~claimed
            self._candidates[key] = result
        return self._candidates[key]

    # --- rows to refer to ------------------------------------------------------------------------------

    def view(self, dataset: str, table: str) -> View:
        """The rows that a table name means in a dataset: its block, a dataset of the stage, a table."""
        own = [b.name for b in self.stage.blocks.get(dataset, ()) if table in (b.name, b.group)]
        key = (dataset, table) if own else ("", table)
        if key not in self._views:
            if own:
                self._views[key] = self._block_view(table, dataset, own)
            elif table in self.stage.blocks and table != NONE_ROWS:
                self._views[key] = self._block_view(table, table, self.blocks(table))
            else:
                self._views[key] = table_view(self.tables[table], self.subjects)
        return self._views[key]

    def _block_view(self, name: str, dataset: str, blocks: Sequence[str]) -> View:
        parts = [self.records(dataset, block) for block in blocks]
        subject = np.concatenate([part.subject for part in parts]) if parts else np.empty(0, np.int32)

        def column(variable: str) -> Column:
            if (dataset, variable) not in self.stage.types and variable == "USUBJID":
                return self.subjects.take(subject.astype(np.int64))
            return concat([self.value(dataset, block, variable) for block in blocks])

        return View(name, len(subject), subject, column)

    def source_view(self, dataset: str, block: str) -> View:
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
            if isinstance(node, Window):
                found = over_window(node, context, subject, self.names, self._tiebreak(dataset))
            else:
                found = over_own(node, context, subject, self.names)
            self._whole[key] = found
        return self._whole[key]

    def _tiebreak(self, dataset: str) -> list[Column]:
        parts = [self.tiebreak(dataset, block) for block in self.blocks(dataset)]
        sizes = [self.records(dataset, block).count for block in self.blocks(dataset)]
        order = np.repeat(np.arange(len(sizes), dtype=float), sizes)
        return [order, *(concat(list(columns)) for columns in zip(*parts))]

    def tiebreak(self, dataset: str, block: str) -> list[Column]:
        """Source row: what orders records that tie in sequence()."""
        records = self.records(dataset, block)
        tests = records.test if records.test is not None else np.zeros(records.count)
        return [records.rows.astype(float), np.asarray(tests, float), np.arange(records.count, dtype=float)]

    # --- joins -----------------------------------------------------------------------------------------

    def join_view(self, dataset: str, block: str, join: str, candidate: bool) -> View:
        return self.view(dataset, self.stage.joins[dataset, block, join, candidate].match.table)

    def picked(self, dataset: str, block: str, join: str) -> Array:
        return self._picked(dataset, block, join, False)

    def candidate_picked(self, dataset: str, block: str, join: str) -> Array:
        return self._picked(dataset, block, join, True)

    def _picked(self, dataset: str, block: str, join: str, candidate: bool) -> Array:
        key = (dataset, block, join, candidate)
        if key not in self._picks:
            context: CandidateContext | RecordContext
            if candidate:
                context = CandidateContext(self, dataset, block)
            else:
                context = RecordContext(self, dataset, block)
            with self.at(self.stage.joins[key].row.place):
                self._picks[key] = self._pick(key, context)
        return self._picks[key]

    def _pick(self, key: tuple[str, str, str, bool], context: CandidateContext | RecordContext) -> Array:
        join = self.stage.joins[key]
        view = self.view(key[0], join.match.table)
        found = by_keys(join.match, view, context, context.subject())
        left, right = pairs(join.match, found, context)
        keys = sort_columns(join.order, Pairs(context, found.inner, left, right))
        ranks = dense_ranks(keys, len(left))
        picked = pick(left, context.count, ranks, join.pick == "last")
        tied = ties(left, context.count, ranks, picked)
        if len(tied):
            first = int(tied[0])
            who = self.who(context.subject()[left[first]])
            lines = sorted({int(found.rows[right[first]]), int(found.rows[right[picked[left[first]]]])})
            raise RowFault(
                f"join {join.row.name} of {key[0]}: {who} has two matching rows of {view.name}"
                f" ({self._shown_rows(view, lines)}); add By or Where, or Order and Pick"
            )
        rows = np.full(context.count, -1, np.int64)
        rows[picked >= 0] = found.rows[right[picked[picked >= 0]]]
        return rows

    def _shown_rows(self, view: View, rows: Sequence[int]) -> str:
        table = self.tables.get(view.name)
        if table is None:
            return f"records {rows[0] + 1} and {rows[-1] + 1}"
        return f"{table.file} lines {' and '.join(str(int(table.lines[row])) for row in rows)}"

    # --- where things come from ------------------------------------------------------------------------

    def origin(self, dataset: str, table: str, rows: Array) -> tuple[Text, Array]:
        """The submitted dataset and sequence number behind rows of a table; working datasets hand on their own."""
        own = [b.name for b in self.stage.blocks.get(dataset, ()) if table in (b.name, b.group)]
        name = dataset if own else table
        known = self.stage.spec.datasets.get(name)
        view = self.view(dataset, table)
        if known is not None or name in self.tables:
            sequence = known.sequence if known is not None else self._sequence_of_input(name)
            found = take(view.column(sequence), rows) if sequence else np.full(len(rows), np.nan)
            return Text.constant(name, len(rows)), np.asarray(found)
        parts = [self.records(name, block) for block in self.blocks(name)]
        starts = np.cumsum([0, *(part.count for part in parts)])
        domains: list[Column] = []
        numbers: list[Column] = []
        order: list[Array] = []
        for part, start in zip(parts, starts):
            mine = np.flatnonzero((rows >= start) & (rows < start + part.count))
            source = part.rows[rows[mine] - start]
            domain, sequence_of = self.origin(name, part.block.source, source)
            domains.append(domain)
            numbers.append(sequence_of)
            order.append(mine)
        back = np.argsort(np.concatenate(order)) if order else np.empty(0, np.int64)
        domain_column = take(concat(domains), back) if domains else Text.missing(0)
        return domain_column, np.asarray(take(concat(numbers), back) if numbers else np.empty(0))  # type: ignore[return-value]

    def _sequence_of_input(self, name: str) -> str:
        columns = self.tables[name].columns
        found = [column for column in (f"{name[:2]}SEQ", "ASEQ") if column in columns]
        return found[0] if found else ""

    def lineage(self, dataset: str, block: str) -> tuple[Array, Array]:
        """The table (its name) and row position from which each record was made, through datasets to tables."""
        records = self.records(dataset, block)
        names, rows = self._lineage(dataset, records.block, records.rows)
        return names, rows

    def _lineage(self, dataset: str, block: Block, rows: Array) -> tuple[Array, Array]:
        source = block.source
        if not block.own_source and source not in self.stage.blocks:
            return np.full(len(rows), source, dtype=object), rows
        name = dataset if block.own_source else source
        of = [b for b in self.stage.blocks[name] if not block.own_source or source in (b.name, b.group)]
        table = np.full(len(rows), "", dtype=object)
        place = np.full(len(rows), -1, np.int64)
        start = 0
        for part in of:
            count = self.records(name, part.name).count
            mine = np.flatnonzero((rows >= start) & (rows < start + count))
            if len(mine):
                found = self._lineage(name, part, self.records(name, part.name).rows[rows[mine] - start])
                table[mine], place[mine] = found
            start += count
        return table, place

    def who(self, code: int) -> str:
        return f"subject {self.names[code]!r}" if code >= 0 else "rows without a subject"

    def describe(self, dataset: str, block: str, row: int) -> str:
        """A record in words: dataset, subject, and the line of the file that it came from."""
        tables, rows = self.lineage(dataset, block)
        table = self.tables.get(str(tables[row]))
        line = f" ({table.file} line {int(table.lines[rows[row]])})" if table is not None else ""
        return f"the {dataset} record of {self.who(self.records(dataset, block).subject[row])}{line}"

    # --- issues ----------------------------------------------------------------------------------------

    def report_call(
        self, dataset: str, block: str, variable: str, kind: str, rows: Array, node: Call
    ) -> None:
        """Issues of a derivation: the raw columns among its arguments, and their values."""
        parts = [
            part
            for argument in [*node.options.values(), *node.arguments]
            for part in walk(argument)
            if isinstance(part, ColumnNode) and part.kind in ("source", "own", "join", "subject")
        ]
        context = RecordContext(self, dataset, block, rows)
        values = [texts(context.column(part)) for part in parts]
        shown = np.array([" | ".join(items) for items in zip(*values)], dtype=object) if values else ""
        self.report(dataset, block, variable, kind, rows, " | ".join(part.name for part in parts), shown)

    def report(
        self, dataset: str, block: str, variable: str, kind: str, rows: Array, column: str, values: object,
        **more: object,
    ) -> None:  # fmt: skip
        """Issues for records of a block, with the raw row that each came from."""
        tables, source = self.lineage(dataset, block)
        subject = self.records(dataset, block).subject[rows]
        self._log(
            tables[rows], source[rows], subject, kind=kind, dataset=dataset, variable=variable, column=column,
            value=values, **more,
        )  # fmt: skip

    def report_rows(self, block: Block, rows: Array, kind: str, column: str, values: Column) -> None:
        """Issues for source rows that became no record."""
        tables, source = self._lineage(block.dataset, block, rows)
        subject = self.source_view(block.dataset, block.name).subject[rows]
        self._log(
            tables, source, subject, kind=kind, dataset=block.dataset, column=column,
            value=texts(take(values, rows)),
        )  # fmt: skip

    def _log(self, tables: Array, source: Array, subject: Array, **columns: object) -> None:
        for name in dict.fromkeys(tables.tolist()):
            mine = np.flatnonzero(tables == name)
            table = self.tables.get(name)
            given = {
                key: value[mine] if isinstance(value, np.ndarray) else value for key, value in columns.items()
            }
            lines: object = table.lines[source[mine]] if table is not None else 0
            record: object = ""
            if table is not None and table.records is not None:
                record = texts(table.records.take(source[mine]))
            who = np.append(self.names, "")[subject[mine]]
            self.log.add(
                len(mine), table=name, file=table.file if table else "", row=lines, record=record, usubjid=who,
                **{"message": MESSAGES.get(str(columns.get("kind")), ""), **given},
            )  # fmt: skip


def _messages() -> dict[str, str]:
    from derivations.registry import PROBLEM_KINDS

    return {**PROBLEM_KINDS, "test_not_mapped": "the collected test has no row in Tests; the row is left out"}


MESSAGES = _messages()

