"""Explains windows: the place of a record among the records of its dataset or block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, group_codes
from engine.compare import keyed
from engine.contexts import DatasetContext, RecordContext
from engine.evaluate import Context, condition, evaluate
from engine.sorting import dense_ranks
from engine.trace.node import VALUE, WHY, WINDOW, Node, cell
from engine.trace.ranging import record_node
from engine.trace.spots import RecordSpot
from language import tree
from language.written import written, written_keys

if TYPE_CHECKING:
    from engine.trace.spots import Spot

_SHIFTS = ("lag", "lead")
_EDGES = ("is_first", "is_last")


@dataclass
class _Among:
    """The records that a window ranges over, in their order, as positions among all records of the dataset.

    ranks: of each of them. own, own_rank: the record itself, which `where` may have left out.
    """

    order: Array
    ranks: Array
    own: int
    own_rank: int

    @property
    def place(self) -> int:
        """The position of the own record in the order, -1 if it does not count."""
        found = np.flatnonzero(self.order == self.own)
        return int(found[0]) if len(found) else -1


def window(node: tree.Window, spot: Spot) -> Node:
    """A window for a record: the records in their order, as far as they decide."""
    value = cell(evaluate(node, spot.context))
    found = Node(WINDOW, written(node), value, node.type, expr=node)
    if not isinstance(spot, RecordSpot):
        found.note = "over the rows of its own table"
        return found
    among = _among(spot, node)
    by = f" by {written_keys(node.order)}" if node.order else ""
    place = "not one" if among.place < 0 else f"number {among.place + 1}"
    found.note = f"{place} of {len(among.order)} records{by}"
    found.facts |= {"count": len(among.order), "place": among.place + 1}
    found.make = lambda: _records(spot, node, among)
    return found


def _records(spot: RecordSpot, node: tree.Window, among: _Among) -> list[Node]:
    if node.function in _SHIFTS:
        return _neighbour(spot, node, among)
    if node.function in _EDGES:
        return _edge(spot, node, among)
    rows = among.order[: among.place + 1]
    return [_why(record_node(spot, int(row), node, "row", "this record" if row == among.own else "")) for row in rows]


def _why(node: Node) -> Node:
    node.role = WHY
    return node


def _edge(spot: RecordSpot, node: tree.Window, among: _Among) -> list[Node]:
    """The first or the last record, and the own one where it is another; where it is the own one, those behind it,
    of which each would take its place if it stood otherwise."""
    found = []
    for edge in (among.order[:1] if node.function == "is_first" else among.order[-1:]).tolist():
        note = "this record" if edge == among.own else node.function.removeprefix("is_")
        found.append(_why(record_node(spot, edge, node, "edge", note)))
    if not found or among.place < 0:
        found.append(_why(record_node(spot, among.own, node, "own", "does not count")))
    elif found[0].note != "this record":
        found.append(_why(record_node(spot, among.own, node, "own", "this record")))
    else:
        behind = among.order[1:] if node.function == "is_first" else among.order[-2::-1]
        found += [_why(record_node(spot, int(row), node, "other")) for row in behind]
    return found


def _neighbour(spot: RecordSpot, node: tree.Window, among: _Among) -> list[Node]:
    """The nearest earlier (later) record, whose value is taken, and the own one."""
    if node.function == "lag":
        near = among.order[among.ranks < among.own_rank][-1:]
    else:
        near = among.order[among.ranks > among.own_rank][:1]
    found = [record_node(spot, int(row), node, "neighbour", node.function) for row in near]
    for one in found:
        one.role = VALUE
    return [*found, _why(record_node(spot, among.own, node, "own", "this record"))]


def _among(spot: RecordSpot, node: tree.Window) -> _Among:
    context, subject, own, tiebreak = _whole(spot, node)
    columns: list[Column] = [] if node.subjects_all else [subject.astype(np.int64)]
    group, _ = group_codes([*columns, *(keyed(evaluate(part, context)) for part in node.by)], context.count)
    keys = sort_columns(node.order, context)
    if node.function == "sequence":
        keys += [(column, False) for column in tiebreak]
    ranks = dense_ranks(keys, context.count)
    rows = np.flatnonzero(condition(node.where, context) & (group == group[own]))
    rows = rows[np.argsort(ranks[rows], kind="stable")]
    start = spot.tracer.run.offset(spot.dataset, spot.block) if node.block else 0
    return _Among(rows + start, ranks[rows], own + start, int(ranks[own]))


def _whole(spot: RecordSpot, node: tree.Window) -> tuple[Context, Array, int, list[Column]]:
    """The records that a window ranges over, their subjects, the place of the own record, what breaks ties."""
    run = spot.tracer.run
    if node.block:
        block = RecordContext(run, spot.dataset, spot.block)
        return block, block.subject(), spot.row, run.tiebreak(spot.dataset, spot.block)
    everything = DatasetContext(run, spot.dataset)
    own = run.offset(spot.dataset, spot.block) + spot.row
    return everything, everything.subject(), own, run.tiebreak_of_all(spot.dataset)
