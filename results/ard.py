"""Analysis results data: one statistic a row, in the shape of the data frames of R's package cards."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from formats.safe_csv import safe
from results.statistics.registry import Statistic

_HEAD = ("display", "result", "statistic", "dataset", "where")
_TAIL = ("reference", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "fmt")


@dataclass(frozen=True)
class Row:
    """One statistic with all that says what it is.

    statistic: Order of the row of Statistics it comes from. groups: variable and level of Group, then of By.
    variable: the expression that was analysed, or `time` with the time as variable_level for the points of a
    curve. reference: the level of Group with which the level is compared. context: name of the statistic that
    was called. stat: None where it is not estimable. fmt: Python format that suits the statistic.
    """

    display: str
    result: str
    statistic: str
    dataset: str
    where: str
    groups: tuple[tuple[str, str], ...]
    variable: str
    variable_level: str
    context: str
    stat_name: str
    stat_label: str
    stat: Statistic
    fmt: str
    reference: str = ""

    def cells(self, width: int) -> dict[str, Statistic]:
        """The row as columns, with `width` pairs of group columns."""
        out: dict[str, Statistic] = {name: getattr(self, name) for name in _HEAD}
        for position in range(width):
            variable, level = self.groups[position] if position < len(self.groups) else ("", "")
            out |= {f"group{position + 1}": variable, f"group{position + 1}_level": level}
        return out | {name: getattr(self, name) for name in _TAIL}


def _table(rows: Sequence[Row]) -> list[dict[str, Statistic]]:
    width = _width(rows)
    return [row.cells(width) for row in rows]


def _width(rows: Sequence[Row]) -> int:
    """How many pairs of group columns the rows need."""
    return max((len(row.groups) for row in rows), default=1)


def to_csv(rows: Sequence[Row]) -> str:
    """The table as CSV: floats in their shortest exact form, an empty cell where not estimable.

    A text that a spreadsheet would run as a formula has an apostrophe before it; the JSON keeps it as it is.
    """
    table = _table(rows)
    groups = [f"group{position}{part}" for position in range(1, _width(rows) + 1) for part in ("", "_level")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*_HEAD, *groups, *_TAIL))
    writer.writerows([safe(exact(value)) for value in row.values()] for row in table)
    return out.getvalue()


def exact(value: Statistic) -> str:
    """A statistic as text that loses nothing: the shortest form of a float; empty for None."""
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def to_json(rows: Sequence[Row], study: str) -> str:
    """The table as JSON, one row a line; null where not estimable."""
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in _table(rows))
    return f'{{"study": {json.dumps(study)}, "rows": [\n' + ",\n".join(lines) + "\n]}\n"
