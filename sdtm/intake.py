"""Intake of the raw tables: Where, exact duplicates, superseded versions, subjects, checks; each step is counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.columns import Array, Text
from engine.evaluate import condition
from engine.issues import IssueLog
from engine.progress import Progress
from engine.run import Run
from engine.table_context import TableContext
from engine.tables import lookup_tables, subject_codes, subject_names
from engine.views import Table, faults_at
from engine.wide import Wide
from formats.side_by_side import side_by_side
from language.tree import Column, walk
from sdtm.identity import EarlierNumbers
from sdtm.raw_checks import checked
from sdtm.raw_tables import raw_rows, read_raw, texts_of
from sdtm.reentry import duplicates, superseded
from sdtm.rows_left_out import Intake, LeftOut, cells_of
from specs.compiled import CompiledStage, CompiledTable
from specs.model import Table as TableRow

_CELL = 8  # bytes of a text, or of its code and what it is compared by


@dataclass
class Resolved:
    """The tables with their subjects, before the checks of raw rows: subjects sorted, counts, numbers of persons."""

    tables: dict[str, Table]
    names: Array
    intake: Intake
    earlier: EarlierNumbers


def take_in(
    stage: CompiledStage, raw: Path, log: IssueLog, progress: Progress | None = None
) -> tuple[dict[str, Table], Array, Intake]:
    """Every table of the stage as the engine holds it, the subjects sorted, and the counts of intake.

    Identity (Previous) is resolved over all tables before any row gets its subject. Raises DataError.
    """
    progress = progress or Progress(stage.spec.stage)
    found = resolved(stage, read_raw(stage.spec, raw, progress, log), log, progress)
    progress("checking the raw rows")
    return after_checks(stage, found), found.names, found.intake


def resolved(
    stage: CompiledStage, tables: dict[str, Table], log: IssueLog, progress: Progress, elsewhere: Collection[str] = ()
) -> Resolved:
    """Where, duplicates, superseded versions and subjects of tables that were read. Raises DataError.

    elsewhere: the tables whose rows another part of the study counts and writes down.
    """
    intake = Intake(log, frozenset(elsewhere))
    keys: dict[str, Text | None] = {}
    earlier = EarlierNumbers()
    rows = raw_rows(stage.spec)
    for row in rows:
        intake.read[row.table] = 0 if row.table in elsewhere else tables[row.table].count
    progress("taking in the raw tables", sum(tables[row.table].count for row in rows))
    size = sum(_CELL * tables[row.table].count * len(tables[row.table].columns) for row in rows)
    left = side_by_side(lambda row: chosen(row, stage.tables[row.table], tables[row.table], intake), rows, size)
    for row, (tables[row.table], keys[row.table]) in zip(rows, left):
        earlier.add(row, stage.tables[row.table], tables[row.table], keys[row.table])
    keys = earlier.resolved(keys)
    progress("resolving subjects")
    names = subject_names(keys)
    for name in keys:
        tables[name].subject = subject_codes(keys[name], names, tables[name].count)
        tables[name] = with_subject(stage.spec.tables[name], tables[name], intake)
    return Resolved(tables | lookup_tables(stage.spec), names, intake, earlier)


def after_checks(
    stage: CompiledStage, found: Resolved, wide: Wide | None = None, study: bool = True
) -> dict[str, Table]:
    """The tables without the rows that checks reject; what intake left out is written down. Raises BrokenRules.

    wide, study: as for engine.run.Run, in a part of the study.
    """
    run = Run(stage, found.tables, found.names, found.intake.log, wide, study)
    tables = checked(run, found.intake)
    found.intake.write_down(found.earlier.renamed)
    return tables


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
