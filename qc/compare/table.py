"""A dataset as a comparison sees it: what its file says of the variables, and their values column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from formats.coded import Coded

DATE, DATETIME, TIME = "date", "datetime", "time"
FRACTIONS_BELOW = 2.0**33
"""Seconds up to which a float64 tells microseconds apart: those of a moment until the year 2232."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers: float64, NaN missing; `special` holds the ASCII code of .A to .Z and ._, 0 elsewhere."""

    values: np.ndarray
    special: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> Numbers:
        """The values at `rows`, from 0."""
        return Numbers(self.values[rows], None if self.special is None else self.special[rows])


Values = Numbers | Coded


@dataclass(frozen=True)
class Variable:
    """What a file says of a variable; None is what its format cannot say.

    numeric: stored as numbers. kind: what the numbers are, DATE (days from 1960-01-01), DATETIME (seconds),
    TIME (seconds) or "". typed: False where the file states no types, so that every value is read as text.
    storage: the type in the words of the file, where it says more than number or text. length: bytes.
    """

    name: str
    numeric: bool
    kind: str = ""
    typed: bool = True
    storage: str | None = None
    length: int | None = None
    label: str | None = None
    format: str | None = None
    informat: str | None = None

    @property
    def type(self) -> str:
        """The type as SAS names it."""
        return "Num" if self.numeric else "Char"


@dataclass(frozen=True, eq=False)
class Raw:
    """The records of a file as they stand: uint8, one line per record, and where each variable lies in it.

    block: reads some variables in records that follow each other. Raises TableError.
    """

    area: np.ndarray
    spans: Mapping[str, tuple[int, int]]
    block: Callable[[Sequence[str], slice], Mapping[str, Values]]


Load = Callable[[Sequence[str], "np.ndarray | None"], Mapping[str, Values]]


@dataclass(frozen=True, eq=False)
class Table:
    """A dataset: its attributes, and `load`, which reads some variables in all records or in those at some rows.

    source: the format of its file, "" where that states no types.
    trailing_blanks: does the format tell a trailing blank from none? SAS formats do not. empty_texts: does it
    tell a text of no characters from a missing one? SAS formats and delimited text do not. keys: the key
    variables that the file itself names. notes: what a reader had to say; `load` may add to it. kept: the records
    that a subset kept, None for all.
    """

    name: str
    rows: int
    variables: tuple[Variable, ...]
    load: Load
    source: str = ""
    path: str = ""
    label: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    trailing_blanks: bool = False
    empty_texts: bool = False
    keys: tuple[str, ...] = ()
    raw: Raw | None = None
    notes: list[str] = field(default_factory=list)
    kept: np.ndarray | None = None

    @cached_property
    def by_name(self) -> dict[str, Variable]:
        """The variables by name, in the order of the file."""
        return {variable.name: variable for variable in self.variables}

    def columns(self, names: Iterable[str], rows: np.ndarray | None = None) -> dict[str, Values]:
        """The columns of some variables, in all records or in those at `rows`."""
        wanted = list(dict.fromkeys(names))
        return dict(self.load(wanted, self.file_rows(rows))) if wanted else {}

    def file_rows(self, rows: np.ndarray | None) -> np.ndarray | None:
        """Where in the file, from 0, the records at `rows` stand; None for every record of the file."""
        if self.kept is None:
            return rows
        return self.kept if rows is None else self.kept[rows]

    def subset(self, holds: np.ndarray) -> Table:
        """The records for which `holds` is True; their numbers stay those of the file."""
        rows = np.flatnonzero(holds)
        return replace(self, rows=len(rows), kept=self.file_rows(rows))

    def cached(self) -> Table:
        """The same table, which keeps the columns that it has read, where its file gives no single records."""
        if self.raw is not None:
            return self
        known: dict[str, Values] = {}

        def load(names: Sequence[str], rows: np.ndarray | None) -> dict[str, Values]:
            known.update(self.load([name for name in names if name not in known], None))
            return {name: known[name] if rows is None else known[name].take(rows) for name in names}

        return replace(self, load=load)

    def record(self, row: int) -> int:
        """The number in the file, from 1, of a record."""
        return int(row if self.kept is None else self.kept[row]) + 1


def in_memory(columns: Mapping[str, Values]) -> Load:
    """`load` of columns that a reader holds in memory."""
    return lambda names, rows: {
        name: columns[name] if rows is None else columns[name].take(rows) for name in names
    }
