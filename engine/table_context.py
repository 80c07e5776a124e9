"""The rows of one table that a stage reads, as expressions of intake, of checks and of the data cut see them."""

from __future__ import annotations

import numpy as np

from engine.aggregates import over_own, over_table, over_window
from engine.columns import Column
from engine.contexts import subject_column
from engine.evaluate import Context
from engine.run import Run
from engine.views import RowFault, Table
from language.tree import Aggregate, Window
from language.tree import Column as ColumnNode


class TableContext(Context):
    """The rows of one table that was read; `run` gives the other tables once all are taken in."""

    def __init__(self, table: Table, run: Run | None = None) -> None:
        self.table, self.run, self.count = table, run, table.count

    def column(self, node: ColumnNode) -> Column:
        if node.kind == "source":
            return self.table.columns[node.name]
        return subject_column(self._taken_in(), "", node, self.table.subject)

    def aggregate(self, node: Aggregate) -> Column:
        run = self._taken_in()
        if node.match is None:
            told = self._told(node)
            return over_own(node, self, self.table.subject, run.names) if told is None else told
        view = run.matched_view("", node.match)
        return over_table(node, view, self, self.table.subject, run.names)

    def window(self, node: Window) -> Column:
        told = self._told(node)
        order: list[Column] = [np.arange(self.count, dtype=float)]
        return over_window(node, self, self.table.subject, self._taken_in().names, order) if told is None else told

    def _told(self, node: Aggregate | Window) -> Column | None:
        """The value that is of the whole study, where this run has a part of it."""
        return self._taken_in().told("", "", self.table.name, node, self.table.subject)

    def _taken_in(self) -> Run:
        if self.run is None:
            raise RowFault("this cell sees one row of its own table: other rows and tables are not taken in yet")
        return self.run
