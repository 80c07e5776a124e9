"""From the text of an expression to its tree. Python's syntax, read with `ast`; nothing is ever executed."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from language import tree
from language.habits import habits

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
# a text in quotes, a name in backticks, or `--` that begins a name (the prefix of the dataset)
_TOKENS = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`([^`]+)`|(?<![\w)\]])--(?=[A-Z])""")
_LIMIT = 10_000


class ExpressionError(Exception):
    """What is wrong with an expression, and a hint; the caller adds the place."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def with_prefix(text: str, prefix: str) -> str:
    """Put the two letters of a domain for `--` in every name of an expression.

    >>> with_prefix("study_day(--STDTC, DM.RFSTDTC) if X == '--' else 0", "AE")
    "study_day(AESTDTC, DM.RFSTDTC) if X == '--' else 0"
    """
    return _TOKENS.sub(lambda found: found.group(0) if found.group(0) != "--" else prefix, text)


@lru_cache(maxsize=20_000)
def parse(text: str) -> tree.Node:
    """The tree of an expression.

    Raises ExpressionError for text that is no expression, or that uses Python beyond the language.

    >>> parse("AGE >= 65")
    Compare(operator='>=', left=Name(name='AGE'), right=Constant(value=65.0, type='number'), type='condition')
    """
    names: dict[str, str] = {}

    def quote(found: re.Match[str]) -> str:
        if found.group(2) is None:
            if found.group(0) == "--":
                raise ExpressionError("'--' stands for a domain prefix and works in mapping/all.csv only")
            return found.group(0)
        name = f"quoted_{len(names)}_"
        names[name] = found.group(2)
        return name

    if len(text) > _LIMIT:
        raise ExpressionError(f"the expression is longer than {_LIMIT} characters")
    source = _TOKENS.sub(quote, text.strip())
    try:
        body = ast.parse(source.replace("\r", " ").replace("\n", " "), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        detail = getattr(error, "msg", "") or "not an expression"
        raise ExpressionError(f"cannot be read: {detail}: {text!r}", habits(text)) from None
    try:
        return _Reader(names).node(body)
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None


def parse_call(text: str) -> tree.Call:
    """The tree of a text that must be one call, such as a statistic."""
    node = parse(text)
    if not isinstance(node, tree.Call):
        raise ExpressionError(f"{text!r} must be one call such as f(X)")
    return node


class _Reader:
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def node(self, item: ast.expr) -> tree.Node:
        method = getattr(self, "_" + type(item).__name__.lower(), None)
        if method is None:
            raise ExpressionError(f"{ast.unparse(item)!r} is not part of the language")
        found: tree.Node = method(item)
        return found

    def _constant(self, item: ast.Constant) -> tree.Node:
        value = item.value
        if isinstance(value, bool):
            return tree.Constant(value, tree.CONDITION)
        if isinstance(value, (int, float)):
            return tree.Constant(float(value), tree.NUMBER)
        if isinstance(value, str):
            return tree.Constant(value or None, tree.TEXT if value else tree.NONE)
        if value is None:
            return tree.Constant(None, tree.NONE)
        raise ExpressionError(f"{value!r} is neither a text nor a number")

    def _name(self, item: ast.Name) -> tree.Node:
        return tree.Name(self.names.get(item.id, item.id))

    def _attribute(self, item: ast.Attribute) -> tree.Node:
        if not isinstance(item.value, ast.Name):
            raise ExpressionError(f"{ast.unparse(item)!r}: a column is written TABLE.COLUMN")
        table = self.names.get(item.value.id, item.value.id)
        return tree.Attribute(table, self.names.get(item.attr, item.attr))

    def _tuple(self, item: ast.Tuple) -> tree.Node:
        return tree.Sequence(tuple(self.node(part) for part in item.elts))

    _list = _tuple

    def _unaryop(self, item: ast.UnaryOp) -> tree.Node:
        operand = self.node(item.operand)
        if isinstance(item.op, ast.Not):
            return tree.Unary("not", operand, tree.CONDITION)
        if isinstance(item.op, ast.USub):
            if isinstance(operand, tree.Constant) and isinstance(operand.value, float):
                return tree.Constant(-operand.value, tree.NUMBER)
            return tree.Unary("-", operand, tree.NUMBER)
        if isinstance(item.op, ast.UAdd):
            return operand
        raise ExpressionError("'~' is not part of the language", "write 'not'")

    def _binop(self, item: ast.BinOp) -> tree.Node:
        operator = _BINARY.get(type(item.op))
        if operator is None:
            raise ExpressionError(f"{ast.unparse(item)!r} is not part of the language", "write 'and', 'or', 'not'")
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
            found = self.node(right)
            items = found.items if isinstance(found, tree.Sequence) else None
            if items is None and isinstance(found, tree.Call) and found.function in ("dates", "values"):
                return tree.Member(left, (found,))
            if items is None:
                raise ExpressionError("'in' needs a list in brackets: X in ('A', 'B')")
            member = tree.Member(left, items)
            return member if isinstance(operator, ast.In) else tree.Unary("not", member, tree.CONDITION)
        symbol = _COMPARE.get(type(operator))
        if symbol is None:
            raise ExpressionError("'is' is not part of the language", "write missing(X) or not missing(X)")
        return tree.Compare(symbol, left, self.node(right))

    def _ifexp(self, item: ast.IfExp) -> tree.Node:
        return tree.Choice(self.node(item.test), self.node(item.body), self.node(item.orelse))

    def _call(self, item: ast.Call) -> tree.Node:
        if not isinstance(item.func, ast.Name):
            raise ExpressionError(f"{ast.unparse(item.func)!r} is not a function name")
        options: dict[str, tree.Node] = {}
        for keyword in item.keywords:
            if keyword.arg is None:
                raise ExpressionError("'**' is not part of the language")
            options[keyword.arg] = self.node(keyword.value)
        arguments = tuple(self.node(part) for part in item.args)
        return tree.Call(item.func.id, arguments, options)
