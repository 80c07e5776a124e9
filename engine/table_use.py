"""Which tables a stage reads: as the source of a block, through a join, an aggregate, an event or a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from language.tree import Column, Match, Node, walk
from specs.compiled import CompiledStage
from specs.model import Record
from specs.problem import Place, Problem
from specs.tables import ANY


def tables_read(stage: CompiledStage) -> set[str]:
    """The names of the tables that some block, rule, join, event or check of the stage reads.

    A table that states earlier numbers of persons (Previous) is read for them.
    """
    found = {block.source for blocks in stage.blocks.values() for block in blocks}
    found |= {check.dataset for check in stage.checks if check.raw}
    found |= {name for name, table in stage.tables.items() if table.previous is not None}
    for node in _nodes((stage.blocks, stage.rules, stage.joins, stage.events, stage.checks)):
        if isinstance(node, Match) or (isinstance(node, Column) and node.kind in ("subject", "inner")):
            found.add(node.table)
    return found


def _nodes(value: Any) -> Iterator[Node]:
    """Every part of every expression that something compiled holds, in no order."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if found is None or isinstance(found, str):
            continue
        if isinstance(found, Node):
            yield from walk(found)
        elif isinstance(found, (tuple, list)):
            waiting += found
        elif isinstance(found, Mapping):
            waiting += found.values()
        else:
            waiting += [getattr(found, name) for name in _fields(type(found))]


_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    """The fields of what is compiled; a record of a specification holds no expression that is resolved."""
    if kind not in _FIELDS:
        compiled = is_dataclass(kind) and not issubclass(kind, Record)
        _FIELDS[kind] = tuple(item.name for item in fields(kind)) if compiled else ()
    return _FIELDS[kind]


def unread_tables(stage: CompiledStage) -> list[Problem]:
    """A fault for each raw table of the stage that nothing reads: its rows would be lost without a word."""
    read = tables_read(stage)
    return [
        Problem(
            stage.spec.tables[name].place,
            f"{name} is read by nothing",
            "map it, take the row out of Tables, or name its rows in Sources as left out on purpose "
            f"(Dataset none, From {name})",
        )
        for name, table in stage.inputs.items()
        if table.raw and name not in read
    ]


def unread_columns(stage: CompiledStage) -> list[Problem]:
    """A finding for each raw table that has columns which nothing reads.

    Left out are those of System, and those that Forms accounts for: of a question that is not submitted, or of which
    another column is read (the parts of a date, the code beside its text).
    """
    read = _columns_read(stage)
    for question in stage.spec.forms:
        mine = read.setdefault(question.form, set())
        if question.not_submitted or mine & {*question.columns}:
            mine.update(question.columns)
    found = []
    for name, table in stage.inputs.items():
        row = stage.spec.tables.get(name)
        if not table.raw or row is None:
            continue
        named = {*row.system, *row.key, row.record, *read.get(name, ())}
        left = [column for column in table.columns if column not in named]
        if left and ANY not in row.system:
            message = f"{name}: read by nothing: {', '.join(left)}"
            found.append(Problem(row.place, message, "map them, or see that each is meant to be left out"))
    return found


def unread_variables(stage: CompiledStage) -> list[Problem]:
    """A finding for each working variable (`_NAME`) that no expression of the stage reads: misspelled, perhaps."""
    read = _columns_read(stage)
    names = {(dataset, name) for dataset, blocks in stage.blocks.items() for block in blocks for name in block.names}
    used = {(dataset, name) for dataset in stage.blocks for name in read.get(dataset, ())}
    used |= {(dataset, name) for dataset, block in names for name in read.get(block, ())}
    used |= {
        (dataset, name) for dataset, blocks in stage.blocks.items() for block in blocks for name in block.row.keep
    }
    hint = "take the row out, or see whether another row means to read it"
    places: dict[tuple[str, str], Place] = {}
    for (dataset, _, name), rules in stage.rules.items():
        if name.startswith("_") and (dataset, name) not in used and rules:
            places.setdefault((dataset, name), rules[0].place)
    return [
        Problem(place, f"{dataset}.{name} is a working variable that nothing reads", hint)
        for (dataset, name), place in places.items()
    ]


def _columns_read(stage: CompiledStage) -> dict[str, set[str]]:
    """The columns of each table that any expression of the stage reads."""
    found: dict[str, set[str]] = {}
    for blocks in stage.blocks.values():
        for block in blocks:
            found.setdefault(block.source, set()).add(block.test_column)
    joins: dict[str, set[str]] = {}
    for (_, _, name, _), join in stage.joins.items():
        joins.setdefault(name, set()).add(join.match.table)
    parts = (stage.tables, stage.blocks, stage.rules, stage.joins, stage.events, stage.checks, stage.cuts)
    for node in _nodes(parts):
        if isinstance(node, Column):
            for table in joins.get(node.table, set()) if node.kind == "join" else {node.table}:
                found.setdefault(table, set()).add(node.name)
    return found
