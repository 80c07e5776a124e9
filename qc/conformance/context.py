"""The names of a rule, and the records over which it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.aggregates import over_own, over_table, over_window
from engine.columns import Column, as_type, empty, take
from engine.evaluate import Context
from engine.views import View
from language import tree
from language.errors import ExpressionError, closest
from language.scope import CriteriaRow
from language.tree import CONDITION, ISO, NUMBER, TEXT, Constant, Node
from qc.conformance.classify import ADAM, NUMERIC_NAMES
from qc.conformance.data import KEY, ONE_ROW, Data, Dataset, Metadata
from qc.conformance.guide import guide_variable
from qc.conformance.records import Records


class RuleScope:
    """What a rule on one table may name: its columns, constants of the study, columns of other tables as T.X.

    `optional`: names of columns and tables that need not be there; they count as missing, or as without rows.
    """

    block = False

    def __init__(
        self, data: Data, own: Dataset | Metadata, optional: frozenset[str], constants: Mapping[str, Any]
    ) -> None:
        self.data, self.own, self.optional, self.constants = data, own, optional, constants

    def bare(self, name: str) -> Node:
        kind = self.own.type_of(name)
        if kind is not None:
            return tree.Column("own", self.own.name, name, kind)
        if name in self.constants:
            value = self.constants[name]
            kind = CONDITION if isinstance(value, bool) else TEXT if isinstance(value, str) else NUMBER
            return Constant(value if isinstance(value, (str, bool)) else float(value), kind)
        if name == KEY:
            return tree.Column("key", "", KEY, TEXT)
        if name in self.optional:
            return tree.Column("absent", "", name, self._absent_type(self.own, name))
        raise ExpressionError(f"{self.own.name} has no {name}", closest(name, self._columns(self.own)))

    @staticmethod
    def _columns(table: Dataset | Metadata | None) -> list[str]:
        return list(table.types) if table is not None else []

    @staticmethod
    def _absent_type(table: Dataset | Metadata | None, name: str) -> str:
        """The type that the guide gives a variable which is not there."""
        if isinstance(table, Dataset):
            found = guide_variable(table, name)
            if found is not None:
                return NUMBER if found.type == "Num" else ISO if name.endswith("DTC") else TEXT
            if table.kind.standard == ADAM and NUMERIC_NAMES.fullmatch(name):
                return NUMBER
        return ISO if name.endswith("DTC") else TEXT

    def is_name(self, name: str) -> bool:
        known = self.own.type_of(name) is not None
        return known or name in self.constants or name == KEY or (name in self.optional and not self.is_table(name))

    def is_table(self, name: str) -> bool:
        return self.data.table(name) is not None or (name in self.optional and self.own.type_of(name) is None)

    def is_source(self, name: str) -> bool:
        return False

    def many(self, table: str) -> bool:
        return table not in ONE_ROW

    def has_subject(self, table: str) -> bool:
        found = self.data.table(table)
        return found is None or found.type_of(KEY) is not None

    def attribute(self, table: str, name: str) -> tree.Column:
        if not self.is_table(table):
            raise ExpressionError(f"there is no dataset {table}")
        if self.many(table):
            raise ExpressionError(
                f"{table} may have several rows per subject, so {table}.{name} is not one value", "aggregate it"
            )
        return tree.Column("subject", table, name, self._type(table, name))

    def inner(self, table: str, name: str) -> tree.Column:
        return tree.Column("inner", table, name, self._type(table, name))

    def _type(self, table: str, name: str) -> str:
        found = self.data.table(table)
        kind = found.type_of(name) if found is not None else None
        if kind is not None:
            return kind
        if found is None or name in self.optional or f"{table}.{name}" in self.optional:
            return self._absent_type(found, name)
        raise ExpressionError(f"{table} has no {name}", closest(name, self._columns(found)))

    def join(self, name: str) -> None:
        raise ExpressionError("a rule has no joins", "use any(...) or count(...)")

    def sequence_keys(self) -> Sequence[str]:
        return ()

    def domain(self) -> str:
        return self.own.kind.letters if isinstance(self.own, Dataset) else ""

    def criteria(self, name: str) -> Sequence[CriteriaRow]:
        raise ExpressionError("criteria(...) works in Mapping only")

    def supply(self, function: str, kind: str, name: str) -> Any:
        raise ExpressionError(f"{function} works in Mapping only")


class RuleContext(Context):
    """All rows of a dataset or a table of metadata, or some records of a dataset."""

    def __init__(self, data: Data, own: Dataset | Metadata | Records) -> None:
        self.data, self.own, self.count = data, own, own.count
        self.subject = own.subject
        self._known: dict[str, Column] = {}

    def column(self, node: tree.Column) -> Column:
        if node.kind == "own":
            return self.own.column(node.name)
        if node.kind == "key":
            return self.data.subjects.take(self.subject.astype(np.int64))
        if node.kind == "absent":
            return empty(node.type, self.count)
        view = self._view(node.table)
        rows = view.row_of_subject(len(self.data.names), self.data.names)
        return take(self._inner(view, node), rows[self.subject])

    def _inner(self, view: View, node: tree.Column) -> Column:
        found = self.data.table(node.table)
        if found is None or found.type_of(node.name) is None:
            return empty(node.type, view.count)
        return as_type(view.column(node.name), node.type)

    def _view(self, table: str) -> View:
        return self.data.view("", table)

    def _near(self, table: str) -> View:
        """The rows of a table that may be of the subjects of these rows."""
        found = self.data.datasets.get(table)
        return self._view(table) if found is None or not isinstance(self.own, Records) else self.own.near(found).view()

    def aggregate(self, node: tree.Aggregate) -> Column:
        return self._once(node, self._aggregate)

    def _aggregate(self, node: tree.Aggregate) -> Column:
        if node.match is None:
            return over_own(node, self, self.subject, self.data.names)
        view = self._view(node.match.table) if node.match.subjects_all else self._near(node.match.table)
        absent = _with_absent(view, node, self)
        return over_table(node, absent, self, self.subject, self.data.names)

    def window(self, node: tree.Window) -> Column:
        order: list[Column] = [np.arange(self.count, dtype=float)]
        return self._once(node, lambda known: over_window(known, self, self.subject, self.data.names, order))

    def _once(self, node: Any, work: Any) -> Column:
        """An aggregate that a rule names twice is computed once."""
        key = repr(node)
        if key not in self._known:
            self._known[key] = work(node)
        return self._known[key]


def _with_absent(view: View, node: tree.Aggregate, context: RuleContext) -> View:
    """The rows of a table, in which a column that may be absent is missing."""
    found = context.data.table(view.name)
    types = {part.name: part.type for part in tree.walk(node) if isinstance(part, tree.Column) and part.kind == "inner"}

    def column(name: str) -> Column:
        if found is not None and found.type_of(name) is not None:
            return view.column(name)
        return empty(types.get(name, TEXT), view.count)

    return View(view.name, view.count, view.subject, column)
