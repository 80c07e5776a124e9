"""Numbers for results such as <5."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from derivations.columns import condition_column, number_column, text_column, texts
from derivations.meant_numbers import meant_as_number
from derivations.operators import read_result
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["impute_result", "problems", "text_column"]

STRIPPED, LAST_DIGIT = 1, 2
SIGNS = {"<": -1, ">": 1}


@derivation(
    source="admiral: compute_qual_imputation(); ADaMIG 1.3, section 3.3.4: AVAL of a character result",
    subject="Results and units",
    also="compute_qual_imputation, compute_qual_imputation_dec, limit of quantification, BLQ, LLOQ, --STRESC, AVAL",
)
def impute_result(text: Text, imputation_type: int = 1, factor: float = 0) -> Number:
    """The number that stands for the result: the number itself, and of a result below (<) or above (>) a number that
    number with the stated correction. Type 1 leaves the operator out and subtracts the factor below (<5 with factor
    1 is 4) or adds it above. Type 2 subtracts or adds one unit of the last digit: <5 is 4, <5.4 is 5.3, >5.40 is
    5.41. A result with <= or >= is its number.

    Args:
        text: character result (--STRESC).
        imputation_type: 1 or 2.
        factor: what type 1 adds above and subtracts below.

    Missing: a missing result, and one that is no number (NEGATIVE), gives a missing number; a text that is meant as
    a number and is none (164,5) is reported, as by numeric_result.

    Example:
        >>> results = text_column(["12", "<5", ">5.4", "<=5", "NEGATIVE"])
        >>> impute_result(results).tolist()
        [12.0, 5.0, 5.4, 5.0, nan]
        >>> impute_result(results, 2).tolist()
        [12.0, 4.0, 5.5, 5.0, nan]
    """
    if imputation_type not in (STRIPPED, LAST_DIGIT):
        raise ValueError(f"impute_result: imputation_type is 1 or 2, but it is {imputation_type}")
    if imputation_type == LAST_DIGIT and factor:
        raise ValueError("impute_result: factor belongs to imputation_type 1; type 2 takes the last digit")
    step = None if imputation_type == LAST_DIGIT else Decimal(repr(factor))
    return number_column([None if value is None else _imputed(value, step) for value in texts(text)], text.index)


@problems_of("impute_result")
def problems(text: Text, imputation_type: int = 1, factor: float = 0) -> Problems:
    """Results that are meant as numbers and cannot be read as such."""
    numbers = impute_result(text, imputation_type, factor).isna()
    wrong = [
        none and value is not None and (read_result(value) is not None or meant_as_number(value))
        for value, none in zip(texts(text), numbers, strict=True)
    ]
    return {"no_result": condition_column(wrong, text.index)}


def _imputed(text: str, step: Decimal | None) -> float | None:
    """The number for one result; without a step, that of its last digit."""
    result = read_result(text)
    if result is None:
        return None
    exponent = result.number.as_tuple().exponent
    unit = Decimal(1).scaleb(min(int(exponent), 0)) if step is None else step
    found = float(result.number + SIGNS.get(result.operator, 0) * unit)
    return found if isfinite(found) else None
