"""The maximum of a concave log likelihood by Newton's method with halved steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.cox_likelihood import Likelihood, Slope
from results.statistics.survival_records import Bools, Floats

# The square of the last step in standard errors: coefficients are settled to 1e-9 of their standard errors.
SETTLED = 1e-18
ITERATIONS = 100
HALVINGS = 40


class Unsettled(ValueError):
    """No maximum was found: the log likelihood is all but flat in some direction."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a log likelihood is greatest, its slope there, and the number of Newton steps."""

    coefficients: Floats
    slope: Slope
    iterations: int


def maximise(likelihood: Likelihood, start: Floats, free: Bools) -> Maximum:
    """The greatest value over the free coefficients, the others staying at `start`.

    Each step solves the Newton equations; it is halved while the log likelihood falls or is not finite. Converged
    when score' information^-1 score (the squared length of the next step in standard errors) is at most 1e-18,
    after which that step is still taken. Unsettled after 100 steps, or where the information has no inverse; whether a
    maximum exists is for the caller to know.
    """
    coefficients, slope = start, likelihood(start)
    places = np.flatnonzero(free)
    for iteration in range(ITERATIONS):
        score = slope.score[places]
        step = np.zeros(len(start))
        try:
            step[places] = np.linalg.solve(slope.information[np.ix_(places, places)], score)
        except np.linalg.LinAlgError:
            raise Unsettled(f"the estimation has come to where nothing can be told after {iteration} steps") from None
        settled = float(score @ step[places]) <= SETTLED
        coefficients, slope = _better(likelihood, coefficients, slope, step)
        if settled:
            return Maximum(coefficients, slope, iteration + 1)
    raise Unsettled(f"the estimation has not converged in {ITERATIONS} steps")


def _better(likelihood: Likelihood, start: Floats, slope: Slope, step: Floats) -> tuple[Floats, Slope]:
    # Rounding alone may lower the sum of many terms.
    least = slope.loglik - 1e-10 * (1 + abs(slope.loglik))
    for halving in range(HALVINGS):
        target = start + step / 2**halving
        found = likelihood(target)
        if np.isfinite(found.loglik) and found.loglik >= least:
            return target, found
    return start, slope
