"""Numbers in another unit."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from derivations.columns import condition_column, number_column, numbers, optional_texts, text_column, texts
from derivations.registry import Number, Problems, Text, Units, derivation, problems_of
from derivations.unit_factors import Conversion, conversion

__all__ = ["convert", "number_column", "problems", "text_column"]


@derivation(
    source="SDTMIG 3.4, section 4.5.1: results in standard units; factors of the specification",
    subject="Results and units",
    also="unit conversion, conventional units, SI units, --STRESN, --STRESU, AVALU",
)
def convert(value: Number, from_unit: Text, to_unit: Text, test: Text = None, *, units: Units) -> Number:
    """The number converted from one unit to another with the factor of the specification, computed exactly.

    A factor given for the test comes before a factor for any test. A number in the same unit stays as it is.

    Args:
        value: a number.
        from_unit: its unit.
        to_unit: the unit wanted.
        test: test code (--TESTCD).
        units: the factors.

    Missing: missing if the number is missing, or if no factor leads from one unit to the other, or if the formula
    divides by zero for the number; both are reported.

    Example:
        >>> units = Units({("", "g/dL", "g/L"): "10"})
        >>> pairs = text_column(["g/dL", "g/L", "lb"]), text_column(["g/L", "g/L", "g/L"])
        >>> convert(number_column([12.1, 121, 3]), *pairs, units=units).tolist()
        [121.0, 121.0, nan]
    """
    rows = _conversions(value, from_unit, to_unit, test, units)
    return number_column([_converted(*row) for row in rows], value.index)


@problems_of("convert")
def problems(value: Number, from_unit: Text, to_unit: Text, test: Text = None, *, units: Units) -> Problems:
    """Numbers whose unit has no factor, or a formula that divides by zero for them."""
    rows = _conversions(value, from_unit, to_unit, test, units)
    lost = [number is not None and change is None for number, change in rows]
    undefined = [None not in row and _converted(*row) is None for row in rows]
    return {
        "unit_without_factor": condition_column(lost, value.index),
        "unit_divides_by_zero": condition_column(undefined, value.index),
    }


def _converted(number: float | None, change: Conversion | None) -> float | None:
    if number is None or change is None:
        return None
    found = change(Fraction(repr(number)))
    return None if found is None else float(found)


def _conversions(
    value: pd.Series, from_unit: pd.Series, to_unit: pd.Series, test: pd.Series | None, units: Units
) -> list[tuple[float | None, Conversion | None]]:
    columns = (optional_texts(test, value), texts(from_unit), texts(to_unit))
    changes = [conversion(units, *of_row) for of_row in zip(*columns, strict=True)]
    return list(zip(numbers(value), changes, strict=True))
