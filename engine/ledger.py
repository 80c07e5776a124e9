"""The ledger: every row is kept, left out by a named rule, or merged; a raw row that none accounts for is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.columns import Array
from engine.records import Records
from engine.run import Run
from engine.table_use import tables_read
from specs.blocks import NONE_ROWS
from specs.problem import DataError, Place, Problem

THROUGH_JOINS = "rows read through joins and aggregates only"
UNREAD = "rows read by nothing"
COLUMNS = ("Stage", "Table", "Dataset", "Block", "Step", "Rows")


@dataclass
class _Lines:
    """The lines of the ledger so far, and what does not add up."""

    stage: str
    tables_read: set[str] = field(default_factory=set)
    rows: list[tuple[str, str, str, str, str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, table: str, dataset: str, block: str, step: str, rows: int) -> None:
        self.rows.append((self.stage, table, dataset, block, step, rows))


def ledger(run: Run, read: Mapping[str, int], steps: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """The ledger of a stage: intake of each raw table, then each block against its From.

    `read` and `steps` count the rows of intake; blocks are counted here. Raises DataError for rows of a raw table
    that feed no dataset, are not merged and stand in no `none` row.
    """
    lines = _Lines(run.stage.spec.stage, tables_read(run.stage))
    for name, table in run.tables.items():
        if table.raw:
            _intake(run, name, read.get(name, table.count), steps.get(name, {}), lines)
            _raw_blocks(run, name, lines)
        else:
            if name in steps:
                _intake(run, name, read[name], steps[name], lines)
            for dataset, group, parts in _groups(run, name):
                _block(run, name, dataset, group, parts, lines)
    for source in run.stage.blocks:
        for dataset, group, parts in _groups(run, source):
            _block(run, source, dataset, group, parts, lines)
    for dataset, blocks in run.stage.blocks.items():
        for source in dict.fromkeys(block.source for block in blocks if block.own_source):
            for _, group, parts in _groups(run, source, dataset):
                _block(run, f"{dataset} {source}", dataset, group, parts, lines)
    if lines.problems:
        raise DataError(lines.problems)
    return pd.DataFrame(lines.rows, columns=list(COLUMNS))


def _intake(run: Run, name: str, total: int, steps: Mapping[str, int], lines: _Lines) -> None:
    kept = run.tables[name].count
    lines.add(name, "", "", "rows read", total)
    for step, count in steps.items():
        lines.add(name, "", "", f"left out: {step}", count)
    lines.add(name, "", "", "rows kept", kept)
    dropped = sum(steps.values())
    if total != kept + dropped:
        what = f"{name}: {total} rows were read, but {kept} kept and {dropped} left out"
        row = run.stage.spec.tables.get(name)
        lines.problems.append(Problem(row.place if row else Place(run.tables[name].file), what))


def _groups(run: Run, source: str, within: str = "") -> Iterator[tuple[str, str, list[Records]]]:
    """The blocks made from a source: dataset, name, records; the wide tests of a block are one.

    `within`: the source is a block of that dataset.
    """
    for dataset, blocks in run.stage.blocks.items():
        if within and dataset != within:
            continue
        mine = [block for block in blocks if block.source == source and block.own_source == bool(within)]
        for group in dict.fromkeys(block.group for block in mine):
            yield dataset, group, [run.records(dataset, block.name) for block in mine if block.group == group]


def _block(run: Run, table: str, dataset: str, group: str, parts: list[Records], lines: _Lines) -> Array:
    """The lines of one block; marks the rows that it used or that a rule other than its Where left out."""
    fed: Array = np.logical_or.reduce([part.fed for part in parts])
    label = group.partition("#")[0] if dataset == NONE_ROWS else group
    accounted = fed.copy()
    for step, rows in _left_out([part.dropped for part in parts], fed).items():
        rule = _where(run, dataset, parts) if step == "Where" else step
        lines.add(table, dataset, label, f"left out: {rule}", int(rows.sum()))
        if step != "Where":
            accounted |= rows
    lines.add(table, dataset, label, "rows used", int(fed.sum()))
    lines.add(table, dataset, label, "records", sum(part.count for part in parts))
    return accounted


def _where(run: Run, dataset: str, parts: list[Records]) -> str:
    """The step of Where, with the condition where it is one for all blocks of the group."""
    parameters = {(row.dataset, row.paramcd): row.where for row in run.stage.spec.parameters}
    blocks = [part.block for part in parts]
    texts = {block.row.where if block.row else parameters.get((dataset, block.name), "") for block in blocks}
    one = len(texts) == 1 and not any(test.where for block in blocks for test in block.tests)
    return f"Where: {text}" if one and (text := texts.pop()) else "Where"


def _left_out(parts: list[dict[str, Array]], fed: Array) -> dict[str, Array]:
    """Rows that no block of a group used, by the first rule that left them out."""
    found: dict[str, Array] = {}
    seen = fed.copy()
    for part in parts:
        for step, rows in part.items():
            new = rows & ~seen
            found[step] = found[step] | new if step in found else new
            seen |= new
    return found


def _raw_blocks(run: Run, name: str, lines: _Lines) -> None:
    table = run.tables[name]
    accounted = np.zeros(table.count, bool)
    used = False
    for dataset, group, parts in _groups(run, name):
        used = True
        accounted |= _block(run, name, dataset, group, parts, lines)
    if not used:
        lines.add(name, "", "", THROUGH_JOINS if name in lines.tables_read else UNREAD, table.count)
        return
    lost = np.flatnonzero(~accounted)
    lines.add(name, "", "", "unaccounted", len(lost))
    if len(lost):
        shown = ", ".join(str(int(line)) for line in table.lines[lost[:5]])
        what = f"{len(lost)} rows of {table.file} reach no dataset (lines {shown}{' ...' if len(lost) > 5 else ''})"
        hint = f"map them, or name them in Sources: Dataset none, From {name}, Where ..."
        lines.problems.append(Problem(run.stage.spec.tables[name].place, what, hint))
