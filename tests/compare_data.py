"""Files of every format for the tests of `build compare`, and what a comparison found as a set of plain tuples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from formats import xpt
from formats.coded import Coded
from qc.compare.accepted import Register
from qc.compare.asked import options_of
from qc.compare.result import Comparison
from qc.compare.run import compare_paths

CREATED = datetime(2026, 1, 5)
EPOCH = date(1960, 1, 1)
Finding = tuple[Any, ...]


@dataclass(frozen=True)
class Var:
    """A variable of a transport file: None is missing, a letter among numbers (".A") a special missing value."""

    values: Sequence[Any]
    label: str = ""
    format: str = ""
    length: int = 0
    informat: str = ""

    def column(self, name: str) -> xpt.Column:
        """As the writer takes it."""
        if any(isinstance(v, str) and not v.startswith(".") for v in self.values) or self.text:
            values: Any = Coded.from_objects(list(self.values))
            special = None
        else:
            letters = [ord(v[1]) if isinstance(v, str) else 0 for v in self.values]
            values = np.array([np.nan if v is None or isinstance(v, str) else float(v) for v in self.values])
            special = np.array(letters, np.uint8) if any(letters) else None
        return xpt.Column(name, values, self.label, self.length, self.format, self.informat, special)

    @property
    def text(self) -> bool:
        """A format with $ says that the variable is text although every value is missing."""
        return self.format.startswith("$")

    def put(self, row: int, value: Any) -> Var:
        """The variable with another value in one row, counted from 0."""
        values = list(self.values)
        values[row] = value
        return replace(self, values=values)


Columns = Mapping[str, Var]


def day(text: str) -> float:
    """The SAS date of an ISO 8601 date."""
    return float((date.fromisoformat(text) - EPOCH).days)


def moment(text: str) -> float:
    """The SAS datetime of an ISO 8601 datetime."""
    return (datetime.fromisoformat(text) - datetime(1960, 1, 1)).total_seconds()


def write_xpt(path: Path, columns: Columns, label: str = "", name: str = "") -> Path:
    """Write a transport file; the dataset is named as the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [variable.column(key) for key, variable in columns.items()]
    xpt.write(path, made, dataset=name or path.stem.upper(), label=label, created=CREATED)
    return path


def write_csv(path: Path, text: str) -> Path:
    """Write delimited text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_json(path: Path, columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> Path:
    """Write Dataset-JSON 1.1; each column needs name and dataType."""
    path.parent.mkdir(parents=True, exist_ok=True)
    full = [{"itemOID": f"IT.{c['name']}", "label": "", **c} for c in columns]
    content = {"datasetJSONVersion": "1.1.0", "name": path.stem.upper(), "label": "", "records": len(rows)}
    path.write_text(json.dumps({**content, "columns": full, "rows": rows}), encoding="utf-8")
    return path


def write_parquet(path: Path, columns: Mapping[str, Any]) -> Path:
    """Write Parquet; a value is an Arrow array or what becomes one."""
    import pyarrow
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.table(dict(columns)), path)
    return path


def compare(base: Path, other: Path, register: Register | None = None, **asked: Any) -> Comparison:
    """A comparison with options as the command line gives them."""
    return compare_paths(base, other, options_of(asked), register=register)


def findings(found: Comparison) -> set[Finding]:
    """Everything that differs and nobody accepted. A difference of values is named by key, base and compare."""
    result: set[Finding] = {("dataset", only.side, only.name) for only in found.only_datasets if not only.accepted}
    for dataset in found.datasets:
        name = dataset.name
        result |= {("failed", name)} if dataset.failed else set()
        result |= {("variable", name, one.side, one.name) for one in dataset.only_variables if not one.accepted}
        result |= {
            ("attribute", name, one.variable, one.attribute, one.base, one.compare)
            for one in dataset.attributes
            if not one.accepted
        }
        result |= {("record", name, one.side, one.key) for one in dataset.only_records if not one.accepted}
        result |= {("repeated", name, one.key, one.base, one.compare) for one in dataset.repeated}
        result |= {
            ("value", name, variable.name, one.key, one.base, one.compare)
            for variable in dataset.variables
            for one in variable.first
        }
    return result
