"""Checks on raw rows: reject leaves rows out, stop ends the run, error is collected, issue is written down."""

from __future__ import annotations

import numpy as np

from engine.broken import Broken, BrokenRules
from engine.columns import Array
from engine.evaluate import condition
from engine.run import Run
from engine.table_context import TableContext
from engine.views import Table, faults_at
from sdtm.rows_left_out import Intake, LeftOut, raw_places
from specs.compiled import CompiledCheck, CompiledStage
from specs.problem import Place, Problem

SHOWN = 20


def checked(stage: CompiledStage, tables: dict[str, Table], names: Array, intake: Intake) -> dict[str, Table]:
    """The tables without rejected rows. Each check sees all rows that intake kept, rejected ones too.

    A row that two checks reject is left out by the first. Raises DataError with every row that breaks a check whose
    action is error, or stop.
    """
    run = Run(stage, tables, names, intake.log)
    rejected: dict[str, list[tuple[CompiledCheck, Array]]] = {}
    broken: list[Broken] = []
    for order, check in enumerate(stage.checks):
        if not check.raw:
            continue
        table = tables[check.dataset]
        context = TableContext(table, run)
        with faults_at(check.row.place):
            hits = condition(check.where, context) & ~condition(check.condition, context)
        if not hits.any():
            continue
        if check.row.action in ("stop", "error"):
            broken.append(_faults(check, order, table, hits, run))
            if check.row.action == "stop":
                raise BrokenRules(broken)
        if check.row.action == "reject":
            rejected.setdefault(check.dataset, []).append((check, hits))
        else:
            _write_down(check, table, hits, run, intake)
    if broken:
        raise BrokenRules(broken)
    return tables | {name: _rejected(tables[name], found, run, intake) for name, found in rejected.items()}


def _rejected(table: Table, found: list[tuple[CompiledCheck, Array]], run: Run, intake: Intake) -> Table:
    """The table without the rows that checks reject, each with its hits among all rows of the table."""
    positions = np.arange(table.count)  # in the table of the hits: rows may share a line of the file
    who = np.append(run.names, "")
    for check, hits in found:
        gone = hits[positions]
        left = {"usubjid": who[table.subject[gone]], **_columns(check)}
        table = intake.leave_out(table, LeftOut(f"rejected by {check.row.rule}", "rejected", gone, left))
        positions = positions[~gone]
    return table


def _write_down(check: CompiledCheck, table: Table, hits: Array, run: Run, intake: Intake) -> None:
    rows = np.flatnonzero(hits)
    who = np.append(run.names, "")[table.subject[rows]]
    intake.log.add(len(rows), kind="check", usubjid=who, **raw_places(table, rows), **_columns(check))


def _columns(check: CompiledCheck) -> dict[str, object]:
    row = check.row
    return {"rule": row.rule, "message": row.message or row.condition, "severity": row.severity or "warning"}


def _faults(check: CompiledCheck, order: int, table: Table, hits: Array, run: Run) -> Broken:
    message = f"{check.row.rule}: {check.row.message or check.row.condition}"
    rows = np.flatnonzero(hits)
    found = []
    for row in rows[:SHOWN].tolist():
        code = int(table.subject[row])
        who = f" ({run.who(code)})" if code >= 0 else ""
        problem = Problem(Place(table.file, int(table.lines[row])), message + who)
        found.append(((int(table.positions[row]),), problem))
    stops = check.row.action == "stop"
    return Broken((order,), SHOWN, len(rows), tuple(found), (Place(table.file), check.row.rule), stops=stops)
