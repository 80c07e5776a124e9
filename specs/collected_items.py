"""Collected values that hold for one column only (Item of Collected): that the column is there, and is mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.assign_ct import fold
from language.errors import closest
from specs.codelists_in_use import mapped
from specs.comparisons import compared, conditions
from specs.compiled import CompiledStage
from specs.problem import Problem, nearest

if TYPE_CHECKING:
    from specs.check import Compiler


def check_items(compiler: Compiler) -> None:
    """Note a fault for each Item that is no column of a table."""
    for row in compiler.spec.collected:
        table, _, column = row.item.partition(".")
        if not row.item:
            continue
        columns = _columns(compiler, table)
        if columns is None:
            known = compiler.table_names("")
            compiler.add(row.at("Item"), f"{row.item!r}: there is no table {table!r}", closest(table, known))
        elif column not in columns:
            compiler.add(row.at("Item"), f"{table} has no column {column!r}", closest(column, columns))


def _columns(compiler: Compiler, table: str) -> set[str] | None:
    """The columns of a table as rules call it: also of a join, or of a block, of any dataset; None for no table."""
    found = [compiler.columns_of("", table)] if table in compiler.table_names("") else []
    for dataset in compiler.blocks.datasets:
        join = compiler.blocks.joins(dataset).get(table)
        if join is not None:
            found.append(compiler.columns_of(dataset, join.source))
        elif compiler.own_block(dataset, table):
            found.append(compiler.own_variables(dataset))
    return {column for columns in found for column in columns} if found else None


def unread_items(stage: CompiledStage) -> list[Problem]:
    """Rows of Collected for a column that no rule maps to their codelist: they hold for nothing."""
    used = mapped(stage)
    found = []
    for row in stage.spec.collected:
        items = used.get(row.codelist, set())
        if row.item and row.item not in items:
            hint = nearest(row.item, items) or "name a column that is mapped, or leave it blank for every column"
            found.append(Problem(row.at("Item"), f"no rule maps {row.item} to {row.codelist}", hint))
    return found


def uncollected_codes(stage: CompiledStage) -> list[Problem]:
    """Texts with which a rule compares a raw column, and which no row of Collected for that column has.

    Of a column with one row only nothing is said: it may be the one value that is no term of the codelist itself.
    """
    rows: dict[str, set[str]] = {}
    for row in stage.spec.collected:
        if row.item:
            rows.setdefault(row.item, set()).add(row.value)
    codes = {item: values for item, values in rows.items() if len(values) > 1}
    found = []
    for place, _, node in conditions(stage):
        for column, constant in compared(node):
            value = constant.value
            known = codes.get(f"{column.table}.{column.name}", set())
            if known and isinstance(value, str) and fold(value) not in {fold(one) for one in known}:
                said = f"{value!r}, with which {column.table}.{column.name} is compared, is no Collected Value of it"
                hint = nearest(value, known) or f"write one of {', '.join(sorted(known))}, or add it to Collected"
                found.append(Problem(place, said, hint))
    return list(dict.fromkeys(found))
