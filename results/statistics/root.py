"""The root of a function between two ends."""

from __future__ import annotations

from collections.abc import Callable


def root(function: Callable[[float], float], start: float, end: float, xtol: float, rtol: float = 8.9e-16) -> float:
    """Where a function comes to 0 between ends at which it has opposite signs; ValueError where it has not.

    xtol, rtol: how near in absolute and relative terms. Brent RP. Algorithms for Minimization Without Derivatives,
    1973, chapter 4. scipy.optimize is imported when a root is first looked for: it is slow to import.
    """
    from scipy.optimize import brentq

    return float(brentq(function, start, end, xtol=xtol, rtol=rtol))
