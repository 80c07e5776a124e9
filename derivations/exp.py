"""Powers of e."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["exp", "number_column"]


@derivation(
    source="SAS 9.4 Functions: EXP",
    subject="Numbers",
    also="EXP, exponential, back-transformation, geometric mean",
)
def exp(x: Number) -> Number:
    """The number e, 2.71828..., to the power of the number.

    Args:
        x: a number.

    Missing: a missing number, and one whose power is too great to be held (above 709), gives a missing number.

    Example:
        >>> exp(number_column([0, 1000, None])).tolist()
        [1.0, nan, nan]
    """
    with np.errstate(over="ignore"):
        return finite_column(np.exp(floats(x)), x.index)
