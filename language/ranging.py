"""Aggregates, windows and joins: which table they range over, and which names are of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from language import functions
from language.parse import ExpressionError
from language.scope import Scope
from language.tree import (
    CONDITION,
    EITHER,
    ISO,
    NONE,
    NUMBER,
    TEXT,
    Aggregate,
    Attribute,
    Call,
    Column,
    Compare,
    Constant,
    Exists,
    Key,
    Logic,
    Match,
    Name,
    Node,
    Sequence,
    Window,
    children,
    walk,
)
from language.types import as_type, common_type, need, show, type_of

if TYPE_CHECKING:
    from language.resolve import Resolver

_OPTIONS = ("by", "where", "order", "subjects")
_VALUES = {"count": (0, 1), "count_distinct": (1, 1), "covered_days": (2, 2)}
_WINDOW_VALUES = {"lag": 1, "lead": 1}


def aggregate(resolver: Resolver, call: Call) -> Node:
    """Resolve an aggregate. Raises ExpressionError for one whose range is not clear."""
    _check_options(call, _OPTIONS)
    if call.function in ("min", "max") and len(call.arguments) > 1:
        return _several(resolver, call)
    low, high = _VALUES.get(call.function, (1, 1))
    if not low <= len(call.arguments) <= high:
        raise ExpressionError(f"{call.function} takes {high} argument{'s' if high > 1 else ''}")
    everyone = _everyone(call)
    table, arguments = _range(resolver.scope, call)
    if table:
        return _over_table(resolver, call, table, arguments, everyone)
    values = tuple(_typed(resolver, call.function, part) for part in arguments)
    where = _condition(resolver, call)
    by = _parts(resolver, call.options.get("by"))
    order = _order(resolver, call)
    kind = _result(call.function, values)
    return Aggregate(call.function, values, None, by, where, order, everyone, kind)


def window(resolver: Resolver, call: Call) -> Node:
    """Resolve a window over the dataset's own records."""
    _check_options(call, _OPTIONS)
    wanted = _WINDOW_VALUES.get(call.function, 0)
    if len(call.arguments) != wanted:
        raise ExpressionError(f"{call.function} takes {wanted or 'no'} argument{'s' if wanted != 1 else ''} before its options")
    if resolver.inner:
        raise ExpressionError(f"{call.function} ranges over the dataset's own records and works in Mapping only")
    values = tuple(resolver.node(part) for part in call.arguments)
    order = _order(resolver, call)
    if call.function == "sequence" and not order:
        order = tuple(Key(resolver.scope.bare(name)) for name in resolver.scope.sequence_keys())
    if call.function != "sequence" and not order:
        raise ExpressionError(f"{call.function} needs order=")
    kind = type_of(values[0]) if values else CONDITION if call.function.startswith("is_") else NUMBER
    by = _parts(resolver, call.options.get("by"))
    where = _condition(resolver, call)
    return Window(call.function, values, by, order, where, resolver.scope.block, _everyone(call), kind)


def match(resolver: Resolver, table: str, by: tuple[str, ...], where: Node | None, everyone: bool) -> Match:
    """Which rows of `table` belong to a row, from By names and a Where, both as written."""
    scope = resolver.scope
    inside = _inside(resolver, table)
    pairs: list[tuple[Node, Node]] = []
    for name in by:
        inner = scope.inner(table, name)
        outer = scope.bare(name)
        pairs.append(_pair(inner, outer))
    filters: list[Node] = []
    residual: list[Node] = []
    for part in _conjuncts(where):
        node = need(inside.node(part), CONDITION, "where")
        _classify(node, table, pairs, filters, residual)
    return Match(table, everyone or not scope.has_subject(table), tuple(pairs), tuple(filters), tuple(residual))


def _classify(
    node: Node, table: str, pairs: list[tuple[Node, Node]], filters: list[Node], residual: list[Node]
) -> None:
    sides = _sides(node)
    if not sides[0]:
        raise ExpressionError(
            f"a part of where names no column of {table}",
            "every part joined by 'and' must; put the condition into the Where cell of the row",
        )
    if not sides[1]:
        filters.append(node)
        return
    if isinstance(node, Compare) and node.operator == "==" and type_of(node.left) in (TEXT, NUMBER):
        left, right = _sides(node.left), _sides(node.right)
        # an equality of numbers that are not whole is on 10 digits and no key; keys and codes are texts or whole
        if type_of(node.left) == TEXT or _whole(node.left) or _whole(node.right):
            if left == (True, False) and right == (False, True):
                pairs.append((node.left, node.right))
                return
            if left == (False, True) and right == (True, False):
                pairs.append((node.right, node.left))
                return
    residual.append(node)


def _whole(node: Node) -> bool:
    """True for numbers that are whole by their name: sequence numbers, days, numeric codes."""
    return isinstance(node, Column) and node.name.endswith(("SEQ", "DT", "DY"))


def _sides(node: Node) -> tuple[bool, bool]:
    """(names a column of the inner row, names anything of the outer row)."""
    inner = outer = False
    if isinstance(node, (Aggregate, Window, Exists)):
        return False, True
    if isinstance(node, Column):
        return node.kind == "inner", node.kind != "inner"
    for child in children(node):
        found = _sides(child)
        inner, outer = inner or found[0], outer or found[1]
    return inner, outer


def _pair(inner: Node, outer: Node) -> tuple[Node, Node]:
    kind = common_type((inner, outer))
    kind = NUMBER if kind == EITHER else kind
    return as_type(inner, kind), as_type(outer, kind)


