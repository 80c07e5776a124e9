"""Runs the rules over the data, dataset by dataset, so that one dataset at a time has to be in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.columns import Array, Text, as_text, take
from engine.evaluate import condition
from engine.issues import texts
from engine.views import RowFault
from qc.conformance import compiled as compiling
from qc.conformance import virtual
from qc.conformance.compiled import Bound, NotRun
from qc.conformance.context import RuleContext
from qc.conformance.data import KEY, Data, Dataset, Metadata, metadata_table
from qc.conformance.explained import Explanations
from qc.conformance.metadata import Collector
from qc.conformance.result import ABSENT, FAULTY, FOUND, PASSED, Finding, Outcome
from qc.conformance.shown import as_shown
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
        wanted = {pair for item in ready for pair in item.reads}
        collector = Collector(data, self.terminology)
        found = [self._not_run(item) for item in bound if isinstance(item, NotRun)]
        for dataset in data.datasets.values():
            self.say(f"{dataset.name} ({dataset.count:,d} records)")
            if late:
                collector.add(dataset)
            for item in bound:
                if isinstance(item, Bound) and item.table == dataset.name:
                    found += self._outcomes(item)
            dataset.release(name for table, name in wanted if table == dataset.name)
        if late:
            self.say("attributes, codelists and values")
            data.metadata = collector.tables()
        for rule in late:
            for item in self._compiled(rule):
                found += self._outcomes(item) if isinstance(item, Bound) else [self._not_run(item)]
        return _in_order(self.rules, found)

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

    def _outcomes(self, item: Bound) -> Iterator[Outcome]:
        table = self.data.table(item.table)
        assert table is not None
        context = RuleContext(self.data, table)
        try:
            where = condition(item.where, context) & self._mine(item.rule, table)
            hits = np.zeros(table.count, bool)
            if where.any():
                hits = where & ~condition(item.condition, context)
        except RowFault as fault:
            yield Outcome(item.rule, item.table, FAULTY, item.table, reason=str(fault))
            return
        if isinstance(table, Metadata) and table.type_of("DATASET") is not None:
            yield from self._by_dataset(item, table, where, hits)
        else:
            name = item.table if isinstance(table, Dataset) else ""
            yield self._outcome(item, table, name, int(where.sum()), np.flatnonzero(hits), context)

    @staticmethod
    def _mine(rule: ConformanceRule, table: Dataset | Metadata) -> Array:
        """Of metadata a rule sees the rows of its standard, and of datasets that are judged."""
        found = np.ones(table.count, bool)
        if not isinstance(table, Metadata):
            return found
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

    def _outcome(
        self, item: Bound, table: Dataset | Metadata, dataset: str, checked: int, rows: Array,
        context: RuleContext | None = None,
    ) -> Outcome:  # fmt: skip
        if not len(rows):
            return Outcome(item.rule, dataset, PASSED, item.table, checked)
        covered = self.explanations.covering(item.rule, dataset, table, rows)
        listed = rows if not self.listed else _first(rows, covered, self.listed)
        place = np.searchsorted(rows, listed)
        findings = self._findings(item, table, listed, covered[place], context)
        return Outcome(
            item.rule, dataset, FOUND, item.table, checked, len(rows), int((covered >= 0).sum()), tuple(findings)
        )

    def _findings(
        self, item: Bound, table: Dataset | Metadata, rows: Array, covered: Array, context: RuleContext | None
    ) -> Iterator[Finding]:
        columns = {name: as_shown(table, name, take(table.column(name), rows)) for name in _shown(item, table)}
        for node in item.lookups if context is not None else ():
            other = self.data.table(node.table)
            if other is not None and other.type_of(node.name) is not None and context is not None:
                columns[f"{node.table}.{node.name}"] = as_shown(other, node.name, take(context.column(node), rows))
        values = list(zip(*columns.values(), strict=True)) if columns else [()] * len(rows)
        about = _About(self.data, table, rows)
        for place, (row, line) in enumerate(zip(rows.tolist(), covered.tolist(), strict=True)):
            pairs = tuple(
                (name, str(value)) for name, value in zip(columns, values[place], strict=True)
                if isinstance(table, Dataset) or value
            )  # fmt: skip
            yield Finding(
                int(row) + 1 if isinstance(table, Dataset) else None,
                about.subject[place], about.sequence[place], about.variable[place], pairs, line if line >= 0 else None,
            )  # fmt: skip


# Columns of metadata that a finding states otherwise, or that say of what the row is.
_OTHERWISE = ("DATASET", "VARIABLE", "STANDARD", "CLASS", "DOMAIN", "GENERIC", "DATA", "DEFINE", "IG", "JUDGED")


def _shown(item: Bound, table: Dataset | Metadata) -> list[str]:
    """The columns that a finding shows; of metadata first those that say which row it is."""
    if isinstance(table, Dataset):
        return [name for name in item.variables if not name.startswith("_")]
    names = [*METADATA[table.name].identity, *(name for name in item.variables if name not in _OTHERWISE)]
    return list(dict.fromkeys(names))


def _first(rows: Array, covered: Array, count: int) -> Array:
    """The first rows that nothing explains, and as many of those that something does."""
    return np.sort(np.concatenate([rows[covered < 0][:count], rows[covered >= 0][:count]]))


def _equal(table: Metadata, column: str, value: str) -> Array:
    found = table.column(column)
    assert isinstance(found, Text)
    wanted = np.array([text == value for text in found.dictionary.values.tolist()] + [False], bool)
    return wanted[found.codes]


class _About:
    """Whom some rows are about: subject, sequence number, and the variable of a row of metadata."""

    def __init__(self, data: Data, table: Dataset | Metadata, rows: Array) -> None:
        blank = [""] * len(rows)
        self.subject = self.sequence = self.variable = blank
        if isinstance(table, Metadata):
            if table.type_of("VARIABLE") is not None:
                self.variable = texts(take(table.column("VARIABLE"), rows)).tolist()
            return
        if KEY in table.types:
            self.subject = texts(take(table.column(KEY), rows)).tolist()
        names = (f"{table.kind.letters}SEQ", "ASEQ")
        sequence = next((name for name in names if name in table.types), "")
        if sequence:
            self.sequence = as_text(take(table.column(sequence), rows)).objects().tolist()
            self.sequence = [value or "" for value in self.sequence]


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
