"""The types of expressions, and which may meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from derivations.iso_calendar import parse as parse_iso
from language.errors import ExpressionError
from language.tree import (
    CONDITION,
    EITHER,
    ISO,
    NONE,
    NUMBER,
    TEXT,
    Aggregate,
    Call,
    Choice,
    Column,
    Constant,
    Criteria,
    Node,
    Window,
)

WORDS = {
    NUMBER: "a number",
    TEXT: "a text",
    ISO: "an ISO 8601 date",
    CONDITION: "a condition",
    NONE: "missing",
    EITHER: "a number or text",
}


def type_of(node: Node) -> str:
    """The type of a resolved node."""
    return str(getattr(node, "type", NONE))


def is_iso_text(value: str) -> bool:
    """True for a text that states at least a year by ISO 8601."""
    return bool(np.isfinite(parse_iso(np.array([value], dtype=object)).first[0]))


def as_type(node: Node, wanted: str) -> Node:
    """The node as one of type `wanted` where that needs no conversion of values, else the node as it is."""
    if isinstance(node, Constant) and node.value is None:
        return replace(node, type=wanted)
    if isinstance(node, Constant) and wanted == ISO and isinstance(node.value, str):  # also one in P21's spelling
        if not is_iso_text(node.value):
            raise ExpressionError(f"{node.value!r} is no ISO 8601 date", "write it like '2024-03-04'")
        return replace(node, type=ISO)
    if type_of(node) == EITHER and wanted in (NUMBER, TEXT, ISO):
        return _either(node, TEXT if wanted == ISO else wanted)
    return node


def concrete(node: Node) -> Node:
    """The node, as a number where it may be number or text and nothing asks for either."""
    return as_type(node, NUMBER) if type_of(node) == EITHER else node


def _either(node: Node, kind: str) -> Node:
    """What picks a value of a look-up column that is number or text, as one of the two."""
    if isinstance(node, Constant):
        return replace(node, value=float(str(node.value)) if kind == NUMBER else node.value, type=kind)
    if isinstance(node, Column):
        return replace(node, type=kind)
    if isinstance(node, Choice):
        return replace(node, yes=as_type(node.yes, kind), no=as_type(node.no, kind), type=kind)
    if isinstance(node, Criteria):
        rows = tuple(replace(row, value=as_type(row.value, kind)) for row in node.rows)
        return replace(node, rows=rows, type=kind)
    if isinstance(node, Call):
        return replace(node, arguments=tuple(as_type(part, kind) for part in node.arguments), type=kind)
    if isinstance(node, (Aggregate, Window)):
        return replace(node, values=tuple(as_type(part, kind) for part in node.values), type=kind)
    return node


def common_type(nodes: Iterable[Node]) -> str:
    """The one type of several nodes; missing fits every type, a date written as a constant fits dates."""
    nodes = list(nodes)
    kinds = {type_of(node) for node in nodes} - {NONE}
    if EITHER in kinds and len(kinds) > 1:
        kinds -= {EITHER}
    if kinds == {ISO, TEXT}:
        texts = [node for node in nodes if type_of(node) == TEXT]
        constant = all(isinstance(node, Constant) and is_iso_text(str(node.value)) for node in texts)
        return ISO if constant else TEXT
    if len(kinds) > 1:
        names = " and ".join(sorted(WORDS[kind] for kind in kinds))
        raise ExpressionError(f"{names} do not go together", conversion_hint(kinds))
    return kinds.pop() if kinds else NONE


def conversion_hint(kinds: Iterable[str]) -> str:
    """What to write when two types do not fit."""
    found = set(kinds)
    if found >= {NUMBER, ISO}:
        return "date(X) turns an ISO 8601 date into a numeric day"
    if found >= {NUMBER, TEXT}:
        return "number(X) turns a text into a number, text(X) the reverse"
    return ""


def check_comparison(operator: str, left: Node, right: Node) -> tuple[Node, Node]:
    """Both sides with the type in which they are compared.

    Raises ExpressionError for sides that cannot be compared, for `X == None`, and for an order of texts.
    """
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Constant) and side.value is None:
            _compared_with_missing(operator, other)
        if isinstance(side, Constant) and type_of(side) == TEXT and type_of(other) == ISO:
            as_type(side, ISO)
    kind = common_type((left, right))
    if kind == EITHER:
        kind = NUMBER
    if kind == TEXT and operator not in ("==", "!="):
        raise ExpressionError(
            f"texts that are no ISO 8601 dates have no order (operator {operator})",
            "number(X) compares numbers, iso8601(...) dates",
        )
    if kind == CONDITION and operator not in ("==", "!="):
        raise ExpressionError(f"conditions have no order (operator {operator})")
    return as_type(left, kind), as_type(right, kind)


def _compared_with_missing(operator: str, other: Node) -> None:
    what = show(other) if isinstance(other, Column) else "X"
    hint = f"write missing({what})" if operator == "==" else f"write not missing({what})"
    if operator not in ("==", "!="):
        raise ExpressionError(f"a missing value has no order (operator {operator})")
    raise ExpressionError("nothing is equal to a missing value", hint)


def need(node: Node, wanted: str, what: str) -> Node:
    """The node as `wanted`; raises ExpressionError that says `what` needs it."""
    if wanted == CONDITION and type_of(node) == NONE:
        hint = "a condition is true or false: True, False, X == 'Y'"
        raise ExpressionError(f"{what} needs a condition, but {show(node)} is missing", hint)
    node = as_type(node, wanted)
    kind = type_of(node)
    if kind in (wanted, NONE) or (wanted == TEXT and kind == ISO):
        return node
    raise ExpressionError(
        f"{what} needs {WORDS.get(wanted, wanted)}, but {show(node)} is {WORDS[kind]}",
        conversion_hint({kind, wanted}),
    )


def show(node: Node) -> str:
    """A short name of a node for messages."""
    if isinstance(node, Column):
        bare = node.kind in ("own", "key") or not node.table
        return node.name if bare else f"{node.table}.{node.name}"
    if isinstance(node, Constant):
        return repr(node.value)
    function = getattr(node, "function", "")
    return f"{function}(...)" if function else "the expression"
