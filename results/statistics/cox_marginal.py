"""The marginal likelihood of tied events: the ties hide an order of continuous times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics import cox_likelihood
from results.statistics.cox_likelihood import Likelihood, Slope
from results.statistics.risk_sets import RiskSets
from results.statistics.survival_records import Bools, Floats, Ints

# Nodes of the trapezoidal rule below and above the mode of the integrand, in steps of at most STEP.
BELOW, ABOVE, STEP = 144, 28, 0.25


def likelihood(risk: RiskSets, covariates: Floats) -> Likelihood:
    """The log likelihood averaged over the orders in which d tied events can have happened.

    The contribution of a time is the probability that its d events come before all others at risk, in whatever
    order among themselves: the integral over t > 0 of exp(-t) prod (1 - exp(-a t)) with a the hazard of an event
    over the sum of those of the others. Kalbfleisch JD, Prentice RL. Biometrika 1973;60:267-278, in the form of
    DeLong DM, Guirguis GH, So YC. Biometrika 1994;81:607-611; TIES=EXACT of PROC PHREG, which R does not have.
    Events without ties are those of `breslow`. The integrand in log t is log-concave and analytic, so that the
    trapezoidal rule around its mode gives about 13 digits.

    covariates: p x n, in the order of the risk sets.
    """
    tied = risk.deaths > 1
    single = cox_likelihood.likelihood(risk, covariates, "breslow", ~tied)
    if not tied.any():
        return single

    def slope(coefficients: Floats) -> Slope:
        one, other = single(coefficients), _tied(risk, covariates, coefficients, tied)
        return Slope(one.loglik + other.loglik, one.score + other.score, one.information + other.information)

    return slope


@dataclass(frozen=True, eq=False)
class _Ties:
    """The T tied times at which others stay at risk, and their E events: rate a, covariates less the mean of the
    others (p x E), covariance of the others (p x p x T), first event of each time (T), number of events (T)."""

    rate: Floats
    centred: Floats
    covariance: Floats
    begin: Ints
    size: Ints

    def total(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.begin, axis=-1))


def _tied(risk: RiskSets, covariates: Floats, coefficients: Floats, tied: Bools) -> Slope:
    ties, p = _ties(risk, covariates, coefficients, tied), len(covariates)
    if len(ties.size) == 0:
        return Slope(0.0, np.zeros(p), np.zeros((p, p)))
    mode, height, step = _mode(ties)
    mass, gradient, second = np.zeros(len(mode)), np.zeros((p, len(mode))), np.zeros((p, p, len(mode)))
    for node in range(-BELOW, ABOVE + 1):
        where = mode + node * step
        events = ties.rate * np.repeat(np.exp(where), ties.size)
        value, slope, bend = _exponent(events)
        density = np.exp(ties.total(value) - np.exp(where) + where - height)
        first = ties.total(slope * ties.centred)
        spread = ties.total(bend * ties.centred[:, None] * ties.centred[None]) - ties.total(slope) * ties.covariance
        mass += density
        gradient += density * first
        second += density * (first[:, None] * first[None] + spread)
    gradient, second = gradient / mass, second / mass
    information = (gradient[:, None] * gradient[None] - second).sum(axis=-1)
    return Slope(float((np.log(mass * step) + height).sum()), gradient.sum(axis=-1), information)


def _exponent(y: Floats) -> tuple[Floats, Floats, Floats]:
    """log(1 - exp(-y)), its derivative by log y, and its second derivative by log y."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        slope = y / np.expm1(y)
        value = np.where(y < 1, np.log(-np.expm1(-y)), np.log1p(-np.exp(-y)))
    return value, slope, slope * (1 - y) - slope**2


def _ties(risk: RiskSets, covariates: Floats, coefficients: Floats, tied: Bools) -> _Ties:
    found = cox_likelihood.sums(risk, covariates, coefficients, "breslow")

    def staying(values: Floats) -> Floats:
        """Sum over those at risk without an event at the time: no difference, which would lose digits."""
        earlier = risk.at(values)
        earlier = np.where(risk.first, 0.0, np.roll(earlier, 1, axis=-1))
        return np.asarray(earlier + risk.coming(np.where(risk.event, 0.0, values)))

    total = staying(found.hazard)
    used = tied & (total > 0)
    events = np.repeat(used, risk.deaths)
    rows, size = risk.dead[events], risk.deaths[used]
    mean = staying(found.hazard * covariates)[:, used] / total[used]
    square = np.stack(
        [np.stack([staying(found.hazard * one * two)[used] / total[used] for two in covariates]) for one in covariates]
    )
    return _Ties(
        rate=found.hazard[rows] / np.repeat(total[used], size),
        centred=covariates[:, rows] - np.repeat(mean, size, axis=1),
        covariance=square - mean[:, None] * mean[None],
        begin=np.cumsum(size) - size,
        size=size,
    )


def _mode(ties: _Ties) -> tuple[Floats, Floats, Floats]:
    """The mode of each integrand in log t, its logarithm there, and the step of the rule."""
    low, high = np.zeros(len(ties.size)), np.log1p(ties.size)
    for _ in range(40):
        middle = (low + high) / 2
        _, slope, _ = _exponent(ties.rate * np.repeat(np.exp(middle), ties.size))
        rising = ties.total(slope) - np.exp(middle) + 1 > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    value, _, bend = _exponent(ties.rate * np.repeat(np.exp(low), ties.size))
    spread = 1 / np.sqrt(np.exp(low) - ties.total(bend))
    return low, ties.total(value) - np.exp(low) + low, np.minimum(spread / 2, STEP)
