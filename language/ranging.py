"""Aggregates and windows: which records they range over, and which names are of those records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from language import functions
from language.errors import ExpressionError, closest
from language.matching import match, names_of
from language.scope import Scope
from language.tree import (
    CONDITION,
    ISO,
    NONE,
    NUMBER,
    Aggregate,
    Attribute,
    Call,
    Constant,
    Key,
    Name,
    Node,
    Window,
    children,
    walk,
)
from language.types import WORDS, as_type, common_type, concrete, need, show, type_of

if TYPE_CHECKING:
    from language.resolve import Resolver

_OPTIONS = ("by", "where", "order", "subjects")
_VALUES = {"count": (0, 1), "covered_days": (2, 2)}
_PICKING = ("first", "last", "only")
_SHIFTS = ("lag", "lead")


def aggregate(resolver: Resolver, call: Call) -> Node:
    """Resolve an aggregate. Raises ExpressionError for one whose range is not clear."""
    _check_options(call)
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
    kind = _result(call.function, values)
    return Aggregate(call.function, values, None, by, where, _order(resolver, call), everyone, kind)


def window(resolver: Resolver, call: Call) -> Node:
    """Resolve a window over the dataset's own records. Raises ExpressionError."""
    _check_options(call)
    wanted = 1 if call.function in _SHIFTS else 0
    if len(call.arguments) != wanted:
        count = "one argument" if wanted else "no argument"
        raise ExpressionError(f"{call.function} takes {count} before its options")
    if resolver.inner:
        raise ExpressionError(f"{call.function} ranges over the dataset's own records and works in Mapping only")
    values = tuple(resolver.node(part) for part in call.arguments)
    order = _order(resolver, call)
    if call.function == "sequence" and not order:
        order = tuple(Key(resolver.scope.bare(name)) for name in resolver.scope.sequence_keys())
    if call.function != "sequence" and not order:
        raise ExpressionError(f"{call.function} needs order=", "say by which columns the records are ordered")
    kind = type_of(values[0]) if values else CONDITION if call.function.startswith("is_") else NUMBER
    by = _parts(resolver, call.options.get("by"))
    where = _condition(resolver, call)
    return Window(call.function, values, by, order, where, resolver.scope.block, _everyone(call), kind)


def _over_table(resolver: Resolver, call: Call, table: str, arguments: tuple[Node, ...], everyone: bool) -> Node:
    inside = resolver.inside(table)
    values = tuple(_typed(inside, call.function, part) for part in arguments)
    found = match(resolver, table, names_of(call.options.get("by")), call.options.get("where"), everyone)
    kind = _result(call.function, values)
    return Aggregate(call.function, values, found, (), None, _order(inside, call), found.subjects_all, kind)


def _several(resolver: Resolver, call: Call) -> Node:
    """`max(AE.AESTDTC, LB.LBDTC)`: each column ranges over its own table, then the greatest of them."""
    other = "greatest" if call.function == "max" else "least"
    ranging = [bool(_tables(resolver.scope, (item,))) for item in call.arguments]
    if not any(ranging):
        raise ExpressionError(
            f"{call.function} of several columns ranges over records; these are of one record", f"write {other}(...)"
        )
    if not all(ranging):
        alone = show(resolver.node(call.arguments[ranging.index(False)]))
        raise ExpressionError(
            f"{alone} is of one record, the rest of {call.function} ranges over records",
            f"write {other}({alone}, {call.function}(...))",
        )
    parts = [aggregate(resolver, Call(call.function, (item,), call.options)) for item in call.arguments]
    kind = common_type(parts)
    return Call(other, tuple(as_type(part, kind) for part in parts), {}, kind)


def _range(scope: Scope, call: Call) -> tuple[str, tuple[Node, ...]]:
    """The table that an aggregate ranges over (empty: the own records), and its value arguments."""
    for part in call.arguments:
        if isinstance(part, Name) and scope.is_table(part.name) and not scope.is_name(part.name):
            if call.function != "count":
                raise ExpressionError(f"{part.name} is a table", f"{call.function} takes a column: {part.name}.X")
            return part.name, ()
    options = [call.options[name] for name in ("where", "order") if name in call.options]
    tables = _tables(scope, (*call.arguments, *options))
    many = [name for name in tables if scope.many(name)]
    many = [name for name in many if not scope.is_source(name)] or many
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


def _parts(resolver: Resolver, by: Node | None) -> tuple[Node, ...]:
    if by is None:
        return ()
    keys = resolver.keys(by)
    if any(key.descending for key in keys):
        raise ExpressionError("desc(...) works in order= and in Order cells only")
    return tuple(key.node for key in keys)


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


def _check_options(call: Call) -> None:
    for name in call.options:
        if name not in _OPTIONS:
            hint = closest(name, _OPTIONS) or f"its options are {', '.join(_OPTIONS)}"
            raise ExpressionError(f"{call.function} has no option {name!r}", hint)


def _typed(resolver: Resolver, function: str, part: Node) -> Node:
    node = resolver.node(part)
    if function in ("any", "all"):
        return need(node, CONDITION, function)
    if function in ("sum", "mean", "covered_days"):
        return need(node, NUMBER, function)
    if function in _PICKING:
        return node
    node = concrete(node)
    if function in ("min", "max") and type_of(node) not in (NUMBER, ISO, NONE):
        raise ExpressionError(
            f"{function} works on numbers and dates, but {show(node)} is {WORDS[type_of(node)]}",
            "number(X) turns a text into a number; first and last take texts",
        )
    return node


def _result(function: str, values: tuple[Node, ...]) -> str:
    if function in ("any", "all"):
        return CONDITION
    if function in ("count", "count_distinct", "sum", "mean", "covered_days"):
        return NUMBER
    return type_of(values[0]) if values else NONE
