"""Some records of a dataset, and the blocks of them in which a large one is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from engine.columns import Array, Column, Rows, at
from engine.views import View
from formats.mapped import release
from qc.conformance.data import Dataset

# Of records of a transport file that are looked at in one block, and the most and fewest of them.
BLOCK_BYTES, MOST, FEWEST = 1 << 25, 1 << 16, 1 << 10
# So many blocks may be as one, where a subject has more records than a block.
LARGEST = 4


class Records:
    """Some records of a dataset, as rules see them: the same names and types, the values of these records alone.

    rows: where they stand in the dataset. What of the dataset is in memory is taken from there, the rest is read.
    aligned: all records of their subjects are among them. reads: columns of other datasets that rules on these records
    look at, by dataset.
    """

    def __init__(
        self, own: Dataset, rows: Rows, aligned: bool = False, reads: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.own, self.rows, self.aligned, self.reads = own, rows, aligned, reads or {}
        self.subject: Array = own.subject[rows]
        self.count = len(self.subject)
        self.name, self.kind, self.types, self.virtual = own.name, own.kind, own.types, own.virtual
        self._columns: dict[str, Column] = {}
        self._near: dict[str, Records] = {}

    @property
    def start(self) -> int:
        """How many records stand before the first."""
        return self.rows.start if isinstance(self.rows, slice) else 0

    def type_of(self, name: str) -> str | None:
        """The type of a column, as the dataset has it."""
        return self.own.type_of(name)

    def column(self, name: str) -> Column:
        """The values of a column."""
        if name not in self._columns:
            self.load([name])
        return self._columns[name]

    def load(self, names: Iterable[str]) -> None:
        """Read columns that will be asked for together. Raises TableError."""
        new = [name for name in names if name not in self._columns]
        wanted = [name for name in new if name not in self.virtual and not self.own.holds(name)]
        if wanted:
            self._columns |= self.own.read(wanted, self.rows)
        self._columns |= {name: self._found(name) for name in new if name not in self._columns}

    def _found(self, name: str) -> Column:
        virtual = self.virtual.get(name)
        if virtual is not None and (not virtual.alike or (virtual.subject and self.aligned)):
            return virtual.values(self)
        return at(self.own.column(name), self.rows)

    def numbers(self) -> Array:
        """The numbers of the records in the file, from 1."""
        if isinstance(self.rows, slice):
            return np.arange(self.rows.start + 1.0, self.rows.stop + 1.0)
        return self.rows + 1.0

    def near(self, other: Dataset) -> Dataset | Records:
        """Of another dataset at least the records of the same subjects: those alone where it is ordered by subject."""
        if not other.by_subject or not self.count:
            return other
        if other.name not in self._near:
            ends = np.searchsorted(other.subject, [self.subject.min(), self.subject.max() + 1])
            found = Records(other, slice(int(ends[0]), int(ends[1])), aligned=True)
            if other.small:
                other.load(self.reads.get(other.name, ()))
            found.load(self.reads.get(other.name, ()))
            self._near[other.name] = found
        return self._near[other.name]

    def others(self) -> list[Records]:
        """Those of other datasets that were looked at."""
        return list(self._near.values())

    def view(self) -> View:
        """The records as rows to refer to."""
        return View(self.name, self.count, self.subject, self.column)


def rows_at_once(dataset: Dataset) -> int:
    """How many records are looked at in one block: of what is not read from a transport file, all."""
    if dataset.table.raw is None or dataset.table.kept is not None:
        return max(dataset.count, 1)
    return min(max(BLOCK_BYTES // max(dataset.table.raw.area.shape[1], 1), FEWEST), MOST)


def blocks(dataset: Dataset) -> tuple[list[slice], bool]:
    """The dataset in blocks of records; and whether no subject is in two of them, so that what looks at the records
    of one subject may look at one block."""
    rows, count = rows_at_once(dataset), dataset.count
    if count <= rows:
        return [slice(0, count)], True
    starts = np.append(0, np.flatnonzero(dataset.subject[1:] != dataset.subject[:-1]) + 1)
    subjects = np.count_nonzero(np.bincount(dataset.subject + 1))
    edges = np.append(starts, count)
    if len(starts) > subjects or np.diff(edges).max() > LARGEST * rows:
        return [slice(start, min(start + rows, count)) for start in range(0, count, rows)], False
    found = []
    start = 0
    while start < count:
        place = int(np.searchsorted(edges, start + rows, side="right")) - 1
        stop = int(edges[place] if edges[place] > start else edges[place + 1])
        found.append(slice(start, stop))
        start = stop
    return found, True


def give_back(own: Dataset | Records) -> None:
    """Give back the memory of the file, and of those of records near these, whose pages were touched."""
    if isinstance(own, Records):
        for other in own.others():
            give_back(other)
        own = own.own
    if own.table.raw is not None:
        release(own.table.raw.area)
