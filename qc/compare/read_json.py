"""Dataset-JSON 1.1 as tables to compare: with the types, labels, lengths and formats that its metadata state.

A date or datetime is text, as it is in the file, unless `targetDataType` says that it stands for a number.
Source: CDISC Dataset-JSON v1.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from formats import dataset_json, sas_values
from formats.coded import Coded
from formats.raw_table import TRUTH, TableError, number_text
from qc.compare import exact
from qc.compare.iso import DAY_SECONDS, clock_seconds, dates
from qc.compare.table import DATE, DATETIME, FRACTIONS_BELOW, TIME, Numbers, Table, Values, Variable, in_memory

_NUMBERS = ("integer", "float", "double")
_KINDS = {"date": DATE, "datetime": DATETIME, "time": TIME}
_EXACT = 2**53


def read(path: Path, name: str) -> Table:
    """The file as a table. Raises TableError."""
    found = dataset_json.contents(path)
    variables, columns, notes = [], {}, []
    by_column = zip(*found.rows) if found.rows else [()] * len(found.names)
    for column, label, values in zip(found.columns, found.names, by_column):
        variable = _variable(column)
        _check_flat(values, found.lines, label, path)
        columns[label], note = _values(variable, column, values, found.lines)
        variables.append(variable)
        notes += [f"{label}{note}"] if note else []
    order = sorted((c for c in found.columns if isinstance(c.get("keySequence"), int)), key=_sequence)
    head = found.metadata
    return Table(
        str(head.get("name") or name), len(found.rows), tuple(variables), in_memory(columns), "dataset-json",
        str(path), _text(head, "label"), _moment(head, "datasetJSONCreationDateTime"),
        _moment(head, "dbLastModifiedDateTime"), trailing_blanks=True,
        keys=tuple(column["name"] for column in order), notes=notes,
    )  # fmt: skip


def _check_flat(values: Sequence[Any], lines: np.ndarray, name: str, path: Path) -> None:
    for row, value in enumerate(values):
        if isinstance(value, (list, dict)):
            raise TableError(str(path), "a value is an array or an object", line=int(lines[row]), column=name)


def _sequence(column: dict[str, Any]) -> int:
    return int(column["keySequence"])


def _text(metadata: dict[str, Any], name: str) -> str | None:
    value = metadata.get(name)
    return value if isinstance(value, str) else None


def _moment(metadata: dict[str, Any], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(metadata.get(name)))
    except ValueError:
        return None


def _variable(column: dict[str, Any]) -> Variable:
    data_type, target = str(column.get("dataType", "string")), column.get("targetDataType")
    numeric = data_type in (*_NUMBERS, "boolean") or target in ("integer", "decimal")
    length = column.get("length")
    shown = _text(column, "displayFormat")
    kind = _KINDS.get(data_type, "") if numeric else ""
    if data_type in _NUMBERS and numeric:
        kind = sas_values.kind(shown)  # a number with a SAS format of dates is one, as in a transport file
    size = length if isinstance(length, int) else None
    return Variable(column["name"], numeric, kind, True, data_type, size, _text(column, "label"), shown)


def _values(
    variable: Variable, column: dict[str, Any], values: Sequence[Any], lines: np.ndarray
) -> tuple[Values, str]:
    """The column, and what is to be said of it: values that are not of its type make all of it text."""
    if not variable.numeric:
        return _texts(values), ""
    numbers = np.empty(len(values))
    known: dict[tuple[type, Any], float | None] = {}
    for row, value in enumerate(values):
        key = (type(value), value)
        if key not in known:
            known[key] = _number(value, variable.kind)
        found = known[key]
        if found is None:
            message = f", line {lines[row]}: {value!r} is no {column.get('dataType')}; its values are compared as text"
            return _texts(values), message
        numbers[row] = found
    return Numbers(numbers), ""


def _number(value: Any, kind: str) -> float | None:
    """The number that a value stands for, NaN for a missing one; None where it is none that a float64 holds."""
    if value is None or value == "":  # both are how the standard writes a missing value
        return math.nan
    if isinstance(value, str):
        return _stated(value, kind)
    if isinstance(value, (bool, float)):
        return float(value)
    return float(value) if isinstance(value, int) and abs(value) <= _EXACT else None


def _stated(text: str, kind: str) -> float | None:
    if not kind:
        return exact.decimal(text)
    if kind == TIME:
        return clock_seconds(text)
    day, seconds = (float(part[0]) for part in dates([text]))
    if math.isnan(day):
        return None
    if kind == DATE:
        return day if math.isnan(seconds) else None
    if math.isnan(seconds):
        return None
    found = day * DAY_SECONDS + math.floor(seconds) + round(seconds % 1, 6)  # rounded once, as the number of SAS was
    return None if abs(found) >= FRACTIONS_BELOW and seconds % 1 else found


def _texts(values: Sequence[Any]) -> Coded:
    codes = np.empty(len(values), np.int32)
    known: dict[str, int] = {}
    for row, value in enumerate(values):
        codes[row] = -1 if value is None else known.setdefault(_written(value), len(known))
    return Coded(codes, np.array(list(known), object))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return TRUTH[value]
    return number_text(value) if isinstance(value, float) else str(value)
