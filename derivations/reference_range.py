"""Results against their reference range."""

from __future__ import annotations

from decimal import Decimal

from derivations.columns import number_column, numbers, text_column, texts
from derivations.decimals import significant
from derivations.operators import Result, read_result
from derivations.registry import Number, Text, derivation

__all__ = ["number_column", "reference_range", "text_column"]

LOW, NORMAL, HIGH = "LOW", "NORMAL", "HIGH"


@derivation(
    source="SDTMIG 3.4, section 6.3, LB: LBNRIND; NCI EVS codelist NRIND (C78736)",
    subject="Results and units",
    also="--NRIND, LBNRIND, NRIND, normal range indicator, LOW, HIGH, NORMAL",
)
def reference_range(value: Number, text: Text, low: Number, high: Number) -> Text:
    """LOW below the lower limit, HIGH above the upper limit, NORMAL otherwise; the limits are normal.

    A result known as below or above a number (<5, >1000) is LOW or HIGH if it is certainly outside its limit,
    NORMAL if its number lies inside the limits, and unknown otherwise. Numbers are compared on 12 significant
    digits, whole numbers exactly.

    Args:
        value: numeric result (--STRESN).
        text: character result (--STRESC), used where there is no numeric one.
        low: lower limit of the reference range (--STNRLO).
        high: upper limit of the reference range (--STNRHI).

    Missing: missing if both limits or the result are missing, or if the result is text. One limit is enough.

    Example:
        >>> value, text = number_column([3, 5, None, None]), text_column(["3", "5", "<5", "NEGATIVE"])
        >>> reference_range(value, text, number_column([5] * 4), number_column([10] * 4)).tolist()
        ['LOW', 'NORMAL', 'LOW', None]
    """
    rows = zip(numbers(value), texts(text), numbers(low), numbers(high), strict=True)
    return text_column([_indicator(*row) for row in rows], value.index)


def _indicator(value: float | None, text: str | None, low: float | None, high: float | None) -> str | None:
    if low is None and high is None:
        return None
    lower, upper = _exact(low), _exact(high)
    if value is not None:
        return _of_number(significant(value), lower, upper)
    result = read_result(text) if text else None
    return _of_operator(result, lower, upper) if result and result.operator else None


def _exact(limit: float | None) -> Decimal | None:
    return None if limit is None else significant(limit)


def _of_number(number: Decimal, low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and number < low:
        return LOW
    return HIGH if high is not None and number > high else NORMAL


def _of_operator(result: Result, low: Decimal | None, high: Decimal | None) -> str | None:
    number, is_open = result.number, result.operator in ("<", ">")
    if result.operator.startswith("<"):
        certain = low is not None and (number < low or (is_open and number == low))
        outside = LOW
    else:
        certain = high is not None and (number > high or (is_open and number == high))
        outside = HIGH
    if certain:
        return outside
    return NORMAL if _of_number(number, low, high) == NORMAL else None
