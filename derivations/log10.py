"""Logarithms to base 10."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["log10", "number_column"]


@derivation(
    source="SAS 9.4 Functions: LOG10",
    subject="Numbers",
    also="LOG10, common logarithm, viral load",
)
def log10(x: Number) -> Number:
    """The logarithm to base 10 of the number.

    Args:
        x: a number above 0.

    Missing: a missing number, and one that is not above 0, gives a missing number.

    Example:
        >>> log10(number_column([1000, 0, None])).tolist()
        [3.0, nan, nan]
    """
    values = floats(x)
    return finite_column(np.log10(np.where(values > 0, values, np.nan)), x.index)
