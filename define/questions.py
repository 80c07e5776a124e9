"""What may be asked of the records of a dataset, each answered in one pass over blocks of them.

A question says which columns it needs; `tally` begins its answer, which takes the blocks in their order. An answer
holds distinct values and counts, never records, so that it is as large for many records as for few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from define.distinct import Checks, Column, combined, distinct, where
from define.facts import Facts
from define.repeated import Ordered
from define.values_seen import Seen, seen

Block = Mapping[str, Column]
# Up to so many kinds of records, a table of all of them is quicker than looking which there are.
_TABLE = 1 << 16


@dataclass(frozen=True)
class Kept:
    """How distinct values are kept: the encoding of texts, the most values of a column (None for all of them), and
    which columns are of numbers."""

    encoding: str
    limit: int | None
    numeric: frozenset[str]

    def seen(self, variable: str) -> Seen:
        """Nothing seen yet of a variable."""
        return seen(variable in self.numeric, self.encoding, self.limit)


class Tally(Protocol):
    """An answer on its way: `add` takes the columns of a block and the number of records before it."""

    def add(self, block: Block, start: int) -> None: ...

    def made(self) -> Any: ...


class Question(Protocol):
    """A question: the columns that it needs, and an answer that has seen nothing yet."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    def tally(self, kept: Kept) -> Tally: ...


# --- values ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Values:
    """The facts of a variable, and in how many records it is missing."""

    variable: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.variable,)

    def tally(self, kept: Kept) -> Tally:
        return _Values(self.variable, kept.seen(self.variable))


@dataclass
class _Values:
    variable: str
    seen: Seen
    missing: int = 0

    def add(self, block: Block, start: int) -> None:
        column = block[self.variable]
        self.seen.add(column.at(column.codes))
        self.missing += int((column.codes < 0).sum())

    def made(self) -> tuple[Facts, int]:
        return self.seen.facts(), self.missing


@dataclass(frozen=True)
class Slices:
    """The facts of a variable in the records of each value of `key`, sorted by it as text."""

    key: str
    variable: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.key, self.variable)

    def tally(self, kept: Kept) -> Tally:
        return _Slices(self.key, self.variable, kept)


@dataclass
class _Slices:
    key: str
    variable: str
    kept: Kept
    seen: dict[Any, Seen] = field(default_factory=dict)

    def add(self, block: Block, start: int) -> None:
        for value, values in _grouped(block[self.key], block[self.variable]):
            if value not in self.seen:
                self.seen[value] = self.kept.seen(self.variable)
            self.seen[value].add(values)

    def made(self) -> dict[str, Facts]:
        return {str(value): self.seen[value].facts() for value in sorted(self.seen, key=str)}


def _grouped(key: Column, column: Column) -> Iterable[tuple[Any, np.ndarray]]:
    """Each value of `key` in the records with the distinct values of the column beside it."""
    width = len(column.values) + 1
    keyed = key.present
    numbers = key.codes[keyed].astype(np.int64) * width + column.codes[keyed] + 1
    pairs = distinct(numbers, len(key.values) * width)
    edges = np.searchsorted(pairs, np.arange(len(key.values) + 1) * width)
    for code, value in enumerate(key.values):
        codes = pairs[edges[code] : edges[code + 1]] % width - 1
        if len(codes):
            yield value, column.values[codes[codes >= 0]]


@dataclass(frozen=True)
class ValuesWhere:
    """The facts of a variable in the records where every check holds; None if there are no such records."""

    variable: str
    checks: Checks

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.variable, *(check.variable for check in self.checks))

    def tally(self, kept: Kept) -> Tally:
        return _ValuesWhere(self, kept.seen(self.variable))


@dataclass
class _ValuesWhere:
    asked: ValuesWhere
    seen: Seen
    met: bool = False

    def add(self, block: Block, start: int) -> None:
        column = block[self.asked.variable]
        mask = where(block, self.asked.checks, len(column.codes))
        if mask.any():
            self.met = True
            self.seen.add(column.at(column.codes[mask]))

    def made(self) -> Facts | None:
        return self.seen.facts() if self.met else None


# --- kinds of records -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """The records that agree in some variables: these values (None for missing), how many they are, and the position
    of the first among all records."""

    values: tuple[Any, ...]
    count: int
    first: int


@dataclass(frozen=True)
class Kinds:
    """The kinds of the records that have a value of a variable, by the values of some other variables."""

    variable: str
    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.variable, *self.names)

    def tally(self, kept: Kept) -> Tally:
        return _Kinds(self)


@dataclass
class _Kinds:
    asked: Kinds
    found: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)

    def add(self, block: Block, start: int) -> None:
        columns = [block[name] for name in self.asked.names]
        records = np.flatnonzero(block[self.asked.variable].present)
        if not len(records):
            return
        for record, count in zip(*counted(combined(columns, records))):
            place = records[record]
            values = tuple(column.values[code] if (code := column.codes[place]) >= 0 else None for column in columns)
            before, first = self.found.get(values, (0, start + int(place)))
            self.found[values] = before + int(count), first

    def made(self) -> list[Kind]:
        return [Kind(values, *found) for values, found in self.found.items()]


def counted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each different number the first position that holds it, and how many do.

    >>> [part.tolist() for part in counted(np.array([7, 2, 7]))]
    [[1, 0], [1, 2]]
    """
    size = int(numbers.max(initial=0)) + 1
    if size > max(_TABLE, len(numbers)):
        _, first, counts = np.unique(numbers, return_index=True, return_counts=True)
        return first, counts
    counts = np.bincount(numbers, minlength=size)
    places = np.zeros(size, np.int64)
    places[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    used = np.flatnonzero(counts)
    return places[used], counts[used]


def columns_of_kinds(kinds: Sequence[Kind], names: Sequence[str], numeric: frozenset[str]) -> dict[str, Column]:
    """The values of kinds as columns, one place for each kind."""
    found = {}
    for place, name in enumerate(names):
        codes: dict[Any, int] = {}
        given = [kind.values[place] for kind in kinds]
        numbers = [-1 if value is None else codes.setdefault(value, len(codes)) for value in given]
        found[name] = Column(np.array(numbers, np.int64), np.array([*codes], float if name in numeric else object))
    return found


@dataclass(frozen=True)
class InOrder:
    """Whether the records stand in the order of some keys, no two alike."""

    keys: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.keys

    def tally(self, kept: Kept) -> Tally:
        return Ordered(self.keys)
