"""The tree of an expression, before names are resolved (`Name`, `Attribute`) and after (`Column`, `Aggregate`, ...)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import is_
from typing import Any

NUMBER, TEXT, ISO, CONDITION, NONE, EITHER = "number", "text", "iso", "condition", "none", "either"


@dataclass(frozen=True)
class Node:
    """A part of an expression; `type` is set when names are resolved."""


@dataclass(frozen=True)
class Constant(Node):
    """`name` is that of a constant of study.toml, "" for a value that is written out."""

    value: str | float | bool | None
    type: str = NONE
    name: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Name(Node):
    """A bare name: a variable, a source column, a constant of the study, or a table."""

    name: str


@dataclass(frozen=True)
class Attribute(Node):
    """`T.X`."""

    table: str
    name: str


@dataclass(frozen=True)
class Sequence(Node):
    """`(a, b, c)`: the right side of `in`, or several `by` and `order` keys."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Unary(Node):
    operator: str
    operand: Node
    type: str = NONE


@dataclass(frozen=True)
class Binary(Node):
    """Arithmetic: + - * / // % **; `+` joins texts."""

    operator: str
    left: Node
    right: Node
    type: str = NONE


@dataclass(frozen=True)
class Compare(Node):
    """One comparison: == != < <= > >=."""

    operator: str
    left: Node
    right: Node
    type: str = CONDITION


@dataclass(frozen=True)
class Member(Node):
    """`x in (a, b)`; `not in` is its negation."""

    left: Node
    items: tuple[Node, ...]
    type: str = CONDITION


@dataclass(frozen=True)
class Logic(Node):
    """`and`, `or`."""

    operator: str
    items: tuple[Node, ...]
    type: str = CONDITION


@dataclass(frozen=True)
class Choice(Node):
    """`a if c else b`."""

    condition: Node
    yes: Node
    no: Node
    type: str = NONE


@dataclass(frozen=True)
class Call(Node):
    """A call. After resolution `supplied` holds what the engine hands in (codelist id, items, ...)."""

    function: str
    arguments: tuple[Node, ...]
    options: Mapping[str, Node] = field(default_factory=dict)
    type: str = NONE
    supplied: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column(Node):
    """A resolved name.

    kind: own (variable of the record being filled), source (column of its source row), join (column of the row
    that join `table` picked), subject (column of the one row of `table` of the same subject), inner (column of
    the row of the table that an aggregate, join or event ranges over), key (the subject key itself).
    """

    kind: str
    table: str
    name: str
    type: str


@dataclass(frozen=True)
class Key:
    """One sort key."""

    node: Node
    descending: bool = False


@dataclass(frozen=True)
class Match(Node):
    """Which rows of `table` belong to a row: same subject (unless `subjects_all`), equal `pairs`, and conditions.

    pairs: (inner, outer) nodes compared as exact values; filters: conditions on the inner row alone;
    residual: conditions on both rows; numbers: (inner, outer) numbers that must be equal, which is a key where the
    data are whole numbers and else a comparison on 10 digits.
    """

    table: str
    subjects_all: bool
    pairs: tuple[tuple[Node, Node], ...]
    filters: tuple[Node, ...]
    residual: tuple[Node, ...]
    numbers: tuple[tuple[Node, Node], ...] = ()

    @property
    def both(self) -> tuple[Node, ...]:
        """What is asked of an inner and an outer row together."""
        return (*(node for pair in (*self.pairs, *self.numbers) for node in pair), *self.residual)


@dataclass(frozen=True)
class Aggregate(Node):
    """An aggregate over the matching rows of a table, or (`match` None) over the dataset's own records."""

    function: str
    values: tuple[Node, ...]
    match: Match | None
    by: tuple[Node, ...]
    where: Node | None
    order: tuple[Key, ...]
    subjects_all: bool
    type: str = NONE


@dataclass(frozen=True)
class Window(Node):
    """A window over the dataset's own records, or over one block's (`block`)."""

    function: str
    values: tuple[Node, ...]
    by: tuple[Node, ...]
    order: tuple[Key, ...]
    where: Node | None
    block: bool
    subjects_all: bool = False
    type: str = NONE


@dataclass(frozen=True)
class Exists(Node):
    """`exists(J)`: join J found a row."""

    join: str
    type: str = CONDITION


@dataclass(frozen=True)
class Criterion(Node):
    """A row of a set of criteria: `value` where `where` holds; `issue` is told of the records that take it."""

    where: Node | None
    value: Node
    issue: str = ""


@dataclass(frozen=True)
class Criteria(Node):
    """`criteria('NAME')`: the value of the first row that holds, missing when none does."""

    name: str
    rows: tuple[Criterion, ...]
    type: str = NONE


def children(node: Node) -> list[Node]:
    """The direct parts of a node, in the order in which they are written."""
    found: list[Node] = []
    for name in _parts_of(type(node)):
        _add_nodes(getattr(node, name), found)
    return found


# The annotations of fields that hold no part of an expression.
_PLAIN = ("str", "bool", "str | float | bool | None")
_PARTS: dict[type[Node], tuple[str, ...]] = {}


def _parts_of(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold other nodes."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(item.name for item in fields(kind) if item.type not in _PLAIN)
    return _PARTS[kind]


def _add_nodes(value: Any, found: list[Node]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, Key):
        found.append(value.node)
    elif isinstance(value, (tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            _add_nodes(item, found)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every part, innermost first; what is not changed stays the same object."""
    parts = {}
    for name in _parts_of(type(node)):
        before = getattr(node, name)
        after = _rebuilt(before, change)
        if after is not before:
            parts[name] = after
    return change(replace(node, **parts) if parts else node)


def _rebuilt(value: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, Node):
        return rebuilt(value, change)
    if isinstance(value, Key):
        node = rebuilt(value.node, change)
        return value if node is value.node else Key(node, value.descending)
    if isinstance(value, tuple):
        items = tuple([_rebuilt(item, change) for item in value])
        return value if all(map(is_, items, value)) else items
    if isinstance(value, dict):
        found = {name: _rebuilt(item, change) for name, item in value.items()}
        return value if all(map(is_, found.values(), value.values())) else found
    return value


def walk(node: Node) -> Iterator[Node]:
    """The node and every part of it, outermost first."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        if _parts_of(type(found)):
            waiting += reversed(children(found))
