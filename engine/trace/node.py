"""A step of an explanation: what a value is, by which rule, and the steps that it was made from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from engine.columns import Column, Text
from language import tree
from specs.problem import Place

# What a node is. Every other module of the package makes nodes of these kinds alone.
VARIABLE = "variable"  # a variable of a record, filled by a rule
EXPRESSION = "expression"  # an operation or a call
CONSTANT = "constant"  # written in the expression, or named in study.toml
AGGREGATE = "aggregate"  # one value of several rows
WINDOW = "window"  # the place of a record among others of its dataset
CRITERIA = "criteria"  # the first row of a set that holds
PICKED = "picked"  # a column of the row that a join picked
JOIN = "join"  # which row a join picked
EVENT = "event"  # a variable that Events fills
STEP = "step"  # a row of Events
EXPAND = "expand"  # a variable that Expand fills
TEST = "test"  # a cell of Tests
KEY = "key"  # the subject key
ROW = "row"  # a row among others: counted, picked, or left behind
RECORD = "record"  # how a record came to be
RULE = "rule"  # a rule that was asked before the one that held
SUBMITTED = "submitted"  # a value of a dataset that the stage reads
CHANGED = "changed"  # a value that the data cut changed
LOOKUP = "lookup"  # a cell of a look-up table
CELL = "cell"  # a cell of a raw table
NOTE = "note"  # something to know, such as a version that was left behind

# Whether a node's value flows into the value above it, or decides which one does.
VALUE, WHY = "value", "why"


class Nothing:
    """The value of a node that has none, such as a row; a missing value is None."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = Nothing()
Value = float | str | bool | None | Nothing


@dataclass(eq=False)
class Node:
    """One step of an explanation.

    name: what it is (`ADSL.AGE`, `max(EX.EXENDTC)`, `raw_dm.SEX`). value: number, text, truth value, None for missing,
    NOTHING for a row. type: of the language. text: the rule as it is written in the specification. place: its cell.
    note: what happened, in words. slot: what it is to the node above (`where`, a parameter, `row`). expr: the
    resolved expression of an operation. facts: what else a reader or a check may ask (`file`, `line`, `column`,
    `text`, `record`, ...; `rest` gives the rows that did not count). Its parts are found when they are first asked for.
    """

    kind: str
    name: str
    value: Value = NOTHING
    type: str = ""
    text: str = ""
    place: Place | None = None
    note: str = ""
    role: str = VALUE
    slot: str = ""
    expr: tree.Node | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    make: Callable[[], Sequence[Node]] | None = None

    @cached_property
    def parts(self) -> tuple[Node, ...]:
        """The steps that this one was made from."""
        return tuple(self.make()) if self.make is not None else ()

    def part(self, slot: str) -> Node | None:
        """The first part with this slot."""
        return next((part for part in self.parts if part.slot == slot), None)

    def named(self, slot: str, role: str | None = None) -> Node:
        """The same step as a part of another, with what it is to that one; its parts are shared."""
        return Linked(self, slot, role or self.role)


class Linked(Node):
    """A node as it stands under another: all but slot and role is that of `target`, its parts too."""

    def __init__(self, target: Node, slot: str, role: str) -> None:
        self.target: Node = origin(target)
        target = self.target
        super().__init__(
            target.kind, target.name, target.value, target.type, target.text, target.place, target.note, role, slot,
            target.expr, target.facts,
        )  # fmt: skip

    @cached_property
    def parts(self) -> tuple[Node, ...]:
        """The parts of the node that it stands for."""
        return self.target.parts


def origin(node: Node) -> Node:
    """The node that a node stands for; two with the same origin are one step."""
    return node.target if isinstance(node, Linked) else node


def walk(node: Node, whys: bool = True) -> Iterator[Node]:
    """Every step once, the nearest first; without `whys` only those whose values flow into the value."""
    seen: set[int] = set()
    waiting = deque([node])
    while waiting:
        found = waiting.popleft()
        if id(origin(found)) in seen:
            continue
        seen.add(id(origin(found)))
        yield found
        waiting.extend(part for part in found.parts if whys or part.role == VALUE)


def cell(column: Column, row: int = 0) -> float | str | bool | None:
    """One value of a column: None for missing."""
    if isinstance(column, Text):
        code = int(column.codes[row])
        return None if code < 0 else str(column.dictionary.values[code])
    if column.dtype == bool:
        return bool(column[row])
    value = float(column[row])
    return None if np.isnan(value) else value
