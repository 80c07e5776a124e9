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
from specs.compiled import Block, CompiledStage
from specs.problem import DataError, Place, Problem

THROUGH_JOINS = "rows read through joins and aggregates only"
UNREAD = "rows read by nothing"
SHOWN = 5
COLUMNS = ("Stage", "Table", "Dataset", "Block", "Step", "Rows")


Key = tuple[str, str, str]


@dataclass
class BlockCount:
    """What became of the rows that a block (its wide tests are one) was offered."""

    left_out: dict[str, int] = field(default_factory=dict)
    used: int = 0
    records: int = 0


@dataclass
class TableCount:
    """What became of the rows of a table: read, left out by each step of intake, kept; those that reach no dataset.

    intake: whether rows were left out by steps. first: number and line of the first lost rows.
    """

    file: str
    raw: bool
    intake: bool
    read: int
    kept: int
    steps: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    first: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Counts:
    """The rows of a stage as one run counts them: all of the study, or those of some subjects."""

    tables: dict[str, TableCount] = field(default_factory=dict)
    blocks: dict[Key, BlockCount] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Add what a run of other subjects counted."""
        for name, table in other.tables.items():
            mine = self.tables.setdefault(name, TableCount(table.file, table.raw, table.intake, 0, 0))
            mine.read, mine.kept, mine.lost = mine.read + table.read, mine.kept + table.kept, mine.lost + table.lost
            mine.first = sorted([*mine.first, *table.first])[:SHOWN]
            mine.intake |= table.intake
            _add(mine.steps, table.steps)
        for key, block in other.blocks.items():
            count = self.blocks.setdefault(key, BlockCount())
            count.used, count.records = count.used + block.used, count.records + block.records
            _add(count.left_out, block.left_out)


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def count_rows(run: Run, read: Mapping[str, int], steps: Mapping[str, Mapping[str, int]]) -> Counts:
    """What became of every row that a run hands over. `read` and `steps` count the rows of intake."""
    found = Counts()
    for name, table in run.tables.items():
        kept = int(run.handed(table.subject).sum())
        own = dict(steps.get(name, {}))
        total = read.get(name, kept)
        found.tables[name] = TableCount(table.file, table.raw, table.raw or name in steps, total, kept, own)
        accounted = np.zeros(table.count, bool)
        for dataset, group, parts in _groups(run, name):
            accounted |= _block(run, found, (name, dataset, group), parts)
        if table.raw:
            lost = np.flatnonzero(~accounted & run.handed(table.subject))
            places = zip(table.positions[lost[:SHOWN]].tolist(), table.lines[lost[:SHOWN]].tolist())
            found.tables[name].lost, found.tables[name].first = len(lost), list(places)
    for source in run.stage.blocks:
        for dataset, group, parts in _groups(run, source):
            _block(run, found, (source, dataset, group), parts)
    for dataset, blocks in run.stage.blocks.items():
        for source in dict.fromkeys(block.source for block in blocks if block.own_source):
            for _, group, parts in _groups(run, source, dataset):
                _block(run, found, (f"{dataset} {source}", dataset, group), parts)
    return found


def _groups(run: Run, source: str, within: str = "") -> Iterator[tuple[str, str, list[Records]]]:
    """The blocks made from a source: dataset, name, records; the wide tests of a block are one.

    `within`: the source is a block of that dataset.
    """
    for dataset, group, blocks in _block_groups(run.stage, source, within):
        yield dataset, group, [run.records(dataset, block.name) for block in blocks]


def _block_groups(stage: CompiledStage, source: str, within: str = "") -> Iterator[tuple[str, str, list[Block]]]:
    for dataset, blocks in stage.blocks.items():
        if within and dataset != within:
            continue
        mine = [block for block in blocks if block.source == source and block.own_source == bool(within)]
        for group in dict.fromkeys(block.group for block in mine):
            yield dataset, group, [block for block in mine if block.group == group]


def _block(run: Run, found: Counts, key: Key, parts: list[Records]) -> Array:
    """Count one block; marks the rows that it used or that a rule other than its Where left out."""
    handed = run.handed(parts[0].source.subject)
    fed: Array = np.logical_or.reduce([part.fed for part in parts])
    count = found.blocks.setdefault(key, BlockCount())
    accounted = fed.copy()
    for step, rows in _left_out([part.dropped for part in parts], fed).items():
        count.left_out[step] = int((rows & handed).sum())
        if step != "Where":
            accounted |= rows
    count.used = int((fed & handed).sum())
    count.records = sum(int(run.handed(part.subject).sum()) for part in parts)
    return accounted


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


# --- as lines -------------------------------------------------------------------------------------------


@dataclass
class _Lines:
    """The lines of the ledger so far, and what does not add up."""

    stage: CompiledStage
    counts: Counts
    tables_read: set[str] = field(default_factory=set)
    rows: list[tuple[str, str, str, str, str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, table: str, dataset: str, block: str, step: str, rows: int) -> None:
        self.rows.append((self.stage.spec.stage, table, dataset, block, step, rows))

    def intake(self, name: str, table: TableCount) -> None:
        self.add(name, "", "", "rows read", table.read)
        for step, count in table.steps.items():
            self.add(name, "", "", f"left out: {step}", count)
        self.add(name, "", "", "rows kept", table.kept)
        dropped = sum(table.steps.values())
        if table.read != table.kept + dropped:
            what = f"{name}: {table.read} rows were read, but {table.kept} kept and {dropped} left out"
            row = self.stage.spec.tables.get(name)
            self.problems.append(Problem(row.place if row else Place(table.file), what))

    def blocks(self, source: str, within: str = "") -> bool:
        """The lines of the blocks made from a source; whether there are any."""
        table = f"{within} {source}" if within else source
        groups = list(_block_groups(self.stage, source, within))
        for dataset, group, blocks in groups:
            count = self.counts.blocks.get((table, dataset, group), BlockCount())
            label = group.partition("#")[0] if dataset == NONE_ROWS else group
            for step, rows in count.left_out.items():
                rule = _where(self.stage, dataset, blocks) if step == "Where" else step
                self.add(table, dataset, label, f"left out: {rule}", rows)
            self.add(table, dataset, label, "rows used", count.used)
            self.add(table, dataset, label, "records", count.records)
        return bool(groups)

    def unaccounted(self, name: str, table: TableCount, used: bool) -> None:
        if not used:
            self.add(name, "", "", THROUGH_JOINS if name in self.tables_read else UNREAD, table.kept)
            return
        self.add(name, "", "", "unaccounted", table.lost)
        if table.lost:
            shown = ", ".join(str(line) for _, line in table.first)
            what = f"{table.lost} rows of {table.file} reach no dataset (lines {shown}"
            hint = f"map them, or name them in Sources: Dataset none, From {name}, Where ..."
            what += f"{' ...' if table.lost > SHOWN else ''})"
            self.problems.append(Problem(self.stage.spec.tables[name].place, what, hint))


def ledger_of(stage: CompiledStage, counts: Counts) -> pd.DataFrame:
    """The ledger of a stage: intake of each raw table, then each block against its From.

    Raises DataError for rows of a raw table that feed no dataset, are not merged and stand in no `none` row.
    """
    lines = _Lines(stage, counts, tables_read(stage))
    for name, table in counts.tables.items():
        if table.intake:
            lines.intake(name, table)
        used = lines.blocks(name)
        if table.raw:
            lines.unaccounted(name, table, used)
    for source in stage.blocks:
        lines.blocks(source)
    for dataset, blocks in stage.blocks.items():
        for source in dict.fromkeys(block.source for block in blocks if block.own_source):
            lines.blocks(source, dataset)
    if lines.problems:
        raise DataError(lines.problems)
    return pd.DataFrame(lines.rows, columns=list(COLUMNS))


def ledger(run: Run, read: Mapping[str, int], steps: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """The ledger of a stage that one run has made. Raises DataError as `ledger_of` does."""
    return ledger_of(run.stage, count_rows(run, read, steps))


def _where(stage: CompiledStage, dataset: str, blocks: list[Block]) -> str:
    """The step of Where, with the condition where it is one for all blocks of the group."""
    parameters = {(row.dataset, row.paramcd): row.where for row in stage.spec.parameters}
    texts = {block.row.where if block.row else parameters.get((dataset, block.name), "") for block in blocks}
    one = len(texts) == 1 and not any(test.where for block in blocks for test in block.tests)
    return f"Where: {text}" if one and (text := texts.pop()) else "Where"
