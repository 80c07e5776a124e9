"""Which rows belong to a row: those that a join may pick and the one that it picked, those that an aggregate counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array
from engine.evaluate import Pairs
from engine.matching import InnerContext, by_keys, pairs
from engine.sorting import dense_ranks
from engine.trace.node import JOIN, ROW, VALUE, WHY, Node
from engine.views import View
from language import tree
from language.written import conditions_of, written, written_keys
from specs.compiled import CompiledJoin

if TYPE_CHECKING:
    from engine.trace.spots import Spot

UNMET = 20  # rows that are shown with the conditions that they do not meet


def matched(spot: Spot, match: tree.Match, view: View) -> Array:
    """The rows of a table that belong to the row of a spot, in their order."""
    found = by_keys(match, view, spot.context, spot.subject())
    _, right = pairs(found, spot.context)
    return np.asarray(found.rows[right])


def ordered(spot: Spot, view: View, rows: Array, keys: Sequence[tree.Key], last: bool) -> Array:
    """The rows as an order sorts them, the one that is picked first."""
    zeros = np.zeros(len(rows), np.int64)
    context = Pairs(spot.context, InnerContext(view, rows), zeros, np.arange(len(rows)))
    ranks = dense_ranks(sort_columns(keys, context), len(rows))
    return np.asarray(rows[np.argsort(-ranks if last else ranks, kind="stable")])


def row_node(
    spot: Spot,
    table: str,
    view: View,
    row: int,
    values: Sequence[tree.Node] = (),
    keys: Sequence[tree.Key] = (),
    conditions: Sequence[tree.Node] = (),
    slot: str = "row",
    note: str = "",
) -> Node:
    """A row of a table seen from a spot: the values asked of it, then why it stands where it does."""
    from engine.trace.expressions import expression
    from engine.trace.spots import PairSpot

    def parts() -> list[Node]:
        pair = PairSpot(spot, table, view, row)
        found = [expression(node, pair).named("value", VALUE) for node in values]
        found += [expression(key.node, pair).named("order", WHY) for key in keys]
        return found + [expression(node, pair).named("where", WHY) for node in conditions]

    name = spot.tracer.named(spot.dataset, table, row)
    role = VALUE if slot == "row" else WHY
    return Node(ROW, name, note=note, role=role, slot=slot, make=parts, facts={"table": table, "view_row": row})


def unmet(spot: Spot, match: tree.Match, view: View, met: Array | None = None) -> list[Node]:
    """The rows that a row might have had but for the conditions that they do not meet; `met` are those that do."""
    rows = np.arange(view.count) if match.subjects_all else np.flatnonzero(view.subject == spot.subject()[0])
    rows = rows if met is None else np.setdiff1d(rows, met)
    conditions = conditions_of(match)
    return [
        row_node(spot, match.table, view, int(row), conditions=conditions, slot="unmet", note="does not meet it")
        for row in rows[:UNMET]
    ]


def picked(spot: Spot, name: str) -> Node:
    """The row that a join picked, with those that it might have picked, in its order."""
    join, row = spot.join(name)
    table = join.match.table
    node = Node(
        JOIN, f"exists({name})", row >= 0, tree.CONDITION, _text(join), join.row.place,
        expr=tree.Exists(name), facts={"join": name, "table": table},
    )  # fmt: skip
    view = spot.tracer.run.view(spot.dataset, table)
    if row < 0:
        node.note = f"no row of {table} meets it"
        node.make = lambda: unmet(spot, join.match, view)
        return node
    rows = matched(spot, join.match, view)
    node.note = f"{spot.tracer.named(spot.dataset, table, row)}, {_reason(join, len(rows))}"
    node.facts |= {"count": len(rows), "rest": lambda: unmet(spot, join.match, view, rows)}

    def parts() -> list[Node]:
        conditions = conditions_of(join.match)
        best = ordered(spot, view, rows, join.order, join.pick == "last")
        rest = [int(other) for other in best if other != row]
        found = [row_node(spot, table, view, row, (), join.order, conditions, "picked", "picked")]
        return found + [
            row_node(spot, table, view, other, (), join.order, conditions, "other", "not picked") for other in rest
        ]

    node.make = parts
    return node


def _reason(join: CompiledJoin, count: int) -> str:
    if count == 1:
        return "the only row that meets it"
    place = "last" if join.pick == "last" else "first"
    return f"the {place} of {count} by {written_keys(join.order)}"


def _text(join: CompiledJoin) -> str:
    """A join on one line."""
    conditions = conditions_of(join.match)
    where = " and ".join(written(node) for node in conditions)
    parts = [f"{join.pick or 'the'} row of {join.match.table}", f"where {where}" if where else ""]
    return " ".join(filter(None, [*parts, f"by {written_keys(join.order)}" if join.order else ""]))
