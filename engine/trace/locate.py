"""Which record of a run a record of a file is: the file holds them sorted by the key variables of the dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.columns import Column, concat
from engine.run import Run
from engine.sorting import dense_ranks
from engine.trace.node import cell

Value = float | str | bool | None


def in_order(run: Run, dataset: str) -> list[tuple[str, int]]:
    """The records of a dataset, (block, row) of each, as its file holds them."""
    places = [(block, row) for block in run.blocks(dataset) for row in range(run.records(dataset, block).count)]
    keys = [(keys_of(run, dataset, name), False) for name in key_variables(run, dataset)]
    order = np.argsort(dense_ranks(keys, len(places)), kind="stable")
    return [places[place] for place in order.tolist()]


def key_variables(run: Run, dataset: str) -> list[str]:
    """The key variables by which the records of a file are sorted."""
    known = run.stage.spec.datasets.get(dataset)
    return [name for name in (known.key_variables if known else ()) if (dataset, name) in run.stage.types]


def keys_of(run: Run, dataset: str, name: str) -> Column:
    """A variable in all records of a dataset."""
    parts = [run.value(dataset, block, name) for block in run.blocks(dataset)]
    return concat(parts) if parts else np.empty(0)


def find(
    run: Run, dataset: str, place: int, keys: Mapping[str, Value], records: Sequence[tuple[str, int]]
) -> tuple[str, int] | None:
    """The record (block, row) that stands at `place` (from 0) among the `records` of the subject and has these keys.

    Where the run has other records than the file, the one with the same keys; None where there is none.
    """
    names = [name for name in key_variables(run, dataset) if name in keys]

    def same(block: str, row: int) -> bool:
        return all(cell(run.value(dataset, block, name), row) == keys[name] for name in names)

    if place < len(records) and same(*records[place]):
        return records[place]
    return next((record for record in records if same(*record)), None)
