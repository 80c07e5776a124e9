"""Mean arterial pressure."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["mean_arterial_pressure", "number_column"]


@derivation(
    source="Moran et al., Appl Human Sci 1995;14:293 (with heart rate); admiral: compute_map()",
    subject="Vital signs, ECG, kidney",
    also="compute_map, derive_param_map, MAP, blood pressure, DIABP, SYSBP",
)
def mean_arterial_pressure(diabp: Number, sysbp: Number, hr: Number = None) -> Number:
    """The mean arterial pressure: two thirds of the diastolic and one third of the systolic pressure; with a heart
    rate, the diastolic pressure and 0.01 * exp(4.14 - 40.74 / heart rate) of the difference of the two.

    Args:
        diabp: diastolic blood pressure, in mmHg; the result has the same unit.
        sysbp: systolic blood pressure, in mmHg.
        hr: heart rate, in beats per minute.

    Missing: missing if one of the pressures is missing, or the heart rate where it is used; a heart rate must be
    above 0.

    Example:
        >>> mean_arterial_pressure(number_column([80, None]), number_column([122, 120])).tolist()
        [94.0, nan]
    """
    low, high = floats(diabp), floats(sysbp)
    if hr is None:
        return finite_column((2 * low + high) / 3, diabp.index)
    rate = np.where(floats(hr) > 0, floats(hr), np.nan)
    return finite_column(low + 0.01 * np.exp(4.14 - 40.74 / rate) * (high - low), diabp.index)
