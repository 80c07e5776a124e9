"""Rows that were entered again: exact duplicates, and earlier versions of one Key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, Text, as_text, group_codes, take
from engine.issues import texts
from engine.sorting import pick, rank_codes, ties
from engine.table_context import TableContext
from engine.views import Table, faults_at, select
from sdtm.rows_left_out import INTAKE_KINDS, LeftOut, cells_of
from specs.compiled import CompiledTable
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem
from specs.tables import ANY


def duplicates(row: TableRow, compiled: CompiledTable, table: Table, subject: Text | None) -> LeftOut | None:
    """The rows that agree with another in every column but those of System: the smallest record identifier stays.

    None where System is `*`: rows alike are then rows of their own.
    """
    if ANY in row.system:
        return None
    names = [name for name in table.columns if name not in row.system]
    again, group, groups = _alike(table, sorted(names, key=lambda name: name not in row.key))
    kept = np.arange(table.count)
    if len(again):
        found = pick(group, groups, _record_ranks(select(table, again)), False)
        kept[again] = again[found[group]]
    return _left("exact duplicate", "duplicate", row, table, kept)


def _alike(table: Table, names: Sequence[str]) -> tuple[Array, Array, int]:
    """The rows that agree with another in all columns of these names, their groups, and how many groups there are.

    Column by column the rows that agree with no other fall away; once few are left, only theirs are looked at.
    """
    again = np.arange(table.count) if names else np.empty(0, np.int64)
    group, groups = np.zeros(len(again), np.int64), 1
    for name in names:
        column = table.columns[name]
        part = column if len(again) == table.count else take(column, again)
        group, groups = group_codes([group, part], len(again))
        several = np.bincount(group, minlength=groups)[group] > 1
        if not several.all():
            again, group = again[several], group[several]
    return again, group, groups


def superseded(row: TableRow, compiled: CompiledTable, table: Table, subject: Text | None) -> LeftOut | None:
    """The rows with a smaller Version than another of the same subject and Key; None without Key.

    Raises DataError where two rows share the greatest.
    """
    if not row.key:
        return None
    keys = [table.columns[name] for name in row.key]
    group, groups = group_codes([*keys, *([subject] if subject is not None else [])], table.count)
    again = np.flatnonzero(np.bincount(group, minlength=groups)[group] > 1)
    kept = np.arange(table.count)
    if len(again):
        with faults_at(row.at("Version")):
            ranks = rank_codes(sort_columns(compiled.version, TableContext(select(table, again))), len(again))
        found = pick(group[again], groups, ranks, True)
        kept[again] = again[found[group[again]]]
        tied = ties(group[again], groups, ranks, found)
        if len(tied):
            raise _same_key(row, table, keys, int(again[tied[0]]), int(kept[again[tied[0]]]))
    return _left("superseded version", "superseded", row, table, kept)


def _left(step: str, kind: str, row: TableRow, table: Table, kept: Array) -> LeftOut:
    """The rows that are not themselves the row `kept` of their group, with issues that say which one is."""
    gone = kept != np.arange(table.count)
    message = f"{INTAKE_KINDS[kind]}; " + _places(row, table, kept[gone]) + " was kept"
    return LeftOut(step, kind, gone, {"message": message, **cells_of(table, row.key, gone)})


def _places(row: TableRow, table: Table, rows: Array) -> Array:
    """Rows in words: the line, and the record identifier where there is one."""
    found: Array = "line " + texts(table.lines[rows])
    if table.records is None:
        return found
    records = texts(take(table.records, rows))
    return np.where(records == "", found, found + f" ({row.record} " + records + ")")


def _same_key(row: TableRow, table: Table, keys: list[Column], one: int, other: int) -> DataError:
    key = ", ".join(f"{name} {texts(take(column, np.array([one])))[0]!r}" for name, column in zip(row.key, keys))
    earlier, later = min(one, other), max(one, other)
    first = _places(row, table, np.array([earlier]))[0]
    itself = f"{row.record} {texts(take(table.records, np.array([later])))[0]}: " if table.records is not None else ""
    hint = f"{row.place}: widen Key, or name the columns of Version that tell which row is the later"
    place = Place(table.file, int(table.lines[later]))
    return DataError([Problem(place, f"{itself}has the same Key as {first}: {key}", hint)])


def _record_ranks(table: Table) -> Array:
    """The order of rows by record identifier, numbers as numbers, then by position in the file."""
    position = np.arange(table.count)
    if table.records is None:
        return position
    records = as_text(table.records).compact()
    values = np.array([_as_number(text) for text in records.dictionary.values] + [np.inf])
    return rank_codes([(values[records.codes], False), (records, False), (position, False)], table.count)


def _as_number(text: str) -> float:
    return float(text) if text.strip().isdecimal() else np.inf
