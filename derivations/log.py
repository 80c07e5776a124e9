"""Natural logarithms."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["log", "number_column"]


@derivation(
    source="SAS 9.4 Functions: LOG",
    subject="Numbers",
    also="LOG, ln, natural logarithm, geometric mean",
)
def log(x: Number) -> Number:
    """The natural logarithm of the number.

    Args:
        x: a number above 0.

    Missing: a missing number, and one that is not above 0, gives a missing number.

    Example:
        >>> log(number_column([1, 0, None])).tolist()
        [0.0, nan, nan]
    """
    values = floats(x)
    return finite_column(np.log(np.where(values > 0, values, np.nan)), x.index)
