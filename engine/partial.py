"""Some datasets of a stage built anew, the others left as an earlier build made them.

What is built anew is a stage of its own: the datasets, and of the others as much as these read. What the earlier build
counted and wrote down of the rest (ledger, issues) is put beside what this one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from engine.columns import Text, as_text, take
from engine.issues import Issues
from engine.ledger import BlockCount, Counts, TableCount
from engine.outcome import Built, Output
from engine.sorting import sort_codes
from specs.compiled import CompiledStage
from specs.fingerprints import Behind, Fingerprints, unit_of
from specs.order import steps_behind

Segment = tuple[str, str, str]  # issues of one dataset, variable and table, which follow each other


@dataclass(frozen=True)
class Anew:
    """What is built anew: datasets (with their qualifiers), and tables whose rows are taken in and counted anew."""

    datasets: frozenset[str]
    tables: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.datasets or self.tables)

    def owns(self, stage: CompiledStage, segment: Segment) -> bool:
        """Whether issues are of something that is built anew."""
        dataset, _, table = segment
        if dataset and dataset not in stage.inputs:
            return unit_of(stage, dataset) in self.datasets
        return (dataset or table) in self.tables


@dataclass(frozen=True)
class Earlier:
    """A stage of which an earlier build made all but `anew`; `counts` are those of the earlier build.

    tables: every table that the stage reads, in the order of the ledger.
    """

    stage: CompiledStage
    known: Fingerprints
    anew: Anew
    counts: Counts
    tables: tuple[str, ...]

    @cached_property
    def restricted(self) -> CompiledStage:
        """The stage that makes what is built anew."""
        return restricted(self.stage, self.known, self.anew)

    def built(self, outputs: dict[str, Output], noted: Issues, counts: Counts) -> Built:
        """The stage with the datasets and issues that were made anew, and the counts of all. Raises DataError."""
        found = Built(self.stage, outputs, self.issues_of(noted), self.counts_with(counts))
        _ = found.ledger
        return found

    def issues_of(self, issues: Issues) -> Issues:
        """The issues of what is built anew, without those that come with what is read for it."""
        count = len(issues["Dataset"])
        mine = np.zeros(count, bool)
        for segment, rows in segments(issues):
            mine[rows] = self.anew.owns(self.stage, segment)
        chosen = np.flatnonzero(mine)
        return issues if len(chosen) == count else {name: take(column, chosen) for name, column in issues.items()}

    def counts_with(self, new: Counts) -> Counts:
        """The counts of the earlier build with those of what was built anew."""
        tables = {name: (new if name in self.anew.tables else self.counts).tables[name] for name in self.tables}
        stay = self.stage.blocks.keys() - self.anew.datasets
        blocks = {key: found for key, found in self.counts.blocks.items() if key[1] in stay}
        blocks |= {key: found for key, found in new.blocks.items() if key[1] in self.anew.datasets}
        return Counts(tables, blocks)


def counted(stage: CompiledStage, anew: Anew) -> Anew:
    """`anew` with the tables from which a dataset makes its records: which of their rows reach none is counted anew."""
    sources = {block.source for name in anew.datasets for block in stage.blocks.get(name, ())}
    return Anew(anew.datasets, anew.tables | (sources & set(stage.inputs)))


def restricted(stage: CompiledStage, known: Fingerprints, anew: Anew) -> CompiledStage:
    """The stage that makes `anew`: it reads the tables, and computes the datasets, that are asked for."""
    makers = [block for blocks in stage.blocks.values() for block in blocks if block.source in anew.tables]
    rows = steps_behind(stage, [("rows", block.dataset, block.name) for block in makers])
    asked = [known.datasets[name] for name in anew.datasets]
    steps = frozenset().union(rows, *(one.steps for one in asked))
    tables = anew.tables.union(*(known.reads[step] for step in steps), *(one.tables for one in asked))
    more = Behind().with_more(*(known.tables[name] for name in tables))  # what their checks and the cut read
    tables, steps = tables | more.tables, steps | more.steps
    touched = {*anew.datasets, *(block.dataset for block in makers), *(step[1] for step in steps)}
    spec = stage.spec
    return replace(
        stage,
        spec=replace(
            spec,
            tables={name: row for name, row in spec.tables.items() if name in tables},
            lookups={name: found for name, found in spec.lookups.items() if name in tables},
        ),
        inputs={name: table for name, table in stage.inputs.items() if name in tables},
        tables={name: table for name, table in stage.tables.items() if name in tables},
        blocks={name: blocks for name, blocks in stage.blocks.items() if name in touched},
        checks=tuple(one for one in stage.checks if one.dataset in (tables if one.raw else anew.datasets)),
        cuts=tuple(one for one in stage.cuts if one.table in tables),
        order=tuple(step for step in stage.order if step in steps or step[1] in anew.datasets),
        handed_over=tuple(name for name in spec.datasets if unit_of(stage, name) in anew.datasets),
    )


# --- the ledger -----------------------------------------------------------------------------------------


def counts_written(counts: Counts) -> dict[str, object]:
    """Counts as they stand in a JSON file."""
    return {
        "tables": {name: asdict(table) for name, table in counts.tables.items()},
        "blocks": [[*key, asdict(counts.blocks[key])] for key in sorted(counts.blocks)],
    }


def counts_read(written: Mapping[str, object]) -> Counts:
    """What `counts_written` gave."""
    tables, blocks = written["tables"], written["blocks"]
    assert isinstance(tables, dict) and isinstance(blocks, list)
    found = Counts()
    for name, table in tables.items():
        first = [(int(number), int(line)) for number, line in table.pop("first")]
        found.tables[name] = TableCount(**table, first=first)
    for *key, block in blocks:
        found.blocks[(key[0], key[1], key[2])] = BlockCount(**block)
    return found


# --- issues ---------------------------------------------------------------------------------------------


def segments(issues: Issues) -> Iterator[tuple[Segment, slice]]:
    """The issues of a stage by dataset, variable and table, in the order in which they stand."""
    count = len(issues["Dataset"])
    if not count:
        return
    columns = [as_text(issues[name]) for name in ("Dataset", "Variable", "Table")]
    codes, _ = sort_codes([(column, False) for column in columns], count)
    starts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), count]
    first = np.array(starts[:-1])
    names = [["" if text is None else str(text) for text in column.take(first).objects()] for column in columns]
    for segment, (start, stop) in zip(zip(*names), pairwise(starts)):
        yield segment, slice(start, stop)


def subjects_of(column: Text) -> list[str]:
    """The subjects that a column names, sorted."""
    return sorted(column.dictionary.values[np.unique(column.codes[column.codes >= 0])].tolist())
