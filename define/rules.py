"""Which mapping rules fill a variable, and what kind of source each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from language import tree
from language.parse import ExpressionError, parse
from specs.kept import Kept
from specs.model import Parameter, Source, Spec
from specs.rules import Instance, by_block, instances
from specs.rules import groups as groups_of

RAW, RESTATED, COPY, CONSTANT, DERIVED = "raw", "restated", "copy", "constant", "derived"
# These write a collected value in another notation; what they give is still what was collected.
_RESTATING = ("assign_ct", "assign_datetime", "iso8601", "text", "number", "transliterate", "upper")
_QUOTED = re.compile(r"^([A-Za-z_]\w*\.)?`([A-Za-z_]\w*)`$")


def rules_of(spec: Spec, dataset: str, variable: str) -> tuple[Instance, ...]:
    """The rules that fill `variable` of `dataset`, in the order in which the engine tries them.

    A rule in a row of Tests bears the test code as its block. The constants of rows of Tests and Parameters
    are left out: those rows themselves are described.
    """
    return _by_variable(spec, dataset).get(variable, ())


def _by_variable(spec: Spec, dataset: str) -> dict[str, tuple[Instance, ...]]:
    known = found_of(spec).rules
    if dataset not in known:
        known[dataset] = _read(spec, dataset)
    return known[dataset]


class Found:
    """What was found of one specification.

    rules: by dataset and variable. blocks: `blocks_named` by dataset. filled: expressions with their working variables
    put in, by dataset, text and blocks.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.rules: dict[str, dict[str, tuple[Instance, ...]]] = {}
        self.groups: dict[str, dict[str, tuple[str, ...]]] = {}
        self.blocks: dict[str, dict[str, tuple[str, ...]]] = {}
        self.filled: dict[tuple[str, str, str], tree.Node | None] = {}


_FOUND: Kept[Found] = Kept()


def found_of(spec: Spec) -> Found:
    """What was found of a specification before; nobody may change a specification."""
    # What is kept holds its specification, so no other one has this identity.
    return _FOUND.get(id(spec), lambda: Found(spec))


def _read(spec: Spec, dataset: str) -> dict[str, tuple[Instance, ...]]:
    """Variable to its rules; the qualifiers of SUPPAE are filled with the records of AE."""
    parent = dataset.removeprefix("SUPP")
    qualifiers = {name for owner, name in spec.variables if owner == dataset} if parent != dataset else set()
    found: dict[str, list[Instance]] = {}
    for rule in by_block(spec, parent, instances(spec, parent)):
        stated = rule.fixed is not None or rule.test
        shown = parent == dataset or rule.variable in qualifiers or rule.variable.startswith("_")
        if shown and not stated:
            found.setdefault(rule.variable, []).append(_plain(rule))
    return {variable: tuple(listed) for variable, listed in found.items()}


def _plain(rule: Instance) -> Instance:
    """The rule with names that need no backticks without them, and the test code for the block that a test makes."""
    block = rule.block.rpartition("/")[2].partition("#")[0]
    return replace(rule, block=block, expression=_QUOTED.sub(r"\1\2", rule.expression))


def parameter_blocks(spec: Spec, dataset: str) -> set[str]:
    """The blocks that are parameters of the dataset."""
    return {row.paramcd for row in spec.parameters if row.dataset == dataset}


def blocks_named(spec: Spec, dataset: str) -> dict[str, tuple[str, ...]]:
    """The names of blocks of a dataset, a group among them, and the blocks that each stands for."""
    known = found_of(spec).blocks
    if dataset not in known:
        blocks = parameter_blocks(spec, dataset) | {row.block for row in spec.sources if row.dataset == dataset}
        known[dataset] = {name: (name,) for name in sorted(blocks) if name} | groups(spec, dataset)
    return known[dataset]


def groups(spec: Spec, dataset: str) -> dict[str, tuple[str, ...]]:
    """As `specs.rules.groups`, found once."""
    known = found_of(spec).groups
    if dataset not in known:
        known[dataset] = groups_of(spec, dataset)
    return known[dataset]


def records_of(spec: Spec, dataset: str, block: str) -> tuple[Source | Parameter, ...]:
    """The rows of Sources and Parameters that make the records of a block, or of a dataset."""
    rows: list[Source | Parameter] = [row for row in spec.sources if row.dataset == dataset]
    rows += [row for row in spec.parameters if row.dataset == dataset]
    return tuple(row for row in rows if block in ("", row.block if isinstance(row, Source) else row.paramcd))


def without_block(rule: Instance) -> Instance:
    """The rule as text for readers who know which block is meant."""
    return replace(rule, block="")


def source_kind(spec: Spec, dataset: str, variable: str, rule: Instance) -> tuple[str, str]:
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
    for row in records_of(spec, dataset, block):
        yield row.source


def _table_kind(spec: Spec, dataset: str, tables: tuple[str, ...], column: str) -> tuple[str, str]:
    blocks = blocks_named(spec, dataset)
    if not tables or any(table.startswith("_") or table in blocks or table == dataset for table in tables):
        return DERIVED, ""
    if all(table in spec.tables for table in tables):
        return RAW, ""
    if any(table in spec.tables for table in tables) or len(set(tables)) > 1:
        return DERIVED, ""
    return COPY, f"{tables[0]}.{column}"
