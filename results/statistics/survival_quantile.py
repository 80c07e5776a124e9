"""Quantiles of a survival curve: the time at which it has come down to a probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from results.statistics.registry import option

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-9
RULES = ("r_print", "r_quantile", "sas")


def crossing(
    time: Floats, curve: Floats, probability: float, rule: str = "r_print", last: float | None = None
) -> float | None:
    """The smallest time at which a step curve is at or below a probability; None when it never is.

    time: ascending event times. curve: the height from that time on, NaN where not defined. Where the curve
    equals the probability (within 1e-9) on an interval that a later step ends, the result is the midpoint of
    the two times. Rules differ where it stays there to the last observation: `r_print`, what R prints for a
    survfit object, gives the first time at that height; `r_quantile`, R's quantile() of it, the midpoint to the
    time `last` of the last observation; `sas`, by the formula in the documentation of PROC LIFETEST (the smallest
    event time at which the curve is below the probability), None.

    >>> crossing(np.array([8.0, 43.0]), np.array([0.75, 0.5]), 0.5)
    43.0
    >>> crossing(np.array([8.0, 43.0]), np.array([0.75, 0.5]), 0.5, "r_quantile", 57.0)
    50.0
    >>> crossing(np.array([8.0, 43.0]), np.array([0.5, 0.25]), 0.5)
    25.5
    """
    option("rule", rule, RULES)
    reached = np.flatnonzero(curve <= probability + TOLERANCE)
    if len(reached) == 0:
        return None
    first = reached[0]
    later = np.flatnonzero(curve < curve[first] - TOLERANCE)
    if abs(curve[first] - probability) > TOLERANCE:
        return float(time[first])
    if len(later):
        return float((time[first] + time[later[0]]) / 2)
    if rule == "sas":
        return None
    if rule == "r_quantile" and last is not None:
        return float((time[first] + last) / 2)
    return float(time[first])


def interval(
    time: Floats,
    lower: Floats,
    upper: Floats,
    probability: float,
    rule: str = "r_print",
    last: float | None = None,
) -> tuple[float | None, float | None]:
    """Confidence limits of the quantile: when the pointwise limits of S(t) reach the probability.

    All times whose pointwise interval holds the probability: Brookmeyer R, Crowley J. Biometrics
    1982;38:29-41. By the R rules each end point follows `crossing` on its own curve, as in R survival::survfit.
    By `sas` they are event times, the first whose interval holds the probability and the first after the last
    such; no interval is defined where the curve has come down to 0, so such a time ends it.
    """
    if rule != "sas":
        return crossing(time, lower, probability, rule, last), crossing(time, upper, probability, rule, last)
    within = np.flatnonzero((lower <= probability) & (probability <= upper))
    if len(within) == 0:
        return None, None
    end = within[-1] + 1
    return float(time[within[0]]), float(time[end]) if end < len(time) else None
