"""The coefficients of a Cox model at which its partial likelihood is greatest.

Our own: SciPy has no Cox model, and statsmodels' PHReg has Efron's and Breslow's ties alone. R and SAS learn of a
coefficient without a finite estimate from an iteration that runs away; here the data tell before it starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics import cox_discrete, cox_likelihood, cox_marginal
from results.statistics.cox_likelihood import Likelihood, Slope
from results.statistics.cox_monotone import existence, independent
from results.statistics.newton import Maximum, Unsettled, maximise
from results.statistics.risk_sets import RiskSets, risk_sets
from results.statistics.survival_records import Bools, Floats, Ints

# Squared share of a coefficient in the directions that the data say nothing of.
SHARE = 1e-8
# A variance that has grown by more, from coefficients 0 to the maximum, is that of a plateau: the coefficient may have
# any value beyond, and where on it the iteration stops depends on rounding.
FLAT = 1e10


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum, and what of it can be told.

    Over p covariates: used (those with information of their own), infinite (as in Existence), estimable, free
    (those whose coefficients were moved from 0). settled: whether a maximum was found; without one the coefficients
    are 0 and none is free or estimable. null_sets, null_covariates (p x n),
    null_likelihood, null: the model as given and its slope at coefficients 0.
    risk, covariates (p x n), likelihood: of the model in which the maximum is reached; it has the strata given
    unless a coefficient is infinite.
    """

    used: Bools
    infinite: Ints
    estimable: Bools
    free: Bools
    settled: bool
    null_sets: RiskSets
    null_covariates: Floats
    null_likelihood: Likelihood
    null: Slope
    risk: RiskSets
    covariates: Floats
    likelihood: Likelihood
    maximum: Maximum

    def covariance(self) -> Floats:
        """The inverse of the information of the free coefficients, 0 for the others (p x p)."""
        found = np.zeros_like(self.maximum.slope.information)
        places = np.ix_(self.free, self.free)
        found[places] = np.linalg.inv(self.maximum.slope.information[places])
        return found


def likelihood_of(risk: RiskSets, covariates: Floats, ties: str) -> Likelihood:
    """The log partial likelihood with ties handled as named; covariates p x n in the order of the risk sets."""
    if ties == "discrete":
        return cox_discrete.likelihood(risk, covariates)
    if ties == "marginal":
        return cox_marginal.likelihood(risk, covariates)
    return cox_likelihood.likelihood(risk, covariates, ties)


def standardised(covariates: Floats) -> tuple[Floats, Floats]:
    """Covariates less their mean in units near their standard deviation, and the units.

    So that no exponent is large and no rounding depends on the unit. The units are powers of 2, by which numbers
    divide without rounding.
    """
    if len(covariates) == 0:
        return covariates, np.ones(covariates.shape[1])
    centred = covariates - covariates.mean(axis=0)
    spread = centred.std(axis=0)
    unit = np.exp2(np.round(np.log2(np.where(spread > 0, spread, 1.0))))
    return centred / unit, unit


def fit(time: Floats, event: Bools, covariates: Floats, strata: Ints | None, ties: str) -> Fit:
    """Find the maximum; a coefficient without a finite estimate is found from the data and marked.

    covariates: records x p, standardised. ties: as in likelihood_of.
    """
    size = covariates.shape[1]
    null_sets = risk_sets(time, event, strata)
    columns = null_columns = np.ascontiguousarray(covariates[null_sets.order].T)
    likelihood = null_likelihood = likelihood_of(null_sets, columns, ties)
    null = likelihood(np.zeros(size))
    spread = event.sum() * covariates.var(axis=0) if len(covariates) else np.zeros(size)
    used = independent(null.information, spread, np.zeros(size, dtype=bool))
    exists = existence(time, event, covariates[:, used], strata, ties, null_sets)
    infinite = np.zeros(size, dtype=np.int64)
    infinite[used] = exists.infinite
    risk, free, estimable = null_sets, used, used
    if infinite.any():
        risk = risk_sets(time, event, exists.strata)
        columns = np.ascontiguousarray(covariates[risk.order].T)
        likelihood = likelihood_of(risk, columns, ties)
        information = likelihood(np.zeros(size)).information
        free = independent(information, np.where(used, spread, 0.0), infinite != 0)
        estimable = used & (infinite == 0) & _told(information, spread, used)
    model = (null_sets, null_columns, null_likelihood, null, risk, columns, likelihood)
    try:
        maximum = maximise(likelihood, np.zeros(size), free)
        settled = not _plateau(likelihood(np.zeros(size)).information, maximum.slope.information, free)
    except Unsettled:
        settled = False
    if not settled:
        nothing, origin = np.zeros(size, dtype=bool), np.zeros(size)
        return Fit(used, infinite, nothing, nothing, False, *model, Maximum(origin, likelihood(origin), 0))
    return Fit(used, infinite, estimable, free, True, *model, maximum)


def _plateau(start: Floats, end: Floats, free: Bools) -> bool:
    """Whether the variance of a free coefficient has grown out of all proportion from one information to the other."""
    places = np.ix_(free, free)
    try:
        before, after = (np.diag(np.linalg.inv(information[places])) for information in (start, end))
    except np.linalg.LinAlgError:
        return True
    return bool((~(after > 0) | (after > FLAT * before)).any())


def _told(information: Floats, spread: Floats, used: Bools) -> Bools:
    """The coefficients that have no part in a direction without information."""
    scale = np.sqrt(np.where(used, spread, 1.0))
    places = np.flatnonzero(used)
    scaled = information[np.ix_(places, places)] / np.outer(scale[places], scale[places])
    size, axes = np.linalg.eigh(scaled)
    flat = axes[:, size <= 1e-9]
    found = np.zeros(len(used), dtype=bool)
    found[places] = (flat**2).sum(axis=1) <= SHARE
    return found
