"""Rounding as it is done on paper."""

from __future__ import annotations

from derivations.columns import number_column, numbers
from derivations.decimals import MOST_DIGITS, half_up
from derivations.registry import Number, derivation

__all__ = ["number_column", "round_half_up"]


@derivation(
    source="SAS 9.4 Functions: ROUND (halves away from zero)",
    subject="Numbers",
    also="ROUND, round half up, rounding, digits, decimals",
)
def round_half_up(x: Number, digits: int = 0) -> Number:
    """The number rounded to the given decimals; a half is rounded away from zero.

    The number is read to 12 significant decimal digits first, so that a value that is a half on paper is one
    here.

    Args:
        x: a number.
        digits: decimals to keep, at most 50; negative, from -50, rounds to tens, hundreds and so on.

    Missing: a missing number stays missing.

    Example:
        >>> round_half_up(number_column([2.5, -2.5, 1.005, None]), 0).tolist()
        [3.0, -3.0, 1.0, nan]
        >>> round_half_up(number_column([1.005, 0.285]), 2).tolist()
        [1.01, 0.29]
    """
    if abs(digits) > MOST_DIGITS:
        raise ValueError(f"round_half_up: digits is -{MOST_DIGITS} to {MOST_DIGITS}, but it is {digits}")
    infinite = (float("inf"), float("-inf"))
    rounded = [
        value if value is None or value in infinite else float(half_up(value, digits)) + 0.0
        for value in numbers(x)
    ]
    return number_column(rounded, x.index)
