"""Which rows of a table belong to a row: By names and Where, split into equal keys, filters and the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from language.errors import ExpressionError
from language.tree import (
    CONDITION,
    EITHER,
    NUMBER,
    TEXT,
    Aggregate,
    Column,
    Compare,
    Exists,
    Logic,
    Match,
    Name,
    Node,
    Sequence,
    Window,
    children,
)
from language.types import as_type, common_type, need, type_of

if TYPE_CHECKING:
    from language.resolve import Resolver

Pair = tuple[Node, Node]


def match(resolver: Resolver, table: str, by: tuple[str, ...], where: Node | None, everyone: bool) -> Match:
    """Which rows of `table` belong to a row, from By names and a Where, both as written."""
    found = split(resolver, table, where)
    pairs = (*pairs_of(resolver, table, by), *found.pairs)
    return replace(found, subjects_all=everyone or found.subjects_all, pairs=pairs)


def names_of(by: Node | None) -> tuple[str, ...]:
    """The names of `by=` over a table. Raises ExpressionError for anything else."""
    if by is None:
        return ()
    parts = by.items if isinstance(by, Sequence) else (by,)
    if not all(isinstance(part, Name) for part in parts):
        raise ExpressionError("by= over another table takes names that both have")
    return tuple(part.name for part in parts if isinstance(part, Name))


def pairs_of(resolver: Resolver, table: str, by: tuple[str, ...]) -> tuple[Pair, ...]:
    """(inner, outer) for each By name, a column of the table and a bare name. Raises ExpressionError."""
    return tuple(_pair(name, resolver.scope.inner(table, name), resolver.scope.bare(name)) for name in by)


def _pair(name: str, inner: Node, outer: Node) -> Pair:
    try:
        kind = common_type((inner, outer))
    except ExpressionError as error:
        raise ExpressionError(f"By {name}: {error.message}", error.hint) from None
    kind = NUMBER if kind == EITHER else kind
    return as_type(inner, kind), as_type(outer, kind)


def split(resolver: Resolver, table: str, where: Node | None, alone: bool = False) -> Match:
    """The parts of a Where that are joined by `and`.

    A part that names no column of the table is an error, but with `alone` (Events) a condition on the record.
    """
    pairs: list[Pair] = []
    numbers: list[Pair] = []
    filters: list[Node] = []
    residual: list[Node] = []
    inside = resolver.inside(table)
    for part in conjuncts(where):
        node = need(inside.node(part), CONDITION, "where")
        inner, outer = sides(node)
        if not inner and not alone:
            raise ExpressionError(
                f"a part of where names no column of {table}",
                "every part joined by 'and' must; put the condition into the Where cell of the row",
            )
        if inner and not outer:
            filters.append(node)
            continue
        pair = _equality(node)
        if pair is None:
            residual.append(node)
        else:
            (numbers if type_of(pair[0]) == NUMBER else pairs).append(pair)
    everyone = not resolver.scope.has_subject(table)
    return Match(table, everyone, tuple(pairs), tuple(filters), tuple(residual), tuple(numbers))


def _equality(node: Node) -> Pair | None:
    """(inner, outer) of an equality that a hash join may decide: of exact texts, or of numbers if they are whole."""
    if not isinstance(node, Compare) or node.operator != "==":
        return None
    # An equality of dates is not transitive, so it is no key.
    if {type_of(node.left), type_of(node.right)} not in ({TEXT}, {NUMBER}):
        return None
    left, right = sides(node.left), sides(node.right)
    if left == (True, False) and right == (False, True):
        return node.left, node.right
    if left == (False, True) and right == (True, False):
        return node.right, node.left
    return None


def sides(node: Node) -> tuple[bool, bool]:
    """(names a column of the inner row, names anything of the outer row)."""
    if isinstance(node, (Aggregate, Window, Exists)):
        return False, True
    if isinstance(node, Column):
        return node.kind == "inner", node.kind != "inner"
    inner = outer = False
    for child in children(node):
        found = sides(child)
        inner, outer = inner or found[0], outer or found[1]
    return inner, outer


def conjuncts(where: Node | None) -> list[Node]:
    """The parts of a condition that are joined by `and`."""
    if where is None:
        return []
    if isinstance(where, Logic) and where.operator == "and":
        return [part for item in where.items for part in conjuncts(item)]
    return [where]
