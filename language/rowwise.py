"""The row-wise functions that belong to the language itself, because their types follow their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from language.criteria import criteria
from language.errors import ExpressionError
from language.tree import (
    CONDITION,
    EITHER,
    ISO,
    NONE,
    NUMBER,
    TEXT,
    Call,
    Constant,
    Exists,
    Name,
    Node,
)
from language.types import WORDS, as_type, common_type, need, show

if TYPE_CHECKING:
    from language.resolve import Resolver


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
    "criteria": criteria,
}
