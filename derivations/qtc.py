"""The QT interval corrected for the heart rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derivations.columns import Floats, finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["number_column", "qtc"]

FORMULAS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "Bazett": lambda qt, rr: qt / np.sqrt(rr / 1000),
    "Fridericia": lambda qt, rr: qt / np.cbrt(rr / 1000),
    "Sagie": lambda qt, rr: qt + 0.154 * (1000 - rr),
}


@derivation(
    source="Bazett, Heart 1920;7:353; Fridericia, Acta Med Scand 1920;53:469; Sagie et al., Am J Cardiol 1992;70:797;"
    " admiral: compute_qtc()",
    subject="Vital signs, ECG, kidney",
    also="compute_qtc, derive_param_qtc, QTCB, QTCF, QTCBR, QTCFR, QTLCR, Bazett, Fridericia, Sagie, Framingham",
)
def qtc(qt: Number, rr: Number, method: str) -> Number:
    """The QT interval in ms, corrected for the heart rate by the formula that is named. Bazett: QT / sqrt(RR /
    1000). Fridericia: QT / cube root of (RR / 1000). Sagie: QT + 0.154 * (1000 - RR). The RR interval of a heart
    rate is 60000 / HR.

    Args:
        qt: QT interval in ms.
        rr: RR interval in ms.
        method: "Bazett", "Fridericia" or "Sagie".

    Missing: missing if one of the intervals is missing, or the RR interval not above 0.

    Example:
        >>> qtc(number_column([400, 400]), number_column([1000, 640]), "Bazett").tolist()
        [400.0, 500.0]
    """
    if method not in FORMULAS:
        raise ValueError(f"qtc: method is one of {', '.join(FORMULAS)}, but it is {method!r}")
    beat = np.where(floats(rr) > 0, floats(rr), np.nan)
    return finite_column(FORMULAS[method](floats(qt), beat), qt.index)
