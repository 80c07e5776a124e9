"""The discrete likelihood of tied events: which of the records at risk had the d events of a time."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from scipy.special import gammaln

from results.statistics.cox_likelihood import Likelihood, Slope
from results.statistics.risk_sets import RiskSets, running
from results.statistics.survival_records import Bools, Floats, Ints

# Additions on logarithms for one value of the coefficients: some ten seconds of work.
LARGEST = 200_000_000


def likelihood(risk: RiskSets, covariates: Floats) -> Likelihood:
    """The log likelihood where d events at one time are d draws without replacement from those at risk.

    At each event time: exp(sum of x beta of the d events) over the sum of the same for all sets of d records at
    risk, the discrete logistic model of Cox DR. J R Stat Soc B 1972;34:187-220; `exact` of R survival::coxph,
    TIES=DISCRETE of PROC PHREG. The sums over all sets follow from those over one record less, as in Gail MH,
    Lubin JH, Rubinstein LV. Biometrika 1981;68:703-707. Risk sets hold each other, so one running sum over the
    records gives the sets of one size at every time; the work is records times the greatest d. Sums are kept as
    logarithms, for they leave the range of floating point numbers; covariates are taken from their least value,
    which changes no likelihood and keeps all terms positive. A single covariate of two values needs no sets: the
    number of events with the greater one is noncentral hypergeometric.

    covariates: p x n, in the order of the risk sets. ValueError where the ties are too many for it.
    """
    if len(covariates) == 1 and len(np.unique(covariates)) == 2:
        return _two_values(risk, covariates[0])
    most = int(risk.deaths.max(initial=0))
    pairs = list(combinations_with_replacement(range(len(covariates)), 2))
    records = covariates.shape[1]
    if most * records * (1 + len(covariates) + len(pairs)) > LARGEST:
        raise ValueError(
            f"{most} events at one time of {records} records are too many for ties='discrete'; use 'efron'"
        )
    shifted = covariates - covariates.min(axis=1, initial=0)[:, None] if covariates.size else covariates
    observed = shifted[:, risk.dead].sum(axis=1)
    last = np.append(risk.begin[1:], covariates.shape[1])[: len(risk.begin)] - 1

    def slope(coefficients: Floats) -> Slope:
        predictor = coefficients @ shifted
        found = _sets(predictor, shifted, risk.record_first, last, risk.deaths)
        total, size = found[0], len(shifted)
        mean = np.exp(found[1 : 1 + size] - total)
        second = np.exp(found[1 + size :] - total)
        information = np.zeros((size, size))
        for (a, b), product in zip(pairs, second):
            information[a, b] = information[b, a] = float((product - mean[a] * mean[b]).sum())
        value = float(predictor[risk.dead].sum() - total.sum())
        return Slope(value, observed - mean.sum(axis=1), information)

    return slope


def _two_values(risk: RiskSets, covariate: Floats) -> Likelihood:
    """The likelihood of one covariate with two values, from the counts at risk and of events with the greater."""
    width = float(covariate.max() - covariate.min())
    high = covariate == covariate.max()
    above, observed = risk.at(high.astype(np.int64)), int(high[risk.dead].sum())
    below, deaths = risk.at_risk - above, risk.deaths
    least = np.maximum(0, deaths - below)
    size = np.minimum(deaths, above) - least + 1
    begin = np.cumsum(size) - size
    number = np.arange(size.sum()) - np.repeat(begin - least, size)
    above, below, drawn = (np.repeat(counts, size) for counts in (above, below, deaths))
    ways = -gammaln(number + 1) - gammaln(above - number + 1) - gammaln(drawn - number + 1)
    ways += gammaln(above + 1) + gammaln(below + 1) - gammaln(below - drawn + number + 1)

    def slope(coefficients: Floats) -> Slope:
        term = ways + number * (width * coefficients[0])
        most = np.maximum.reduceat(term, begin)
        share = np.exp(term - np.repeat(most, size))
        total = np.add.reduceat(share, begin)
        mean = np.add.reduceat(share * number, begin) / total
        spread = np.add.reduceat(share * (number - np.repeat(mean, size)) ** 2, begin) / total
        value = observed * width * coefficients[0] - float((np.log(total) + most).sum())
        score = width * np.array([observed - mean.sum()])
        return Slope(float(value), score, width**2 * np.array([[spread.sum()]]))

    return slope


def _sets(predictor: Floats, covariates: Floats, first: Bools, last: Ints, deaths: Ints) -> Floats:
    """Logarithms at each event time of sums over the sets of d records at risk, (1 + p + p (p + 1) / 2) x K.

    Of the hazards' products; of those times the sum of each covariate; times the product of two such sums. One
    set more at a time: a set of `size` records ends in some record, with a set of size - 1 before it.
    """
    size, records = covariates.shape
    pairs = list(combinations_with_replacement(range(size), 2))
    with np.errstate(divide="ignore"):
        log = np.log(covariates)
    before = np.full((1 + size + len(pairs), records), -np.inf)
    before[0] = 0.0
    found = np.zeros((len(before), len(last)))
    for count in range(1, int(deaths.max(initial=0)) + 1):
        ending = before.copy()
        for a in range(size):
            ending[1 + a] = np.logaddexp(before[1 + a], log[a] + before[0])
        for place, (a, b) in enumerate(pairs, 1 + size):
            mixed = np.logaddexp(log[a] + before[1 + b], log[b] + before[1 + a])
            ending[place] = np.logaddexp(np.logaddexp(before[place], mixed), log[a] + log[b] + before[0])
        sets = running(ending + predictor, first, np.logaddexp)
        here = deaths == count
        found[:, here] = sets[:, last[here]]
        before[:, 1:] = sets[:, :-1]
        before[:, first] = -np.inf
    return found
