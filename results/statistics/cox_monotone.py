"""Whether a Cox model has finite estimates: monotone likelihood and columns without information, from the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.risk_sets import RiskSets, risk_sets
from results.statistics.survival_records import Bools, Floats, Ints

# Heights of less difference count as one where several covariates, each in units of its standard deviation,
# are combined; a single covariate is compared exactly.
TOLERANCE = 1e-6
ROUNDS, CUTS = 500, 20


@dataclass(frozen=True, eq=False)
class Existence:
    """Which coefficients have a finite estimate, and the strata of the model that gives them.

    infinite: the partial likelihood rises as the coefficient goes to plus (1) or minus (-1) infinity, or as it
    does so together with others (2); 0 otherwise. strata: those given where nothing is infinite.
    """

    infinite: Ints
    strata: Ints | None


def existence(
    time: Floats, event: Bools, covariates: Floats, strata: Ints | None, ties: str, risk: RiskSets | None = None
) -> Existence:
    """Look for directions in which the log partial likelihood never falls.

    A direction c is one if at each event time every event has the greatest x c of those at risk (for `discrete`
    and `marginal` ties: of those at risk without an event then). Along c the likelihood rises to the one in which
    only records of equal x c are compared, so that the other coefficients have their limits in the same model
    stratified by x c as well; repeated until no direction is left. Bryson MC, Johnson ME. Technometrics
    1981;23:381-383; Albert A, Anderson JA. Biometrika 1984;71:1-10 for the same in logistic regression. No
    iteration has to run away for this to be found, nor can one that stops early hide it.

    time, event: over records; covariates: records x p, none a combination of the others within the risk sets.
    risk: the risk sets of these records, where they are known.
    """
    if covariates.size == 0:
        return Existence(np.zeros(covariates.shape[1], dtype=np.int64), strata)
    together = ties in ("efron", "breslow")
    scale, tolerance = covariates.std(axis=0), TOLERANCE
    if covariates.shape[1] == 1:
        scale, tolerance = np.ones(1), 0.0
    scaled = covariates / np.where(scale > 0, scale, 1.0)
    infinite = np.zeros(covariates.shape[1], dtype=np.int64)
    while True:
        sets = risk_sets(time, event, strata) if risk is None else risk
        direction, risk = _Compared(sets, scaled, together, tolerance).direction(), None
        if direction is None:
            return Existence(infinite, strata)
        moving = np.abs(direction) > tolerance
        infinite[moving] = np.sign(direction[moving]) if moving.sum() == 1 else 2
        strata = _refined(strata, scaled @ direction, tolerance)


def _refined(strata: Ints | None, height: Floats, tolerance: float) -> Ints:
    """Codes of strata within which the height is one as well."""
    order = np.argsort(height)
    steps = np.zeros(len(height), dtype=np.int64)
    steps[order[1:]] = np.cumsum(np.diff(height[order]) > tolerance)
    if strata is None:
        return steps
    return np.unique(strata * (steps.max() + 1) + steps, return_inverse=True)[1]


class _Compared:
    """The comparisons of each event with the others at risk that bound the coefficients."""

    def __init__(self, risk: RiskSets, covariates: Floats, together: bool, tolerance: float) -> None:
        self.risk = risk
        self.x = np.ascontiguousarray(covariates[risk.order].T)
        self.together = together
        self.tolerance = tolerance

    def direction(self) -> Floats | None:
        """A direction in which the likelihood rises without end, with entries from -1 to 1; None without one.

        The sum of all differences between an event and another at risk is positive along every such direction.
        It is maximised over the directions that obey the differences found to matter so far, the most offended
        ones being added, until a direction offends none or none rises.
        """
        risk, x = self.risk, self.x
        if len(risk.time) == 0 or len(x) == 0:
            return None
        if len(x) == 1:
            both = (np.ones(1), -np.ones(1))
            return next((c for c in both if self.rises(c) and not len(self.offended(c))), None)
        total = (risk.of_events(x[:, risk.dead]) / risk.deaths - risk.at(x) / risk.at_risk).sum(axis=1)
        cuts = np.zeros((0, len(x)))
        for _ in range(ROUNDS):
            found = _furthest(total / max(np.abs(total).max(), 1e-300), cuts)
            if not self.rises(found):
                return None
            worst = self.offended(found)
            if not len(worst):
                return found
            cuts = np.vstack([cuts, _differences(risk, x, found @ x, worst, self.together)])
        raise ValueError("whether the Cox model has finite estimates cannot be decided from these covariates")

    def rises(self, direction: Floats) -> bool:
        """Whether any event lies above a record that it is compared with."""
        height = direction @ self.x
        highest = np.maximum.reduceat(height[self.risk.dead], self.risk.dead_begin)
        return bool((highest > self.others(height, np.minimum, np.inf) + self.tolerance).any())

    def offended(self, direction: Floats) -> Ints:
        """The event times at which an event lies below a record it is compared with; at most the worst 20."""
        height = direction @ self.x
        lowest = np.minimum.reduceat(height[self.risk.dead], self.risk.dead_begin)
        below = self.others(height, np.maximum, -np.inf) - lowest
        worst = np.flatnonzero(below > self.tolerance)
        if len(worst) > CUTS:
            worst = worst[np.argpartition(-below[worst], CUTS)[:CUTS]]
        return worst

    def others(self, height: Floats, add: np.ufunc, nothing: float) -> Floats:
        """The greatest or least height at each event time of the records that its events are compared with."""
        reached = self.risk.at(height, add)
        if self.together:
            return reached
        earlier = np.where(self.risk.first, nothing, np.roll(reached, 1))
        found: Floats = add(earlier, self.risk.coming(np.where(self.risk.event, nothing, height), add))
        return found


def _furthest(towards: Floats, cuts: Floats) -> Floats:
    """The c with entries from -1 to 1 and all cuts c >= 0 that goes furthest."""
    from scipy.optimize import linprog  # slow to import

    found = linprog(
        -towards,
        A_ub=-cuts if len(cuts) else None,
        b_ub=np.zeros(len(cuts)) if len(cuts) else None,
        bounds=(-1, 1),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return np.asarray(found.x)


def _differences(risk: RiskSets, x: Floats, height: Floats, times: Ints, together: bool) -> Floats:
    """For each event time: the lowest event less the highest record that it is compared with."""
    begins = np.maximum.accumulate(np.where(risk.first, risk.begin, 0))
    ends = np.append(risk.begin[1:], x.shape[1])
    found = np.empty((len(times), len(x)))
    for place, k in enumerate(times):
        dead = risk.dead[risk.dead_begin[k] : risk.dead_begin[k] + risk.deaths[k]]
        rival = height[begins[k] : ends[k]].copy()
        if not together:
            rival[dead - begins[k]] = -np.inf
        found[place] = x[:, dead[np.argmin(height[dead])]] - x[:, begins[k] + np.argmax(rival)]
    return found


def independent(information: Floats, spread: Floats, last: Bools) -> Bools:
    """The columns that carry information of their own, those of `last` looked at after the others.

    information: at coefficients 0. spread: what each diagonal entry could be (events times variance). A column
    that is constant within the risk sets, or a combination of earlier ones, has none and is left out, as the
    later of two such columns is in R and SAS.
    """
    kept = np.zeros(len(information), dtype=bool)
    for j in (*np.flatnonzero(~last), *np.flatnonzero(last)):
        left = information[j, j]
        if kept.any():
            across = information[kept, j]
            left -= across @ np.linalg.solve(information[np.ix_(kept, kept)], across)
        kept[j] = left > 1e-9 * max(spread[j], information[j, j]) if spread[j] > 0 else False
    return kept
