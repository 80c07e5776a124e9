"""Sets of criteria evaluated over a data frame, for tests: the published ones, and sets of a few rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.columns import Text
from engine.context import Reported
from engine.evaluate import evaluate
from engine.single import FrameContext, FrameScope
from language.parse import parse
from language.resolve import resolve
from language.scope import CriteriaRow
from language.tree import Criterion
from specs.criteria_sets import CRITERIA, published_criteria


class SetScope(FrameScope):
    """The columns of a frame, and the sets of criteria given here beside the published ones."""

    def __init__(self, frame: pd.DataFrame, sets: dict[str, Sequence[CriteriaRow]] | None = None) -> None:
        super().__init__(frame, {})
        self.sets = sets or {}

    def criteria(self, name: str) -> list[CriteriaRow]:
        published = [row for standard in CRITERIA for row in published_criteria(standard) if row.criteria == name]
        ordered = sorted(published, key=lambda row: row.order)
        return [*self.sets.get(name, ()), *(CriteriaRow(row.where, row.value, row.issue) for row in ordered)]


class Told(FrameContext):
    """A frame that remembers what is reported of its rows."""

    reports = True

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__(frame)
        self.issues = np.full(self.count, "", dtype=object)

    def report(self, kind: str, rows: np.ndarray, node: Reported) -> None:
        assert kind == "criterion" and isinstance(node, Criterion)
        assert not any(self.issues[rows]), "a row takes one row of the set"
        self.issues[rows] = node.issue


def graded(
    frame: pd.DataFrame, call: str, sets: dict[str, Sequence[CriteriaRow]] | None = None
) -> tuple[list[object], list[str]]:
    """The value of a call for each row, None for missing, and what is told of the row."""
    context = Told(frame)
    found = evaluate(resolve(parse(call), SetScope(frame, sets)), context)
    values = found.objects() if isinstance(found, Text) else found
    return [None if value is None or value != value else value for value in values.tolist()], context.issues.tolist()
