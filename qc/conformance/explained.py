"""Findings that the specification explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.columns import Array
from engine.evaluate import condition
from engine.views import RowFault
from language.errors import ExpressionError
from language.parse import parse
from language.resolve import resolve_condition
from qc.conformance import naming
from qc.conformance.context import RuleContext, RuleScope
from qc.conformance.data import Data, Dataset, Metadata
from qc.conformance.reach import looks_further
from qc.conformance.records import Records
from qc.conformance.result import Explained
from specs.conformance_rules import ConformanceRule
from specs.model import Explanation


class Explanations:
    """The rows of Explanations, and how many findings each has covered so far."""

    def __init__(
        self, data: Data, rows: Sequence[Explanation] = (), constants: Mapping[str, Any] | None = None
    ) -> None:
        self.data, self.rows, self.constants = data, tuple(rows), constants or {}
        self.counts = [0] * len(self.rows)

    def covering(self, rule: ConformanceRule, dataset: str, table: Dataset | Metadata, rows: Array) -> Array:
        """For each of the rows that break a rule, the position of the explanation that covers it; -1 for none.

        Of several the first counts. One whose Where cannot be asked of these data covers nothing, and a note says so.
        """
        found = np.full(len(rows), -1, np.int64)
        for place, row in enumerate(self.rows):
            if row.rule == rule.rule and row.dataset in ("", dataset):
                held = self._holds(row, table, rows) & (found < 0)
                found[held] = place
                self.counts[place] += int(held.sum())
        return found

    def _holds(self, row: Explanation, table: Dataset | Metadata, rows: Array) -> Array:
        if not row.where:
            return np.ones(len(rows), bool)
        letters = table.kind.letters if isinstance(table, Dataset) else ""
        try:
            node = parse(naming.with_letters(row.where, letters))
            resolved = resolve_condition(node, RuleScope(self.data, table, frozenset(), self.constants))
            if isinstance(table, Dataset) and not looks_further(resolved, table):
                return condition(resolved, RuleContext(self.data, Records(table, rows)))
            return condition(resolved, RuleContext(self.data, table))[rows]
        except (ExpressionError, RowFault) as fault:
            self.data.notes.append(f"{row.at('Where')} could not be asked of {table.name}: {fault}")
            return np.zeros(len(rows), bool)

    def result(self) -> tuple[Explained, ...]:
        """Every explanation with the number of findings that it covers."""
        return tuple(Explained(row, count) for row, count in zip(self.rows, self.counts, strict=True))
