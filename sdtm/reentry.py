"""Rows that were entered again: exact duplicates, and earlier versions of one Key."""

from __future__ import annotations

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, group_codes, take
from engine.issues import texts
from engine.reduce import dense_ranks, pick, ties
from engine.views import Table
from sdtm.raw_tables import RawContext, select, texts_of
from sdtm.rows_left_out import Intake
from specs.compiled import CompiledTable
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem


def without_duplicates(row: TableRow, table: Table, intake: Intake) -> Table:
    """One row of those that agree in every column but those of System: the smallest record identifier stays."""
    columns = [column for name, column in table.columns.items() if name not in row.system]
    group, groups = group_codes(columns, table.count)
    gone = np.zeros(table.count, bool)
    again = np.flatnonzero(np.bincount(group, minlength=groups)[group] > 1)
    if columns and len(again):
        kept = pick(group[again], groups, _record_ranks(select(table, again)), False)
        gone[again] = ~_marked(kept, len(again))
    return intake.leave_out(table, gone, "exact duplicate", "duplicate")


def latest_versions(row: TableRow, compiled: CompiledTable, table: Table, intake: Intake) -> Table:
    """The row of the greatest Version per subject and Key. Raises DataError where two rows share that."""
    keys = [table.columns[name] for name in row.key]
    subject = texts_of(compiled.subject, table)
    group, groups = group_codes([*keys, *([subject] if subject is not None else [])], table.count)
    gone = np.zeros(table.count, bool)
    again = np.flatnonzero(np.bincount(group, minlength=groups)[group] > 1)
    if len(again):
        ranks = dense_ranks(sort_columns(compiled.version, RawContext(select(table, again))), len(again))
        kept = pick(group[again], groups, ranks, True)
        tied = ties(group[again], groups, ranks, kept)
        if len(tied):
            raise _same_key(row, table, keys, int(again[tied[0]]), int(again[kept[group[again[tied[0]]]]]))
        gone[again] = ~_marked(kept, len(again))
    return intake.leave_out(table, gone, "superseded version", "superseded", column=" ".join(row.key))


def _marked(rows: Array, count: int) -> Array:
    marked = np.zeros(count, bool)
    marked[rows[rows >= 0]] = True
    return marked


def _same_key(row: TableRow, table: Table, keys: list[Column], one: int, other: int) -> DataError:
    key = ", ".join(f"{name} {texts(take(column, np.array([one])))[0]!r}" for name, column in zip(row.key, keys))
    first, second = sorted((int(table.lines[one]), int(table.lines[other])))
    hint = f"{row.place}: widen Key, or name the columns of Version that tell which row is the later"
    return DataError([Problem(Place(table.file, second), f"has the same Key as line {first}: {key}", hint)])


def _record_ranks(table: Table) -> Array:
    """The order of rows by record identifier, numbers as numbers, then by line."""
    lines = table.lines.astype(float)
    if table.records is None:
        return dense_ranks([(lines, False)], table.count)
    records = table.records.compact()
    values = np.array([_as_number(text) for text in records.dictionary.values] + [np.inf])
    return dense_ranks([(values[records.codes], False), (records, False), (lines, False)], table.count)


def _as_number(text: str) -> float:
    return float(text) if text.strip().isdecimal() else np.inf
