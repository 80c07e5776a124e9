"""Quantiles of a survival curve: the time at which it has come down to a probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-9


def crossing(time: Floats, curve: Floats, probability: float) -> float | None:
    """The smallest time at which a step curve is at or below a probability; None when it never is.

    time: ascending event times. curve: the height from that time on, NaN where not defined. Where the curve
    equals the probability (within 1e-9) on an interval that a later step ends, the result is the midpoint of
    the two times; where it stays there to the last observation, it is the first of the two. This is what R
    prints for a survfit object; R's quantile() and SAS differ in the last case.

    >>> crossing(np.array([8.0, 43.0]), np.array([0.75, 0.5]), 0.5)
    43.0
    >>> crossing(np.array([8.0, 43.0]), np.array([0.5, 0.25]), 0.5)
    25.5
    """
    reached = np.flatnonzero(curve <= probability + TOLERANCE)
    if len(reached) == 0:
        return None
    first = reached[0]
    later = np.flatnonzero(curve < curve[first] - TOLERANCE)
    if abs(curve[first] - probability) <= TOLERANCE and len(later):
        return float((time[first] + time[later[0]]) / 2)
    return float(time[first])


def interval(time: Floats, lower: Floats, upper: Floats, probability: float) -> tuple[float | None, float | None]:
    """Confidence limits of the quantile: when the pointwise limits of S(t) reach the probability.

    All times whose pointwise interval holds the probability: Brookmeyer R, Crowley J. Biometrics
    1982;38:29-41. Each end point follows the rule of `crossing` on its own curve, as in R survival::survfit.
    """
    return crossing(time, lower, probability), crossing(time, upper, probability)
