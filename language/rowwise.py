"""The row-wise functions that belong to the language itself, because their types follow their arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from language.errors import ExpressionError
from language.parse import parse
from language.tree import (
    CONDITION,
    EITHER,
    ISO,
    NONE,
    NUMBER,
    TEXT,
    Call,
    Choice,
    Constant,
    Exists,
    Logic,
    Name,
    Node,
)
from language.types import WORDS, as_type, common_type, need, show

if TYPE_CHECKING:
    from language.resolve import Resolver


_FLAT = 40


def plain(resolver: Resolver, item: Call, least: int, most: int | None) -> list[Node]:
    """The resolved arguments of a function without options. Raises ExpressionError for a wrong number of them."""
    if item.options:
        raise ExpressionError(f"{item.function} takes no option {next(iter(item.options))!r}")
    count = len(item.arguments)
    if count < least or (most is not None and count > most):
        wanted = str(least) if most == least else f"{least} or more" if most is None else f"{least} to {most}"
        raise ExpressionError(
            f"{item.function} takes {wanted} argument{'s' if wanted != '1' else ''}, here are {count}"
        )
    return [resolver.node(part) for part in item.arguments]


def _missing(resolver: Resolver, item: Call) -> Node:
    return Call("missing", tuple(plain(resolver, item, 1, 1)), {}, CONDITION)


def _same(resolver: Resolver, item: Call, kinds: tuple[str, ...]) -> Node:
    """A call whose arguments share one type, which is that of its result."""
    parts = plain(resolver, item, 1, None)
    kind = common_type(parts)
    if kind == EITHER and EITHER not in kinds:
        kind = NUMBER
    if kind not in (*kinds, NONE):
        wanted = " or ".join(WORDS[known] for known in kinds if known != EITHER)
        raise ExpressionError(f"{item.function} works on {wanted}, but {show(parts[0])} is {WORDS[kind]}")
    return Call(item.function, tuple(as_type(part, kind) for part in parts), {}, kind)


def _coalesce(resolver: Resolver, item: Call) -> Node:
    return _same(resolver, item, (NUMBER, TEXT, ISO, EITHER))


def _extreme(resolver: Resolver, item: Call) -> Node:
    return _same(resolver, item, (NUMBER, ISO))


def _total(resolver: Resolver, item: Call) -> Node:
    return _same(resolver, item, (NUMBER,))


def _of_condition(resolver: Resolver, item: Call) -> Node:
    (part,) = plain(resolver, item, 1, 1)
    return Call(item.function, (need(part, CONDITION, item.function),), {}, TEXT)


def _exists(resolver: Resolver, item: Call) -> Node:
    if len(item.arguments) != 1 or not isinstance(item.arguments[0], Name) or item.options:
        raise ExpressionError("exists takes the name of one join")
    name = item.arguments[0].name
    if resolver.scope.is_table(name):
        raise ExpressionError(f"{name} is a table, exists takes a join", f"write count({name}) > 0")
    resolver.scope.join(name)
    return Exists(name)


def _date_in(resolver: Resolver, item: Call) -> Node:
    parts = plain(resolver, item, 3, 3)
    kind = common_type(parts)
    kind = NUMBER if kind == EITHER else kind
    if kind not in (ISO, NUMBER, NONE):
        raise ExpressionError("date_in(date, start, end) works on dates", "iso8601(...) and date(...) make dates")
    return Call("date_in", tuple(as_type(part, kind) for part in parts), {}, CONDITION)


def _domain(resolver: Resolver, item: Call) -> Node:
    plain(resolver, item, 0, 0)
    return Constant(resolver.scope.domain(), TEXT)


def _criteria(resolver: Resolver, item: Call) -> Node:
    """The value of the first row of a set of criteria that holds, missing when none does."""
    name = item.arguments[0] if len(item.arguments) == 1 and not item.options else None
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        raise ExpressionError("criteria takes the name of a set of criteria in quotes")
    rows: list[tuple[Node, Node]] = []
    for number, (where, value) in enumerate(resolver.scope.criteria(name.value), 1):
        try:
            held = need(resolver.node(parse(where)), CONDITION, "Where") if where else Constant(True, CONDITION)
            rows.append((held, resolver.node(parse(value))))
        except ExpressionError as error:
            raise ExpressionError(f"row {number} of criteria {name.value!r}: {error.message}", error.hint) from None
    kind = common_type([value for _, value in rows])
    found = _first_that_holds([(held, as_type(value, kind)) for held, value in rows], kind)
    return replace(found, criteria=name.value) if isinstance(found, Choice) else found


def _first_that_holds(rows: list[tuple[Node, Node]], kind: str) -> Node:
    """Choices in a tree that stays flat: a set of criteria may have hundreds of rows."""
    if not rows:
        return Constant(None, kind)
    if len(rows) == 1:
        held, value = rows[0]
        return Choice(held, value, Constant(None, kind), kind)
    if len(rows) <= _FLAT:
        held, value = rows[0]
        return Choice(held, value, _first_that_holds(rows[1:], kind), kind)
    half = len(rows) // 2
    any_of_them = Logic("or", tuple(held for held, _ in rows[:half]))
    return Choice(any_of_them, _first_that_holds(rows[:half], kind), _first_that_holds(rows[half:], kind), kind)


def rows_of_criteria(node: Node, count: int) -> list[tuple[Node, Node]]:
    """The (condition, value) of each row of a set of `count` rows, from the choices that it was made into."""
    if count == 0 or not isinstance(node, Choice):
        return []
    if count <= _FLAT:
        return [(node.condition, node.yes), *rows_of_criteria(node.no, count - 1)]
    half = count // 2
    return [*rows_of_criteria(node.yes, half), *rows_of_criteria(node.no, count - half)]


CALLS: dict[str, Callable[[Resolver, Call], Node]] = {
    "missing": _missing,
    "coalesce": _coalesce,
    "least": _extreme,
    "greatest": _extreme,
    "total": _total,
    "flag": _of_condition,
    "yn": _of_condition,
    "exists": _exists,
    "date_in": _date_in,
    "domain": _domain,
    "criteria": _criteria,
}
