"""Which row of a set of Criteria held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.evaluate import condition, evaluate
from engine.trace.node import CRITERIA, VALUE, WHY, Node, cell
from language import tree
from language.rowwise import rows_of_criteria
from language.types import type_of
from language.written import written

if TYPE_CHECKING:
    from engine.trace.spots import Spot


def held(node: tree.Choice, spot: Spot) -> Node:
    """The value of the first row of the set whose condition holds; the rows before it were asked and did not."""
    from engine.trace.expressions import expression

    sheet = spot.tracer.criteria(node.criteria)
    rows = rows_of_criteria(node, len(sheet))
    value = cell(evaluate(node, spot.context))
    found = Node(CRITERIA, written(node), value, type_of(node), expr=node, facts={"rows": len(rows)})
    place = next((n for n, (where, _) in enumerate(rows) if condition(where, spot.context)[0]), None)
    if place is None:
        found.note = f"none of the {len(rows)} rows of {node.criteria} holds"
        found.make = lambda: [expression(where, spot).named("before", WHY) for where, _ in rows]
        return found
    where, chosen = rows[place]
    found.place, found.text = sheet[place].place, sheet[place].where
    found.note = f"row {place + 1} of the {len(rows)} of {node.criteria} is the first that holds"
    if sheet[place].reference:
        found.note += f" ({sheet[place].reference})"
    found.make = lambda: [
        expression(chosen, spot, node.type).named("value", VALUE),
        expression(where, spot).named("condition", WHY),
        *(expression(other, spot).named("before", WHY) for other, _ in rows[:place]),
    ]
    return found
