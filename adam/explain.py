"""Explains ADaM values down to the records of the SDTM files, and through the data cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from adam.build import inputs
from adam.inputs import read_tables
from adam.subject import SubjectTables
from adam.tables import subject_column, table_rows
from engine.columns import Text
from engine.issues import IssueLog
from engine.run import Run
from engine.table_use import tables_read
from engine.tables import lookup_tables
from engine.trace.expressions import expression
from engine.trace.node import CHANGED, KEY, ROW, SUBMITTED, VALUE, WHY, Node, cell
from engine.trace.spots import TableSpot
from engine.trace.subject_run import SubjectRun
from engine.trace.tracer import Tracer, table_row
from engine.views import Table, View
from language.tree import NUMBER, TEXT
from specs.compile_cuts import CUTOFF
from specs.compiled import CompiledStage
from specs.lazy import compile_lazily
from specs.model import Spec
from specs.problem import DataError, Place, Problem
from specs.study_sections import FILE

# What stands behind a value of an SDTM file: dataset, record (from 1), variable. None where it cannot be told.
Beyond = Callable[[str, int, str], Node | None]


def compiled(spec: Spec, sdtm: Spec | None, folder: Path) -> CompiledStage:
    """The stage as explanations need it. Raises SpecError, DataError."""
    return compile_lazily(spec, inputs(spec, sdtm, folder))


def open_subject(
    stage: CompiledStage,
    folder: Path,
    subject: str | None,
    beyond: Beyond,
    built: Callable[[str], View | None] = lambda name: None,
    ordered: frozenset[str] = frozenset(),
) -> Tracer:
    """The values of one subject (None: of the records without one), ready to be explained.

    built: a dataset as it was built, or as the stage reads it, for rules that range over all subjects. ordered: the
    SDTM datasets whose files are sorted by subject. Raises DataError.
    """
    tables = SubjectTables(stage, folder, subject, ordered)
    if subject is not None and not len(tables.names):
        what = f"subject {subject!r} is left out by the data cut"
        raise DataError([Problem(Place(FILE, 0, "datacut"), what, "explain the SDTM record instead")])

    def whole() -> Run:
        return _whole(stage, folder)

    outside = SubmittedOutside(tables, beyond)
    outside.tracer = Tracer(SubjectRun(stage, tables, tables.names, IssueLog(), built, whole), outside)
    return outside.tracer


def _whole(stage: CompiledStage, folder: Path) -> Run:
    """The run on all subjects."""
    from adam.cut import cut

    spec = stage.spec
    used = tables_read(stage) if stage.cutoff is None else set(stage.inputs)
    wanted = {name: table for name, table in stage.inputs.items() if name in used and name not in spec.lookups}
    tables, names = read_tables(folder, wanted, spec.study.encoding, spec)
    left = cut(stage, tables, np.asarray(names), IssueLog())
    return Run(stage, {**left.tables, **lookup_tables(spec)}, left.names, IssueLog())


class SubmittedOutside:
    """The SDTM files."""

    tracer: Tracer

    def __init__(self, tables: SubjectTables, beyond: Beyond) -> None:
        self.tables, self.beyond = tables, beyond
        self.spec = tables.stage.spec

    def cell(self, table: Table, row: int, column: str, kind: str) -> Node:
        """A value of an SDTM dataset, behind the data cut where that changed it."""
        value = cell(table.columns[column], row)
        kind = kind or (TEXT if isinstance(table.columns[column], Text) else NUMBER)
        if self.tables.cut is not None:
            if column == CUTOFF:
                return self._cutoff(table, row, value)
            found = self._changed(table, row, column, value, kind)
            if found is not None:
                return found
        return self._submitted(table, row, column, value, kind)

    def _submitted(self, table: Table, row: int, column: str, value: float | str | bool | None, kind: str) -> Node:
        record = int(table.lines[row])
        facts = {"file": table.file, "record": record, "dataset": table.name, "variable": column}
        facts["label"] = table_row(table, row)
        node = Node(SUBMITTED, f"{table.name}.{column}", value, kind, facts=facts)

        def parts() -> list[Node]:
            behind = self.beyond(table.name, record, column) if table.file.endswith(".xpt") else None
            if behind is None:
                return []
            part = behind.named("value", VALUE)
            if behind.value != value:
                known = "the specification or the raw data changed since it was built"
                part.note = f"the file holds {value!r}: {behind.note or known}"
            return [part]

        node.make = parts
        return node

    def _before(self, table: Table, row: int) -> tuple[Table, int]:
        """The row as it was before the data cut."""
        before = self.tables.before[table.name]
        return before, int(np.flatnonzero(before.lines == table.lines[row])[0])

    def _changed(self, table: Table, row: int, column: str, value: object, kind: str) -> Node | None:
        before, at = self._before(table, row)
        if column not in before.columns or cell(before.columns[column], at) == value:
            return None
        for one in self.tables.stage.cuts:
            if one.table != table.name or column not in one.values:
                continue
            spot = TableSpot(self.tracer, before, at)
            where = expression(one.where, spot)
            if where.value is not True:
                continue
            old = self._submitted(before, at, column, cell(before.columns[column], at), kind)
            now = expression(one.values[column], spot)
            node = Node(CHANGED, f"{table.name}.{column}", value, kind, one.row.expression, one.row.place)  # type: ignore[arg-type]
            node.note = f"the data cut changed it; the file holds {old.value!r}"
            parts = [now.named("value", VALUE), where.named("where", WHY), old.named("before", WHY)]
            node.make = parts.copy
            return node
        return None

    def _cutoff(self, table: Table, row: int, value: float | str | bool | None) -> Node:
        place = Place(FILE, 0, "datacut.date")
        node = Node(CHANGED, f"{table.name}.{CUTOFF}", value, TEXT, self.spec.study.cutoff, place)
        cutoff = self.tables.stage.cutoff
        if cutoff is not None:
            before, at = self._before(table, row)
            node.make = lambda: [expression(cutoff, TableSpot(self.tracer, before, at)).named("value", VALUE)]
        return node

    def key(self, table: Table, row: int) -> Node:
        """The subject key of a record."""
        known = table_rows(self.spec).get(table.name)
        name = subject_column(known) if known is not None else "USUBJID"
        if name in table.columns:
            return self.cell(table, row, name, TEXT)
        return Node(KEY, "USUBJID", None, TEXT, note=f"the records of {table.name} belong to no subject")

    def row(self, table: Table, row: int) -> Node:
        """An SDTM record behind a record."""
        facts = {"file": table.file, "record": int(table.lines[row]), "dataset": table.name}
        return Node(ROW, table_row(table, row), note=f"record {facts['record']} of {table.file}", role=WHY,
                    slot="source", facts=facts)  # fmt: skip
