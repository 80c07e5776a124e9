"""Explains aggregates: the rows that counted, with their values, and for first and last the one that was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, group_codes, missing, take
from engine.compare import keyed
from engine.contexts import DatasetContext
from engine.evaluate import Pairs, condition, evaluate
from engine.matching import InnerContext
from engine.trace.joins import matched, ordered, row_node, unmet
from engine.trace.node import AGGREGATE, ROW, VALUE, WHY, Node, cell
from engine.trace.spots import RecordSpot
from engine.views import View
from language import tree
from language.written import conditions_of, written, written_keys

if TYPE_CHECKING:
    from engine.trace.spots import Spot

_PICKING = ("first", "last")
_DECIDED = ("any", "all", "only", "min", "max")  # by some of the rows that count


def aggregate(node: tree.Aggregate, spot: Spot) -> Node:
    """An aggregate for the row of a spot."""
    value = cell(evaluate(node, spot.context))
    found = Node(AGGREGATE, written(node), value, node.type, expr=node)
    if node.match is None:
        return _over_own(node, spot, found)
    run = spot.tracer.run
    view = run.range_of(spot.dataset, node.match)
    rows = matched(spot, node.match, view)
    table = node.match.table
    found.facts |= {"table": table, "count": len(rows)}
    found.note = _said(node, table, len(rows), of_subject(spot, node.match, view))
    if view is not run.view(spot.dataset, table):
        found.note += "; all subjects, read from " + view.name
        found.make = lambda: _elsewhere(node, view, rows)
        return found
    match = node.match
    found.facts["rest"] = lambda: unmet(spot, match, view, rows)
    found.make = lambda: _rows(node, spot, view, rows) if len(rows) else unmet(spot, match, view)
    return found


def of_subject(spot: Spot, match: tree.Match, view: View) -> int:
    """How many rows a where= had to choose from."""
    if match.subjects_all:
        return view.count
    return int(np.count_nonzero(view.subject == spot.subject()[0]))


def _said(node: tree.Aggregate, table: str, count: int, total: int) -> str:
    what = f"{count} of {total} rows of {table}"
    if node.function in _PICKING and count:
        return f"the {node.function} of {what} by {written_keys(node.order)}"
    return what


def _rows(node: tree.Aggregate, spot: Spot, view: View, rows: Array) -> list[Node]:
    """The rows that count: for first and last in their order, of which the first is the one that was taken."""
    assert node.match is not None
    conditions = conditions_of(node.match)
    taken = node.function in _PICKING and len(rows) > 0
    if taken:
        rows = ordered(spot, view, rows, node.order, node.function == "last")
    found = []
    for place, row in enumerate(rows):
        slot = "other" if taken and place else "row"
        note = "taken" if taken and not place else ""
        found.append(row_node(spot, node.match.table, view, int(row), node.values, node.order, conditions, slot, note))
    if node.function not in _DECIDED:
        return found
    pairs = Pairs(spot.context, InnerContext(view, rows), np.zeros(len(rows), np.int64), np.arange(len(rows)))
    return _deciding_first(found, node, evaluate(node.values[0], pairs), evaluate(node, spot.context))


def _deciding_first(rows: list[Node], node: tree.Aggregate, values: Column, result: Column) -> list[Node]:
    """The rows that give the value before those that it would be the same without."""
    if node.function in ("any", "all"):
        decides = np.asarray(values, bool) == (node.function == "any")
    elif node.function == "only":
        decides = ~missing(values)
    else:
        found = cell(result)
        decides = np.array([found is not None and cell(values, place) == found for place in range(len(rows))], bool)
    for row, first in zip(rows, decides.tolist(), strict=True):
        row.facts["decides"] = first
    return sorted(rows, key=lambda row: not row.facts["decides"])


def _elsewhere(node: tree.Aggregate, view: View, rows: Array) -> list[Node]:
    """Rows of all subjects, as they stand in the built file."""
    names = list(dict.fromkeys(part.name for value in node.values for part in tree.walk(value)
                               if isinstance(part, tree.Column) and part.kind == "inner"))  # fmt: skip
    found = []
    for row in rows:
        shown = ", ".join(f"{name} = {cell(take(view.column(name), np.array([row])))!r}" for name in names)
        facts = {"file": view.name, "record": int(row) + 1}
        found.append(Node(ROW, f"{view.name} record {int(row) + 1}", note=shown, slot="row", facts=facts))
    return found


# --- the own records of a dataset -----------------------------------------------------------------------


def group_of(spot: RecordSpot, node: tree.Aggregate | tree.Window) -> tuple[DatasetContext, Array]:
    """All records of the dataset, and those among them of the same subject and `by` that `where` lets count."""
    run = spot.tracer.run
    context = DatasetContext(run, spot.dataset)
    held = condition(node.where, context)
    columns = [] if node.subjects_all else [context.subject().astype(np.int64)]
    group, _ = group_codes([*columns, *(keyed(evaluate(part, context)) for part in node.by)], context.count)
    own = run.offset(spot.dataset, spot.block) + spot.row
    return context, np.flatnonzero(held & (group == group[own]))


def record_at(spot: Spot, row: int) -> RecordSpot:
    """The record at a position among all records of the dataset of a spot."""
    place = spot.tracer.place_of("", spot.dataset, row)
    assert place is not None
    return RecordSpot(spot.tracer, *place)


def record_node(spot: Spot, row: int, node: tree.Aggregate | tree.Window, slot: str, note: str = "") -> Node:
    """A record of the own dataset: its values, then why it stands where it does."""
    from engine.trace.expressions import expression

    def parts() -> list[Node]:
        other = record_at(spot, row)
        found = [expression(part, other).named("value", VALUE) for part in node.values]
        found += [expression(key.node, other).named("order", WHY) for key in node.order]
        found += [expression(part, other).named("by", WHY) for part in node.by]
        return found + ([expression(node.where, other).named("where", WHY)] if node.where is not None else [])

    there = record_at(spot, row)
    name = spot.tracer.label(there.dataset, there.block, there.row)
    return Node(ROW, name, note=note, slot=slot, make=parts, facts={"table": spot.dataset, "position": row})


def _over_own(node: tree.Aggregate, spot: Spot, found: Node) -> Node:
    if not isinstance(spot, RecordSpot):
        found.note = "over the rows of its own table"
        return found
    context, rows = group_of(spot, node)
    found.note = _said(node, spot.dataset, len(rows), context.count)
    found.facts |= {"table": spot.dataset, "count": len(rows)}

    def parts() -> list[Node]:
        best = rows
        taken = node.function in _PICKING and len(rows) > 0
        if taken:
            best = in_order(context, rows, node.order, node.function == "last")
        nodes = []
        for place, row in enumerate(best):
            slot = "other" if taken and place else "row"
            nodes.append(record_node(spot, int(row), node, slot, "taken" if taken and not place else ""))
            nodes[-1].role = WHY if slot == "other" else VALUE
        if node.function not in _DECIDED:
            return nodes
        values = evaluate(node.values[0], context)
        return _deciding_first(nodes, node, take(values, rows), evaluate(node, spot.context))

    found.make = parts
    return found


def in_order(context: DatasetContext, rows: Array, keys: tuple[tree.Key, ...], last: bool) -> Array:
    """Some of the records of a dataset as an order sorts them, the last first where `last`."""
    from engine.aggregates import sort_columns
    from engine.sorting import dense_ranks

    ranks = dense_ranks(sort_columns(keys, context), context.count)[rows]
    return np.asarray(rows[np.argsort(-ranks if last else ranks, kind="stable")])
