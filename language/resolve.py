"""Names and types of an expression: from the tree as written to a tree whose every name is known."""

from __future__ import annotations

import derivations
from language import functions, ranging, rowwise
from language.derivation_calls import derivation
from language.errors import ExpressionError, closest
from language.scope import Scope
from language.tree import (
    CONDITION,
    ISO,
    NUMBER,
    TEXT,
    Attribute,
    Binary,
    Call,
    Choice,
    Compare,
    Constant,
    Key,
    Logic,
    Member,
    Name,
    Node,
    Sequence,
    Unary,
)
from language.types import as_type, check_comparison, common_type, concrete, need, type_of

__all__ = ["Resolver", "closest", "resolve", "resolve_condition", "resolve_keys"]


def resolve(node: Node, scope: Scope) -> Node:
    """The tree with every name resolved and every part typed. Raises ExpressionError at the first fault."""
    return Resolver(scope).node(node)


def resolve_condition(node: Node, scope: Scope) -> Node:
    """As `resolve`, for a cell that must be a condition."""
    return need(resolve(node, scope), CONDITION, "a condition cell")


def resolve_keys(node: Node, scope: Scope) -> tuple[Key, ...]:
    """Sort keys: one expression or several in a list, each possibly `desc(X)`."""
    return Resolver(scope).keys(node)


class Resolver:
    """Resolves the parts of one expression; `inner` names the table whose row `T.X` means, if there is one."""

    def __init__(self, scope: Scope, inner: str = "") -> None:
        self.scope = scope
        self.inner = inner

    def inside(self, table: str) -> Resolver:
        """The resolver of what is written of the rows of a table."""
        return Resolver(self.scope, table)

    def node(self, item: Node) -> Node:
        """The resolved part. Raises ExpressionError."""
        method = getattr(self, "_" + type(item).__name__.lower(), None)
        if method is None:
            raise ExpressionError("a list in brackets has no meaning here")
        found: Node = method(item)
        return found

    def keys(self, item: Node) -> tuple[Key, ...]:
        """Sort keys, each possibly `desc(X)`."""
        parts = item.items if isinstance(item, Sequence) else (item,)
        return tuple(self._key(part) for part in parts)

    def _key(self, item: Node) -> Key:
        if isinstance(item, Call) and item.function == "desc":
            if len(item.arguments) != 1 or item.options:
                raise ExpressionError("desc takes one argument")
            return Key(concrete(self.node(item.arguments[0])), True)
        return Key(concrete(self.node(item)))

    def _constant(self, item: Constant) -> Node:
        return item

    def _name(self, item: Name) -> Node:
        return self.scope.bare(item.name)

    def _attribute(self, item: Attribute) -> Node:
        if item.table == self.inner:
            return self.scope.inner(item.table, item.name)
        return self.scope.attribute(item.table, item.name)

    def _unary(self, item: Unary) -> Node:
        kind = CONDITION if item.operator == "not" else NUMBER
        return Unary(item.operator, need(self.node(item.operand), kind, f"'{item.operator}'"), kind)

    def _binary(self, item: Binary) -> Node:
        left, right = self.node(item.left), self.node(item.right)
        kinds = {type_of(left), type_of(right)}
        what = f"'{item.operator}'"
        if item.operator == "+" and kinds & {TEXT, ISO} and NUMBER not in kinds:
            return Binary("+", need(left, TEXT, what), need(right, TEXT, what), TEXT)
        return Binary(item.operator, need(left, NUMBER, what), need(right, NUMBER, what), NUMBER)

    def _compare(self, item: Compare) -> Node:
        left, right = check_comparison(item.operator, self.node(item.left), self.node(item.right))
        return Compare(item.operator, left, right)

    def _member(self, item: Member) -> Node:
        left = self.node(item.left)
        items = [self.node(part) for part in item.items]
        if not items:
            raise ExpressionError("'in' needs at least one value in its list")
        left = as_type(left, common_type((left, *items)))
        pairs = [check_comparison("==", left, part) for part in items]
        if len({frozenset(map(type_of, pair)) for pair in pairs}) > 1:  # dates among texts: each compares as == does
            return Logic("or", tuple(Compare("==", *pair) for pair in pairs))
        return Member(pairs[0][0], tuple(right for _, right in pairs))

    def _logic(self, item: Logic) -> Node:
        return Logic(
            item.operator, tuple(need(self.node(part), CONDITION, f"'{item.operator}'") for part in item.items)
        )

    def _choice(self, item: Choice) -> Node:
        condition = need(self.node(item.condition), CONDITION, "'if'")
        yes, no = self.node(item.yes), self.node(item.no)
        kind = common_type((yes, no))
        return Choice(condition, as_type(yes, kind), as_type(no, kind), kind)

    def _call(self, item: Call) -> Node:
        name = item.function
        if name in functions.AGGREGATES:
            return ranging.aggregate(self, item)
        if name in functions.WINDOWS:
            return ranging.window(self, item)
        if name in rowwise.CALLS:
            return rowwise.CALLS[name](self, item)
        if name in functions.EXPANDERS:
            raise ExpressionError(f"{name}(...) works in the Expand cell of Sources only")
        if name == "desc":
            raise ExpressionError("desc(...) works in order= and in Order cells only")
        if name in derivations.REGISTRY:
            return derivation(self, item)
        raise ExpressionError(f"there is no function {name!r}", closest(name, functions.names()))
