"""A number written as text."""

from __future__ import annotations

from decimal import Decimal

from derivations.columns import number_column, numbers, text_column
from derivations.decimals import MOST_DIGITS, half_up, written
from derivations.registry import Number, Text, derivation

__all__ = ["number_column", "text"]


@derivation(
    source="SDTMIG 3.4, section 4.5.1: results as text without loss of precision",
    subject="Texts",
    also="PUT, as.character, format, sprintf, BEST",
)
def text(value: Number, digits: int = -1) -> Text:
    """The number as text, without a decimal point when it is whole; with digits, that many decimals, half up.

    Args:
        value: a number.
        digits: decimals to print, 0 to 50; left out, the fewest that give the number back.

    Missing: a missing number gives a missing text.

    Example:
        >>> text(number_column([3.0, 0.1, 1e-7, None])).tolist()
        ['3', '0.1', '0.0000001', None]
        >>> text(number_column([4.0, 2.675]), 2).tolist()
        ['4.00', '2.68']
    """
    if not -1 <= digits <= MOST_DIGITS:
        raise ValueError(f"text: digits is 0 to {MOST_DIGITS}, but it is {digits}")
    return text_column(
        [None if number is None else _write(number, digits) for number in numbers(value)], value.index
    )


def _write(number: float, digits: int) -> str | None:
    if number in (float("inf"), float("-inf")):
        return None
    if digits < 0:
        return written(Decimal(repr(number)))
    rounded = half_up(number, digits)
    return format(rounded if rounded else abs(rounded), "f")
