"""Whole numbers below."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column
from derivations.registry import Number, derivation

__all__ = ["floor", "number_column"]

FUZZ = 1e-12


@derivation(
    source="SAS 9.4 Functions: FLOOR (a number within 1E-12 of a whole number counts as whole)",
    subject="Numbers",
    also="FLOOR, INT, trunc",
)
def floor(x: Number) -> Number:
    """The greatest whole number that is not greater than the number.

    A number within 1E-12 of a whole number counts as that whole number, so that 0.29 * 100 gives 29.

    Args:
        x: a number.

    Missing: a missing number stays missing.

    Example:
        >>> floor(number_column([2.7, -2.1, 0.29 * 100, None])).tolist()
        [2.0, -3.0, 29.0, nan]
    """
    nearest = np.rint(x)
    return np.floor(x).where((x - nearest).abs() > FUZZ, nearest) + 0.0
