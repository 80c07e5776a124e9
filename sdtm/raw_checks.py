"""Checks on raw rows: reject leaves rows out, stop ends the run, error is collected, issue is written down."""

from __future__ import annotations

import numpy as np

from engine.columns import Array
from engine.evaluate import condition
from engine.run import Run
from engine.views import Table, faults_at
from sdtm.raw_tables import RawContext
from sdtm.rows_left_out import Intake, LeftOut, raw_places
from specs.compiled import CompiledCheck, CompiledStage
from specs.problem import DataError, Place, Problem

SHOWN = 20


def checked(stage: CompiledStage, tables: dict[str, Table], names: Array, intake: Intake) -> dict[str, Table]:
    """The tables without rejected rows. Each check sees all rows that intake kept, rejected ones too.

    Raises DataError with every row that breaks a check whose action is error, or stop.
    """
    run = Run(stage, tables, names, intake.log)
    result = dict(tables)
    problems: list[Problem] = []
    for check in stage.checks:
        if not check.raw:
            continue
        table = tables[check.dataset]
        context = RawContext(table, run)
        with faults_at(check.row.place):
            hits = condition(check.where, context) & ~condition(check.condition, context)
        if not hits.any():
            continue
        if check.row.action in ("stop", "error"):
            problems += _faults(check, table, hits, run)
            if check.row.action == "stop":
                raise DataError(problems)
        _apply(check, table, hits, result, run, intake)
    if problems:
        raise DataError(problems)
    return result


def _apply(check: CompiledCheck, table: Table, hits: Array, result: dict[str, Table], run: Run, intake: Intake) -> None:
    row = check.row
    who = np.append(run.names, "")
    more = {"rule": row.rule, "message": row.message or row.condition, "severity": row.severity or "warning"}
    if row.action == "reject":
        current = result[check.dataset]
        gone = np.isin(current.lines, table.lines[hits])
        left = {"usubjid": who[current.subject[gone]], **more}
        result[check.dataset] = intake.leave_out(current, LeftOut(f"rejected by {row.rule}", "rejected", gone, left))
        return
    rows = np.flatnonzero(hits)
    intake.log.add(len(rows), kind="check", usubjid=who[table.subject[rows]], **raw_places(table, rows), **more)


def _faults(check: CompiledCheck, table: Table, hits: Array, run: Run) -> list[Problem]:
    message = f"{check.row.rule}: {check.row.message or check.row.condition}"
    rows = np.flatnonzero(hits)
    found = []
    for row in rows[:SHOWN]:
        code = int(table.subject[row])
        who = f" ({run.who(code)})" if code >= 0 else ""
        found.append(Problem(Place(table.file, int(table.lines[row])), message + who))
    if len(rows) > SHOWN:
        found.append(Problem(Place(table.file), f"{check.row.rule}: {len(rows) - SHOWN} more rows"))
    return found
