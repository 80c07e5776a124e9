"""Intake of the raw tables: Where, exact duplicates, superseded versions, subjects, checks; each step is counted."""

from __future__ import annotations

from pathlib import Path

from engine.columns import Array, Text
from engine.evaluate import condition
from engine.issues import IssueLog
from engine.tables import lookup_tables, subject_codes, subject_names
from engine.views import Table, faults_at
from sdtm.identity import EarlierNumbers
from sdtm.raw_checks import checked
from sdtm.raw_tables import RawContext, raw_rows, read_raw, texts_of
from sdtm.reentry import latest_versions, without_duplicates
from sdtm.rows_left_out import Intake
from specs.compiled import CompiledStage, CompiledTable
from specs.model import Table as TableRow


def take_in(stage: CompiledStage, raw: Path, log: IssueLog) -> tuple[dict[str, Table], Array, Intake]:
    """Every table of the stage as the engine holds it, the subjects sorted, and the counts of intake.

    Identity (Previous) is resolved over all tables before any row gets its subject. Raises DataError.
    """
    intake = Intake(log)
    tables = read_raw(stage.spec, raw)
    keys: dict[str, Text | None] = {}
    earlier = EarlierNumbers()
    for row in raw_rows(stage.spec):
        compiled = stage.tables[row.table]
        intake.read[row.table] = tables[row.table].count
        tables[row.table] = _chosen(row, compiled, tables[row.table], intake)
        with faults_at(row.at("Subject")):
            keys[row.table] = texts_of(compiled.subject, tables[row.table])
        earlier.add(row, compiled, tables[row.table], keys[row.table])
    keys = earlier.resolved(keys)
    names = subject_names(keys)
    for name in keys:
        tables[name].subject = subject_codes(keys[name], names, tables[name].count)
        tables[name] = _with_subject(stage.spec.tables[name], tables[name], intake)
    tables |= lookup_tables(stage.spec)
    return checked(stage, tables, names, intake), names, intake


def _chosen(row: TableRow, compiled: CompiledTable, table: Table, intake: Intake) -> Table:
    """The rows that count: those of Where, without duplicates, of each Key the greatest Version."""
    if compiled.where is not None:
        with faults_at(row.at("Where")):
            gone = ~condition(compiled.where, RawContext(table))
        table = intake.leave_out(table, gone, f"Where: {row.where}", "inactive", column="Where", value=row.where)
    table = without_duplicates(row, table, intake)
    if row.key:
        with faults_at(row.at("Version")):
            table = latest_versions(row, compiled, table, intake)
    return table


def _with_subject(row: TableRow, table: Table, intake: Intake) -> Table:
    if not row.subject:
        return table
    gone = table.subject < 0
    if not gone.any():
        return table
    return intake.leave_out(table, gone, "no subject", "no_subject", column="Subject", severity="error")
