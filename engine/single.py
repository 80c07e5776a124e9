"""Evaluates an expression over one data frame: populations, selections and analysis variables of results."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine.columns import Array, Column, Text
from engine.evaluate import Context, evaluate
from engine.sorting import sorted_rows
from language.parse import ExpressionError, parse
from language.resolve import closest, resolve, resolve_keys
from language.scope import CriteriaRow
from language.tree import CONDITION, ISO, NUMBER, TEXT, Aggregate, Constant, Node, Window, walk
from language.tree import Column as ColumnNode
from language.types import type_of
from language.where_clause import parse_condition


class FrameScope:
    """Bare names are columns of the frame, else constants; there is nothing else to refer to."""

    block = False

    def __init__(self, frame: pd.DataFrame, constants: Mapping[str, str | float | bool]) -> None:
        self.frame, self.constants = frame, constants

    def bare(self, name: str) -> Node:
        if name in self.frame.columns:
            return ColumnNode("own", "", name, column_type(self.frame, name))
        if name in self.constants:
            value = self.constants[name]
            kind = CONDITION if isinstance(value, bool) else TEXT if isinstance(value, str) else NUMBER
            return Constant(value if isinstance(value, (str, bool)) else float(value), kind)
        raise ExpressionError(f"unknown name {name!r}", closest(name, [*self.frame.columns, *self.constants]))

    def is_name(self, name: str) -> bool:
        return name in self.frame.columns or name in self.constants

    def attribute(self, table: str, name: str) -> ColumnNode:
        raise ExpressionError(f"{table}.{name}: results use the variables of their own dataset only")

    def is_table(self, name: str) -> bool:
        return False

    is_source = is_table
    many = is_table

    def has_subject(self, table: str) -> bool:
        return True

    def inner(self, table: str, name: str) -> ColumnNode:
        return self.attribute(table, name)

    def join(self, name: str) -> None:
        raise ExpressionError("results have no joins")

    def sequence_keys(self) -> tuple[str, ...]:
        return ()

    def domain(self) -> str:
        return ""

    def criteria(self, name: str) -> list[CriteriaRow]:
        raise ExpressionError("criteria(...) works in Mapping only")

    def supply(self, function: str, kind: str, name: str) -> object:
        raise ExpressionError(f"{function} works in Mapping only")


class FrameContext(Context):
    """The rows of the frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame, self.count = frame, len(frame)

    def column(self, node: ColumnNode) -> Column:
        series = self.frame[node.name]
        if node.type == NUMBER:
            return series.to_numpy(dtype=float)
        return Text.of(series.to_numpy(dtype=object))


def column_type(frame: pd.DataFrame, name: str) -> str:
    """The type of a column of a frame: number, or text, which is an ISO 8601 date where the name ends in DTC."""
    if pd.api.types.is_numeric_dtype(frame[name].dtype):
        return NUMBER
    return ISO if name.endswith("DTC") else TEXT


def evaluate_on(text: str, frame: pd.DataFrame, constants: Mapping[str, str | float | bool]) -> Array:
    """The values of an expression for each row: bool, float, or object (None for missing).

    Raises ExpressionError, which says what is wrong and the nearest valid name.
    """
    node = _of_one_row(resolve(parse(text), FrameScope(frame, constants)))
    found = evaluate(node, FrameContext(frame))
    return found.objects() if isinstance(found, Text) else found


def condition_on(text: str, frame: pd.DataFrame, constants: Mapping[str, str | float | bool]) -> Array:
    """As `evaluate_on` for a condition; blank text holds for every row. Raises ExpressionError for other types."""
    if not text.strip():
        return np.ones(len(frame), bool)
    node = _of_one_row(resolve(parse_condition(text), FrameScope(frame, constants)))
    if type_of(node) != CONDITION:
        raise ExpressionError(f"{text!r} is not a condition")
    return np.asarray(evaluate(node, FrameContext(frame)), bool)


def _of_one_row(node: Node) -> Node:
    """The expression, if it looks at no other row than its own. Raises ExpressionError."""
    for part in walk(node):
        if isinstance(part, (Aggregate, Window)):
            hint = "derive a variable or a flag in the dataset, and name that"
            what = f"{part.function}(...) looks at other records; the results look at one at a time"
            raise ExpressionError(what, hint)
    return node


def order_on(text: str, frame: pd.DataFrame, constants: Mapping[str, str | float | bool]) -> Array:
    """The positions of the rows in the order of keys such as `TRTPN, desc(AVAL)`; rows that tie keep theirs."""
    keys = resolve_keys(parse(text), FrameScope(frame, constants))
    context = FrameContext(frame)
    return sorted_rows([(evaluate(_of_one_row(key.node), context), key.descending) for key in keys], len(frame))
