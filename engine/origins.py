"""Where records come from: the row of a table behind each, and the submitted record behind a picked row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, Text, concat, take
from specs.compiled import Block
from specs.rules import prefix

if TYPE_CHECKING:
    from engine.records import Records
    from engine.run import Run

Found = tuple[Text, Array]


def table_rows(run: Run, block: Block, rows: Array) -> Found:
    """The tables (their names) and the row positions in them behind source rows of a block.

    A source that is a dataset or a block of the stage hands on the rows that its own records came from.
    """
    if not block.own_source and block.source not in run.stage.blocks:
        return Text.constant(block.source, len(rows)), rows
    dataset = block.dataset if block.own_source else block.source
    found = run.stage.blocks[dataset]
    names = [part.name for part in found if not block.own_source or block.source in part.names]
    parts = (run.records(dataset, name) for name in names)
    return _handed_on(parts, rows, lambda part, at: table_rows(run, part.block, part.rows[at]))


def submitted_records(run: Run, dataset: str, table: str, rows: Array) -> Found:
    """SRCDOM and SRCSEQ of rows of a table as seen from a dataset.

    A picked row of a working dataset hands on the source of its own row, so SRCDOM is a submitted dataset.
    """
    own = run.own_blocks(dataset, table)
    name = dataset if own else table
    known = run.stage.spec.datasets.get(name)
    if known is not None or name in run.tables:
        sequence = known.sequence if known is not None else sequence_of_input(run, name)
        if not sequence:
            return Text.constant(name, len(rows)), np.full(len(rows), np.nan)
        numbers = take(run.view(dataset, table).column(sequence), rows)
        assert not isinstance(numbers, Text)
        return Text.constant(name, len(rows)), numbers
    parts = (run.records(name, block) for block in own or run.blocks(name))
    names, numbers = _handed_on(
        parts, rows, lambda part, at: submitted_records(run, name, part.block.source, part.rows[at])
    )
    return names, numbers.astype(np.float64)  # numbers, also where there are no rows


def _handed_on(parts: Iterable[Records], rows: Array, find: Callable[[Records, Array], Found]) -> Found:
    """What `find` says of each row, where `rows` count through the records of several blocks."""
    names: list[Column] = [Text.missing(0)]
    numbers: list[Array] = [np.empty(0, np.int64)]
    places: list[Array] = [np.empty(0, np.int64)]
    start = 0
    for part in parts:
        mine = np.flatnonzero((rows >= start) & (rows < start + part.count))
        if len(mine):
            name, number = find(part, rows[mine] - start)
            names.append(name)
            numbers.append(number)
            places.append(mine)
        start += part.count
    back = np.argsort(np.concatenate(places))
    joined = take(concat(names), back)
    assert isinstance(joined, Text)
    return joined, np.concatenate(numbers)[back]


def sequence_of_input(run: Run, name: str) -> str:
    """The sequence variable of a dataset that the stage reads; "" where it has none."""
    columns = run.tables[name].columns
    return next((column for column in (f"{prefix(name)}SEQ", "ASEQ") if column in columns), "")
