"""Absolute values."""

from __future__ import annotations

from derivations.columns import number_column
from derivations.registry import Number, derivation

__all__ = ["abs", "number_column"]


@derivation(
    source="SAS 9.4 Functions: ABS",
    subject="Numbers",
    also="ABS",
)
def abs(x: Number) -> Number:
    """The number without its sign.

    Args:
        x: a number.

    Missing: a missing number stays missing.

    Example:
        >>> abs(number_column([-2.5, 3, None])).tolist()
        [2.5, 3.0, nan]
    """
    return x.abs()
