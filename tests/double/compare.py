"""Cell by cell comparison of a dataset with its double; to be replaced by the project's own `build compare`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat

TOLERANCE = 1e-9


def produced(adam: Path, name: str) -> pd.DataFrame:
    """A dataset as `build adam` wrote it, blank text missing, dates as SAS dates."""
    path = adam / f"{name.lower()}.xpt"
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0].replace("", None)


def differences(own: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """What differs, one row each: key, variable, own, theirs.

    `_record` stands for a record on one side only. A variable of the double that holds values and is not in the
    other dataset has one row, without a key. Columns of the double in lower case are its working columns.
    """
    both = own.merge(theirs, how="outer", on=keys, suffixes=("\x00own", "\x00theirs"), indicator=True)
    found = []
    for side, value in (("left_only", ("present", None)), ("right_only", (None, "present"))):
        alone = both.loc[both["_merge"] == side, keys]
        found.append(alone.assign(variable="_record", own=value[0], theirs=value[1]))
    absent = [name for name in own if name.isupper() and name not in theirs and own[name].notna().any()]
    found.append(pd.DataFrame({"variable": absent, "own": "variable present", "theirs": None}))
    both = both[both["_merge"] == "both"]
    for variable in common(own, theirs, keys):
        left, right = both[f"{variable}\x00own"], both[f"{variable}\x00theirs"]
        unequal = ~_equal(left, right)
        found.append(both.loc[unequal, keys].assign(variable=variable, own=left[unequal], theirs=right[unequal]))
    parts = [frame.astype(object) for frame in found if len(frame)]
    columns = [*keys, "variable", "own", "theirs"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)


def common(own: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]) -> list[str]:
    """Variables that are compared: those on both sides, without the key."""
    return [variable for variable in theirs.columns if variable in own.columns and variable not in keys]


def _equal(left: pd.Series, right: pd.Series) -> pd.Series:
    missing = left.isna() & right.isna()
    if pd.api.types.is_numeric_dtype(left) and pd.api.types.is_numeric_dtype(right):
        return missing | ((left - right).abs() <= TOLERANCE * right.abs().clip(lower=1))
    return missing | (left.astype(object) == right.astype(object))