def _over_table(
    resolver: Resolver, call: Call, table: str, arguments: tuple[Node, ...], everyone: bool
) -> Node:
    inside = _inside(resolver, table)
    values = tuple(_typed(inside, call.function, part) for part in arguments)
    names = _names(call.options.get("by"))
    found = match(resolver, table, names, call.options.get("where"), everyone)
    order = _order(inside, call)
    return Aggregate(
        call.function, values, found, (), None, order, found.subjects_all, _result(call.function, values)
    )


def _inside(resolver: Resolver, table: str) -> Resolver:
    from language.resolve import Resolver

    return Resolver(resolver.scope, table)


def _several(resolver: Resolver, call: Call) -> Node:
    """`max(AE.AESTDTC, LB.LBDTC)`: each column ranges over its own table, then the greatest of them."""
    if not any(isinstance(part, Attribute) for item in call.arguments for part in walk(item)):
        other = "greatest" if call.function == "max" else "least"
        raise ExpressionError(
            f"{call.function} of several columns ranges over records; these are of one record",
            f"write {other}(...)",
        )
    parts = []
    for item in call.arguments:
        one = Call(call.function, (item,), call.options)
        if not _tables(resolver.scope, (item,)):
            raise ExpressionError(f"{show(resolver.node(item))} is of one record", "leave it out of the aggregate")
        parts.append(aggregate(resolver, one))
    kind = common_type(parts)
    return Call("greatest" if call.function == "max" else "least", tuple(parts), {}, kind)


def _range(scope: Scope, call: Call) -> tuple[str, tuple[Node, ...]]:
    """The table that an aggregate ranges over (empty: the own records), and its value arguments."""
    for part in call.arguments:
        if isinstance(part, Name) and scope.is_table(part.name) and not scope.is_name(part.name):
            return part.name, ()
    options = [call.options[name] for name in ("where", "order") if name in call.options]
    tables = _tables(scope, (*call.arguments, *options))
    many = [name for name in tables if scope.many(name)]
    others = [name for name in many if not scope.is_source(name)]
    many = others or many
    if len(many) > 1:
        raise ExpressionError(
            f"{call.function} ranges over one table, here are {' and '.join(many)}",
            "keep one, and put the other into a working variable or a join",
        )
    if many:
        return many[0], call.arguments
    valued = _tables(scope, call.arguments)
    bare = any(isinstance(part, Name) for item in call.arguments for part in walk(item))
    if len(valued) == 1 and not bare and not scope.is_source(valued[0]):
        return valued[0], call.arguments
    return "", call.arguments


def _tables(scope: Scope, nodes: tuple[Node, ...]) -> list[str]:
    """The tables that attributes name, first first; aggregates inside have ranges of their own."""
    found: dict[str, None] = {}
    for node in nodes:
        for part in _shallow(node):
            if isinstance(part, Attribute) and scope.is_table(part.table):
                found[part.table] = None
    return list(found)


def _shallow(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Call) and node.function in functions.AGGREGATES:
        return
    for child in children(node):
        yield from _shallow(child)


def _conjuncts(where: Node | None) -> list[Node]:
    if where is None:
        return []
    if isinstance(where, Logic) and where.operator == "and":
        return [part for item in where.items for part in _conjuncts(item)]
    return [where]


def _names(by: Node | None) -> tuple[str, ...]:
    if by is None:
        return ()
    parts = by.items if isinstance(by, Sequence) else (by,)
    if not all(isinstance(part, Name) for part in parts):
        raise ExpressionError("by= of an aggregate over another table takes names that both have")
    return tuple(part.name for part in parts if isinstance(part, Name))


def _parts(resolver: Resolver, by: Node | None) -> tuple[Node, ...]:
    return tuple(key.node for key in resolver.keys(by)) if by is not None else ()


def _order(resolver: Resolver, call: Call) -> tuple[Key, ...]:
    order = call.options.get("order")
    if call.function in ("first", "last") and order is None:
        raise ExpressionError(f"{call.function} needs order=", "say by which column the rows are ordered")
    return resolver.keys(order) if order is not None else ()


def _condition(resolver: Resolver, call: Call) -> Node | None:
    where = call.options.get("where")
    return None if where is None else need(resolver.node(where), CONDITION, "where")


def _everyone(call: Call) -> bool:
    value = call.options.get("subjects")
    if value is None:
        return False
    if not isinstance(value, Constant) or value.value != "all":
        raise ExpressionError("subjects= takes the one value 'all'")
    return True


def _check_options(call: Call, valid: tuple[str, ...]) -> None:
    from language.resolve import closest

    for name in call.options:
        if name not in valid:
            raise ExpressionError(f"{call.function} has no option {name!r}", closest(name, valid))


def _typed(resolver: Resolver, function: str, part: Node) -> Node:
    node = resolver.node(part)
    kind = type_of(node)
    if function in ("any", "all"):
        return need(node, CONDITION, function)
    if function in ("sum", "mean", "covered_days"):
        return need(node, NUMBER, function)
    if kind == EITHER:
        node = as_type(node, NUMBER)
    if function in ("min", "max") and type_of(node) not in (NUMBER, ISO, NONE):
        raise ExpressionError(f"{function} works on numbers and dates, {show(node)} is a {type_of(node)}")
    return node


def _result(function: str, values: tuple[Node, ...]) -> str:
    if function in ("any", "all"):
        return CONDITION
    if function in ("count", "count_distinct", "sum", "mean", "covered_days"):
        return NUMBER
    return type_of(values[0]) if values else NONE


def keys_of(nodes: tuple[Key, ...]) -> tuple[Node, ...]:
    """The expressions behind sort keys."""
    return tuple(key.node for key in nodes)
