"""The records of one dataset, measured: every fact of a column, or of a slice of it, taken once and kept.

What define.xml states of a dataset and what is checked of it rest on the same measures. They cost what the distinct
values cost; records are only looked up by the codes of their values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from define.distinct import Column, column_of, combined, distinct
from define.facts import Facts
from define.where_clause import RangeCheck

Checks = tuple[RangeCheck, ...]


@dataclass(frozen=True)
class FileAttributes:
    """What a transport file says of itself: the label of the dataset; by variable label, bytes and display format.

    `lengths` has texts alone: a number always takes 8 bytes. encoding: that of the texts.
    """

    label: str
    labels: Mapping[str, str]
    lengths: Mapping[str, int]
    formats: Mapping[str, str]
    encoding: str = "utf-8"


@dataclass
class Measured:
    """A dataset: its records, and the attributes of its file where there is one."""

    frame: pd.DataFrame
    file: FileAttributes | None = None
    _columns: dict[str, Column] = field(default_factory=dict, repr=False)
    _facts: dict[str, Facts] = field(default_factory=dict, repr=False)
    _slices: dict[tuple[str, str], Mapping[str, Facts]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        """The variables in the order of the file."""
        return [str(name) for name in self.frame.columns]

    def column(self, variable: str) -> Column:
        """The codes and distinct values of a variable."""
        if variable not in self._columns:
            encoding = self.file.encoding if self.file else "utf-8"
            self._columns[variable] = replace(column_of(self.frame[variable]), encoding=encoding)
        return self._columns[variable]

    def facts(self, variable: str) -> Facts:
        """The facts of a variable."""
        if variable not in self._facts:
            column = self.column(variable)
            self._facts[variable] = column.facts(column.codes)
        return self._facts[variable]

    def facts_by(self, key: str, variable: str) -> Mapping[str, Facts]:
        """The facts of a variable in the records of each value of `key`, sorted by it as text."""
        if (key, variable) not in self._slices:
            self._slices[key, variable] = _grouped(self.column(key), self.column(variable))
        return self._slices[key, variable]

    def facts_where(self, variable: str, checks: Checks) -> Facts | None:
        """The facts of a variable in the records where every check holds; None if there are no such records."""
        check = checks[0] if len(checks) == 1 else None
        known = check and check.comparator == "EQ" and check.variable in self.frame.columns and check.values != ("",)
        if check and known and not self.column(check.variable).numeric:
            return self.facts_by(check.variable, variable).get(check.values[0])
        mask = self.where(checks)
        column = self.column(variable)
        return column.facts(column.codes[mask]) if mask.any() else None

    def where(self, checks: Checks) -> np.ndarray:
        """True for the records where every check holds; checks on variables of other datasets are passed over."""
        mask = np.ones(len(self.frame), dtype=bool)
        for check in checks:
            if check.variable in self.frame.columns:
                column = self.column(check.variable)
                mask &= column.meets(check)[column.codes]
        return mask

    def repeated(self, keys: Sequence[str]) -> np.ndarray:
        """True for the records whose keys an earlier record has; a missing key is a value of its own."""
        numbers = combined([self.column(key) for key in keys], np.arange(len(self.frame)))
        return pd.Series(numbers).duplicated().to_numpy()

    def chosen(self, variable: str, clauses: Sequence[Checks]) -> tuple[np.ndarray, np.ndarray]:
        """(positions of the records with a value of `variable`, how many of the clauses choose each of them).

        The clauses are asked once of each combination of values of the variables that they name.
        """
        records = np.flatnonzero(self.column(variable).present)
        named = dict.fromkeys(check.variable for clause in clauses for check in clause)
        asked = [self.column(name) for name in named if name in self.frame.columns]
        kinds, first, kind = np.unique(combined(asked, records), return_index=True, return_inverse=True)
        examples = Measured(self.frame.iloc[records[first]].reset_index(drop=True))
        times = sum((examples.where(clause).astype(int) for clause in clauses), np.zeros(len(kinds), dtype=int))
        return records, times[kind]


def as_measured(frames: Mapping[str, pd.DataFrame] | Mapping[str, Measured]) -> dict[str, Measured]:
    """Datasets by name, measured; what is measured already is kept as it is."""
    return {name: data if isinstance(data, Measured) else Measured(data) for name, data in frames.items()}


def _grouped(key: Column, column: Column) -> Mapping[str, Facts]:
    width = len(column.values) + 1
    keyed = key.present
    numbers = key.codes[keyed].astype(np.int64) * width + column.codes[keyed] + 1
    pairs = distinct(numbers, len(key.values) * width)
    edges = np.searchsorted(pairs, np.arange(len(key.values) + 1) * width)
    order = sorted(range(len(key.values)), key=lambda code: str(key.values[code]))
    slices = {code: pairs[edges[code] : edges[code + 1]] % width - 1 for code in order}
    return {str(key.values[code]): column.facts(codes) for code, codes in slices.items() if len(codes)}
