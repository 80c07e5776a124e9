"""Explains what Expand fills, and how a record came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.columns import take
from engine.trace.node import EXPAND, RECORD, ROW, VALUE, WHY, Node
from engine.trace.spots import CandidateSpot, RecordSpot
from language import tree
from language.written import written
from specs.compiled import Block, Expansion
from specs.model import Parameter

if TYPE_CHECKING:
    from engine.trace.tracer import Tracer


def filled(spot: RecordSpot, name: str, value: float | str | bool | None) -> Node:
    """A variable that Expand gave to a record: one of several that its source row was made into."""
    tracer = spot.tracer
    records = tracer.run.records(spot.dataset, spot.block)
    part = next(part for part in records.block.expand if name in part.variables)
    kind = part.types[part.variables.index(name)]
    row = records.block.row
    node = Node(EXPAND, f"{spot.dataset}.{name}", value, kind, row.expand, row.at("Expand"))
    same = np.flatnonzero(records.rows == records.rows[spot.row])
    node.note = f"record {int(np.flatnonzero(same == spot.row)[0]) + 1} of the {len(same)} made of one source row"
    node.facts |= {"nth": int(np.flatnonzero(same == spot.row)[0]), "function": part.function}
    node.make = lambda: _parts(spot, part, records.block)
    return node


def _parts(spot: RecordSpot, part: Expansion, block: Block) -> list[Node]:
    """The start, end and step of dates; the values written out; the table that gives the values."""
    from engine.trace.expressions import expression

    before = candidate(spot, block, before=part)
    if part.function == "dates":
        names = ("start", "end")
        found = [expression(node, before).named(slot, VALUE) for node, slot in zip(part.arguments, names)]
        return found + ([expression(part.every, before).named("every", VALUE)] if part.every is not None else [])
    if part.match is None:
        return [expression(node, before).named("choice", VALUE) for node in part.arguments]
    from engine.trace.joins import matched, row_node

    view = spot.tracer.run.view(spot.dataset, part.match.table)
    rows = matched(before, part.match, view)
    return [row_node(before, part.match.table, view, int(row), part.arguments, slot="choice") for row in rows]


def candidate(spot: RecordSpot, block: Block, before: Expansion | None = None) -> CandidateSpot:
    """The source row behind a record, with what Expand gave (or its parts before one)."""
    records = spot.tracer.run.records(spot.dataset, spot.block)
    row = int(records.rows[spot.row])
    known: list[str] = []
    for part in block.expand:
        if part is before:
            break
        known += part.variables
    at = np.array([spot.row])
    given = {name: take(records.filled[name], at) for name in known}
    return CandidateSpot(spot.tracer, spot.dataset, spot.block, row, given)


def record(tracer: Tracer, dataset: str, block: str, row: int) -> Node:
    """How a record came to be: its source row, the conditions that it met, what it was chosen from."""
    spot = RecordSpot(tracer, dataset, block, row)
    made = tracer.run.records(dataset, block)
    known = made.block
    node = Node(RECORD, tracer.label(dataset, block, row), place=known.place, slot="record", role=WHY)
    owner = dataset if known.own_source else ""
    source = tracer.named(owner, known.source, int(made.rows[row]))
    node.note = f"made from {source}" + _said(known, made.alike is not None)
    node.facts |= {"dataset": dataset, "block": block, "row": row, "source": known.source}
    node.make = lambda: _behind(spot, known, owner)
    return node


def _said(block: Block, distinct: bool) -> str:
    row = block.row
    cells = (("where", row.where), ("for each", row.expand), ("one per", row.one_per), ("by", row.order))
    found = [f"{word} {text}" for word, text in cells if text]
    pick = "any of the rows alike" if distinct else f"the {row.pick} row" if row.one_per and row.pick else ""
    return (", " + ", ".join(filter(None, [*found, pick]))) if found else ""


def _behind(spot: RecordSpot, block: Block, owner: str) -> list[Node]:
    from engine.trace.expressions import expression

    tracer = spot.tracer
    at = candidate(spot, block)
    row = int(tracer.run.records(spot.dataset, spot.block).rows[spot.row])
    found = [source_row(tracer, owner, block.source, row)]
    wheres = [node for node in (block.where, block.later) if node is not None]
    found += [expression(node, at).named("where", WHY) for node in wheres]
    found += [expression(node, at).named("one per", WHY) for node in block.one_per]
    test = spot.test()
    if test is not None and block.test_column:
        column = tree.Column("source", block.source, block.test_column, tree.TEXT)
        code = expression(column, at).named("code", WHY)
        found.append(
            Node(ROW, f"Tests {test.test_code}", place=test.place, role=WHY, slot="test", make=lambda: [code],
                 note=f"{written(column)} = {code.value!r}")
        )  # fmt: skip
    return found


def source_row(tracer: Tracer, owner: str, table: str, row: int) -> Node:
    """The row that a record was made from: a record of the stage, or a row of a table."""
    place = tracer.place_of(owner, table, row)
    if place is not None:
        return record(tracer, *place).named("source", WHY)
    found = tracer.run.tables[table]
    return tracer.outside.row(found, row) if table not in tracer.spec.lookups else Node(
        ROW, tracer.named(owner, table, row), role=WHY, slot="source"
    )  # fmt: skip


def parameter(block: Block) -> Parameter | None:
    """The row of Parameters that a block is, if it is one."""
    return block.row if isinstance(block.row, Parameter) else None
