"""Intake of the raw tables: Where, exact duplicates, superseded versions, subjects, checks; each step is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.columns import Array, Text
from engine.evaluate import condition
from engine.issues import IssueLog
from engine.progress import Progress
from engine.table_context import TableContext
from engine.tables import lookup_tables, subject_codes, subject_names
from engine.views import Table, faults_at
from language.tree import Column, walk
from sdtm.identity import EarlierNumbers
from sdtm.raw_checks import checked
from sdtm.raw_tables import raw_rows, read_raw, texts_of
from sdtm.reentry import duplicates, superseded
from sdtm.rows_left_out import Intake, LeftOut, cells_of
from specs.compiled import CompiledStage, CompiledTable
from specs.model import Table as TableRow


def take_in(
    stage: CompiledStage, raw: Path, log: IssueLog, progress: Progress | None = None
) -> tuple[dict[str, Table], Array, Intake]:
    """Every table of the stage as the engine holds it, the subjects sorted, and the counts of intake.

    Identity (Previous) is resolved over all tables before any row gets its subject. Raises DataError.
    """
    intake = Intake(log)
    progress = progress or Progress(stage.spec.stage)
    tables = read_raw(stage.spec, raw, progress, log)
    keys: dict[str, Text | None] = {}
    earlier = EarlierNumbers()
    for row in raw_rows(stage.spec):
        compiled = stage.tables[row.table]
        intake.read[row.table] = tables[row.table].count
        progress(f"taking in {row.table}", tables[row.table].count)
        tables[row.table], keys[row.table] = chosen(row, compiled, tables[row.table], intake)
        earlier.add(row, compiled, tables[row.table], keys[row.table])
    keys = earlier.resolved(keys)
    progress("resolving subjects")
    names = subject_names(keys)
    for name in keys:
        tables[name].subject = subject_codes(keys[name], names, tables[name].count)
        tables[name] = with_subject(stage.spec.tables[name], tables[name], intake)
    tables |= lookup_tables(stage.spec)
    progress("checking the raw rows")
    tables = checked(stage, tables, names, intake)
    intake.write_down(earlier.renamed)
    return tables, names, intake


def chosen(row: TableRow, compiled: CompiledTable, table: Table, intake: Intake) -> tuple[Table, Text | None]:
    """The rows that count, and their subject keys: those of Where, no duplicates, of each Key the greatest Version."""
    with faults_at(row.at("Subject")):
        subject = texts_of(compiled.subject, table)
    for step in (_inactive, duplicates, superseded):
        left = step(row, compiled, table, subject)
        if left is not None:
            table = intake.leave_out(table, left, subject)
            subject = subject.take(np.flatnonzero(~left.gone)) if subject is not None else None
    return table, subject


def _inactive(row: TableRow, compiled: CompiledTable, table: Table, subject: Text | None) -> LeftOut | None:
    if compiled.where is None:
        return None
    with faults_at(row.at("Where")):
        gone = ~condition(compiled.where, TableContext(table))
    names = [part.name for part in walk(compiled.where) if isinstance(part, Column) and part.kind == "source"]
    message = f"the row does not meet Where of Tables ({row.where}); it was left out"
    return LeftOut(f"Where: {row.where}", "inactive", gone, {"message": message, **cells_of(table, names, gone)})


def with_subject(row: TableRow, table: Table, intake: Intake) -> Table:
    """The table without rows that belong to no subject."""
    if not row.subject:
        return table
    gone = table.subject < 0
    if not gone.any():
        return table
    return intake.leave_out(table, LeftOut("no subject", "no_subject", gone, {"column": row.subject}))
