"""From Python's syntax tree to the tree of the language; what the language does not have is an error."""

from __future__ import annotations

import ast
import math
import re

from language import tree
from language.errors import ExpressionError

_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_DEEPEST = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _shown(item: ast.AST) -> str:
    """The item as text for messages; `ast.unparse` fails for some trees that `ast.parse` makes."""
    try:
        text = ast.unparse(item)
    except (RecursionError, ValueError, UnicodeError):
        return "the expression"
    return repr(text if len(text) <= 80 else text[:77] + "...")


class Reader:
    """Reads one expression; `names` are the names in backticks by the identifiers that stand for them."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.depth = 0

    def node(self, item: ast.expr) -> tree.Node:
        """The tree of a part. Raises ExpressionError for what is not part of the language."""
        method = getattr(self, "_" + type(item).__name__.lower(), None)
        if method is None:
            raise ExpressionError(f"{_shown(item)} is not part of the language")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError(f"the expression is nested more than {_DEEPEST} deep", "use working variables")
        found: tree.Node = method(item)
        self.depth -= 1
        return found

    def _constant(self, item: ast.Constant) -> tree.Node:
        value = item.value
        if isinstance(value, bool):
            return tree.Constant(value, tree.CONDITION)
        if isinstance(value, (int, float)):
            return tree.Constant(_finite(value), tree.NUMBER)
        if isinstance(value, str):
            return _text(value)
        if value is None:
            return tree.Constant(None, tree.NONE)
        raise ExpressionError(f"{_shown(item)} is neither a text nor a number")

    def _name(self, item: ast.Name) -> tree.Node:
        return tree.Name(self.names.get(item.id, item.id))

    def _attribute(self, item: ast.Attribute) -> tree.Node:
        if not isinstance(item.value, ast.Name):
            raise ExpressionError(f"{_shown(item)}: a column is written TABLE.COLUMN")
        table = self.names.get(item.value.id, item.value.id)
        return tree.Attribute(table, self.names.get(item.attr, item.attr))

    def _tuple(self, item: ast.Tuple) -> tree.Node:
        return tree.Sequence(tuple(self.node(part) for part in item.elts))

    _list = _tuple

    def _unaryop(self, item: ast.UnaryOp) -> tree.Node:
        operand = self.node(item.operand)
        if isinstance(item.op, ast.Not):
            return tree.Unary("not", operand, tree.CONDITION)
        number = isinstance(operand, tree.Constant) and isinstance(operand.value, float)
        if isinstance(item.op, ast.USub):
            return tree.Constant(-operand.value, tree.NUMBER) if number else tree.Unary("-", operand, tree.NUMBER)  # type: ignore[attr-defined]
        if isinstance(item.op, ast.UAdd):
            if number:
                return operand
            raise ExpressionError(f"the + before {_shown(item.operand)} has no meaning", "leave it out")
        raise ExpressionError("'~' is not part of the language", "write 'not'")

    def _binop(self, item: ast.BinOp) -> tree.Node:
        operator = _BINARY.get(type(item.op))
        if operator is None:
            hint = "write 'and', 'or', 'not'; '+' joins texts, '**' is the power"
            raise ExpressionError(f"{_shown(item)} is not part of the language", hint)
        return tree.Binary(operator, self.node(item.left), self.node(item.right))

    def _boolop(self, item: ast.BoolOp) -> tree.Node:
        operator = "and" if isinstance(item.op, ast.And) else "or"
        return tree.Logic(operator, tuple(self.node(part) for part in item.values))

    def _compare(self, item: ast.Compare) -> tree.Node:
        parts: list[tree.Node] = []
        left = item.left
        for operator, right in zip(item.ops, item.comparators):
            parts.append(self._comparison(operator, self.node(left), right))
            left = right
        return parts[0] if len(parts) == 1 else tree.Logic("and", tuple(parts))

    def _comparison(self, operator: ast.cmpop, left: tree.Node, right: ast.expr) -> tree.Node:
        if isinstance(operator, (ast.In, ast.NotIn)):
            member = self._member(left, right)
            return member if isinstance(operator, ast.In) else tree.Unary("not", member, tree.CONDITION)
        symbol = _COMPARE.get(type(operator))
        if symbol is None:
            raise ExpressionError("'is' is not part of the language", "write missing(X) or not missing(X)")
        return tree.Compare(symbol, left, self.node(right))

    def _member(self, left: tree.Node, right: ast.expr) -> tree.Node:
        found = self.node(right)
        if isinstance(found, tree.Sequence):
            return tree.Member(left, found.items)
        if isinstance(found, tree.Call) and found.function in ("dates", "values"):
            return tree.Member(left, (found,))
        single = f"with one value write ({ast.unparse(right)},)" if isinstance(right, ast.Constant) else ""
        raise ExpressionError("'in' needs a list in brackets: X in ('A', 'B')", single)

    def _ifexp(self, item: ast.IfExp) -> tree.Node:
        return tree.Choice(self.node(item.test), self.node(item.body), self.node(item.orelse))

    def _call(self, item: ast.Call) -> tree.Node:
        if not isinstance(item.func, ast.Name):
            raise ExpressionError(f"{_shown(item.func)} is not a function name")
        options: dict[str, tree.Node] = {}
        for keyword in item.keywords:
            if keyword.arg is None:
                raise ExpressionError("'**' is not part of the language here")
            options[self.names.get(keyword.arg, keyword.arg)] = self.node(keyword.value)
        arguments = tuple(self.node(part) for part in item.args)
        return tree.Call(self.names.get(item.func.id, item.func.id), arguments, options)


def _finite(value: int | float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ExpressionError("a number in the expression is too large")
    return number


def _text(value: str) -> tree.Constant:
    found = _CONTROL.search(value)
    if found:
        raise ExpressionError(
            f"a text holds the control character {found[0]!r}",
            "a backslash that is meant is written twice: '\\\\b'",
        )
    return tree.Constant(value or None, tree.TEXT if value else tree.NONE)
