"""The data cut: SDTM records after the cut-off of their subject are left out or changed, by the rows of Data Cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from engine.columns import Array, Column, Text, choose, empty, take
from engine.evaluate import condition, typed
from engine.issues import IssueLog, texts
from engine.run import Run
from engine.table_context import TableContext
from engine.views import Table, faults_at, select
from specs.compile_cuts import CUTOFF, SUBJECTS
from specs.compiled import CompiledCut, CompiledStage
from specs.problem import DataError, Place, Problem
from specs.study_sections import FILE

KIND = "data_cut"
LEFT_WITH_SUBJECT = f"data cut: the subject is left out by {SUBJECTS}"


@dataclass
class Cut:
    """The tables after the cut, their subjects, and for each table the rows read and those left out by each step."""

    tables: dict[str, Table]
    names: Array
    read: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)


def cut(stage: CompiledStage, tables: Mapping[str, Table], names: Array, log: IssueLog) -> Cut:
    """Apply the data cut of a stage; without one the tables stay as they are.

    Every Where sees the data as they were. Changed values are issues, records left out are counted. Raises DataError
    for a subject without a complete cut-off date.
    """
    found = Cut(dict(tables), names)
    if stage.cutoff is None:
        return found
    found.tables[SUBJECTS] = _with_cutoff(stage, found.tables[SUBJECTS], names)
    run = Run(stage, dict(found.tables), names, IssueLog())
    gone: dict[str, Array] = {}
    changes: list[tuple[CompiledCut, Array]] = []
    for one in stage.cuts:
        table = found.tables[one.table]
        with faults_at(one.row.place):
            hits = condition(one.where, TableContext(table, run))
        if one.values:
            changes.append((one, hits))
        else:
            so_far = gone.setdefault(one.table, np.zeros(table.count, bool))
            step = f"data cut: {one.row.where}"
            _count(found, table, step, hits & ~so_far)
            so_far |= hits
    _leave_with_subject(found, gone)
    for one, hits in changes:
        _change(found, run, one, hits & ~gone.get(one.table, np.zeros(len(hits), bool)), log)
    _select(found, gone)
    return found


def _count(found: Cut, table: Table, step: str, hits: Array) -> None:
    found.read[table.name] = table.count
    steps = found.steps.setdefault(table.name, {})
    steps[step] = steps.get(step, 0) + int(hits.sum())


def _with_cutoff(stage: CompiledStage, table: Table, names: Array) -> Table:
    """DM with the cut-off date of each subject."""
    assert stage.cutoff is not None
    place = Place(FILE, 0, "datacut.date")
    with faults_at(place):
        column = typed(stage.cutoff, TableContext(table), "iso")
    assert isinstance(column, Text)
    open_ended = np.flatnonzero(np.isnan(column.days()))
    if len(open_ended):
        subject, value = names[table.subject[open_ended[0]]], texts(take(column, open_ended[:1]))[0]
        what = f"{len(open_ended)} subjects have no complete cut-off date, the first {subject!r} ({value or 'missing'})"
        raise DataError([Problem(place, what, "give every subject a day: least(X, '2024-06-30') skips missing dates")])
    return replace(table, columns={**table.columns, CUTOFF: column})


def _leave_with_subject(found: Cut, gone: dict[str, Array]) -> None:
    """Records of subjects whose record in DM is left out go with it."""
    if SUBJECTS not in gone or not gone[SUBJECTS].any():
        return
    left = np.zeros(len(found.names) + 1, bool)
    left[found.tables[SUBJECTS].subject[gone[SUBJECTS]]] = True
    left[-1] = False
    for name, table in found.tables.items():
        if name == SUBJECTS or not (table.subject >= 0).any():
            continue
        so_far = gone.setdefault(name, np.zeros(table.count, bool))
        mine = left[table.subject]
        _count(found, table, LEFT_WITH_SUBJECT, mine & ~so_far)
        so_far |= mine


def _change(found: Cut, run: Run, one: CompiledCut, hits: Array, log: IssueLog) -> None:
    table = found.tables[one.table]
    rows = np.flatnonzero(hits)
    columns: dict[str, Column] = dict(table.columns)
    context = TableContext(run.tables[one.table], run)
    for variable, node in one.values.items():
        before = table.columns[variable]
        kind = "number" if not isinstance(before, Text) else "text"
        with faults_at(one.row.place):
            after = typed(node, context, kind)
        if isinstance(before, Text) != isinstance(after, Text):
            after = empty(kind, table.count)
        old, new = texts(take(before, rows)), texts(take(after, rows))
        other = rows[old != new]
        columns[variable] = choose(hits, after, before)
        _report(found, table, one, variable, other, old[old != new], new[old != new], log)
    found.tables[one.table] = replace(table, columns=columns)


def _report(
    found: Cut, table: Table, one: CompiledCut, variable: str, rows: Array, old: Array, new: Array, log: IssueLog
) -> None:
    became = [f"data cut, {one.row.where}: it became {repr(text) if text else 'missing'}" for text in new.tolist()]
    log.add(
        len(rows),
        kind=KIND,
        severity="note",
        dataset=table.name,
        variable=variable,
        usubjid=np.append(found.names, "")[table.subject[rows]],
        table=table.name,
        file=table.file,
        row=table.lines[rows],
        record=texts(take(table.records, rows)) if table.records is not None else "",
        column=variable,
        value=old,
        message=np.array(became, dtype=object),
    )


def _select(found: Cut, gone: Mapping[str, Array]) -> None:
    """The records that stay, and the subjects that are left."""
    for name, rows in gone.items():
        found.tables[name] = select(found.tables[name], np.flatnonzero(~rows))
    if SUBJECTS not in gone or not gone[SUBJECTS].any():
        return
    left = np.zeros(len(found.names), bool)
    for table in found.tables.values():
        left[table.subject[table.subject >= 0]] = True
    codes = np.append(np.where(left, np.cumsum(left) - 1, -1), -1).astype(np.int32)
    found.names = found.names[left]
    for table in found.tables.values():
        table.subject = codes[table.subject]
