"""Columns as Series: texts (object, None missing), numbers (float, NaN missing), conditions (bool)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def text_column(values: Iterable[str | None], index: pd.Index | None = None) -> pd.Series:
    """A column of texts; a blank text and a null are one thing, None.

    >>> text_column(["a", " ", None]).tolist()
    ['a', None, None]
    """
    cells = [value if isinstance(value, str) and value.strip() else None for value in values]
    return pd.Series(cells, index=index, dtype=object)


def number_column(values: Iterable[float | None] | Floats, index: pd.Index | None = None) -> pd.Series:
    """A column of numbers; None becomes NaN.

    >>> number_column([1, None]).tolist()
    [1.0, nan]
    """
    if isinstance(values, np.ndarray):
        return pd.Series(values.astype("float64"), index=index)
    return pd.Series(
        [float("nan") if value is None else value for value in values], index=index, dtype="float64"
    )


def finite_column(values: Floats, index: pd.Index | None = None) -> pd.Series:
    """A column of computed numbers; what is not a finite number becomes NaN.

    >>> finite_column(np.array([1.0, np.inf])).tolist()
    [1.0, nan]
    """
    return number_column(np.where(np.isfinite(values), values, np.nan), index)


def floats(column: pd.Series) -> Floats:
    """The cells of a number column as an array; NaN for every missing one."""
    return column.to_numpy(dtype=np.float64)


def condition_column(values: Iterable[bool], index: pd.Index | None = None) -> pd.Series:
    """A column of conditions.

    >>> condition_column([True, False]).tolist()
    [True, False]
    """
    if isinstance(values, np.ndarray):
        return pd.Series(values.astype(bool), index=index)
    return pd.Series([bool(value) for value in values], index=index, dtype=bool)


def texts(column: pd.Series) -> list[str | None]:
    """The cells of a text column; None for every missing one.

    >>> texts(pd.Series(["a", None, ""], dtype=object))
    ['a', None, None]
    """
    return [value if isinstance(value, str) and value.strip() else None for value in column.tolist()]


def optional_texts(column: pd.Series | None, like: pd.Series) -> list[str | None]:
    """The cells of a column that an expression may leave out; all None then."""
    return [None] * len(like) if column is None else texts(column)


def numbers(column: pd.Series) -> list[float | None]:
    """The cells of a number column; None for every missing one.

    >>> numbers(number_column([1.5, None]))
    [1.5, None]
    """
    return [None if value != value else float(value) for value in column.tolist()]


def looked_up(column: pd.Series, number_of: Callable[[str], float | None]) -> Floats:
    """The number that a function gives for each text; NaN for a missing text and for None. Each text is asked once.

    >>> looked_up(text_column(["F", "M", None, "F"]), {"F": 0.85, "M": 1.0}.get).tolist()
    [0.85, 1.0, nan, 0.85]
    """
    codes, distinct = pd.factorize(column.to_numpy(dtype=object))
    found = [number_of(text) if isinstance(text, str) and text.strip() else None for text in distinct]
    return np.array([np.nan if value is None else value for value in (*found, None)], dtype=np.float64)[codes]


def clean(text: str) -> str:
    """Compatibility forms replaced (full-width digits, no-break blanks; Unicode NFKC) and the ends trimmed.

    >>> clean(" １２ ")
    '12'
    """
    return unicodedata.normalize("NFKC", text).strip()
