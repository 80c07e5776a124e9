"""The SDTM records of one subject as ADaM reads them, without reading the rest of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from adam.cut import Cut, cut
from adam.inputs import add_qualifiers, records_of
from adam.tables import read_columns, subject_column, table_rows
from engine.columns import Array, Column, Text
from engine.issues import IssueLog
from engine.tables import lookup_tables, subject_codes
from engine.views import Table, select
from formats import xpt
from formats.xpt_layout import XptError
from formats.xpt_rows import Records, all_records, records_with
from specs.compiled import CompiledStage
from specs.problem import DataError, Place, Problem

KEY = "USUBJID"


def _held_column(found: xpt.Column) -> Column:
    """A column as the engine holds it."""
    if found.numeric:
        return found.numbers.astype(np.float64)
    return Text.coded(found.texts.codes, found.texts.values)


def _qualify(name: str, columns: dict[str, Column], count: int, supplement: Records) -> None:
    found = {part.name: _held_column(part) for part in supplement.columns()}
    add_qualifiers(name, columns, count, found, supplement.rows)


class SubjectTables(Mapping[str, Table]):
    """The tables of the ADaM stage with the records of one subject (None: of none), each read when first asked for.

    ordered: the names of the datasets whose files are sorted by subject. `before` are the tables before the data cut,
    where the study has one.
    """

    def __init__(
        self, stage: CompiledStage, folder: Path, subject: str | None, ordered: frozenset[str] = frozenset()
    ) -> None:
        self.stage, self.folder, self.subject, self._ordered = stage, folder, subject, ordered
        self.names: Array = np.array([subject] if subject is not None else [], dtype=object)
        self._lookups = lookup_tables(stage.spec)
        self._rows = table_rows(stage.spec)
        self.before: dict[str, Table] = {}
        self.cut: Cut | None = None
        if stage.cutoff is not None and subject is not None:
            found = {name: self._before(name) for name in stage.inputs if name not in self._lookups}
            self.cut = cut(stage, found, self.names, IssueLog())
            self.names = self.cut.names

    def __getitem__(self, name: str) -> Table:
        if name in self._lookups:
            return self._lookups[name]
        if self.cut is not None:
            return self.cut.tables[name]
        return self._before(name)

    def __iter__(self) -> Iterator[str]:
        return iter([*self.stage.inputs, *(name for name in self._lookups if name not in self.stage.inputs)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self.stage.inputs or name in self._lookups

    def _before(self, name: str) -> Table:
        if name not in self.before:
            if name not in self.stage.inputs:
                raise KeyError(name)
            self.before[name] = self._from_rows(name) if name in self._rows else self._from_transport(name)
        return self.before[name]

    def _from_transport(self, name: str) -> Table:
        file = f"{name.lower()}.xpt"
        found = self._read(file, name)
        columns = {part.name: _held_column(part) for part in found.columns()}
        count = len(found.rows)
        supplement = f"supp{file}"
        if (self.folder / supplement).exists():
            more = self._read(supplement, f"SUPP{name}")
            _qualify(name, columns, count, more)
        return self._held(name, columns, found.rows + 1, file)

    def _from_rows(self, name: str) -> Table:
        """A table that Tables names: it is no plain transport file, and is read whole."""
        row = self._rows[name]
        columns, count, lines = read_columns(self.stage.spec, row, self.stage.inputs[name], self.folder)
        supplement = f"supp{name.lower()}.xpt"
        if (self.folder / supplement).exists():
            more = self._read(supplement, f"SUPP{name}")
            _qualify(name, columns, count, more)
        held = self._held(name, columns, lines, row.file, subject_column(row))
        return select(held, np.flatnonzero(held.subject >= 0)) if self.stage.inputs[name].has_subject else held

    def _read(self, file: str, name: str) -> Records:
        path, encoding = self.folder / file, self.stage.spec.study.encoding
        try:
            everything = all_records(path, encoding)
            if KEY not in everything.names:
                return everything
            if self.subject is None:
                return Records(everything.member, everything.rows[:0], encoding)
            return records_with(path, KEY, self.subject, encoding, ordered=name in self._ordered)
        except (XptError, OSError) as error:
            hint = "run: build sdtm, or say with --sdtm DIR where the SDTM files are"
            raise DataError([Problem(Place(str(path)), str(error), hint)]) from None

    def _held(self, name: str, columns: dict[str, Column], lines: Array, file: str, key: str = KEY) -> Table:
        count = len(lines)
        for missing in self.stage.inputs[name].columns:
            columns.setdefault(missing, Text.missing(count))
        subject = columns.get(key)
        codes = subject_codes(subject if isinstance(subject, Text) else None, self.names, count)
        return Table(name, columns, count, codes, lines, records_of(name, columns), file, False)
