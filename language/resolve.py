"""Names and types of an expression: from the tree as written to a tree whose every name is known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

import derivations
from language import functions, ranging
from language.parse import ExpressionError, parse
from language.scope import Scope
from language.tree import (
    CONDITION,
    EITHER,
    ISO,
    NONE,
    NUMBER,
    TEXT,
    Attribute,
    Binary,
    Call,
    Choice,
    Column,
    Compare,
    Constant,
    Exists,
    Key,
    Logic,
    Member,
    Name,
    Node,
    Sequence,
    Unary,
)
from language.types import as_type, check_comparison, common_type, need, show, type_of


def resolve(node: Node, scope: Scope) -> Node:
    """The tree with every name resolved and every part typed. Raises ExpressionError at the first fault."""
    return Resolver(scope).node(node)


def resolve_condition(node: Node, scope: Scope) -> Node:
    """As `resolve`, for a cell that must be a condition."""
    return need(resolve(node, scope), CONDITION, "a condition cell")


def resolve_keys(node: Node, scope: Scope) -> tuple[Key, ...]:
    """Sort keys: one expression or several in a list, each possibly `desc(X)`."""
    return Resolver(scope).keys(node)


def closest(name: str, valid: Iterable[str]) -> str:
    """A hint with the nearest valid name, or nothing."""
    known = sorted(set(valid))
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not found:
        folded = {item.casefold(): item for item in known}
        found = [folded[name.casefold()]] if name.casefold() in folded else []
    return f"did you mean '{found[0]}'?" if found else ""


class Resolver:
    """Resolves the parts of one expression; `inner` names the table whose row `T.X` means, if there is one."""

    def __init__(self, scope: Scope, inner: str = "") -> None:
        self.scope = scope
        self.inner = inner

    def node(self, item: Node) -> Node:
        method = getattr(self, "_" + type(item).__name__.lower(), None)
        if method is None:
            raise ExpressionError("a list in brackets has no meaning here")
        found: Node = method(item)
        return found

    def keys(self, item: Node) -> tuple[Key, ...]:
        parts = item.items if isinstance(item, Sequence) else (item,)
        return tuple(self._key(part) for part in parts)

    def _key(self, item: Node) -> Key:
        if isinstance(item, Call) and item.function == "desc":
            if len(item.arguments) != 1:
                raise ExpressionError("desc takes one argument")
            return Key(self._concrete(item.arguments[0]), True)
        return Key(self._concrete(item))

    def _concrete(self, item: Node) -> Node:
        found = self.node(item)
        return as_type(found, NUMBER) if type_of(found) == EITHER else found

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
        return replace(item, operand=need(self.node(item.operand), kind, f"'{item.operator}'"), type=kind)

    def _binary(self, item: Binary) -> Node:
        left, right = self.node(item.left), self.node(item.right)
        kinds = {type_of(left), type_of(right)}
        if item.operator == "+" and kinds & {TEXT, ISO} and NUMBER not in kinds:
            left, right = need(left, TEXT, "'+'"), need(right, TEXT, "'+'")
            return replace(item, left=left, right=right, type=TEXT)
        what = f"'{item.operator}'"
        left, right = need(left, NUMBER, what), need(right, NUMBER, what)
        return replace(item, left=left, right=right, type=NUMBER)

    def _compare(self, item: Compare) -> Node:
        left, right = check_comparison(item.operator, self.node(item.left), self.node(item.right))
        return replace(item, left=left, right=right)

    def _member(self, item: Member) -> Node:
        left = self.node(item.left)
        pairs = [check_comparison("==", left, self.node(part)) for part in item.items]
        if not pairs:
            raise ExpressionError("'in' needs at least one value in its list")
        return replace(item, left=pairs[0][0], items=tuple(right for _, right in pairs))

    def _logic(self, item: Logic) -> Node:
        parts = tuple(need(self.node(part), CONDITION, f"'{item.operator}'") for part in item.items)
        return replace(item, items=parts)

    def _choice(self, item: Choice) -> Node:
        condition = need(self.node(item.condition), CONDITION, "'if'")
        yes, no = self.node(item.yes), self.node(item.no)
        kind = common_type((yes, no))
        return replace(item, condition=condition, yes=as_type(yes, kind), no=as_type(no, kind), type=kind)

    def _call(self, item: Call) -> Node:
        name = item.function
        if name in functions.AGGREGATES:
            return ranging.aggregate(self, item)
        if name in functions.WINDOWS:
            return ranging.window(self, item)
        if name in functions.ROWWISE:
            found: Node = getattr(self, "_call_" + name)(item)
            return found
        if name in functions.EXPANDERS:
            raise ExpressionError(f"{name}(...) works in the Expand cell of Sources only")
        if name in derivations.REGISTRY:
            return self._derivation(item)
        raise ExpressionError(f"there is no function {name!r}", closest(name, functions.names()))

    def _plain(self, item: Call, least: int, most: int | None) -> list[Node]:
        if item.options:
            raise ExpressionError(f"{item.function} takes no option {next(iter(item.options))!r}")
        count = len(item.arguments)
        if count < least or (most is not None and count > most):
            wanted = str(least) if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            raise ExpressionError(f"{item.function} takes {wanted} arguments, here are {count}")
        return [self.node(part) for part in item.arguments]

    def _call_missing(self, item: Call) -> Node:
        return Call("missing", tuple(self._plain(item, 1, 1)), {}, CONDITION)

    def _same(self, item: Call, kinds: tuple[str, ...]) -> Node:
        parts = self._plain(item, 1, None)
        kind = common_type(parts)
        kind = NUMBER if kind == EITHER else kind
        if kind not in (*kinds, NONE):
            raise ExpressionError(f"{item.function} works on {' or '.join(kinds)}, {show(parts[0])} is {kind}")
        return Call(item.function, tuple(as_type(part, kind) for part in parts), {}, kind)

    def _call_coalesce(self, item: Call) -> Node:
        return self._same(item, (NUMBER, TEXT, ISO))

    def _call_least(self, item: Call) -> Node:
        return self._same(item, (NUMBER, ISO))

    def _call_greatest(self, item: Call) -> Node:
        return self._same(item, (NUMBER, ISO))

    def _call_total(self, item: Call) -> Node:
        return self._same(item, (NUMBER,))

    def _condition_call(self, item: Call) -> Node:
        (part,) = self._plain(item, 1, 1)
        return Call(item.function, (need(part, CONDITION, item.function),), {}, TEXT)

    _call_flag = _condition_call
    _call_yn = _condition_call

    def _call_exists(self, item: Call) -> Node:
        if len(item.arguments) != 1 or not isinstance(item.arguments[0], Name) or item.options:
            raise ExpressionError("exists takes the name of one join")
        self.scope.join(item.arguments[0].name)
        return Exists(item.arguments[0].name)

    def _call_date_in(self, item: Call) -> Node:
        date, start, end = self._plain(item, 3, 3)
        kind = common_type((date, start, end))
        if kind not in (ISO, NUMBER, NONE):
            raise ExpressionError("date_in(date, start, end) works on dates")
        return Call("date_in", tuple(as_type(part, kind) for part in (date, start, end)), {}, CONDITION)

    def _call_domain(self, item: Call) -> Node:
        self._plain(item, 0, 0)
        return Constant(self.scope.domain(), TEXT)

    def _call_criteria(self, item: Call) -> Node:
        name = item.arguments[0] if len(item.arguments) == 1 else None
        if not isinstance(name, Constant) or not isinstance(name.value, str):
            raise ExpressionError("criteria takes the name of a set of criteria in quotes")
        found: Node = Constant(None)
        for where, value in reversed(self.scope.criteria(name.value)):
            found = Choice(parse(where) if where else Constant(True, CONDITION), parse(value), found)
        return self.node(found)

    def _derivation(self, item: Call) -> Node:
        known = functions.signature(item.function)
        options = dict(item.options)
        arguments = list(item.arguments)
        bound: dict[str, Node] = {}
        several: list[Node] = []
        for parameter in known.parameters:
            if parameter.kind == "Codelist" and arguments and not parameter.keyword_only:
                options[parameter.name] = arguments.pop(0)
            if parameter.kind == "texts":
                several = [need(self.node(part), TEXT, item.function) for part in arguments]
                arguments = []
            elif parameter.name in options and parameter.kind not in ("Codelist", "Units"):
                bound[parameter.name] = self._argument(item, parameter, options.pop(parameter.name))
            elif arguments and not parameter.keyword_only and parameter.kind not in ("Codelist", "Units"):
                bound[parameter.name] = self._argument(item, parameter, arguments.pop(0))
            elif parameter.required and parameter.name != "items":
                raise ExpressionError(f"{item.function} needs the argument {parameter.name!r}")
        if arguments:
            most = sum(1 for parameter in known.parameters if not parameter.keyword_only)
            raise ExpressionError(f"{item.function} takes at most {most} arguments")
        resolved = Call(item.function, tuple(several), bound, known.returns)
        supplied = self._supplied(known, resolved, options)
        for name in options:
            valid = [parameter.name for parameter in known.parameters]
            raise ExpressionError(f"{item.function} has no option {name!r}", closest(name, valid))
        return replace(resolved, supplied=supplied)

    def _argument(self, item: Call, parameter: functions.Parameter, part: Node) -> Node:
        what = f"{item.function} ({parameter.name})"
        node = self.node(part)
        if parameter.kind == "constant":
            return _constant_argument(what, parameter, node)
        if parameter.kind == "day":
            node = as_type(node, ISO) if isinstance(node, Constant) and isinstance(node.value, str) else node
            node = as_type(node, NUMBER) if type_of(node) == EITHER else node
            if type_of(node) not in (ISO, NUMBER, NONE):
                raise ExpressionError(f"{what} needs a date, but {show(node)} is a {type_of(node)}")
            return node
        if item.function in ("number", "date") and type_of(node) == NUMBER:
            raise ExpressionError(f"{show(node)} is a number already", f"leave {item.function}(...) out")
        return need(node, parameter.kind, what)

    def _supplied(
        self, known: functions.Signature, call: Call, options: dict[str, Node]
    ) -> dict[str, object]:
        supplied: dict[str, object] = {}
        for parameter in known.parameters:
            if parameter.kind in ("Codelist", "Units"):
                given = options.pop(parameter.name, None)
                if given is not None and not (isinstance(given, Constant) and isinstance(given.value, str)):
                    raise ExpressionError(f"{call.function} ({parameter.name}) must be a name in quotes")
                name = given.value if isinstance(given, Constant) else ""
                supplied[parameter.name] = self.scope.supply(call.function, parameter.kind, str(name))
            elif parameter.name == "items":
                supplied["items"] = tuple(_item(part) for part in call.arguments)
        return supplied


def _item(node: Node) -> str:
    """The raw column behind an argument (`raw_cs.CSRTE_C`), by which collected values are told apart."""
    return f"{node.table}.{node.name}" if isinstance(node, Column) and node.table else ""


def _constant_argument(what: str, parameter: functions.Parameter, node: Node) -> Node:
    value = node.value if isinstance(node, Constant) else None
    if not isinstance(node, Constant):
        raise ExpressionError(f"{what} must be written as a constant")
    wanted = {"int": float, "float": float, "str": str, "bool": bool}.get(parameter.constant)
    if wanted is not None and value is not None and not isinstance(value, wanted):
        raise ExpressionError(f"{what} must be a {parameter.constant}, not {value!r}")
    if parameter.constant == "int" and isinstance(value, float):
        if not value.is_integer():
            raise ExpressionError(f"{what} must be a whole number, not {value!r}")
        return Constant(int(value), NUMBER)
    return node
