"""Which mapping rules fill a variable, and what kind of source each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from language import tree
from language.parse import ExpressionError, parse, with_prefix
from specs.model import Record, Rule, Spec
from specs.standards import domain

RAW, RESTATED, COPY, CONSTANT, DERIVED = "raw", "restated", "copy", "constant", "derived"
# These write a collected value in another notation; what they give is still what was collected.
_RESTATING = ("assign_ct", "assign_datetime", "iso8601", "text", "number", "transliterate", "upper")
_WILDCARD = re.compile(r"\s*([A-Za-z_]\w*)\.\*\s*")


def rules_of(spec: Spec, dataset: str, variable: str) -> tuple[Rule, ...]:
    """The rules that fill `variable` of `dataset`, in the order in which they are tried.

    Rules of the dataset itself go before those for many datasets, whose `--` is replaced by the domain.
    """
    own = [rule for rule in spec.rules if not rule.general and _fills(rule, spec, dataset, variable)]
    own += _row_rules(spec, dataset, variable)
    found = own or [rule for rule in spec.rules if rule.general and _fills(rule, spec, dataset, variable)]
    prefix = domain(dataset)
    ready = [
        replace(
            rule,
            expression=_wildcard(with_prefix(rule.expression, prefix), variable),
            where=with_prefix(rule.where, prefix) if rule.where else "",
        )
        for rule in found
    ]
    return tuple(sorted(ready, key=lambda rule: (not rule.block, rule.order, not rule.where)))


def _row_rules(spec: Spec, dataset: str, variable: str) -> list[Rule]:
    """The expressions in rows of Parameters and Tests; the block is the parameter or test that the row makes."""
    found = []
    prefix = domain(dataset)
    for parameter in spec.parameters:
        if parameter.dataset == dataset and variable in parameter.expressions:
            expression = parameter.expressions[variable]
            found.append(_row_rule(parameter, dataset, variable, parameter.paramcd, expression))
    for test in spec.tests:
        for name, expression in test.expressions.items() if test.dataset == dataset else ():
            if variable in (name, name.replace("--", prefix)):
                found.append(_row_rule(test, dataset, variable, test.test_code, expression))
    return found


def without_block(rule: Rule) -> Rule:
    """The rule as text for readers who know which block is meant."""
    return replace(rule, block="")


def _row_rule(row: Record, dataset: str, variable: str, block: str, expression: str) -> Rule:
    return Rule(row.place, row.cells, (dataset,), (variable,), block, 0.0, "", expression, parameter=True)


def _fills(rule: Rule, spec: Spec, dataset: str, variable: str) -> bool:
    parent = dataset.removeprefix("SUPP")
    supplemental = dataset.startswith("SUPP") and ((dataset, variable) in spec.variables or rule.supplemental)
    if rule.datasets and not rule.general:
        named = dataset in rule.datasets or (rule.supplemental and supplemental and parent in rule.datasets)
        if not named or (rule.supplemental and not supplemental):
            return False
    elif rule.datasets:
        described = spec.datasets.get(dataset)
        if dataset not in rule.datasets and (described is None or described.dataset_class not in rule.datasets):
            return False
    names = {with_prefix(name, domain(dataset)) if "--" in name else name for name in rule.variables}
    return variable in names or "*" in names


def _wildcard(expression: str, variable: str) -> str:
    match = _WILDCARD.fullmatch(expression)
    return f"{match[1]}.{variable}" if match else expression


def source_kind(spec: Spec, dataset: str, variable: str, rule: Rule) -> tuple[str, str]:
    """What kind of source a rule is, and for a copy the column that it copies (`DM.AGE`).

    RAW: a raw column as it is. RESTATED: raw columns in standard notation. COPY: a column of one other submitted
    dataset. CONSTANT: no column at all. DERIVED: anything else.
    """
    try:
        node = parse(rule.expression)
    except ExpressionError:
        return DERIVED, ""
    if isinstance(node, tree.Constant) or (isinstance(node, tree.Call) and node.function == "domain"):
        return CONSTANT, ""
    if isinstance(node, tree.Name | tree.Attribute):
        return _column_kind(spec, dataset, variable, rule.block, node)
    if isinstance(node, tree.Call) and node.function in _RESTATING:
        leaves = [part for part in tree.walk(node) if isinstance(part, tree.Name | tree.Attribute)]
        kinds = {_column_kind(spec, dataset, variable, rule.block, leaf)[0] for leaf in leaves}
        if kinds == {RAW}:
            return RESTATED, ""
    return DERIVED, ""


def _column_kind(
    spec: Spec, dataset: str, variable: str, block: str, node: tree.Name | tree.Attribute
) -> tuple[str, str]:
    if isinstance(node, tree.Attribute):
        table = next((j.source for j in spec.joins if j.name == node.table and dataset in j.datasets), node.table)
        return _table_kind(spec, dataset, (table,), node.name)
    if node.name != variable and ((dataset, node.name) in spec.variables or node.name.startswith("_")):
        return DERIVED, ""
    if node.name == "USUBJID" and spec.stage == "sdtm":
        return DERIVED, ""
    if node.name in spec.study.constants:
        return CONSTANT, ""
    parent = dataset.removeprefix("SUPP") if dataset.startswith("SUPP") else dataset
    tables = tuple(sources_of(spec, parent, block)) or tuple(sources_of(spec, parent, ""))
    return _table_kind(spec, parent, tables, node.name)


def sources_of(spec: Spec, dataset: str, block: str) -> Iterator[str]:
    """The tables from which the records of a dataset, or of one block of it, come."""
    for source in spec.sources:
        if source.dataset == dataset and block in ("", source.block):
            yield source.source
    for parameter in spec.parameters:
        if parameter.dataset == dataset and block in ("", parameter.paramcd):
            yield parameter.source


def _table_kind(spec: Spec, dataset: str, tables: tuple[str, ...], column: str) -> tuple[str, str]:
    blocks = {source.block for source in spec.sources if source.dataset == dataset}
    blocks |= {parameter.paramcd for parameter in spec.parameters if parameter.dataset == dataset}
    if not tables or any(table.startswith("_") or table in blocks or table == dataset for table in tables):
        return DERIVED, ""
    if all(table in spec.tables for table in tables):
        return RAW, ""
    if any(table in spec.tables for table in tables) or len(set(tables)) > 1:
        return DERIVED, ""
    return COPY, f"{tables[0]}.{column}"
