"""The SDTM datasets cut into parts of the subjects: which rows of each file a part reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adam import transport
from adam.cut import cut, with_cutoff
from adam.inputs import need_files, read_tables
from adam.tables import read_columns, subject_column, table_rows
from engine.columns import Array, Column, Rows, Text, as_rows
from engine.iso_texts import report_inputs
from engine.issues import IssueLog
from engine.parts import INTAKE, Source, Taken, faults_of
from engine.table_use import tables_read
from engine.tables import lookup_tables
from engine.wide import Wide
from specs.compiled import CompiledStage, InputTable

KEY = "USUBJID"


def wanted(stage: CompiledStage) -> dict[str, InputTable]:
    """The tables that the stage reads, without look-ups; a data cut may ask of any table."""
    used = tables_read(stage) if stage.cutoff is None else set(stage.inputs)
    return {name: table for name, table in stage.inputs.items() if name in used and name not in stage.spec.lookups}


def starts(stage: CompiledStage, folder: Path, parts: int) -> tuple[str, ...]:
    """The first subjects of all parts but part 0, found from DM or else the smallest table. Raises DataError."""
    inputs = wanted(stage)
    need_files(folder, inputs, stage.spec)
    keys = {name: _subjects(stage, folder, name) for name in (["DM"] if "DM" in inputs else inputs)}
    found = min((key for key in keys.values() if key is not None and len(key)), key=len, default=None)
    if found is None:
        return ()
    names = sorted(found.dictionary.values[np.unique(found.codes[found.codes >= 0])].tolist())
    firsts = {names[len(names) * part // parts] for part in range(1, parts)} if names else set()
    return tuple(sorted(firsts - set(names[:1])))


def _subjects(stage: CompiledStage, folder: Path, name: str) -> Text | None:
    """The subjects of the rows of a table, or of its qualifiers (SUPP--)."""
    row = table_rows(stage.spec).get(name)
    if row is None:
        path = folder / f"{name.lower()}.xpt"
        known = {column.name for column in transport.attributes(path, stage.spec.study.encoding).columns}
        return transport.texts(path, stage.spec.study.encoding, KEY) if KEY in known else None
    columns: Mapping[str, Column] = read_columns(stage.spec, row, stage.inputs[name], folder)[0]
    found = columns.get(subject_column(row))
    return found if isinstance(found, Text) else None


@dataclass(frozen=True)
class TableRows:
    """The rows of a table in each part; None where the table is no table of subjects, which every part reads whole.

    Rows that follow each other are a range; else their numbers stand in a file.
    """

    table: str
    parts: tuple[tuple[int, int] | Path, ...] | None

    def of(self, part: int) -> Rows | None:
        """The rows of a part, None for all."""
        if self.parts is None:
            return None
        found = self.parts[part]
        if isinstance(found, Path):
            rows: Array = np.load(found, allow_pickle=False)
            return rows
        return slice(*found)


@faults_of(INTAKE)
def cut_table(stage: CompiledStage, folder: Path, spill: Path, table: str, firsts: Sequence[str]) -> TableRows:
    """Find the rows of a table, or of its qualifiers, in each part; those without a subject are in part 0."""
    subject = _subjects(stage, folder, table)
    if subject is None:
        return TableRows(table, None)
    names = subject.dictionary.values.tolist()
    part_of = np.array([*(bisect_right(firsts, name) for name in names), 0], np.int32)[subject.codes]
    order = np.argsort(part_of, kind="stable")
    ends = np.searchsorted(part_of[order], np.arange(len(firsts) + 2))
    found: list[tuple[int, int] | Path] = []
    for part, (start, stop) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist())):
        rows = order[start:stop]
        following = as_rows(rows, len(order) + 1)
        if isinstance(following, slice):
            found.append((following.start, following.stop))
        elif not len(rows):
            found.append((0, 0))
        else:
            path = spill / f"rows-{table}-{part}.npy"
            np.save(path, rows)
            found.append(path)
    return TableRows(table, tuple(found))


@dataclass
class FileParts(Source):
    """SDTM files of `folder`; `rows` says which of each table belong to a part."""

    stage: CompiledStage
    folder: Path
    parts: int
    rows: Mapping[str, TableRows]

    def first(self, part: int, log: IssueLog) -> Taken:
        spec = self.stage.spec
        chosen = {name: rows for name, of in self.rows.items() if (rows := of.of(part)) is not None}
        tables, names = read_tables(self.folder, wanted(self.stage), spec.study.encoding, spec, chosen)
        return Taken(with_cutoff(self.stage, tables, names), np.asarray(names))

    def second(self, part: int, taken: Taken, wide: Wide, log: IssueLog) -> Taken:
        left = cut(self.stage, taken.tables, taken.names, log, wide, part == 0)
        report_inputs(left.tables, self.stage.inputs, left.names, log, part == 0)
        return Taken({**left.tables, **lookup_tables(self.stage.spec)}, left.names, left.read, left.steps)


def tables_to_cut(stage: CompiledStage, folder: Path) -> list[str]:
    """The tables that the stage reads, and the qualifiers that stand in files of their own."""
    names = list(wanted(stage))
    return names + [f"SUPP{name}" for name in names if (folder / f"supp{name.lower()}.xpt").exists()]
