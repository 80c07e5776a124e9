"""The optional WhereClauses sheet: clauses with an ID, as the conditions that ValueLevel may state itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specs.cells import choice, items
from specs.model import ValueLevel, Variable
from specs.read_csv import Faults, Row

COMPARATORS = {
    "EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "IN": "in", "NOTIN": "not in",
}  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """A where clause with an ID: (dataset, comparison) of each of its rows, and the ID of a comment."""

    parts: tuple[tuple[str, str], ...]
    comment: str

    def condition(self, dataset: str) -> str:
        """The condition as the records of `dataset` state it; variables of other datasets bear their name."""
        return " and ".join(text if owner == dataset else f"{owner}.{text}" for owner, text in self.parts)


def read_where_clauses(
    rows: list[Row], variables: Mapping[tuple[str, str], Variable], faults: Faults
) -> dict[str, Clause]:
    """ID to clause; the rows of one ID are joined by `and`."""
    parts: dict[str, list[tuple[str, str]]] = {}
    comments: dict[str, str] = {}
    for row in rows:
        parts.setdefault(row.get("ID"), []).append((row.get("Dataset"), _comparison(row, variables, faults)))
        comments[row.get("ID")] = comments.get(row.get("ID")) or row.get("Comment")
    return {name: Clause(tuple(listed), comments[name]) for name, listed in parts.items()}


def _comparison(row: Row, variables: Mapping[tuple[str, str], Variable], faults: Faults) -> str:
    variable = variables.get((row.get("Dataset"), row.get("Variable")))
    if variable is None:
        faults.add(row.at("Variable"), f"{row.get('Dataset')}.{row.get('Variable')} is not in Variables", "add it")
    numeric = variable is not None and variable.numeric
    comparator = choice(row, "Comparator", COMPARATORS, faults)
    values = items(row.get("Value"), ",") if comparator in ("IN", "NOTIN") else (row.get("Value"),)
    written = [value if numeric else repr(value) for value in values]
    right = f"({', '.join(written)},)" if comparator in ("IN", "NOTIN") else written[0]
    return f"{row.get('Variable')} {COMPARATORS.get(comparator, '==')} {right}"


def resolved(row: ValueLevel, clauses: Mapping[str, Clause]) -> ValueLevel:
    """The row with its Where Clause as a condition, where it names the ID of one."""
    clause = clauses.get(row.where_clause)
    return replace(row, where_clause=clause.condition(row.dataset)) if clause else row
