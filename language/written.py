"""A resolved expression as text: the parts of an explanation are named by what runs, as an author would write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import derivations
from language import functions, tree

_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT, "**": _POWER}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Said = tuple[str, int]


def written(node: tree.Node) -> str:
    """The text of a resolved expression.

    >>> X, N = tree.Column("own", "ZZ", "X", "number"), tree.Column("inner", "AE", "AESEQ", "number")
    >>> written(tree.Binary("*", tree.Binary("+", X, tree.Constant(1.0)), tree.Constant(7.0, name="WEEK")))
    '(X + 1) * WEEK'
    >>> match = tree.Match("AE", False, (), (tree.Compare(">", N, tree.Constant(1.0)),), ())
    >>> written(tree.Aggregate("max", (N,), match, (), None, (), False))
    'max(AE.AESEQ, where=AE.AESEQ > 1)'
    """
    return _said(node)[0]


def written_keys(keys: Sequence[tree.Key]) -> str:
    """Sort keys as they stand in an Order cell."""
    return ", ".join(f"desc({written(key.node)})" if key.descending else written(key.node) for key in keys)


def conditions_of(match: tree.Match) -> tuple[tree.Node, ...]:
    """What a row of the table has to meet, as conditions; that it has the same subject goes without saying."""
    equal = [tree.Compare("==", inner, outer) for inner, outer in (*match.pairs, *match.numbers)]
    return (*equal, *match.filters, *match.residual)


def _said(node: tree.Node) -> Said:
    say = _WORDS.get(type(node))
    return say(node) if say is not None else (repr(node), _ATOM)


def _at(node: tree.Node, level: int) -> str:
    text, own = _said(node)
    return text if own >= level else f"({text})"


def _constant(node: tree.Constant) -> Said:
    if node.name:
        return node.name, _ATOM
    if isinstance(node.value, float):
        return f"{node.value:.15g}", _ATOM if node.value >= 0 else _SIGN
    return repr(node.value), _ATOM


def quoted(name: str) -> str:
    """A name as an expression writes it: in backticks where it is no plain word."""
    return name if _PLAIN.fullmatch(name) else f"`{name}`"


def _column(node: tree.Column) -> Said:
    if node.kind == "test":
        return f"Tests.{node.name}", _ATOM
    bare = node.kind in ("own", "key") or not node.table
    return quoted(node.name) if bare else f"{node.table}.{quoted(node.name)}", _ATOM


def _unary(node: tree.Unary) -> Said:
    if node.operator == "not":
        if isinstance(node.operand, tree.Member):
            return _member(node.operand, "not in")
        return f"not {_at(node.operand, _NOT)}", _NOT
    return f"-{_at(node.operand, _SIGN)}", _SIGN


def _binary(node: tree.Binary) -> Said:
    level = _ARITHMETIC[node.operator]
    left, right = (level + 1, level) if node.operator == "**" else (level, level + 1)
    return f"{_at(node.left, left)} {node.operator} {_at(node.right, right)}", level


def _compare(node: tree.Compare) -> Said:
    return f"{_at(node.left, _SUM)} {node.operator} {_at(node.right, _SUM)}", _COMPARE


def _member(node: tree.Member, word: str = "in") -> Said:
    items = ", ".join(_at(item, _SUM) for item in node.items)
    comma = "," if len(node.items) == 1 else ""
    return f"{_at(node.left, _SUM)} {word} ({items}{comma})", _COMPARE


def _logic(node: tree.Logic) -> Said:
    level = _OR if node.operator == "or" else _AND
    return f" {node.operator} ".join(_at(item, level + 1) for item in node.items), level


def _choice(node: tree.Choice) -> Said:
    return f"{_at(node.yes, _OR)} if {_at(node.condition, _OR)} else {_at(node.no, _CHOICE)}", _CHOICE


def _criteria(node: tree.Criteria) -> Said:
    return f"criteria({node.name!r})", _ATOM


def _call(node: tree.Call) -> Said:
    parts = [_at(part, _CHOICE) for part in node.arguments]
    if node.function in derivations.REGISTRY:
        parts = list(_bound(node, parts))
    return f"{node.function}({', '.join(parts)})", _ATOM


def _bound(node: tree.Call, several: Sequence[str]) -> Iterator[str]:
    """The arguments of a derivation, by position as long as none before is left out."""
    named = False
    for parameter in functions.signature(node.function).parameters:
        if parameter.kind == "texts":
            yield from several
        elif parameter.name in node.options:
            text = _at(node.options[parameter.name], _CHOICE)
            yield f"{parameter.name}={text}" if named or parameter.keyword_only else text
        else:
            named = True


def _aggregate(node: tree.Aggregate) -> Said:
    parts = [_at(part, _CHOICE) for part in node.values]
    if node.match is None:
        return _ranging(node.function, parts, node), _ATOM
    parts = parts or [node.match.table]
    where = conditions_of(node.match)
    if where:
        parts.append(f"where={_at(tree.Logic('and', where) if len(where) > 1 else where[0], _OR)}")
    if node.order:
        parts.append(_order(node.order))
    if node.subjects_all and not node.match.subjects_all:
        parts.append("subjects='all'")
    return f"{node.function}({', '.join(parts)})", _ATOM


def _window(node: tree.Window) -> Said:
    return _ranging(node.function, [_at(part, _CHOICE) for part in node.values], node), _ATOM


def _ranging(function: str, parts: list[str], node: tree.Aggregate | tree.Window) -> str:
    if node.by:
        by = [_at(part, _CHOICE) for part in node.by]
        parts.append(f"by={by[0]}" if len(by) == 1 else f"by=({', '.join(by)})")
    if node.order and function != "sequence":
        parts.append(_order(node.order))
    if node.where is not None:
        parts.append(f"where={_at(node.where, _OR)}")
    if node.subjects_all:
        parts.append("subjects='all'")
    return f"{function}({', '.join(parts)})"


def _order(keys: Sequence[tree.Key]) -> str:
    text = written_keys(keys)
    return f"order={text}" if len(keys) == 1 else f"order=({text})"


def _exists(node: tree.Exists) -> Said:
    return f"exists({node.join})", _ATOM


_WORDS: dict[type[tree.Node], Callable[[Any], Said]] = {
    tree.Constant: _constant,
    tree.Column: _column,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Compare: _compare,
    tree.Member: _member,
    tree.Logic: _logic,
    tree.Choice: _choice,
    tree.Criteria: _criteria,
    tree.Call: _call,
    tree.Aggregate: _aggregate,
    tree.Window: _window,
    tree.Exists: _exists,
}
