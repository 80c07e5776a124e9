"""Evaluates a resolved expression over the rows of a context, column by column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derivations.floor import FUZZ
from engine import calls
from engine.columns import Array, Column, Text, at, choose, distinct, empty, missing
from engine.compare import compare, extreme_ranks
from engine.context import Context
from engine.criteria import graded
from engine.reversed import report_reversed
from language import tree
from language.functions import signature
from language.tree import ISO, NONE, NUMBER, TEXT, Node


def evaluate(node: Node, context: Context) -> Column:
    """The column of a resolved expression. Types were checked when names were resolved."""
    found: Column = _EVALUATORS[type(node)](node, context)
    return found


def condition(node: Node | None, context: Context) -> Array:
    """A condition as an array of bool; without one every row holds."""
    if node is None:
        return np.ones(context.count, bool)
    return np.asarray(evaluate(node, context), bool)


def typed(node: Node, context: Context, kind: str) -> Column:
    """The column of an expression for a variable of type `kind`, which a missing constant takes on."""
    if isinstance(node, tree.Constant) and node.value is None:
        return empty(kind, context.count)
    found = evaluate(node, context)
    if kind == NUMBER and isinstance(found, Text):
        return empty(NUMBER, context.count)
    return found


def _constant(node: tree.Constant, context: Context) -> Column:
    if node.value is None:
        return empty(node.type, context.count)
    if isinstance(node.value, str):
        return Text.constant(node.value, context.count)
    if isinstance(node.value, bool):
        return np.full(context.count, node.value)
    return np.full(context.count, float(node.value))


def _unary(node: tree.Unary, context: Context) -> Column:
    found = evaluate(node.operand, context)
    assert not isinstance(found, Text)
    return ~found if node.operator == "not" else -found


def _binary(node: tree.Binary, context: Context) -> Column:
    left, right = evaluate(node.left, context), evaluate(node.right, context)
    if node.type == TEXT:
        return _joined(left, right, context.count)
    return arithmetic(node.operator, _number(left), _number(right))


def _number(column: Column) -> Array:
    return empty(NUMBER, len(column)) if isinstance(column, Text) else column  # type: ignore[return-value]


def arithmetic(operator: str, left: Array, right: Array) -> Array:
    """Arithmetic on numbers; what is not a finite number (division by zero, a root of -1) is missing.

    So is what has a missing side: NumPy has it that 1 to any power, and anything to the power 0, is 1.
    """
    functions: dict[str, Callable[[Array, Array], Array]] = {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "//": _times,
        "%": _rest,
        "**": np.power,
    }
    with np.errstate(all="ignore"):
        found = functions[operator](left, right)
        known = np.isfinite(found)
        if operator == "**":
            known &= ~(np.isnan(left) | np.isnan(right))
    return np.where(known, found, np.nan)


def _times(left: Array, right: Array) -> Array:
    """`left // right`; a quotient that is whole on paper is whole: 7 // 0.1 is 70, as FLOOR and MOD of SAS have it."""
    quotient = left / right
    return np.where(_is_whole(left, right, quotient), np.rint(quotient), np.floor_divide(left, right))


def _rest(left: Array, right: Array) -> Array:
    """`left % right`; nothing is left where the quotient is whole on paper: 0.3 % 0.1 is 0."""
    return np.where(_is_whole(left, right, left / right), 0.0, np.mod(left, right))


def _is_whole(left: Array, right: Array, quotient: Array) -> Array:
    """Quotients that are whole but for binary fractions; of whole numbers floating division itself is exact."""
    fuzz = np.maximum(FUZZ, 4 * np.finfo(float).eps * np.abs(quotient))
    decimal = (left != np.rint(left)) | (right != np.rint(right))
    return decimal & (np.abs(quotient - np.rint(quotient)) <= fuzz)


def _joined(left: Column, right: Column, count: int) -> Column:
    assert isinstance(left, Text) and isinstance(right, Text)
    first, codes = distinct([left, right], count)
    a, b = left.at(first).objects(), right.at(first).objects()
    texts = [None if x is None or y is None else x + y for x, y in zip(a, b)]
    return Text.of(texts).at(codes)


def _compare(node: tree.Compare, context: Context) -> Column:
    kind = _kind(node.left, node.right)
    left, right = typed(node.left, context, kind), typed(node.right, context, kind)
    return compare(node.operator, left, right, kind)


def _kind(left: Node, right: Node) -> str:
    kinds = {getattr(left, "type", NONE), getattr(right, "type", NONE)} - {NONE}
    if ISO in kinds and TEXT in kinds:
        return TEXT
    return kinds.pop() if kinds else TEXT


def _member(node: tree.Member, context: Context) -> Column:
    kind = _kind(node.left, node.items[0])
    left = typed(node.left, context, kind)
    found = np.zeros(context.count, bool)
    for item in node.items:
        found |= compare("==", left, typed(item, context, kind), kind)
    return found


def _logic(node: tree.Logic, context: Context) -> Column:
    found = condition(node.items[0], context)
    for item in node.items[1:]:
        part = condition(item, context)
        found = found & part if node.operator == "and" else found | part
    return found


