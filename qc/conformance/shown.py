"""Values as a finding shows them."""

from __future__ import annotations

import numpy as np

from engine.columns import Column, Text
from engine.issues import texts
from qc.compare.iso import DAY_SECONDS
from qc.compare.table import DATE, DATETIME
from qc.conformance.data import Dataset, Metadata


def as_shown(table: Dataset | Metadata, name: str, column: Column) -> list[str]:
    """Values of a variable of a table as texts: numbers that are dates by their format in ISO 8601."""
    variable = table.table.by_name.get(name) if isinstance(table, Dataset) else None
    if variable is None or isinstance(column, Text) or variable.kind not in (DATE, DATETIME):
        return [str(value) for value in texts(column).tolist()]
    seconds = column if variable.kind == DATETIME else column * DAY_SECONDS
    known = np.isfinite(seconds)
    moments = np.datetime64("1960-01-01", "s") + np.where(known, seconds, 0).astype("timedelta64[s]")
    shown = np.datetime_as_string(moments, unit="s" if variable.kind == DATETIME else "D")
    return [text if held else "" for text, held in zip(shown.tolist(), known.tolist(), strict=True)]
