"""What would read better, though it is no fault: cells that are long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from specs.columns import EXPRESSION_KINDS, SHEETS, Sheet
from specs.model import Record, Spec
from specs.problem import Problem

LONGEST = 120


def long_cells(spec: Spec) -> list[Problem]:
    """Expressions over 120 characters, each with the suggestion to name a part of it."""
    rows: list[Record] = [*spec.sources, *spec.joins, *spec.rules, *spec.tests, *spec.parameters, *spec.events]
    rows += [*spec.criteria, *spec.checks, *spec.tables.values()]
    found = {problem for row in rows for problem in _of_row(row)}
    return sorted(found)


def _of_row(row: Record) -> Iterator[Problem]:
    path = PurePath(row.place.file)
    sheet = SHEETS.get("Mapping" if path.parent.name == "mapping" else path.stem)
    if sheet is None:
        return
    for column, cell in row.cells.items():
        if len(cell) > LONGEST and _holds_expression(sheet, column):
            hint = "name a part of it in a working variable, or split it over rows with Order and Where"
            yield Problem(row.at(column), f"the cell has {len(cell)} characters", hint)


def _holds_expression(sheet: Sheet, column: str) -> bool:
    known = sheet.column(column)
    return known.kind in EXPRESSION_KINDS if known is not None else sheet.open
