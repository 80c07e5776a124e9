"""Which records break a rule: asked of blocks of the records where a rule looks at no more, else of whole columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.columns import Array
from engine.evaluate import condition
from engine.views import RowFault
from language.tree import Column
from qc.conformance.compiled import Bound
from qc.conformance.context import RuleContext
from qc.conformance.data import Data, Dataset
from qc.conformance.metadata import Measured
from qc.conformance.reach import in_blocks, may_fault, nodes_of
from qc.conformance.records import Records, blocks, give_back

# Of whole columns that are in memory at one time, for the rules that look at them.
WHOLE_BYTES = 1 << 27


@dataclass
class Hits:
    """How many records a rule looked at, and which of them break it, a bit for each; or why it could not be run."""

    checked: int = 0
    fault: str = ""
    parts: list[tuple[int, int, Array]] = field(default_factory=list)

    def add(self, where: Array, hits: Array, start: int = 0) -> None:
        """Take a block of records, before which there are `start`."""
        self.checked += int(where.sum())
        if hits.any():
            self.parts.append((start, len(hits), np.packbits(hits)))

    def rows(self) -> Array:
        """The records that break the rule, from 0."""
        found = [np.flatnonzero(np.unpackbits(bits, count=count)) + start for start, count, bits in self.parts]
        return np.concatenate(found) if found else np.empty(0, np.int64)


def evaluated(
    item: Bound, context: RuleContext, mine: Array | None = None, always: bool = False
) -> tuple[Array, Array]:
    """The rows that a rule looks at, and those of them that break it. mine: the rows that it may look at.

    always: evaluate the condition also where the rule looks at no row. Raises RowFault.
    """
    where = condition(item.where, context)
    where = where if mine is None else where & mine
    hits = np.zeros(context.count, bool)
    if always or where.any():
        hits = where & ~condition(item.condition, context)
    return where, hits


@dataclass
class Judge:
    """Asks the rules of a dataset. wanted: the columns, as (table, name), that rules on other tables read."""

    data: Data
    wanted: set[tuple[str, str]]

    def of_dataset(self, dataset: Dataset, items: Sequence[Bound], measured: Measured | None) -> list[Hits]:
        """What each of the rules finds; and the records, taken by `measured`."""
        parts, aligned = blocks(dataset)
        found = [Hits() for _ in items]
        if len(parts) == 1:
            if measured is not None:
                measured.add(dataset)
            for item, hits in zip(items, found, strict=True):
                self._whole(dataset, item, hits)
            return found
        near = [number for number, item in enumerate(items) if in_blocks(item, self.data, dataset, aligned)]
        chosen = {number: items[number] for number in near}
        left = self._of_blocks(dataset, parts, aligned, chosen, found, measured)
        rest = [number for number in range(len(items)) if number not in near or number in left]
        for batch in _batches(dataset, {number: items[number] for number in rest}):
            dataset.load(sorted({name for number in batch for name in _named(dataset, items[number])}))
            for number in batch:
                found[number] = Hits()
                self._whole(dataset, items[number], found[number])
            self.let_go(dataset)
        return found

    def _of_blocks(
        self, dataset: Dataset, parts: Sequence[slice], aligned: bool, items: dict[int, Bound],
        found: Sequence[Hits], measured: Measured | None,
    ) -> set[int]:  # fmt: skip
        """Ask rules of one block after the other; those that meet a fault, whose words depend on all records."""
        named = {name for item in items.values() for name in _named(dataset, item)}
        named |= set(measured.facts if measured is not None else ())
        always = {number: may_fault(item.condition) for number, item in items.items()}
        left: set[int] = set()
        reads = self._reads(items.values())
        for part in parts:
            records = Records(dataset, part, aligned, reads)
            records.load(name for name in dataset.types if name in named)
            if measured is not None:
                measured.add(records)
            context = RuleContext(self.data, records)
            for number, item in items.items():
                try:
                    if number not in left:
                        found[number].add(*evaluated(item, context, always=always[number]), part.start)
                except RowFault:
                    left.add(number)
            give_back(records)
        return left

    def _reads(self, items: Iterable[Bound]) -> dict[str, list[str]]:
        """The columns of other datasets that rules read."""
        found: dict[str, list[str]] = {}
        for table, name in sorted({pair for item in items for pair in item.reads}):
            if table in self.data.datasets and name in self.data.datasets[table].types:
                found.setdefault(table, []).append(name)
        return found

    def _whole(self, dataset: Dataset, item: Bound, found: Hits) -> None:
        try:
            found.add(*evaluated(item, RuleContext(self.data, dataset)))
        except RowFault as fault:
            found.fault = str(fault)

    def let_go(self, *datasets: Dataset) -> None:
        """Forget the columns of some datasets, or of all, but those of small ones that are read again."""
        for dataset in datasets or self.data.datasets.values():
            dataset.release(name for table, name in self.wanted if dataset.small and table == dataset.name)
            give_back(dataset)


def _named(dataset: Dataset, item: Bound) -> set[str]:
    """The columns of its own dataset that a rule reads."""
    own = (node.name for node in nodes_of(item) if isinstance(node, Column) and node.kind == "own")
    return {name for name in own if name in dataset.types}


def _batches(dataset: Dataset, items: dict[int, Bound]) -> Iterator[list[int]]:
    """Rules whose columns are in memory together: those that share columns follow each other, and one that asks for a
    column that no file holds is by itself."""
    most = max(1, WHOLE_BYTES // (8 * dataset.count))
    batch: list[int] = []
    columns: set[str] = set()
    for number in sorted(items, key=lambda one: sorted(_named(dataset, items[one]))):
        more = _named(dataset, items[number])
        if batch and (len(columns | more) > most or not columns):
            yield batch
            batch, columns = [], set()
        batch.append(number)
        columns |= more
    if batch:
        yield batch
