"""Rows that an expression can refer to: a table that was read, or the records of a dataset or block so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from engine.columns import Array, Column, Text, take
from engine.lazy_text import take_all
from specs.problem import DataError, Place, Problem


class RowFault(Exception):
    """The data contradict a rule in one row; the caller adds the place of the rule."""


@contextmanager
def faults_at(place: Place) -> Iterator[None]:
    """Row faults that are found inside are those of the cell or row of the specification at `place`."""
    try:
        yield
    except RowFault as fault:
        raise DataError([Problem(place, str(fault))]) from None


@dataclass
class Table:
    """A table as it was taken in. `subject` are codes into the study's subjects, -1 for a look-up.

    `lines` are the rows' lines in the file; `records` their identifiers in it (RECID) where there is one; `positions`
    their numbers in it, from 0: what tells rows on one line apart, and orders them.
    """

    name: str
    columns: Mapping[str, Column]
    count: int
    subject: Array
    lines: Array
    records: Column | None = None
    file: str = ""
    raw: bool = True
    positions: Array = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.positions) != self.count:
            self.positions = np.arange(self.count)


def select(table: Table, rows: Array) -> Table:
    """The table with some of its rows."""
    columns = take_all(table.columns, rows)
    records = take(table.records, rows) if table.records is not None else None
    chosen = {name: getattr(table, name)[rows] for name in ("subject", "lines", "positions")}
    return replace(table, columns=columns, count=len(rows), records=records, **chosen)


class View:
    """Rows of a table, a dataset or a block: `subject` codes, and columns found when asked for."""

    def __init__(self, name: str, count: int, subject: Array, column: Callable[[str], Column]) -> None:
        self.name, self.count, self.subject = name, count, subject
        self._column = column
        self._known: dict[str, Column] = {}
        self._rows_of: Array | None = None
        # of rows of the whole study, where a stage is run on parts of it: who `subject` are, and the lines of the file
        self.names: Array | None = None
        self.lines: Array | None = None

    def column(self, name: str) -> Column:
        if name not in self._known:
            self._known[name] = self._column(name)
        return self._known[name]

    def forget(self) -> None:
        """Let go of the columns that were found; they are found again when asked for."""
        self._known.clear()

    def row_of_subject(self, subjects: int, names: Array) -> Array:
        """The one row of each subject, -1 for none. Raises RowFault for a subject with two."""
        if self._rows_of is None:
            found = np.full(subjects + 1, -1, np.int64)
            usable = self.subject >= 0
            found[self.subject[usable]] = np.flatnonzero(usable)
            counts = np.bincount(self.subject[usable], minlength=subjects)
            if len(counts) and counts.max() > 1:
                who = names[int(np.flatnonzero(counts > 1)[0])]
                raise RowFault(f"{self.name} has {counts.max()} rows for subject {who!r} where one is expected")
            self._rows_of = found
        return self._rows_of


def table_view(table: Table, subjects: Text) -> View:
    """A table as rows to refer to; USUBJID is the subject key where the table has no such column."""

    def column(name: str) -> Column:
        if name == "USUBJID" and name not in table.columns:
            return subjects.take(table.subject.astype(np.int64))
        return table.columns[name]

    return View(table.name, table.count, table.subject, column)
