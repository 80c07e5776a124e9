"""Which row of a set of Criteria held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.evaluate import condition, evaluate
from engine.trace.node import CRITERIA, VALUE, WHY, Node, cell
from language import tree
from language.types import type_of
from language.written import written

if TYPE_CHECKING:
    from engine.trace.spots import Spot


def held(node: tree.Criteria, spot: Spot) -> Node:
    """The value of the first row of the set whose condition holds; the rows before it were asked and did not."""
    from engine.trace.expressions import expression

    sheet = spot.tracer.criteria(node.name)
    value = cell(evaluate(node, spot.context))
    found = Node(CRITERIA, written(node), value, type_of(node), expr=node, facts={"rows": len(node.rows)})
    place = next((n for n, row in enumerate(node.rows) if bool(condition(row.where, spot.context)[0])), None)
    before = [row.where for row in node.rows[:place] if row.where is not None]

    def not_held() -> list[Node]:
        return [expression(where, spot).named("before", WHY) for where in before]

    if place is None:
        found.note = f"none of the {len(node.rows)} rows of {node.name} holds"
        found.make = not_held
        return found
    row, stated = node.rows[place], sheet[place]
    found.place, found.text = stated.place, stated.where
    found.note = f"row {place + 1} of the {len(node.rows)} of {node.name} is the first that holds"
    if stated.reference:
        found.note += f" ({stated.reference})"

    def parts() -> list[Node]:
        nodes = [expression(row.value, spot, node.type).named("value", VALUE)]
        nodes += [expression(row.where, spot).named("condition", WHY)] if row.where is not None else []
        return nodes + not_held()

    found.make = parts
    return found
