"""Explains SDTM values down to the cells of raw tables: line, column, text as collected, and what became of the row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.columns import Text
from engine.evaluate import evaluate
from engine.issues import IssueLog, texts
from engine.run import Run
from engine.trace.expressions import expression
from engine.trace.node import CELL, KEY, NOTE, ROW, VALUE, WHY, Node, cell
from engine.trace.spots import TableSpot
from engine.trace.subject_run import SubjectRun
from engine.trace.tracer import Tracer
from engine.views import Table, View
from language.tree import TEXT
from sdtm.build import inputs
from sdtm.intake import take_in
from sdtm.subject import Left, SubjectTables
from specs.compiled import CompiledStage
from specs.lazy import compile_lazily
from specs.model import Spec
from specs.model import Table as TableRow


def compiled(spec: Spec, raw: Path) -> CompiledStage:
    """The stage as explanations need it. Raises SpecError, DataError."""
    return compile_lazily(spec, inputs(spec, raw))


def open_subject(
    stage: CompiledStage, raw: Path, subject: str | None, built: Callable[[str], View | None] = lambda name: None
) -> Tracer:
    """The values of one subject (None: of the records without one), ready to be explained.

    built: a dataset of this stage as it was built, for rules that range over all subjects. Raises DataError.
    """
    tables = SubjectTables(stage, raw, subject)

    def whole() -> Run:
        found, names, _ = take_in(stage, raw, IssueLog())
        return Run(stage, found, names, IssueLog())

    outside = RawOutside(tables)
    outside.tracer = Tracer(SubjectRun(stage, tables, tables.names, IssueLog(), built, whole), outside)
    return outside.tracer


class RawOutside:
    """The raw tables."""

    tracer: Tracer

    def __init__(self, tables: SubjectTables) -> None:
        self.tables = tables
        self.spec = tables.stage.spec

    def cell(self, table: Table, row: int, column: str, kind: str) -> Node:
        """A cell of a raw table."""
        value = cell(table.columns[column], row)
        collected = self._collected(table, row, column)
        facts = self._facts(table, row) | {"column": column, "text": collected}
        node = Node(CELL, f"{table.name}.{column}", value, TEXT, facts=facts)
        if value is None and collected:
            node.note = f"{collected!r} means missing (Missing of Tables)"
        node.make = lambda: self._notes(table, row, column)
        return node

    def _facts(self, table: Table, row: int) -> dict[str, object]:
        record = texts(table.records.take(np.array([row])))[0] if table.records is not None else ""
        facts = {"file": table.file, "line": int(table.lines[row]), "table": table.name, "identifier": record}
        return facts | {"whole": True} if table.name in self.tables.read_whole else facts

    def _collected(self, table: Table, row: int, column: str) -> str:
        """The text as it stands in the file, before tokens for missing are taken out."""
        found = table.columns[column]
        if isinstance(found, Text) and not self.spec.tables[table.name].missing:
            return cell(found, row) or ""  # type: ignore[return-value]
        return self.tables.collected(table.name, int(table.lines[row]), column)

    def key(self, table: Table, row: int) -> Node:
        """The subject key of a raw row: Subject of Tables, under the first number that the person had."""
        code = int(table.subject[row])
        known = self.spec.tables[table.name]
        value = str(self.tables.names[code]) if code >= 0 else None
        node = Node(KEY, "USUBJID", value, TEXT, known.subject, known.at("Subject"), facts={"table": table.name})
        subject = self.tables.stage.tables[table.name].subject
        if subject is None or code < 0:
            node.note = "the rows of this table belong to no subject"
            return node

        def parts() -> list[Node]:
            stated = expression(subject, TableSpot(self.tracer, table, row)).named("stated", VALUE)
            return [stated, *self._earlier(stated.value)]

        node.make = parts
        return node

    def _earlier(self, number: object) -> list[Node]:
        """The rows that state an earlier number of the person, from `number` to the first."""
        found: list[Node] = []
        for row in self.spec.tables.values():
            compiled = self.tables.stage.tables.get(row.table)
            if compiled is None or compiled.previous is None:
                continue
            table = self.tables[row.table]
            for at in range(table.count):
                spot = TableSpot(self.tracer, table, at)
                now, before = expression(compiled.subject, spot), expression(compiled.previous, spot)  # type: ignore[arg-type]
                if now.value == number and before.value is not None:
                    found.append(before.named("earlier", VALUE))
                    return found + self._earlier(before.value)
        return found

    def row(self, table: Table, row: int) -> Node:
        """A raw row behind a record."""
        facts = self._facts(table, row)
        node = Node(ROW, f"{table.name} line {facts['line']}", role=WHY, slot="source", facts=facts)
        node.note = f"record {facts['identifier']}" if facts["identifier"] else ""
        node.make = lambda: [self.key(table, row).named("subject", WHY), *self._notes(table, row)]
        return node

    def _notes(self, table: Table, row: int, column: str = "") -> list[Node]:
        """What to know of a raw row: versions of it that were left behind, another number of the person."""
        line = int(table.lines[row])
        same = self._versions(self.spec.tables[table.name], table, row)
        found = [
            self._left(table, row, column, left)
            for left in self.tables.left(table.name)
            if left.kept == line or left.line in same
        ]
        subject = self.tables.stage.tables[table.name].subject
        if subject is not None and len(self.tables.numbers) > 1:
            stated = cell(evaluate(subject, TableSpot(self.tracer, table, row).context))
            if stated != self.tables.subject:
                note = f"the row states {stated}; the first number of the person is {self.tables.subject}"
                found.append(Node(NOTE, "identity", note=note, role=WHY, slot="identity"))
        return found

    def _left(self, table: Table, row: int, column: str, left: Left) -> Node:
        """A row that was left out, and what it holds in a column."""
        note = f"left out, {left.step}"
        if left.step.startswith("rejected"):
            note += f": {left.message}"
        if column:
            everything = self.tables.all_rows[table.name]
            at = int(np.flatnonzero(everything.lines == left.line)[0])
            other, own = cell(everything.columns[column], at), cell(table.columns[column], row)
            held = "the same value" if other == own else "nothing" if other is None else repr(other)
            note += f"; it holds {held}"
        facts = {"file": table.file, "line": left.line, "table": table.name, "column": column}
        return Node(NOTE, f"line {left.line}", note=note, role=WHY, slot="left", facts=facts)

    def _versions(self, known: TableRow, table: Table, row: int) -> set[int]:
        """The lines of rows with the same Key, which intake may have left out."""
        if not known.key:
            return set()
        everything = self.tables.all_rows[table.name]
        same = np.ones(everything.count, bool)
        for name in known.key:
            column = everything.columns[name]
            own = cell(table.columns[name], row)
            same &= np.array([value == own for value in texts(column).tolist()]) if own is not None else False
        return set(everything.lines[same].tolist())
