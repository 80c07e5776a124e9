"""Resolves the rows of Checks and the expressions of Tables."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from language.parse import parse, parse_list, with_prefix
from language.resolve import resolve, resolve_condition, resolve_keys
from language.tree import CONDITION, TEXT, Node
from language.types import need
from language.where_clause import parse_condition
from specs.compiled import CompiledCheck, CompiledTable
from specs.explanations import check_metadata_row, on_metadata
from specs.model import Check, Table
from specs.problem import nearest
from specs.rules import prefix
from specs.scopes import DatasetScope, TableScope
from specs.tables import ANY

if TYPE_CHECKING:
    from specs.check import Compiler


def compile_tables(compiler: Compiler) -> dict[str, CompiledTable]:
    """The intake expressions of every raw table of the stage."""
    found = {}
    for name, table in compiler.spec.tables.items():
        if name in compiler.inputs and compiler.inputs[name].raw:
            found[name] = _table(compiler, table)
    return found


def _table(compiler: Compiler, table: Table) -> CompiledTable:
    scope = TableScope(compiler, table.table)

    def text(cell: str, column: str) -> Node | None:
        if not cell:
            return None
        found: Node | None = compiler.attempt(table.at(column), lambda: need(resolve(parse(cell), scope), TEXT, column))
        return found

    where = None
    if table.where:
        where = compiler.attempt(table.at("Where"), lambda: resolve_condition(parse(table.where), scope))
    version = ()
    if table.version:
        version = compiler.attempt(table.at("Version"), lambda: resolve_keys(parse_list(table.version), scope))
    columns = compiler.inputs[table.table].columns
    system = table.system if table.cells.get("System", "").strip() else ()  # a name from row `*` need not be here
    for column, names in (("Key", table.key), ("System", system), ("Record", (table.record,))):
        for name in names:
            if name and name not in columns and (column, name) != ("System", ANY):
                compiler.add(table.at(column), f"{table.table} has no column {name!r}", nearest(name, columns))
    return CompiledTable(
        table.table, where, text(table.subject, "Subject"), text(table.previous, "Previous"), version or ()
    )


def compile_checks(compiler: Compiler, raw_only: bool = False) -> tuple[CompiledCheck, ...]:
    """Every row of Checks for every dataset or raw table (`raw_only`: these alone) that it names, by name or by class.
    """
    found = []
    for row in compiler.spec.checks:
        if on_metadata(row):
            check_metadata_row(compiler, row)  # build validate runs it
            continue
        targets = _targets(compiler, row)
        if not targets:
            known = {*compiler.inputs, *compiler.blocks.datasets}
            compiler.add(
                row.at("Dataset"), f"{row.dataset!r} is no dataset, class or table", nearest(row.dataset, known)
            )
        for dataset, raw in targets:
            if raw_only and not raw:
                continue
            check = _check(compiler, row, dataset, raw, len(targets) > 1)
            if check is not None:
                found.append(check)
    return tuple(found)


def _targets(compiler: Compiler, row: Check) -> list[tuple[str, bool]]:
    """The (name, raw) of what a check looks at; names are parted by commas, or by blanks where they hold none."""
    found = _targets_of_one(compiler, row.dataset)
    for separator in (",", None):
        if not found:
            parts = [_targets_of_one(compiler, part.strip()) for part in row.dataset.split(separator)]
            found = [item for part in parts for item in part] if all(parts) else []
    return found


def _targets_of_one(compiler: Compiler, name: str) -> list[tuple[str, bool]]:
    if name in compiler.blocks.datasets:
        return [(name, False)]
    if name in compiler.inputs and compiler.inputs[name].raw:
        return [(name, True)]
    classes = compiler.spec.datasets.values()
    return [(d.dataset, False) for d in classes if d.dataset_class == name and d.dataset in compiler.blocks.datasets]


def _check(compiler: Compiler, row: Check, dataset: str, raw: bool, general: bool) -> CompiledCheck | None:
    if not raw and row.action == "reject":
        compiler.add(row.at("Action"), "reject works on raw tables only", "use error or issue")
        return None
    scope = TableScope(compiler, dataset) if raw else DatasetScope(compiler, dataset)
    letters = prefix(dataset)
    before = len(compiler.problems)

    def compiled(text: str, column: str) -> Node | None:
        if not text:
            return None
        found: Node | None = compiler.attempt(
            row.at(column), lambda: resolve_condition(parse(with_prefix(text, letters)), scope)
        )
        return found

    if general and not _has_names(compiler, row, dataset, letters):
        return None
    where = compiled(row.where, "Where")
    condition = compiled(row.condition, "Condition")
    if condition is None or len(compiler.problems) > before:
        return None
    return CompiledCheck(row, dataset, raw, where, condition)


def _has_names(compiler: Compiler, row: Check, dataset: str, letters: str) -> bool:
    """A check on a class applies to those of its datasets that have every `--` variable it names."""
    names = re.findall(r"--([A-Z0-9]+)", f"{row.where} {row.condition}")
    return all(letters + name in compiler.own_variables(dataset) for name in names)


def check_value_level(compiler: Compiler) -> None:
    """The Where Clause of each row of ValueLevel names variables of its dataset, in either spelling."""
    for row in compiler.spec.value_level:
        if row.where_clause and row.dataset in compiler.blocks.datasets:
            scope = DatasetScope(compiler, row.dataset)
            compiler.attempt(row.at("Where Clause"), partial(_where_clause, row.where_clause, scope))


def _where_clause(text: str, scope: DatasetScope) -> Node:
    return need(resolve(parse_condition(text), scope), CONDITION, "a where clause")
