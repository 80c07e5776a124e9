"""What a stage hands over: submitted datasets in their order, issues, ledger, the lineage of each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.columns import Array, Column, Text, as_rows, at, concat, empty, missing
from engine.issues import Issues, frame
from engine.ledger import Counts, ledger_of
from engine.origins import order_keys, stacked
from engine.run import Run
from engine.sorting import sorted_rows
from engine.supplemental import supplemental_columns
from specs.compiled import CompiledStage
from specs.model import Variable


@dataclass
class Output:
    """A submitted dataset: its columns in the order of the file, and for each record where it came from.

    `source_row` is the number of the row in its file, from 0, `source_line` its line. `order`, in a part of the study:
    what orders its records among those of all parts before they are sorted (engine.origins.order_keys).
    """

    name: str
    label: str
    variables: list[tuple[Variable, Column]]
    count: int
    source_table: Text = field(default_factory=lambda: Text.missing(0))
    source_line: Array = field(default_factory=lambda: np.empty(0, np.int64))
    source_row: Array = field(default_factory=lambda: np.empty(0, np.int64))
    qualifiers: dict[str, Column] = field(default_factory=dict)
    order: Array | None = None

    def frame(self) -> pd.DataFrame:
        """The dataset as a data frame: texts as categories, numbers as float64."""
        columns = {}
        for variable, column in self.variables:
            if isinstance(column, Text):
                values = pd.Index(column.dictionary.values, dtype=object)
                columns[variable.variable] = pd.Series(pd.Categorical.from_codes(column.codes, values))
            else:
                columns[variable.variable] = pd.Series(column)
        return pd.DataFrame(columns, index=pd.RangeIndex(self.count))


@dataclass
class Built:
    """A stage that was built: its datasets, its issues, and what became of the rows of its tables.

    kept: of datasets that were written as soon as they were whole (engine.aside), instead of the datasets, what the
    writing gave.
    """

    stage: CompiledStage
    outputs: dict[str, Output]
    noted: Issues
    counts: Counts
    kept: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every row accounted for. Raises DataError for rows of a raw table that reach no dataset."""
        return ledger_of(self.stage, self.counts)

    @property
    def issues(self) -> pd.DataFrame:
        """The issues as a data frame."""
        return frame(self.noted)


def outputs(
    run: Run, names: Sequence[str] | None = None, every: bool = False, last: bool = False
) -> dict[str, Output]:  # fmt: skip
    """Every submitted dataset of a stage, sorted by its key variables, supplemental qualifiers in their own.

    Only rows that the run hands over are part of it. names: these datasets, those of qualifiers with the one that they
    qualify. every: variables to be dropped when they are empty stay. last: the run forgets all that it has computed but
    the records, for nothing is asked of it after these.
    """
    found: dict[str, Output] = {}
    chosen = run.stage.submitted if names is None else names
    for name in chosen:
        if not name.startswith("SUPP"):
            found[name] = _output(run, name, every, last)
    for name in chosen:
        if name.startswith("SUPP"):
            found[name] = _supplemental(run, name, found[name.removeprefix("SUPP")])
    return {name: found[name] for name in chosen}


def _output(run: Run, name: str, every: bool, last: bool) -> Output:
    spec = run.stage.spec
    row = spec.datasets[name]
    qualifiers = [v.variable for v in spec.variables.values() if v.dataset == f"SUPP{name}" and v.supplemental]
    names = [*(v.variable for v in spec.variables_of(name)), *qualifiers]
    count = sum(run.records(name, block).count for block in run.blocks(name))
    keys = [(concat(_parts(run, name, key)), False) for key in row.key_variables if key in names]
    order = sorted_rows(keys, count)
    if not run.study:
        order = order[run.handed(_subjects(run, name))[order]]
    place = as_rows(order, count)
    if last:
        run.release(name, names)
    columns = {variable: at(concat(_parts(run, name, variable, last)), place) for variable in names}
    listed = [
        (variable, columns[variable.variable])
        for variable in spec.variables_of(name)
        if every or not (variable.drop_when_empty and missing(columns[variable.variable]).all())
    ]
    tables, lines, positions = _sources(run, name)
    known = {name: columns[name] for name in qualifiers}
    found = Output(name, row.label, listed, len(order), tables.at(order), lines[order], positions[order], known)
    if run.wide is not None:
        found.order = _order(run, name)[order]
    return found


def _subjects(run: Run, name: str) -> Array:
    parts = [run.records(name, block).subject for block in run.blocks(name)]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _order(run: Run, name: str) -> Array:
    """What orders the records of a part of the study among those of all: one line per record."""
    parts = [order_keys(run, name, block, np.arange(run.records(name, block).count)) for block in run.blocks(name)]
    return stacked(parts)


def _parts(run: Run, name: str, variable: str, last: bool = False) -> list[Column]:
    """A variable in each block; a number that no rule of a block fills is missing there. last: the run forgets it."""
    kind = run.stage.types.get((name, variable), "text")
    value = run.given_up if last else run.value
    parts = [value(name, block, variable) for block in run.blocks(name)]
    numbers = kind == "number"
    parts = [empty(kind, len(part)) if numbers and isinstance(part, Text) else part for part in parts]
    return parts or [empty(kind, 0)]


def _sources(run: Run, name: str) -> tuple[Text, Array, Array]:
    """The table behind each record, the line of its file, and the number of the row in it."""
    tables: list[Column] = [Text.missing(0)]
    lines: list[Array] = [np.empty(0, np.int64)]
    positions: list[Array] = [np.empty(0, np.int64)]
    for block in run.blocks(name):
        source, rows = run.lineage(name, block)
        line, position = np.zeros(len(rows), np.int64), np.asarray(rows, np.int64).copy()
        for code, table in enumerate(source.dictionary.values.tolist()):
            mine = source.codes == code
            if table in run.tables:
                line[mine] = run.tables[table].lines[rows[mine]]
                position[mine] = run.tables[table].positions[rows[mine]]
        tables.append(source)
        lines.append(line)
        positions.append(position)
    joined = concat(tables)
    assert isinstance(joined, Text)
    return joined, np.concatenate(lines), np.concatenate(positions)


def _supplemental(run: Run, name: str, parent: Output) -> Output:
    """SUPP--: one record per qualifier that is not missing, in the order of its key."""
    spec = run.stage.spec
    known = {variable.variable: column for variable, column in parent.variables}
    qualifiers = [v for v in spec.variables.values() if v.dataset == name and v.supplemental]
    columns, rows = supplemental_columns(parent.name, known, qualifiers, parent.qualifiers)
    listed = [(v, columns[v.variable]) for v in spec.variables_of(name) if v.variable in columns]
    sources = (parent.source_table.at(rows), parent.source_line[rows], parent.source_row[rows])
    return Output(name, spec.datasets[name].label, listed, len(rows), *sources)
