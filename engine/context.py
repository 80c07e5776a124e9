"""The rows that an expression is evaluated for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.columns import Array, Column, at
from language import tree

Reported = tree.Call | tree.Criterion | tree.Aggregate


class Context:
    """The rows that an expression is evaluated for. Subclasses say what names, aggregates and windows mean."""

    count: int
    reports = False  # whether `report` wants to hear of problems that are found in the values

    def column(self, node: tree.Column) -> Column:
        raise NotImplementedError

    def aggregate(self, node: tree.Aggregate) -> Column:
        raise NotImplementedError

    def window(self, node: tree.Window) -> Column:
        raise NotImplementedError

    def exists(self, join: str) -> Array:
        raise NotImplementedError

    def report(self, kind: str, rows: Array, node: Reported) -> None:
        """Called with the rows (bool) that a call, a row of Criteria or an aggregate reports; some contexts do."""


class Remembered(Context):
    """The rows of another context, each of whose columns is made once; `part` gives some of the rows."""

    def __init__(self, whole: Context) -> None:
        self.whole, self.count, self.reports = whole, whole.count, whole.reports
        self.found: dict[object, Column] = {}

    def _once(self, key: object, make: Callable[[], Column]) -> Column:
        if key not in self.found:
            self.found[key] = make()
        return self.found[key]

    def column(self, node: tree.Column) -> Column:
        return self._once(node, lambda: self.whole.column(node))

    def aggregate(self, node: tree.Aggregate) -> Column:
        return self._once(id(node), lambda: self.whole.aggregate(node))

    def window(self, node: tree.Window) -> Column:
        return self._once(id(node), lambda: self.whole.window(node))

    def exists(self, join: str) -> Array:
        return np.asarray(self._once(("exists", join), lambda: self.whole.exists(join)), bool)

    def report(self, kind: str, rows: Array, node: Reported) -> None:
        self.whole.report(kind, rows, node)

    def part(self, rows: Array) -> Context:
        """The rows at these positions."""
        return _Part(self, rows)


class _Part(Context):
    def __init__(self, whole: Remembered, rows: Array) -> None:
        self.whole, self.rows, self.count, self.reports = whole, rows, len(rows), whole.reports

    def column(self, node: tree.Column) -> Column:
        return at(self.whole.column(node), self.rows)

    def aggregate(self, node: tree.Aggregate) -> Column:
        return at(self.whole.aggregate(node), self.rows)

    def window(self, node: tree.Window) -> Column:
        return at(self.whole.window(node), self.rows)

    def exists(self, join: str) -> Array:
        return np.asarray(at(self.whole.exists(join), self.rows), bool)

    def report(self, kind: str, rows: Array, node: Reported) -> None:
        told = np.zeros(self.whole.count, bool)
        told[self.rows[rows]] = True
        self.whole.report(kind, told, node)
