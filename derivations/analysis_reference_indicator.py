"""Analysis values against their reference ranges."""

from __future__ import annotations

import numpy as np
import pandas as pd

from derivations.columns import Floats, floats, number_column, text_column
from derivations.registry import Number, Text, derivation

__all__ = ["analysis_reference_indicator", "number_column"]

SAME = 1e-12
"""Two numbers that differ by less than this part of the greater are one number."""


@derivation(
    source="ADaMIG 1.3, section 3.3.6: ANRIND, AyLO, AyHI; admiral: derive_var_anrind()",
    subject="Results and units",
    also="derive_var_anrind, ANRIND, BNRIND, ANRLO, ANRHI, A1LO, A1HI, LOW LOW, HIGH HIGH, reference range",
)
def analysis_reference_indicator(
    aval: Number, anrlo: Number, anrhi: Number, a1lo: Number = None, a1hi: Number = None
) -> Text:
    """LOW below the lower limit, HIGH above the upper limit, NORMAL otherwise; LOW LOW and HIGH HIGH beyond the
    limits of the wider range, where one is given. The limits themselves are inside their range. One limit is enough.
    Values that differ by less than 1E-12 of their size are equal.

    Args:
        aval: analysis value (AVAL).
        anrlo: lower limit of the reference range (ANRLO).
        anrhi: upper limit (ANRHI).
        a1lo: lower limit of the wider range (A1LO).
        a1hi: upper limit of the wider range (A1HI).

    Missing: missing if the value is missing, or if both limits are and the value is not beyond the wider range; a
    missing limit of the wider range does not act.

    Example:
        >>> aval, low, high = number_column([70, 57, 39, 100, 120]), number_column([60] * 5), number_column([100] * 5)
        >>> analysis_reference_indicator(aval, low, high).tolist()
        ['NORMAL', 'LOW', 'LOW', 'NORMAL', 'HIGH']
        >>> analysis_reference_indicator(aval, low, high, number_column([40] * 5), number_column([110] * 5)).tolist()
        ['NORMAL', 'LOW', 'LOW LOW', 'NORMAL', 'HIGH HIGH']
    """
    value = floats(aval)
    low, high, least, most = (_limit(column, aval) for column in (anrlo, anrhi, a1lo, a1hi))
    ranged = ~np.isnan(value) & ~(np.isnan(low) & np.isnan(high))
    conditions = [_less(value, least), _less(most, value), _less(value, low), _less(high, value), ranged]
    found = np.select(conditions, ["LOW LOW", "HIGH HIGH", "LOW", "HIGH", "NORMAL"], "")
    return text_column(found.tolist(), aval.index)


def _limit(column: pd.Series | None, like: pd.Series) -> Floats:
    return np.full(len(like), np.nan) if column is None else floats(column)


def _less(left: Floats, right: Floats) -> np.ndarray:
    return (left < right) & (right - left > SAME * np.maximum(np.abs(left), np.abs(right)))
