"""Issues: every value that was cut, converted or left out, with its place in the raw file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.columns import Array, Column, Text, as_text, concat, distinct, take
from engine.sorting import sorted_rows

COLUMNS = [
    "Rule",
    "Kind",
    "Severity",
    "Dataset",
    "Variable",
    "USUBJID",
    "Table",
    "File",
    "Row",
    "Record",
    "Column",
    "Value",
    "Message",
]

_POSITION = "Position"  # of the row in its table: what tells rows on one line of a file apart
_ORDER = (
    "Dataset", "Variable", "Table", "Row", "Kind", "Rule", "Value", "Message", _POSITION, "USUBJID", "File", "Record",
    "Column", "Severity",
)  # fmt: skip

Issues = dict[str, Column]

# What a kind weighs where nothing else says: a note tells what became of a value or row that loses nothing, a warning
# that something was left out or doubted, an error that the output is not as it should be.
_SEVERITIES = {
    "transliterated": "note",
    "inactive": "note",
    "duplicate": "note",
    "superseded": "note",
    "no_subject": "error",
    "text_left": "error",
    "test_not_mapped": "error",
    "damaged_value": "error",
    "duplicate_key": "error",
    "not_in_codelist": "error",
    "not_iso8601": "error",
}


@dataclass
class IssueLog:
    """Collects issues as columns; `table` gives them in a fixed order, which no order of computing changes.

    `rules` names a kind of issue as the study does; the name of a kind in one table (`superseded raw_lb`) comes first.

    One row of a table may become several records (tests side by side, Expand), and one derivation may stand twice in
    a rule: an issue with the `position` of its row in `table` is told once. Others are never taken for the same, even
    if they read alike.
    """

    rules: dict[str, str] = field(default_factory=dict)
    parts: list[Issues] = field(default_factory=list)

    def add(self, count: int, **columns: object) -> None:
        """`count` issues; each column is one value or an array of `count` values.

        Severity and rule, where they are not given, are those of the kind. `position` is that of the row behind an
        issue in its table, -1 where it has none.
        """
        if count == 0:
            return
        kind = str(columns.get("kind", ""))
        given = {name: columns.get(name.lower(), "") for name in COLUMNS}
        given["Severity"] = str(columns.get("severity") or _SEVERITIES.get(kind, "warning")).lower()
        given["Rule"] = columns.get("rule") or self._rule(kind, str(columns.get("table", "")))
        part: Issues = {name: _texts(value, count) for name, value in given.items() if name != "Row"}
        part["Row"] = _numbers(given["Row"], count)
        part[_POSITION] = _numbers(columns.get("position", -1), count)
        self.parts.append(part)

    def _rule(self, kind: str, table: str) -> str:
        return self.rules.get(f"{kind} {table}", self.rules.get(kind, ""))

    def table(self) -> Issues:
        """Every issue once, in the order of dataset, variable, file and row: the columns, and the position."""
        names = [*COLUMNS, _POSITION]
        if not self.parts:
            return {name: np.empty(0) if name in ("Row", _POSITION) else Text.missing(0) for name in names}
        joined = {name: concat([part[name] for part in self.parts]) for name in names}
        count = len(joined[_POSITION])
        first, _ = distinct(list(joined.values()), count)
        told = np.asarray(joined[_POSITION]) < 0
        told[first] = True
        rows = np.flatnonzero(told)
        kept = {name: take(column, rows) for name, column in joined.items()}
        row = np.asarray(kept["Row"])
        keys = {**kept, "Row": np.where(np.isnan(row), np.inf, row)}
        order = sorted_rows([(keys[name], False) for name in _ORDER], len(rows))
        return {name: take(column, order) for name, column in kept.items()}

    def frame(self) -> pd.DataFrame:
        """As `table`, as a data frame without the position."""
        return frame(self.table())


def frame(issues: Issues) -> pd.DataFrame:
    """Issues as a data frame: texts, blank for missing; the row a number, blank where there is none."""
    row = np.asarray(issues["Row"])
    gone = np.isnan(row)
    rows = np.where(gone, 0, row).astype(np.int64)
    columns = {name: texts(issues[name]) for name in COLUMNS if name != "Row"}
    columns["Row"] = np.where(gone, "", rows.astype(object)) if gone.any() else rows
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _texts(value: object, count: int) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, np.ndarray):
        return Text.of(value) if value.dtype == object else as_text(value)
    return Text.constant(str(value), count) if str(value) else Text.missing(count)


def _numbers(value: object, count: int) -> Array:
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    return np.full(count, np.nan if value == "" else float(str(value)))


def texts(column: Column) -> Array:
    """A column as texts for reading: blank for missing, whole numbers without a point."""
    found = as_text(column)
    return np.append(found.dictionary.values, "")[found.codes]


def cells(columns: Sequence[Column], count: int) -> Array:
    """The values of several columns in each of `count` rows, side by side as a text for reading."""
    first, codes = distinct(columns, count)
    parts = [texts(take(column, first)).tolist() for column in columns]
    return np.array([" | ".join(items) for items in zip(*parts)] or [""], dtype=object)[codes]
