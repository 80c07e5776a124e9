"""Body mass index."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["bmi", "number_column"]


@derivation(
    source="WHO Technical Report Series 894 (2000): body mass index; admiral: compute_bmi()",
    subject="Vital signs, ECG, kidney",
    also="compute_bmi, derive_param_bmi, BMI, body mass index, Quetelet",
)
def bmi(height: Number, weight: Number) -> Number:
    """The body mass index in kg/m2: the weight in kg divided by the square of the height in m.

    Args:
        height: height in cm.
        weight: weight in kg.

    Missing: missing if the height or the weight is missing or not above 0.

    Example:
        >>> bmi(number_column([180, None]), number_column([81, 75])).tolist()
        [25.0, nan]
    """
    tall, heavy = floats(height), floats(weight)
    with np.errstate(all="ignore"):
        found = np.where((tall > 0) & (heavy > 0), heavy * 10_000 / tall**2, np.nan)
    return finite_column(found, height.index)
