"""A rule in one dataset: its names found, its expressions resolved; or why it does not apply there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from language.errors import ExpressionError
from language.parse import parse
from language.resolve import resolve_condition
from language.tree import Aggregate, Call, Name, Node, walk
from language.tree import Column as ColumnNode
from qc.conformance import naming
from qc.conformance.context import RuleScope
from qc.conformance.data import Data, Dataset, Metadata
from specs.conformance_rules import ConformanceRule

ALL, SUPPLEMENTAL = "ALL", "SUPP--"


@dataclass(frozen=True)
class Bound:
    """A rule ready to run over a table. `names`: what its wildcards are; `variables`: the columns it looks at;
    `lookups`: the columns of tables with one row per subject that it compares them with."""

    rule: ConformanceRule
    table: str
    names: Mapping[str, str]
    where: Node | None
    condition: Node
    variables: tuple[str, ...]
    lookups: tuple[ColumnNode, ...]
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NotRun:
    """A rule that was not run over a table: `absent` names what is not there; `fault` says why it cannot run."""

    rule: ConformanceRule
    table: str
    absent: str = ""
    fault: str = ""


def targets(rule: ConformanceRule, data: Data) -> list[Dataset | Metadata]:
    """The tables that a rule looks at."""
    names = [rule.dataset, *(part.strip() for part in rule.dataset.split(","))]
    found: dict[str, Dataset | Metadata] = {}
    for name in names:
        if name in data.metadata:
            found[name] = data.metadata[name]
        for dataset in data.judged():
            if _fits(name, dataset) and rule.group in ("study", "own", "define", dataset.kind.standard.lower()):
                found[dataset.name] = dataset
    return list(found.values())


def _fits(name: str, dataset: Dataset) -> bool:
    if name == ALL:
        return True
    if name == SUPPLEMENTAL:
        return dataset.name.startswith("SUPP")
    return name == dataset.name or name in dataset.kind.names or name == _unsplit(dataset)


def _unsplit(dataset: Dataset) -> str:
    """The domain of a split dataset: a rule on QS is one on QSPH too."""
    split = dataset.kind.standard == "SDTM" and 2 < len(dataset.name) <= 4 and not dataset.name.startswith("SUPP")
    return dataset.kind.letters if split else dataset.name


def compiled(
    rule: ConformanceRule, data: Data, own: Dataset | Metadata, constants: Mapping[str, Any]
) -> Iterator[Bound | NotRun]:
    """The rule in one table, once for each way to read its wildcards."""
    letters = own.kind.letters if isinstance(own, Dataset) else ""
    try:
        where = _parsed(rule.where, letters)
        condition = _parsed(rule.condition, letters)
        assert condition is not None
    except ExpressionError as error:
        yield NotRun(rule, own.name, fault=_said(error))
        return
    nodes = [node for node in (where, condition) if node is not None]
    optional = frozenset(naming.with_letters(name, letters) for name in rule.optional)
    wild = [name for name in naming.own_names(nodes) if naming.is_wild(name)]
    any_bound = False
    for names in naming.bindings(wild, own.types):
        absent = _absent([naming.renamed(node, names) for node in nodes], data, own, optional, constants)
        if not absent:
            any_bound = True
            yield _bound(rule, data, own, optional, constants, names, where, condition)
        elif not wild:
            yield NotRun(rule, own.name, absent=absent)
            return
    if not any_bound:
        yield NotRun(rule, own.name, absent=", ".join(wild))


def _parsed(text: str, letters: str) -> Node | None:
    return parse(naming.with_letters(text, letters)) if text else None


def _absent(
    nodes: list[Node], data: Data, own: Dataset | Metadata, optional: frozenset[str], constants: Mapping[str, Any]
) -> str:
    """The first name that the data do not have, "" where they have all."""
    for name in naming.own_names(nodes):
        known = own.type_of(name) is not None or name in constants or name in ("USUBJID", *optional)
        if not known and data.table(name) is None:
            return name
    for table, name in naming.other_names(nodes):
        found = data.table(table)
        if found is None and table not in optional:
            return table
        if found is not None and found.type_of(name) is None and not {name, f"{table}.{name}"} & optional:
            return f"{table}.{name}"
    return ""


def _bound(
    rule: ConformanceRule, data: Data, own: Dataset | Metadata, optional: frozenset[str], constants: Mapping[str, Any],
    names: Mapping[str, str], where: Node | None, condition: Node,
) -> Bound | NotRun:  # fmt: skip
    scope = RuleScope(data, own, optional, constants)
    try:
        resolved = [
            None if node is None else resolve_condition(naming.renamed(node, names), scope)
            for node in (where, condition)
        ]
    except ExpressionError as error:
        return NotRun(rule, own.name, fault=_said(error))
    held = resolved[1]
    assert held is not None
    variables, lookups = (tuple(_columns(resolved, kind)) for kind in ("own", "subject"))
    shown = tuple(node.name for node in variables)
    return Bound(rule, own.name, names, resolved[0], held, shown, lookups, tuple(_reads(resolved)))


def _said(error: ExpressionError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _columns(nodes: list[Node | None], kind: str) -> list[ColumnNode]:
    """The columns of a kind that a rule looks at, those of the condition first."""
    found: dict[tuple[str, str], ColumnNode] = {}
    for node in reversed(nodes):
        for part in walk(node) if node is not None else ():
            if isinstance(part, ColumnNode) and part.kind == kind:
                found[part.table, part.name] = part
    return list(found.values())


def _reads(nodes: list[Node | None]) -> Iterator[tuple[str, str]]:
    """The columns of other tables that a rule reads."""
    for node in nodes:
        for part in walk(node) if node is not None else ():
            if isinstance(part, ColumnNode) and part.kind in ("subject", "inner"):
                yield part.table, part.name
            elif isinstance(part, Aggregate) and part.match is not None:
                yield part.match.table, ""


def names_tables(rule: ConformanceRule) -> set[str]:
    """The tables that the text of a rule names, behind a point or in count(T)."""
    found: set[str] = set()
    for text in (rule.where, rule.condition):
        try:
            node = _parsed(text, "XX")
        except ExpressionError:
            continue  # `compiled` says what is wrong with it
        if node is not None:
            found |= {table for table, _ in naming.other_names([node])}
            found |= {
                part.arguments[0].name
                for part in walk(node)
                if isinstance(part, Call) and part.function == "count" and part.arguments
                and isinstance(part.arguments[0], Name)
            }  # fmt: skip
    return found
