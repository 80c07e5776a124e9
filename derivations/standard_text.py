"""Results as text in standard units."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

from derivations.columns import condition_column, text_column, texts
from derivations.decimals import fraction_half_up, written
from derivations.operators import REVERSED, Result, read_result
from derivations.registry import Problems, Text, Units, derivation, problems_of
from derivations.unit_factors import Conversion, conversion

__all__ = ["problems", "standard_text", "text_column"]

MOST_DECIMALS = 6
Row = tuple[str | None, Result | None, Conversion | None, int | None]


@derivation(
    source="SDTMIG 3.4, section 4.5.1: --STRESC from --ORRES; factors of the specification",
    subject="Results and units",
    also="--STRESC, standard units, conversion",
)
def standard_text(result: Text, unit: Text, test: Text, standard_unit: Text, units: Units) -> Text:
    """The result converted to the standard unit and written as text; an operator (<, <=, >, >=) is kept.

    The conversion is exact. The number is written with the fewest digits, rounded half up to the decimals of
    the test, else to 6 decimals (6 significant digits below 0.1). A result that is no number, such as
    NEGATIVE, is taken as it is.

    Args:
        result: result as collected (--ORRES); thousands may be separated by commas.
        unit: its unit (--ORRESU).
        test: test code (--TESTCD).
        standard_unit: the unit wanted (--STRESU).
        units: factors and decimals.

    Missing: missing if the result is missing, or if it is a number whose unit has no factor or a formula that
    divides by zero for it; both are reported.

    Example:
        >>> units = Units({("", "g/dL", "g/L"): "10"})
        >>> result = text_column(["12.1", "<5", "NEGATIVE", "7"])
        >>> unit, test = text_column(["g/dL", "g/L", None, "oz"]), text_column(["HGB"] * 4)
        >>> standard_text(result, unit, test, text_column(["g/L"] * 4), units).tolist()
        ['121', '<5', 'NEGATIVE', None]
    """
    rows = _rows(result, unit, test, standard_unit, units)
    return text_column([_written(*row) for row in rows], result.index)


@problems_of("standard_text")
def problems(result: Text, unit: Text, test: Text, standard_unit: Text, units: Units) -> Problems:
    """Numeric results whose unit has no factor, or a formula that divides by zero for them."""
    rows = _rows(result, unit, test, standard_unit, units)
    lost = [number is not None and change is None for _, number, change, _ in rows]
    undefined = [
        number is not None and change is not None and change(Fraction(number.number)) is None
        for _, number, change, _ in rows
    ]
    return {
        "unit_without_factor": condition_column(lost, result.index),
        "unit_divides_by_zero": condition_column(undefined, result.index),
    }


def _rows(result: Text, unit: Text, test: Text, standard_unit: Text, units: Units) -> list[Row]:
    columns = (texts(result), texts(test), texts(unit), texts(standard_unit))
    return [
        (
            text,
            read_result(text or ""),
            conversion(units, code, own, standard),
            units.decimals.get(code or ""),
        )
        for text, code, own, standard in zip(*columns, strict=True)
    ]


def _written(
    text: str | None, result: Result | None, change: Conversion | None, decimals: int | None
) -> str | None:
    if text is None or result is None:
        return text and text.strip()
    if change is None:
        return None
    own = Fraction(result.number)
    standard = change(own)
    if standard is None:
        return None
    digits = _decimals(standard) if decimals is None else decimals
    falls = bool(result.operator) and _above(change, own) < standard
    operator = REVERSED[result.operator] if falls else result.operator
    return operator + written(fraction_half_up(standard, digits))


def _above(change: Conversion, own: Fraction) -> Fraction:
    """A greater number, converted: the next one, or where the formula is not defined for it, a nearer one."""
    found = (change(own + Fraction(1, 2**halved)) for halved in itertools.count())
    return next(value for value in found if value is not None)


def _decimals(value: Fraction) -> int:
    """Decimals that keep 6 significant digits of a small number, and 6 decimals of any other."""
    if value == 0 or abs(value) >= Fraction(1, 10):
        return MOST_DECIMALS
    magnitude = (Decimal(value.numerator) / Decimal(value.denominator)).adjusted()
    return MOST_DECIMALS - 1 - magnitude
