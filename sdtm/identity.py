"""One person, several numbers: subject keys under the first number that a person had (Previous of Tables)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.columns import Text, distinct, missing
from engine.views import Table, faults_at
from sdtm.raw_tables import texts_of
from specs.compiled import CompiledTable
from specs.model import Table as TableRow
from specs.problem import DataError, Problem


class EarlierNumbers:
    """The earlier number of each subject key, from every table that states one."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[str, TableRow]] = {}

    def add(self, row: TableRow, compiled: CompiledTable, table: Table, subject: Text | None) -> None:
        """Read a table. Raises DataError for a number with two different earlier ones."""
        with faults_at(row.at("Previous")):
            previous = texts_of(compiled.previous, table)
        if previous is None or subject is None:
            return
        given = np.flatnonzero(~missing(previous) & ~missing(subject))
        pairs = [column.take(given) for column in (subject, previous)]
        first, _ = distinct(pairs, len(given))
        for now, before in zip(*(column.take(first).objects().tolist() for column in pairs)):
            known = self._before.setdefault(now, (before, row))[0]
            if known != before:
                what = f"subject {now!r} has two earlier numbers, {known!r} and {before!r}"
                raise DataError([Problem(row.at("Previous"), what, "correct the raw data")])

    def resolved(self, keys: Mapping[str, Text | None]) -> dict[str, Text | None]:
        """Subject keys of every table under first numbers. Raises DataError for numbers that lead in a circle."""
        first = {name: self._first(name) for name in self._before}
        return {table: _renamed(column, first) if column is not None else None for table, column in keys.items()}

    def renamed(self, column: Text) -> Text:
        """Subject keys of some rows under first numbers, once every table was added."""
        return _renamed(column.compact(), {name: self._first(name) for name in self._before})

    def _first(self, name: str) -> str:
        seen = [name]
        while name in self._before:
            name, row = self._before[name]
            if name in seen:
                circle = " <- ".join(repr(number) for number in [*seen, name])
                raise DataError([Problem(row.at("Previous"), f"the earlier numbers lead in a circle: {circle}")])
            seen.append(name)
        return name


def _renamed(column: Text, first: Mapping[str, str]) -> Text:
    if not first:
        return column
    names = [first.get(name, name) for name in column.dictionary.values.tolist()]
    return Text.coded(column.codes, np.array(names, dtype=object))
