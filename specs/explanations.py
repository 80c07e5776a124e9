"""`build check` of what only `build validate` runs: Checks on tables of metadata, and Explanations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from language.errors import ExpressionError, closest
from language.parse import parse, with_prefix
from language.resolve import resolve_condition
from language.tree import Column, Node
from specs.conformance_rules import ConformanceRule, by_id, rules_of_study
from specs.metadata import METADATA
from specs.model import Check, Explanation
from specs.problem import SpecError, nearest
from specs.rules import prefix
from specs.scopes import BaseScope, DatasetScope, constant

if TYPE_CHECKING:
    from specs.check import Compiler


class MetadataScope(BaseScope):
    """A row of a table of metadata: its columns by name, other tables of metadata and datasets in aggregates."""

    def __init__(self, compiler: Compiler, table: str) -> None:
        super().__init__(compiler)
        self.table = table

    def is_table(self, name: str) -> bool:
        return name in METADATA or super().is_table(name)

    def many(self, table: str) -> bool:
        return table in METADATA or super().many(table)

    def has_subject(self, table: str) -> bool:
        return table not in METADATA and super().has_subject(table)

    def inner(self, table: str, name: str) -> Column:
        return self._column("inner", table, name) if table in METADATA else super().inner(table, name)

    def attribute(self, table: str, name: str) -> Column:
        if table not in METADATA and self.compiler.is_table("", table):
            return self.subject_row(table, name)
        raise ExpressionError(f"{table}.{name} is not one value", "aggregate it: any(...), count(...)")

    def bare(self, name: str) -> Node:
        if name in METADATA[self.table].types:
            return self._column("own", self.table, name)
        if name in self.compiler.spec.study.constants:
            return constant(self.compiler.spec.study.constants[name])
        raise self.unknown(name, set(METADATA[self.table].types))

    @staticmethod
    def _column(kind: str, table: str, name: str) -> Column:
        types = METADATA[table].types
        if name not in types:
            raise ExpressionError(f"{table} has no column {name!r}", closest(name, types))
        return Column(kind, table, name, types[name])


def on_metadata(row: Check) -> bool:
    """Is it a row on a table of metadata, which a build does not have?"""
    return row.dataset in METADATA


def check_metadata_row(compiler: Compiler, row: Check) -> None:
    """Note the faults of a row of Checks on a table of metadata."""
    if row.action != "issue":
        hint = "write issue: build validate lists what breaks it"
        compiler.add(row.at("Action"), f"{row.action} works on data, and {row.dataset} is metadata", hint)
    scope = MetadataScope(compiler, row.dataset)
    for text, column in ((row.where, "Where"), (row.condition, "Condition")):
        if text:
            compiler.attempt(row.at(column), partial(_condition, text, scope))


def _condition(text: str, scope: MetadataScope | DatasetScope) -> Node:
    return resolve_condition(parse(text), scope)


def check_explanations(compiler: Compiler) -> None:
    """Note the faults of Explanations: a rule that there is not, a dataset or a name that is unknown."""
    checks = {check.rule: check.dataset for check in compiler.spec.checks}
    own = _own(compiler)
    standard = by_id() if compiler.spec.explanations else {}
    known = {rule.rule: rule.dataset for rule in (*standard.values(), *own)} | checks
    for row in compiler.spec.explanations:
        if row.rule not in known:
            hint = nearest(row.rule, known) or "docs/conformance.md lists the rules"
            compiler.add(row.at("Rule"), f"there is no rule {row.rule!r}", hint)
        elif row.dataset and row.dataset not in compiler.spec.datasets:
            hint = nearest(row.dataset, compiler.spec.datasets)
            compiler.add(row.at("Dataset"), f"{row.dataset!r} is not in Datasets", hint)
        elif row.where:
            _check_where(compiler, row, known[row.rule])


def _own(compiler: Compiler) -> tuple[ConformanceRule, ...]:
    """The rules of the sponsor in the study; none, with the faults noted, where their table has some."""
    try:
        return rules_of_study(compiler.spec.study.folder)
    except SpecError as error:
        for problem in error.problems:
            compiler.add(problem.place, problem.message, problem.hint)
        return ()


def _check_where(compiler: Compiler, row: Explanation, target: str) -> None:
    if target in METADATA:
        compiler.attempt(row.at("Where"), partial(_condition, row.where, MetadataScope(compiler, target)))
    elif not row.dataset:
        compiler.add(row.at("Dataset"), "is blank, so Where has no variables", "name the dataset")
    elif row.dataset in compiler.blocks.datasets:
        text = with_prefix(row.where, prefix(row.dataset))
        compiler.attempt(row.at("Where"), partial(_condition, text, DatasetScope(compiler, row.dataset)))
