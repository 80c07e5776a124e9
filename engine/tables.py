"""Tables of a stage as the specification sees them (column types) and as the engine holds them (columns)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from engine.columns import Text
from engine.views import Table
from language.parse import parsed
from language.tree import EITHER, TEXT, Name, walk
from specs.compiled import InputTable
from specs.model import Spec
from specs.model import Table as TableRow

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def lookup_inputs(spec: Spec) -> dict[str, InputTable]:
    """The look-up tables of a stage. A column whose every cell is a number may be used as number or as text."""
    found = {}
    for name, rows in spec.lookups.items():
        columns = {column: _lookup_type(row[column] for row in rows) for column in (rows[0] if rows else ())}
        found[name] = InputTable(name, columns, has_subject=False)
    return found


def _lookup_type(values: Iterable[str]) -> str:
    used = [value for value in values if value.strip()]
    return EITHER if used and all(_NUMBER.fullmatch(value.strip()) for value in used) else TEXT


def lookup_tables(spec: Spec) -> dict[str, Table]:
    """The look-up tables as the engine holds them."""
    found = {}
    for name, rows in spec.lookups.items():
        names = list(rows[0]) if rows else []
        columns = {column: Text.of([row[column] or None for row in rows]).trimmed() for column in names}
        lines = np.arange(2, len(rows) + 2)
        subject = np.full(len(rows), -1, np.int32)
        found[name] = Table(name, columns, len(rows), subject, lines, file=f"{spec.stage}/tables/{name}.csv", raw=False)
    return found


def raw_input(row: TableRow, names: Iterable[str]) -> InputTable:
    """A raw table with the columns of its header: all text; one row per subject when its Key says so."""
    subject = parsed(row.subject) if row.subject else None
    used = {part.name for part in walk(subject) if isinstance(part, Name)} if subject is not None else set()
    one_row = bool(row.key) and set(row.key) <= used and not row.previous
    return InputTable(row.table, dict.fromkeys(names, TEXT), bool(row.subject), one_row, True)


def subject_names(keys: Mapping[str, Text | None]) -> np.ndarray:
    """Every subject key of a study, sorted by code point."""
    names: set[str] = set()
    for column in keys.values():
        if column is not None:
            used = np.unique(column.codes)
            names.update(column.dictionary.values[used[used >= 0]].tolist())
    return np.array(sorted(names), dtype=object)


def subject_codes(column: Text | None, names: np.ndarray, count: int) -> np.ndarray:
    """Subject keys as codes into the sorted names; -1 for a row without a subject."""
    if column is None:
        return np.full(count, -1, np.int32)
    position = {name: code for code, name in enumerate(names.tolist())}
    table = np.array([position.get(name, -1) for name in column.dictionary.values.tolist()] + [-1], dtype=np.int32)
    return table[column.codes]
