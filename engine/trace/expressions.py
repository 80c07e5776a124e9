"""Explains an expression for one row: each part with its value, evaluated by the engine as in a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.evaluate import condition, evaluate, typed
from engine.trace import criteria, ranging, supplied, windows
from engine.trace.node import CONSTANT, EXPRESSION, VALUE, WHY, Node, cell
from language import functions, tree
from language.types import type_of
from language.written import written
from specs.problem import Place
from specs.study_sections import FILE

if TYPE_CHECKING:
    from engine.trace.spots import Spot


def expression(node: tree.Node, spot: Spot, kind: str = "") -> Node:
    """What an expression gives for the row of a spot, and the parts that it is made of.

    kind: the type of the variable that it fills, which a missing constant takes on.
    """
    if isinstance(node, tree.Column):
        return spot.column(node)
    if isinstance(node, tree.Exists):
        return spot.exists(node.join)
    if isinstance(node, tree.Constant):
        return _constant(node)
    if isinstance(node, tree.Aggregate):
        return ranging.aggregate(node, spot.widest())
    if isinstance(node, tree.Window):
        return windows.window(node, spot.widest())
    if isinstance(node, tree.Criteria):
        return criteria.held(node, spot)
    value = cell(typed(node, spot.context, kind) if kind else evaluate(node, spot.context))
    found = Node(EXPRESSION, written(node), value, type_of(node), expr=node, make=lambda: _parts(node, spot))
    if isinstance(node, tree.Call) and node.supplied:
        supplied.explain(node, spot, found)
    return found


def _constant(node: tree.Constant) -> Node:
    value = float(node.value) if isinstance(node.value, int) and not isinstance(node.value, bool) else node.value
    place = Place(FILE, 0, node.name) if node.name else None
    return Node(CONSTANT, written(node), value, type_of(node), place=place, expr=node)


def _parts(node: tree.Node, spot: Spot) -> list[Node]:
    return _PARTS[type(node)](node, spot)


def _unary(node: tree.Unary, spot: Spot) -> list[Node]:
    return [expression(node.operand, spot)]


def _two(node: tree.Binary | tree.Compare, spot: Spot) -> list[Node]:
    return [expression(node.left, spot), expression(node.right, spot)]


def _member(node: tree.Member, spot: Spot) -> list[Node]:
    return [expression(part, spot) for part in (node.left, *node.items)]


def _logic(node: tree.Logic, spot: Spot) -> list[Node]:
    return [expression(part, spot) for part in node.items]


def _choice(node: tree.Choice, spot: Spot) -> list[Node]:
    holds = bool(condition(node.condition, spot.context)[0])
    chosen = expression(node.yes if holds else node.no, spot, node.type)
    return [chosen.named("value", VALUE), expression(node.condition, spot).named("condition", WHY)]


def _call(node: tree.Call, spot: Spot) -> list[Node]:
    if node.function == "coalesce":
        return _coalesce(node.arguments, spot)
    found = []
    if node.options:
        for parameter in functions.signature(node.function).parameters:
            part = node.options.get(parameter.name)
            if part is not None:
                found.append(expression(part, spot).named(parameter.name))
    return [*found, *(expression(part, spot) for part in node.arguments)]


def _coalesce(arguments: Sequence[tree.Node], spot: Spot) -> list[Node]:
    """The values up to the first that is not missing; no other was asked for."""
    found = []
    for part in arguments:
        found.append(expression(part, spot))
        if found[-1].value is not None:
            break
    return found


_PARTS: dict[type[tree.Node], Callable[[Any, Spot], list[Node]]] = {
    tree.Unary: _unary,
    tree.Binary: _two,
    tree.Compare: _two,
    tree.Member: _member,
    tree.Logic: _logic,
    tree.Choice: _choice,
    tree.Call: _call,
}
