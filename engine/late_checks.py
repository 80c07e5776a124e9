"""Checks that range over all subjects and can be settled once every part of the study is built.

A part leaves the columns that such a check reads; on those of all parts, in the order of the study, it is asked once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from engine.columns import Array, Text, distinct, take
from engine.context import Context
from engine.contexts import DatasetContext
from engine.evaluate import condition
from engine.run import Run
from engine.views import faults_at
from engine.wide import (
    SUBJECT,
    Columns,
    Held,
    evaluate_part,
    ingredients,
    named_order,
    range_of,
    stand_in,
    subjects_of,
    together,
    with_stand_ins,
)
from language import tree
from specs.compiled import CompiledStage
from specs.problem import Place

_OF_VALUES = {"count_distinct", "any", "all"}


@dataclass
class LateCheck:
    """A check whose expressions name given columns: `columns` says what a part evaluates for each."""

    number: int
    place: Place
    dataset: str
    where: tree.Node | None = None
    condition: tree.Node | None = None
    columns: dict[str, tree.Node] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)

    @property
    def is_of_values(self) -> bool:
        """Whether it asks only which values there are, not of how many records or in which order."""
        return bool(self.functions) and self.functions <= _OF_VALUES

    def of_columns(self, node: tree.Node | None) -> tree.Node | None:
        """The expression over columns: what does not cross subjects is one column, what does keeps its function."""
        if node is None or isinstance(node, tree.Constant):
            return node
        if isinstance(node, (tree.Aggregate, tree.Window)) and node.subjects_all and not _matched(node):
            prefix = f"{len(self.columns)}."
            self.functions.add(node.function if isinstance(node, tree.Aggregate) else "window")
            self.columns |= {prefix + name: part for name, part in ingredients(node).items()}
            return with_stand_ins(node, prefix)
        if not any(_crosses(part) for part in tree.walk(node)):
            name = str(len(self.columns))
            self.columns[name] = node
            return stand_in(name, node)
        changed = {item.name: self._changed(getattr(node, item.name)) for item in fields(node)}
        return replace(node, **changed)

    def _changed(self, value: Any) -> Any:
        if isinstance(value, tree.Node):
            return self.of_columns(value)
        if isinstance(value, tuple):
            return tuple(self._changed(item) for item in value)
        if isinstance(value, dict):
            return {name: self._changed(item) for name, item in value.items()}
        return value


def _matched(node: tree.Aggregate | tree.Window) -> bool:
    return isinstance(node, tree.Aggregate) and node.match is not None


def _crosses(node: tree.Node) -> bool:
    return isinstance(node, (tree.Aggregate, tree.Window)) and node.subjects_all and not _matched(node)


def late_checks(stage: CompiledStage, late: Collection[int]) -> Iterator[LateCheck]:
    """The checks at these places, over columns."""
    for number in sorted(late):
        check = stage.checks[number]
        found = LateCheck(number, check.row.place, check.dataset)
        found.where, found.condition = found.of_columns(check.where), found.of_columns(check.condition)
        yield found


@dataclass(frozen=True)
class CheckedPart:
    """What a part has for a check: its columns; `codes` says which line of them stands for each of `rows`, the records
    that the run hands over of `count`."""

    columns: Columns
    codes: Array
    rows: Array
    count: int

    def marked(self, lines: Array) -> Array:
        """True for the records for which some lines stand."""
        found = np.zeros(self.count, bool)
        found[self.rows[np.isin(self.codes, lines)]] = True
        return found


def parts_of_check(run: Run, check: LateCheck) -> CheckedPart:
    """The columns of the records that a run hands over; where neither order nor number counts, each line once."""
    if check.is_of_values:
        context: Context = DatasetContext(run, check.dataset)
        subject = context.subject()  # type: ignore[attr-defined]
    else:
        context, subject, keys = range_of(run, check.dataset)
    rows = np.flatnonzero(run.handed(subject))
    with faults_at(check.place):
        found = {name: take(evaluate_part(node, context), rows) for name, node in check.columns.items()}
    if check.is_of_values:
        first, codes = distinct(list(found.values()), len(rows))
        found = {name: take(column, first) for name, column in found.items()}
        return CheckedPart(found | {SUBJECT: Text.missing(len(first))}, codes, rows, len(subject))
    found[SUBJECT] = run.subjects.take(subject[rows].astype(np.int64))
    found |= named_order(keys[rows])
    return CheckedPart(found, np.arange(len(rows)), rows, len(subject))


def hits_of_parts(check: LateCheck, parts: Sequence[Columns]) -> Mapping[int, Array]:
    """The lines that break a check, by part: their numbers among those that the part left."""
    columns, order = together(parts)
    names, subject = subjects_of(columns[SUBJECT])
    context = Held(columns, subject, names)
    with faults_at(check.place):
        hits = condition(check.where, context) & ~condition(check.condition, context)
    broken = np.sort(order[hits])
    ends = np.cumsum([len(part[SUBJECT]) for part in parts])
    part_of = np.searchsorted(ends, broken, side="right")
    starts = np.append(0, ends)
    return {int(part): broken[part_of == part] - starts[part] for part in np.unique(part_of)}
