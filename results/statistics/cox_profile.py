"""Confidence limits of a Cox coefficient from the profile of the partial likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from results.statistics.cox_fit import Fit
from results.statistics.newton import maximise
from results.statistics.root import root

DOUBLINGS = 60


def profile(fit: Fit, place: int, level: float) -> tuple[float | None, float | None]:
    """The coefficients at which twice the fall of the log likelihood is the chi-square quantile of `level`.

    The other coefficients are re-estimated at each value. Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94.
    Where the likelihood is monotone in a single coefficient, the limit on the side to which it falls exists, and
    the other one does not; among several coefficients neither is given.
    """
    if fit.estimable[place]:
        centre = float(fit.maximum.coefficients[place])
        width = float(special.ndtri((1 + level) / 2) * np.sqrt(fit.covariance()[place, place]))
        inside = _inside(fit, place, level)
        return _limit(inside, centre, -width), _limit(inside, centre, width)
    if len(fit.used) > 1 or not fit.infinite[place]:
        return None, None
    width = float(fit.infinite[place] / np.sqrt(fit.null.information[place, place]))
    inside = _original(fit, level)
    within = next((width * 2**k for k in range(DOUBLINGS) if inside(width * 2**k) > 0), None)
    if within is None:
        return None, None
    limit = _limit(inside, within, -width)
    return (limit, None) if fit.infinite[place] > 0 else (None, limit)


def _fall(level: float) -> float:
    """Half the chi-square quantile with one degree of freedom."""
    return float(special.gammaincinv(0.5, level))


def _inside(fit: Fit, place: int, level: float) -> Callable[[float], float]:
    """How far above the limit the profile lies at a value of the coefficient."""
    least = fit.maximum.slope.loglik - _fall(level)
    others = fit.free.copy()
    others[place] = False
    rest = np.flatnonzero(others)
    last = fit.maximum

    def inside(value: float) -> float:
        nonlocal last
        start = last.coefficients.copy()
        move, start[place] = value - start[place], value
        if not len(rest):
            return _finite(fit.likelihood(start).loglik - least)
        # Along the profile the score of the others stays 0.
        information = last.slope.information
        start[rest] -= move * np.linalg.solve(information[np.ix_(rest, rest)], information[rest, place])
        last = maximise(fit.likelihood, start, others)
        return _finite(last.slope.loglik - least)

    return inside


def _original(fit: Fit, level: float) -> Callable[[float], float]:
    """The same of a single coefficient with a monotone likelihood, whose greatest value is that of the limit."""
    least = fit.maximum.slope.loglik - _fall(level)
    return lambda value: _finite(fit.null_likelihood(np.array([value])).loglik - least)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else -1e300


def _limit(inside: Callable[[float], float], centre: float, width: float) -> float | None:
    """Where `inside` comes to 0 on one side of a centre that lies inside."""
    near, far = centre, centre + width
    try:
        for _ in range(DOUBLINGS):
            if inside(far) < 0:
                return root(inside, near, far, 1e-13 * max(1, abs(far)), 1e-14)
            near, far = far, far + (far - centre) / 2
    except (ValueError, np.linalg.LinAlgError):
        return None
    return None
