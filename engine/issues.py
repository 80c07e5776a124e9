"""Issues: every value that was cut, converted or left out, with its place in the raw file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.columns import Array, Column, as_text, distinct, take

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

# What a kind weighs where nothing else says: a note tells what became of a value or row that loses nothing, a warning
# that something was left out or doubted, an error that the output is not as it should be.
_SEVERITIES = {
    "transliterated": "note",
    "inactive": "note",
    "duplicate": "note",
    "superseded": "note",
    "no_subject": "error",
    "test_not_mapped": "error",
    "damaged_value": "error",
    "duplicate_key": "error",
    "not_in_codelist": "error",
}


@dataclass
class IssueLog:
    """Collects issues as columns; `frame` gives the table in a fixed order.

    `rules` names a kind of issue as the study does; the name of a kind in one table (`superseded raw_lb`) comes first.

    One row of a table may become several records (tests side by side, Expand), and one derivation may stand twice in
    a rule: an issue with the `position` of its row in `table` is told once. Others are never taken for the same, even
    if they read alike.
    """

    rules: dict[str, str] = field(default_factory=dict)
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, count: int, **columns: object) -> None:
        """`count` issues; each column is one value or an array of `count` values.

        Severity and rule, where they are not given, are those of the kind. `position` is that of the row behind an
        issue in its table, -1 where it has none.
        """
        if count == 0:
            return
        data = {name: columns.get(name.lower(), "") for name in COLUMNS}
        data[_POSITION] = columns.get("position", -1)
        kind = str(columns.get("kind", ""))
        data["Severity"] = str(columns.get("severity") or _SEVERITIES.get(kind, "warning")).lower()
        data["Rule"] = columns.get("rule") or self._rule(kind, str(columns.get("table", "")))
        self.parts.append(pd.DataFrame(data, index=np.arange(count)))

    def _rule(self, kind: str, table: str) -> str:
        return self.rules.get(f"{kind} {table}", self.rules.get(kind, ""))

    def frame(self) -> pd.DataFrame:
        """Every issue once, in the order of dataset, variable, file and row."""
        if not self.parts:
            return pd.DataFrame(columns=list(COLUMNS))
        table = pd.concat(self.parts, ignore_index=True)
        table = table[(table[_POSITION] < 0) | ~table.duplicated()]
        keys = ["Dataset", "Variable", "Table", "Row", "Kind", "Rule", "Value", "Message"]
        return table.sort_values([*keys, _POSITION], kind="stable", ignore_index=True)[COLUMNS]


def texts(column: Column) -> Array:
    """A column as texts for reading: blank for missing, whole numbers without a point."""
    found = as_text(column)
    return np.append(found.dictionary.values, "")[found.codes]


def cells(columns: Sequence[Column], count: int) -> Array:
    """The values of several columns in each of `count` rows, side by side as a text for reading."""
    first, codes = distinct(columns, count)
    parts = [texts(take(column, first)).tolist() for column in columns]
    return np.array([" | ".join(items) for items in zip(*parts)] or [""], dtype=object)[codes]
