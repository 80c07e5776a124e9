"""Runs the rules over the data, one dataset after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.columns import Array, Text
from engine.issues import texts
from engine.views import RowFault
from qc.conformance import compiled as compiling
from qc.conformance import virtual
from qc.conformance.compiled import Bound, NotRun
from qc.conformance.context import RuleContext
from qc.conformance.data import Data, Dataset, Metadata, metadata_table
from qc.conformance.explained import Explanations
from qc.conformance.finding import findings_of
from qc.conformance.hits import Hits, Judge, evaluated
from qc.conformance.metadata import Collector
from qc.conformance.result import ABSENT, FAULTY, FOUND, PASSED, Outcome
from qc.conformance.terminology import Terminology
from specs.conformance_rules import ConformanceRule
from specs.metadata import METADATA
from specs.problem import Place

LISTED = 100


@dataclass
class Runner:
    """Rules over data. listed: findings kept for each rule and dataset, 0 for all."""

    data: Data
    rules: Sequence[ConformanceRule]
    explanations: Explanations
    terminology: Terminology = field(default_factory=Terminology)
    constants: Mapping[str, Any] = field(default_factory=dict)
    listed: int = LISTED
    say: Callable[[str], None] = lambda text: None

    def run(self) -> list[Outcome]:
        """The outcome of every rule in every table that it looks at, in the order of the rules."""
        data = self.data
        data.find_subjects()
        virtual.add(data)
        data.metadata = {name: metadata_table(name, table.types, []) for name, table in METADATA.items()}
        late = [rule for rule in self.rules if self._needs_metadata(rule)]
        bound = [item for rule in self.rules if rule not in late for item in self._compiled(rule)]
        ready = [item for item in [*bound, *self._dry(late)] if isinstance(item, Bound)]
        judge = Judge(data, {pair for item in ready for pair in item.reads})
        collector = Collector(data, self.terminology)
        found = [self._not_run(item) for item in bound if isinstance(item, NotRun)]
        for dataset in data.datasets.values():
            self.say(f"{dataset.name} ({dataset.count:,d} records)")
            mine = [item for item in bound if isinstance(item, Bound) and item.table == dataset.name]
            measured = collector.begin(dataset) if late else None
            hits = judge.of_dataset(dataset, mine, measured)
            found += [self._outcome_of_dataset(*pair) for pair in zip(mine, hits, strict=True)]
            if measured is not None:
                collector.add(measured)
            judge.let_go()
        if late:
            self.say("attributes, codelists and values")
            data.metadata = collector.tables()
            found += self._late([item for rule in late for item in self._compiled(rule)], judge)
        return _in_order(self.rules, found)

    def _late(self, items: Sequence[Bound | NotRun], judge: Judge) -> Iterator[Outcome]:
        """The outcomes of rules that needed the tables of metadata."""
        hits: dict[int, Hits] = {}
        for dataset in self.data.datasets.values():
            mine = {n: item for n, item in enumerate(items) if isinstance(item, Bound) and item.table == dataset.name}
            if mine:
                hits |= zip(mine, judge.of_dataset(dataset, list(mine.values()), None))
                judge.let_go()
        for number, item in enumerate(items):
            if isinstance(item, NotRun):
                yield self._not_run(item)
            elif number in hits:
                yield self._outcome_of_dataset(item, hits[number])
            else:
                yield from self._of_metadata(item)

    @staticmethod
    def _needs_metadata(rule: ConformanceRule) -> bool:
        named = {rule.dataset, *(part.strip() for part in rule.dataset.split(","))}
        return bool((named | compiling.names_tables(rule)) & set(METADATA))

    def _dry(self, rules: Sequence[ConformanceRule]) -> list[Bound | NotRun]:
        """Rules compiled before there is metadata, for what they will read of the data."""
        return [item for rule in rules for item in self._compiled(rule)]

    def _compiled(self, rule: ConformanceRule) -> Iterator[Bound | NotRun]:
        for table in compiling.targets(rule, self.data):
            yield from compiling.compiled(rule, self.data, table, self.constants)

    @staticmethod
    def _not_run(item: NotRun) -> Outcome:
        if item.fault:
            return Outcome(item.rule, item.table, FAULTY, item.table, reason=item.fault)
        return Outcome(item.rule, item.table, ABSENT, item.table, reason=f"there is no {item.absent}")

    # --- one rule ---------------------------------------------------------------------------------------

    def _outcome_of_dataset(self, item: Bound, hits: Hits) -> Outcome:
        if hits.fault:
            return Outcome(item.rule, item.table, FAULTY, item.table, reason=hits.fault)
        return self._outcome(item, self.data.datasets[item.table], item.table, hits.checked, hits.rows())

    def _of_metadata(self, item: Bound) -> Iterator[Outcome]:
        table = self.data.metadata[item.table]
        try:
            where, hits = evaluated(item, RuleContext(self.data, table), self._mine(item.rule, table))
        except RowFault as fault:
            yield Outcome(item.rule, item.table, FAULTY, item.table, reason=str(fault))
            return
        if table.type_of("DATASET") is not None:
            yield from self._by_dataset(item, table, where, hits)
        else:
            yield self._outcome(item, table, "", int(where.sum()), np.flatnonzero(hits))

    @staticmethod
    def _mine(rule: ConformanceRule, table: Metadata) -> Array:
        """Of metadata a rule sees the rows of its standard, and of datasets that are judged."""
        found = np.ones(table.count, bool)
        if table.type_of("JUDGED") is not None:
            found &= _equal(table, "JUDGED", "Y")
        if table.type_of("STANDARD") is not None and rule.group in ("sdtm", "adam"):
            found &= _equal(table, "STANDARD", rule.group.upper())
        return found

    def _by_dataset(self, item: Bound, table: Metadata, where: Array, hits: Array) -> Iterator[Outcome]:
        names = texts(table.column("DATASET"))
        for name in dict.fromkeys(names[where].tolist()):
            mine = names == name
            yield self._outcome(item, table, str(name), int((where & mine).sum()), np.flatnonzero(hits & mine))

    def _outcome(self, item: Bound, table: Dataset | Metadata, dataset: str, checked: int, rows: Array) -> Outcome:
        if not len(rows):
            return Outcome(item.rule, dataset, PASSED, item.table, checked)
        covered = self.explanations.covering(item.rule, dataset, table, rows)
        listed = rows if not self.listed else _first(rows, covered, self.listed)
        place = np.searchsorted(rows, listed)
        findings = findings_of(self.data, item, table, listed, covered[place])
        return Outcome(
            item.rule, dataset, FOUND, item.table, checked, len(rows), int((covered >= 0).sum()), tuple(findings)
        )


def _first(rows: Array, covered: Array, count: int) -> Array:
    """The first rows that nothing explains, and as many of those that something does."""
    return np.sort(np.concatenate([rows[covered < 0][:count], rows[covered >= 0][:count]]))


def _equal(table: Metadata, column: str, value: str) -> Array:
    found = table.column(column)
    assert isinstance(found, Text)
    wanted = np.array([text == value for text in found.dictionary.values.tolist()] + [False], bool)
    return wanted[found.codes]


def _in_order(rules: Sequence[ConformanceRule], found: Sequence[Outcome]) -> list[Outcome]:
    """By rule; a rule read with several wildcards is one outcome in a dataset."""
    grouped: dict[tuple[Place, str, str], list[Outcome]] = {}
    for outcome in found:
        grouped.setdefault((outcome.rule.place, outcome.dataset, outcome.table), []).append(outcome)
    place = {rule.place: number for number, rule in enumerate(rules)}
    merged = [_merged(parts) for parts in grouped.values()]
    return sorted(merged, key=lambda one: place[one.rule.place])


def _merged(parts: list[Outcome]) -> Outcome:
    if len(parts) == 1:
        return parts[0]
    run = [one for one in parts if one.state in (PASSED, FOUND)]
    faulty = [one for one in parts if one.state == FAULTY]
    if not run:
        return (faulty or parts)[0]
    found = sum(one.found for one in run)
    findings = tuple(finding for one in run for finding in one.findings)
    first = run[0]
    return Outcome(
        first.rule, first.dataset, FOUND if found else PASSED, first.table, sum(one.checked for one in run), found,
        sum(one.explained for one in run), findings, "; ".join(one.reason for one in faulty),
    )  # fmt: skip
