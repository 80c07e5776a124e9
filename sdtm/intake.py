"""Raw tables: which rows count. Where, exact duplicates, superseded versions, checks; each step is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.aggregates import over_own, over_table, over_window, sort_columns
from engine.columns import Array, Column, Text, group_codes, missing, take
from engine.contexts import subject_column
from engine.evaluate import Context, condition, evaluate
from engine.issues import IssueLog, texts
from engine.reduce import dense_ranks, pick, ties
from engine.run import Run
from engine.tables import lookup_tables, subject_codes, subject_names
from engine.views import RowFault, Table
from formats.tables import RawTable, TableError, headers, read_table
from language.tree import Aggregate, Window
from language.tree import Column as ColumnNode
from specs.compiled import CompiledCheck, CompiledStage, CompiledTable
from specs.model import Spec
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem

INTAKE_KINDS = {
    "inactive": "the row does not meet Where of Tables; it was left out",
    "duplicate": "the row repeats another in every column that counts; it was left out",
    "superseded": "a later version of the same Key was saved; this one was left out",
    "rejected": "the row does not meet a check; it was left out",
    "no_subject": "the row has no subject; it was left out",
}


@dataclass
class Intake:
    """What a raw table became: the rows that count, and how many each step left out."""

    read: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)

    def drop(self, table: str, step: str, rows: int) -> None:
        self.steps.setdefault(table, {})[step] = self.steps.get(table, {}).get(step, 0) + rows


class RawContext(Context):
    """The rows of one raw table; `run` gives the other tables once all are taken in."""

    def __init__(self, table: Table, run: Run | None = None) -> None:
        self.table, self.run, self.count = table, run, table.count

    def column(self, node: ColumnNode) -> Column:
        if node.kind == "source":
            return self.table.columns[node.name]
        if self.run is None:
            raise RowFault("another table cannot be used before the raw tables are taken in")
        return subject_column(self.run, "", node, self.table.subject)

    def aggregate(self, node: Aggregate) -> Column:
        if self.run is None:
            raise RowFault("aggregates cannot be used before the raw tables are taken in")
        if node.match is None:
            return over_own(node, self, self.table.subject, self.run.names)
        view = self.run.view("", node.match.table)
        return over_table(node, view, self, self.table.subject, self.run.names)

    def window(self, node: Window) -> Column:
        if self.run is None:
            raise RowFault("windows cannot be used before the raw tables are taken in")
        lines = [self.table.lines.astype(float)]
        return over_window(node, self, self.table.subject, self.run.names, lines)


def raw_headers(spec: Spec, raw: Path) -> dict[str, list[str]]:
    """The column names of every raw table. Raises DataError with every file that cannot be read."""
    found, problems = {}, []
    for row in raw_rows(spec):
        try:
            found[row.table] = headers(raw / row.file, encoding=row.encoding or "utf-8")
        except TableError as error:
            problems.append(_problem(error, row, raw))
    if problems:
        raise DataError(problems)
    return found


def raw_rows(spec: Spec) -> list[TableRow]:
    """The rows of Tables that are raw data, not look-ups."""
    return [row for row in spec.tables.values() if row.table not in spec.lookups]


def _problem(error: TableError, row: TableRow, raw: Path) -> Problem:
    hint = error.hint
    if not (raw / row.file).exists():
        hint = f"{row.place} names it; export the form, or take the row out of Tables"
    return Problem(Place(error.path, error.line, error.column), error.message, hint)


def take_in(stage: CompiledStage, raw: Path, log: IssueLog) -> tuple[dict[str, Table], np.ndarray, Intake]:
    """Every table of the stage as the engine holds it, the subjects, and the counts of intake."""
    intake = Intake()
    read: dict[str, RawTable] = {}
    problems = []
    for row in raw_rows(stage.spec):
        try:
            read[row.table] = read_table(raw / row.file, encoding=row.encoding or "utf-8")
        except TableError as error:
            problems.append(_problem(error, row, raw))
    if problems:
        raise DataError(problems)
    tables: dict[str, Table] = {}
    keys: dict[str, Text | None] = {}
    earlier: dict[str, str] = {}
    for row in raw_rows(stage.spec):
        table = _table(row, read.pop(row.table))
        intake.read[row.table] = table.count
        compiled = stage.tables[row.table]
        table = _chosen(row, compiled, table, intake, log)
        context = RawContext(table)
        tables[row.table] = table
        keys[row.table] = _texts(compiled.subject, context)
        _earlier_numbers(row, compiled, context, keys[row.table], earlier)
    keys = {name: _renamed(column, earlier) for name, column in keys.items()}
    names = subject_names(keys)
    for name, table in tables.items():
        table.subject = subject_codes(keys[name], names, table.count)
        tables[name] = _with_subject(stage.spec.tables[name], table, intake, log)
    tables |= lookup_tables(stage.spec)
    return _checked(stage, tables, names, intake, log), names, intake


def _texts(node: object, context: RawContext) -> Text | None:
    found = evaluate(node, context) if node is not None else None  # type: ignore[arg-type]
    return found if isinstance(found, Text) else None


def _table(row: TableRow, read: RawTable) -> Table:
    columns: dict[str, Column] = {}
    gone = np.array(sorted(row.missing), dtype=object)
    for name, coded in read.columns.items():
        column = Text(coded.codes, Text.coded(np.arange(0), coded.values).dictionary)
        if len(gone):
            kept = np.append(~np.isin(column.dictionary.values, gone), False)
            column = Text(np.where(kept[column.codes], column.codes, -1).astype(np.int32), column.dictionary)
        columns[name] = column
    record = columns.get(row.record)
    return Table(
        row.table, columns, read.rows, np.full(read.rows, -1, np.int32), read.line_numbers,
        record if isinstance(record, Text) else None, Path(read.path).name,
    )  # fmt: skip


def select(table: Table, rows: Array) -> Table:
    """The table with some of its rows."""
    columns = {name: take(column, rows) for name, column in table.columns.items()}
    records = table.records.take(rows) if table.records is not None else None
    return Table(
        table.name, columns, len(rows), table.subject[rows], table.lines[rows], records, table.file, table.raw
    )


def _left_out(table: Table, gone: Array, step: str, kind: str, intake: Intake, log: IssueLog, **more: object) -> Table:
    """Take rows out of a table, count them, and write each down as an issue."""
    intake.drop(table.name, step, int(gone.sum()))
    rows = np.flatnonzero(gone)
    if len(rows):
        record = texts(table.records.take(rows)) if table.records is not None else ""
        columns = {"message": INTAKE_KINDS[kind], "severity": "note", **more}
        log.add(len(rows), kind=kind, table=table.name, file=table.file, row=table.lines[rows], record=record, **columns)
        table = select(table, np.flatnonzero(~gone))
    return table


def _chosen(row: TableRow, compiled: CompiledTable, table: Table, intake: Intake, log: IssueLog) -> Table:
    if compiled.where is not None:
        gone = ~condition(compiled.where, RawContext(table))
        table = _left_out(table, gone, f"Where: {row.where}", "inactive", intake, log, column="Where", value=row.where)
    columns = [column for name, column in table.columns.items() if name not in row.system]
    if columns and row.system:
        group, groups = group_codes(columns, table.count)
        kept = pick(group, groups, _record_ranks(table), False)
        gone = np.ones(table.count, bool)
        gone[kept[kept >= 0]] = False
        table = _left_out(table, gone, "exact duplicate", "duplicate", intake, log)
    if row.key:
        table = _latest(row, compiled, table, intake, log)
    return table


def _record_ranks(table: Table) -> Array:
    """The order of rows by record identifier, numbers as numbers, then by line."""
    lines = table.lines.astype(float)
    if table.records is None:
        return dense_ranks([(lines, False)], table.count)
    values = np.array([_as_number(text) for text in table.records.dictionary.values] + [np.inf])
    return dense_ranks([(values[table.records.codes], False), (table.records, False), (lines, False)], table.count)


def _as_number(text: str) -> float:
    return float(text) if text.strip().isdigit() else np.inf


def _latest(row: TableRow, compiled: CompiledTable, table: Table, intake: Intake, log: IssueLog) -> Table:
    keys = [table.columns[name] for name in row.key]
    subject = _texts(compiled.subject, RawContext(table))
    group, groups = group_codes([*keys, *([subject] if subject is not None else [])], table.count)
    ranks = dense_ranks(sort_columns(compiled.version, RawContext(table)), table.count)
    kept = pick(group, groups, ranks, True)
    tied = ties(group, groups, ranks, kept)
    if len(tied):
        other = kept[group[tied[0]]]
        key = ", ".join(f"{name} {texts(take(column, tied[:1]))[0]!r}" for name, column in zip(row.key, keys))
        lines = sorted((int(table.lines[tied[0]]), int(table.lines[other])))
        raise DataError(
            [
                Problem(
                    Place(table.file, lines[1]),
                    f"has the same Key as line {lines[0]}: {key}",
                    f"{row.place}: widen Key, or name the columns of Version that tell which row is the later",
                )
            ]
        )
    gone = np.ones(table.count, bool)
    gone[kept[kept >= 0]] = False
    return _left_out(table, gone, "superseded version", "superseded", intake, log, column=" ".join(row.key))


def _earlier_numbers(
    row: TableRow, compiled: CompiledTable, context: RawContext, subject: Text | None, earlier: dict[str, str]
) -> None:
    previous = _texts(compiled.previous, context)
    if previous is None or subject is None:
        return
    rows = np.flatnonzero(~missing(previous) & ~missing(subject))
    for now, before in zip(subject.take(rows).objects(), previous.take(rows).objects()):
        if earlier.get(now, before) != before:
            raise DataError(
                [Problem(row.at("Previous"), f"subject {now!r} has two earlier numbers, {earlier[now]!r} and {before!r}")]
            )
        earlier[now] = before


def _renamed(column: Text | None, earlier: Mapping[str, str]) -> Text | None:
    """Subject keys under the first number of each person."""
    if column is None or not earlier:
        return column
    found = []
    for name in column.dictionary.values.tolist():
        seen = {name}
        while name in earlier:
            name = earlier[name]
            if name in seen:
                raise DataError([Problem(Place("Tables"), f"the earlier numbers of {name!r} lead back to it")])
            seen.add(name)
        found.append(name)
    return Text.coded(column.codes, np.array(found, dtype=object))


def _with_subject(row: TableRow, table: Table, intake: Intake, log: IssueLog) -> Table:
    if not row.subject:
        return table
    gone = table.subject < 0
    if not gone.any():
        return table
    return _left_out(table, gone, "no subject", "no_subject", intake, log, column="Subject", severity="error")


def _checked(
    stage: CompiledStage, tables: dict[str, Table], names: Array, intake: Intake, log: IssueLog
) -> dict[str, Table]:
    """Checks on raw rows: reject leaves rows out, stop ends the run, error is collected, issue is written down."""
    run = Run(stage, tables, names, log)
    result = dict(tables)
    problems: list[Problem] = []
    for check in stage.checks:
        if not check.raw:
            continue
        table = tables[check.dataset]
        context = RawContext(table, run)
        with run.at(check.row.place):
            hits = condition(check.where, context) & ~condition(check.condition, context)
        if not hits.any():
            continue
        if check.row.action in ("stop", "error"):
            problems += _faults(check, table, hits, names)
            if check.row.action == "stop":
                raise DataError(problems)
        _apply(check, table, hits, result, names, intake, log)
    if problems:
        raise DataError(problems)
    return result


def _apply(
    check: CompiledCheck, table: Table, hits: Array, result: dict[str, Table], names: Array, intake: Intake, log: IssueLog
) -> None:
    row = check.row
    who = np.append(names, "")
    more = {"rule": row.rule, "message": row.message or row.condition, "severity": row.severity or "warning"}
    if row.action == "reject":
        current = result[check.dataset]
        gone = np.isin(current.lines, table.lines[hits])
        result[check.dataset] = _left_out(
            current, gone, f"rejected by {row.rule}", "rejected", intake, log,
            usubjid=who[current.subject[gone]], **more,
        )  # fmt: skip
        return
    rows = np.flatnonzero(hits)
    record = texts(table.records.take(rows)) if table.records is not None else ""
    log.add(
        len(rows), kind="check", table=table.name, file=table.file, row=table.lines[rows], record=record,
        usubjid=who[table.subject[rows]], **more,
    )  # fmt: skip


def _faults(check: CompiledCheck, table: Table, hits: Array, names: Array) -> list[Problem]:
    rows = np.flatnonzero(hits)
    shown = [
        Problem(
            Place(table.file, int(table.lines[row])),
            f"{check.row.rule}: {check.row.message or check.row.condition}"
            + (f" (subject {names[table.subject[row]]!r})" if table.subject[row] >= 0 else ""),
        )
        for row in rows[:20]
    ]
    if len(rows) > 20:
        shown.append(Problem(Place(table.file), f"{check.row.rule}: {len(rows) - 20} more rows"))
    return shown

