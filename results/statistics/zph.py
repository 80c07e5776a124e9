"""Whether hazards are proportional: a score test that the coefficients of a Cox model do not move with time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics import cox_likelihood
from results.statistics.cox_fit import fit, standardised
from results.statistics.quadratic_form import NONE, ChiSquareTest, chi_square
from results.statistics.registry import Covariates, Group, Number, Strata, Value, option, statistic
from results.statistics.risk_sets import risk_sets
from results.statistics.survival_records import Bools, Floats, checked, codes, compared

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True)
class Proportionality:
    """The test of each coefficient, that of the group first, and of all together."""

    coefficients: tuple[ChiSquareTest, ...]
    together: ChiSquareTest
    transform: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; those of covariates are qualified by number."""
        found = []
        for place, test in enumerate(self.coefficients):
            at: tuple[str, float | None] = ("covariate", float(place)) if place else ("", None)
            found += [
                Value("statistic", "Chi-square statistic", test.statistic, ".4f", *at),
                Value("parameter", "Degrees of freedom", test.df, "d", *at),
                Value("p_value", "P-value", test.p_value, ".4f", *at),
            ]
        return (
            *found,
            Value("global_statistic", "All coefficients, chi-square statistic", self.together.statistic, ".4f"),
            Value("global_parameter", "All coefficients, degrees of freedom", self.together.df, "d"),
            Value("global_p", "All coefficients, P-value", self.together.p_value, ".4f"),
            Value("transform", "Scale of time", self.transform, ""),
        )


@statistic
def zph(
    time: Number,
    censor: Number,
    group: Group,
    strata: Strata = None,
    covariates: Covariates = None,
    *,
    transform: str = "km",
    ties: str = "efron",
) -> Proportionality:
    """The test that the hazard ratio of the compared level against the reference does not change with time.

    time, censor, group, strata, covariates: as in cox. transform: the scale on which a change is looked for: `km`
    (1 less the Kaplan-Meier estimate of all records just before the time), `rank` of the times of all records,
    `identity`, or `log`. ties: `efron` or `breslow`.

    The score test of a coefficient of covariate times transformed time, added to the fitted Cox model, with the
    whole information matrix, as R survival::cox.zph has it since version 3.0. Not estimable where the Cox model
    has no finite estimate, and with one event time. Grambsch PM, Therneau TM. Biometrika 1994;81:515-526.

    >>> time, group = np.array([6.0, 7, 10, 1, 8, 3]), np.array([1, 1, 1, 0, 0, 0])
    >>> round(zph(time, np.array([0, 1, 0, 0, 0, 0]), group).coefficients[0].p_value, 4)
    0.627
    """
    option("transform", transform, TRANSFORMS)
    option("ties", ties, ("efron", "breslow"))
    times, event = checked(time, censor)
    columns = [compared(group, len(times)).astype(float)]
    if covariates is not None and np.size(covariates):
        columns += list(np.asarray(covariates, dtype=float).reshape(len(times), -1).T)
    stratum = None if strata is None else codes("strata", strata, len(times))
    return proportionality(times, event, np.column_stack(columns), stratum, transform, ties)


def proportionality(
    times: Floats, event: Bools, covariates: Floats, strata: npt.NDArray[np.int64] | None, transform: str, ties: str
) -> Proportionality:
    """The same for any covariates (records x p); records without one are left out."""
    known = ~np.isnan(covariates).any(axis=1)
    times, event, covariates = times[known], event[known], covariates[known]
    size = covariates.shape[1]
    fitted = fit(times, event, standardised(covariates)[0], None if strata is None else strata[known], ties)
    if not fitted.estimable.all() or len(np.unique(times[event])) < 2:
        return Proportionality((NONE,) * size, NONE, transform)
    scale = _scale(times, event, fitted.risk.time, transform)
    sums = cox_likelihood.sums(fitted.risk, fitted.covariates, fitted.maximum.coefficients, ties)
    score, plain = sums.score(scale), sums.information()
    mixed, squared = sums.information(scale), sums.information(scale**2)
    single = []
    for j in range(size):
        left = squared[j, j] - mixed[j] @ np.linalg.solve(plain, mixed[j])
        single.append(_test(score[j : j + 1], np.array([[left]]), squared[j : j + 1, j : j + 1]))
    left = squared - mixed @ np.linalg.solve(plain, mixed)
    return Proportionality(tuple(single), _test(score, left, squared), transform)


def _test(score: Floats, left: Floats, whole: Floats) -> ChiSquareTest:
    """Not estimable where what is left of the information is rounding error."""
    if (np.linalg.eigvalsh(left) <= 1e-10 * np.diag(whole).max()).any():
        return NONE
    return chi_square(float(score @ np.linalg.solve(left, score)), len(score))


def _scale(times: Floats, event: Bools, moments: Floats, transform: str) -> Floats:
    """The event times on the scale named, centred over the events."""
    order = np.unique(times[event])
    if transform == "km":
        risk = risk_sets(times, event)
        survival = np.cumprod(1 - risk.deaths[::-1] / risk.at_risk[::-1])
        scale = 1 - np.concatenate([[1.0], survival[:-1]])
    elif transform == "rank":
        ordered = np.sort(times)
        scale = (np.searchsorted(ordered, order) + np.searchsorted(ordered, order, side="right") + 1) / 2
    elif transform == "log":
        if order[0] <= 0:
            raise ValueError("transform='log' needs event times above 0")
        scale = np.log(order)
    else:
        scale = order
    counts = np.unique(times[event], return_counts=True)[1]
    scale = scale - float(scale @ counts) / counts.sum()
    return np.asarray(scale[np.searchsorted(order, moments)])
