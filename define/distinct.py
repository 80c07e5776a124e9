"""A column as codes into its distinct values, and what is asked of those values instead of every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from define.where_clause import RangeCheck

Checks = tuple[RangeCheck, ...]
_LARGEST = 2**62
# Up to so many possible values a table of them is faster than sorting.
_TABLE = 20_000_000


@dataclass(frozen=True)
class Column:
    """A column: per record the position of its value in `values`, -1 where it is missing.

    `values` are floats or texts, each once; some may occur in no record.
    """

    codes: np.ndarray
    values: np.ndarray

    @property
    def numeric(self) -> bool:
        return self.values.dtype.kind == "f"

    @property
    def present(self) -> np.ndarray:
        """True for the records that have a value."""
        return self.codes >= 0

    def at(self, codes: np.ndarray) -> np.ndarray:
        """The distinct values at some codes; codes may repeat and -1 is no value."""
        used = np.zeros(len(self.values) + 1, dtype=bool)
        used[codes] = True  # -1 marks the last place, which is no value
        return self.values[used[:-1]]

    def meets(self, check: RangeCheck) -> np.ndarray:
        """Whether each value meets a check; the last place, which the code -1 reaches, stands for a missing one."""
        bounds = [_bound(text, self.numeric) for text in check.values if text]
        missing = "" in check.values
        found = [_compared(value, check.comparator, bounds) for value in self.values]
        return np.array([*found, missing is (check.comparator in ("EQ", "IN")) and not _orders(check)], dtype=bool)


def column_of(series: pd.Series) -> Column:
    """The column of a Series of numbers, texts or categories; a blank text is missing."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        if pd.api.types.is_numeric_dtype(series.cat.categories.dtype):
            return column_of(series.astype("float64"))
        return coded(series.cat.codes.to_numpy(), series.cat.categories.to_numpy(dtype=object))
    if pd.api.types.is_numeric_dtype(series.dtype):
        return Column(*pd.factorize(series.to_numpy(dtype="float64")))
    codes, values = pd.factorize(series.astype(object).to_numpy())
    return coded(codes, np.asarray(values, dtype=object))


def coded(codes: np.ndarray, values: np.ndarray) -> Column:
    blank = [position for position, value in enumerate(values) if not str(value)]
    return Column(np.where(np.isin(codes, blank), -1, codes) if blank else codes, values)


def is_numeric(series: pd.Series) -> bool:
    """Whether a Series holds numbers, itself or as categories."""
    kept = series.cat.categories.dtype if isinstance(series.dtype, pd.CategoricalDtype) else series.dtype
    return bool(pd.api.types.is_numeric_dtype(kept))


def combined(columns: Sequence[Column], records: np.ndarray) -> np.ndarray:
    """A number per record, the same for records that agree in all these columns; a missing value is one too."""
    found = np.zeros(len(records), dtype=np.int64)
    size = 1
    for column in columns:
        width = len(column.values) + 1
        if size * width > _LARGEST:
            found, kinds = pd.factorize(found)
            size = len(kinds)
        found = found * width + (column.codes[records] + 1)
        size *= width
    return found


def distinct(numbers: np.ndarray, size: int) -> np.ndarray:
    """The different ones of some whole numbers below `size`, sorted."""
    if size > _TABLE:
        return np.unique(numbers)
    seen = np.zeros(size, dtype=bool)
    seen[numbers] = True
    return np.flatnonzero(seen)


def where(columns: Mapping[str, Column], checks: Checks, count: int) -> np.ndarray:
    """True for those of `count` records where every check holds; one on a variable that is not there is passed over."""
    mask = np.ones(count, dtype=bool)
    for check in checks:
        if check.variable in columns:
            column = columns[check.variable]
            mask &= column.meets(check)[column.codes]
    return mask


def _bound(text: str, numeric: bool) -> float | str | None:
    """A constant as the values are; None for a text that numbers cannot equal."""
    if not numeric:
        return text
    try:
        return float(text)
    except ValueError:
        return None


def _orders(check: RangeCheck) -> bool:
    return check.comparator not in ("EQ", "IN", "NE", "NOTIN")


def _compared(value: float | str, comparator: str, bounds: list[float | str | None]) -> bool:
    if comparator in ("EQ", "IN"):
        return value in bounds
    if comparator in ("NE", "NOTIN"):
        return value not in bounds
    bound = bounds[0] if bounds else None
    if bound is None:
        return False
    first, second = (value, bound) if comparator in ("LT", "LE") else (bound, value)
    return first < second or (comparator in ("LE", "GE") and first == second)  # type: ignore[operator]
