"""Expressions of the language over the records of a table: `--where`, and the conditions of accepted differences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine.columns import Column, Text
from engine.evaluate import evaluate
from engine.single import FrameContext, FrameScope
from formats.coded import Coded
from language import tree
from language.parse import ExpressionError
from language.resolve import closest, resolve
from language.tree import CONDITION, ISO, NUMBER, TEXT, Node
from language.types import type_of
from language.where_clause import parse_condition
from qc.compare.table import Numbers, Table, Values

_EMPTY = pd.DataFrame()


class _Scope(FrameScope):
    """Bare names are variables of the table, and what else stands beside them."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        super().__init__(_EMPTY, {})
        self.kinds = kinds

    def bare(self, name: str) -> Node:
        if name not in self.kinds:
            raise ExpressionError(f"unknown name {name!r}", closest(name, list(self.kinds)))
        return tree.Column("own", "", name, self.kinds[name])

    def is_name(self, name: str) -> bool:
        return name in self.kinds

    def attribute(self, table: str, name: str) -> tree.Column:
        raise ExpressionError(f"{table}.{name}: a condition uses the variables of its own dataset only")


class _Context(FrameContext):
    """Some records of the table."""

    def __init__(self, columns: Mapping[str, Values], count: int) -> None:
        super().__init__(_EMPTY)
        self.columns, self.count = columns, count

    def column(self, node: tree.Column) -> Column:
        values = self.columns[node.name]
        return Text.coded(values.codes, values.values) if isinstance(values, Coded) else values.values


def names_in(text: str) -> set[str]:
    """The bare names of an expression. Raises ExpressionError."""
    return {part.name for part in tree.walk(parse_condition(text)) if isinstance(part, tree.Name)}


def holds(
    text: str, table: Table, rows: np.ndarray | None = None, beside: Mapping[str, Values] | None = None
) -> np.ndarray:
    """bool per record (all, or those at `rows`): does the condition hold?

    beside: further columns, by name, of as many values. Raises ExpressionError for what is no condition on one
    record.
    """
    extra = beside or {}
    kinds = {name: _kind(name, variable.numeric) for name, variable in table.by_name.items()}
    kinds |= {name: NUMBER if isinstance(values, Numbers) else TEXT for name, values in extra.items()}
    node = resolve(parse_condition(text), _Scope(kinds))
    if type_of(node) != CONDITION:
        raise ExpressionError(f"{text!r} is not a condition", "compare something: AVISITN == 2")
    if any(isinstance(part, tree.Window | tree.Aggregate) for part in tree.walk(node)):
        raise ExpressionError(f"{text!r} looks at several records", "a condition is about one record")
    used = {part.name for part in tree.walk(node) if isinstance(part, tree.Column)}
    columns = table.columns(sorted(used - set(extra)), rows) | {name: extra[name] for name in used & set(extra)}
    columns = {name: _as_stated(values, kinds[name], name) for name, values in columns.items()}
    count = table.rows if rows is None else len(rows)
    return np.asarray(evaluate(node, _Context(columns, count)), bool)


def _kind(name: str, numeric: bool) -> str:
    return NUMBER if numeric else ISO if name.endswith("DTC") else TEXT


def _as_stated(values: Values, kind: str, name: str) -> Values:
    if kind == NUMBER and isinstance(values, Coded):
        raise ExpressionError(f"{name} holds values that are not held exactly as numbers", "use another variable")
    return values
