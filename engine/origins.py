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
        sequence = known.sequence if known is not None else _sequence_of_input(run, name)
        if not sequence:
            return Text.constant(name, len(rows)), np.full(len(rows), np.nan)
        numbers = take(run.view(dataset, table).column(sequence), rows)
        assert not isinstance(numbers, Text)
        return Text.constant(name, len(rows)), numbers
    parts = (run.records(name, block) for block in own or run.blocks(name))
    return _handed_on(parts, rows, lambda part, at: submitted_records(run, name, part.block.source, part.rows[at]))


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


def order_keys(run: Run, dataset: str, block: str, rows: Array) -> Array:
    """Numbers that order records of a dataset as the whole study has them, one line per record of `rows` of a block.

    Records follow each other block by block, in a block as their source rows do; rows of a file as they stand in it. So
    parts of a study, each with some of the subjects, can be put together in the order in which one run has the records.
    """
    records = run.records(dataset, block)
    number = np.full(len(rows), run.blocks(dataset).index(block))
    source = _source_keys(run, records.block, records.rows[rows])
    return np.column_stack([number, source, rows])


def _source_keys(run: Run, block: Block, rows: Array) -> Array:
    """As `order_keys` for source rows of a block."""
    if not block.own_source and block.source not in run.stage.blocks:
        return run.tables[block.source].positions[rows][:, None]
    dataset = block.dataset if block.own_source else block.source
    names = run.own_blocks(dataset, block.source) if block.own_source else run.blocks(dataset)
    found: list[tuple[Array, Array]] = []
    start = 0
    for name in names:
        count = run.records(dataset, name).count
        mine = np.flatnonzero((rows >= start) & (rows < start + count))
        found.append((mine, order_keys(run, dataset, name, rows[mine] - start)))
        start += count
    keys = np.zeros((len(rows), max((part.shape[1] for _, part in found), default=1)), np.int64)
    for mine, part in found:
        keys[mine, : part.shape[1]] = part
    return keys


def _sequence_of_input(run: Run, name: str) -> str:
    columns = run.tables[name].columns
    return next((column for column in (f"{prefix(name)}SEQ", "ASEQ") if column in columns), "")