def _choice(node: tree.Choice, context: Context) -> Column:
    yes, no = typed(node.yes, context, node.type), typed(node.no, context, node.type)
    return choose(condition(node.condition, context), yes, no)


def _call(node: tree.Call, context: Context) -> Column:
    builtin = _BUILTINS.get(node.function)
    if builtin is not None:
        return builtin(node, context)
    kinds = {parameter.name: parameter.kind for parameter in signature(node.function).parameters}
    arguments: dict[str, Column] = {}
    for name, part in node.options.items():
        if kinds[name] != "constant":
            arguments[name] = _argument(part, kinds[name], context)
    several = [typed(part, context, TEXT) for part in node.arguments]
    return calls.call(node, arguments, several, context.count, context.report if context.reports else None)


def _argument(part: Node, kind: str, context: Context) -> Column:
    if kind == "day":
        found = typed(part, context, getattr(part, "type", NUMBER))
        return found.days() if isinstance(found, Text) else found
    return typed(part, context, kind)


def _missing(node: tree.Call, context: Context) -> Column:
    return missing(evaluate(node.arguments[0], context))


def _coalesce(node: tree.Call, context: Context) -> Column:
    found = typed(node.arguments[0], context, node.type)
    for part in node.arguments[1:]:
        found = choose(missing(found), typed(part, context, node.type), found)
    return found


def _extreme(node: tree.Call, context: Context) -> Column:
    """`least`, `greatest`: missing parts and dates without a day are skipped."""
    greatest = node.function == "greatest"
    columns = [typed(part, context, node.type) for part in node.arguments]
    best = columns[0]
    if isinstance(best, Text):
        ranks = extreme_ranks(best, greatest)
        best = best.take(np.where(np.isnan(ranks), -1, np.arange(context.count)))
    for column in columns[1:]:
        if isinstance(column, Text) and isinstance(best, Text):
            a, b = extreme_ranks(best, greatest), extreme_ranks(column, greatest)
        else:
            a, b = best, column  # type: ignore[assignment]
        better = np.isnan(a) & ~np.isnan(b) | ((b > a) if greatest else (b < a))
        best = choose(better, column, best)
    return best


def _total(node: tree.Call, context: Context) -> Column:
    parts = np.stack([np.asarray(typed(part, context, NUMBER)) for part in node.arguments])
    none = np.isnan(parts).all(axis=0)
    return np.where(none, np.nan, np.nansum(parts, axis=0))


def _flag(node: tree.Call, context: Context) -> Column:
    held = condition(node.arguments[0], context)
    return Text.constant("Y", context.count).take(np.where(held, 0, -1) if context.count else np.empty(0, int))


def _yn(node: tree.Call, context: Context) -> Column:
    held = condition(node.arguments[0], context)
    return Text.of(["Y", "N"]).at(np.where(held, 0, 1))


def _date_in(node: tree.Call, context: Context) -> Column:
    kind = _kind(node.arguments[0], node.arguments[1])
    date, start, end = (typed(part, context, kind) for part in node.arguments)
    after = compare("<=", start, date, kind)
    return after & (missing(end) | compare("<", date, end, kind))


def _column(node: tree.Column, context: Context) -> Column:
    return context.column(node)


def _aggregate(node: tree.Aggregate, context: Context) -> Column:
    if node.function == "covered_days" and context.reports:
        report_reversed(node, context)
    return context.aggregate(node)


def _window(node: tree.Window, context: Context) -> Column:
    return context.window(node)


def _exists(node: tree.Exists, context: Context) -> Column:
    return context.exists(node.join)


def _criteria(node: tree.Criteria, context: Context) -> Column:
    return graded(node, context, typed)


__all__ = ["Context", "Pairs", "arithmetic", "condition", "evaluate", "typed"]

_BUILTINS: dict[str, Callable[[tree.Call, Context], Column]] = {
    "missing": _missing,
    "coalesce": _coalesce,
    "least": _extreme,
    "greatest": _extreme,
    "total": _total,
    "flag": _flag,
    "yn": _yn,
    "date_in": _date_in,
}

_EVALUATORS: dict[type[Node], Callable[..., Column]] = {
    tree.Constant: _constant,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Compare: _compare,
    tree.Member: _member,
    tree.Logic: _logic,
    tree.Choice: _choice,
    tree.Call: _call,
    tree.Column: _column,
    tree.Aggregate: _aggregate,
    tree.Window: _window,
    tree.Exists: _exists,
    tree.Criteria: _criteria,
}


class Pairs(Context):
    """Pairs of an outer row and an inner row; whole outer expressions are evaluated once per outer row."""

    def __init__(self, outer: Context, inner: Context, left: Array, right: Array) -> None:
        self.outer, self.inner, self.left, self.right = outer, inner, left, right
        self.count = len(left)

    def column(self, node: tree.Column) -> Column:
        if node.kind == "inner":
            return at(self.inner.column(node), self.right)
        return at(self.outer.column(node), self.left)

    def _outer(self, node: Node) -> Column:
        return at(evaluate(node, self.outer), self.left)

    aggregate = _outer
    window = _outer

    def exists(self, join: str) -> Array:
        return np.asarray(at(self.outer.exists(join), self.left), bool)
