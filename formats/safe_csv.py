"""Tables for people as CSV, which a spreadsheet may open without running what a value says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; numbers as they are.

    >>> safe("=1+1"), safe("-5"), safe("<5"), safe(3)
    ("'=1+1", '-5', '<5', 3)
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV with line feeds, texts made safe."""
    cleaned = table.copy()
    for name in cleaned.columns:
        if not pd.api.types.is_numeric_dtype(cleaned[name].dtype):
            distinct = {value: safe(value) for value in cleaned[name].unique()}
            cleaned[name] = cleaned[name].map(distinct)
    cleaned.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
