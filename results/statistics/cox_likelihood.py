"""The partial likelihood of the Cox model with Efron's and Breslow's handling of ties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from results.statistics.risk_sets import RiskSets
from results.statistics.survival_records import Bools, Floats


@dataclass(frozen=True, eq=False)
class Slope:
    """A log likelihood at one value of the p coefficients: its value, gradient and negative second derivative."""

    loglik: float
    score: Floats
    information: Floats


Likelihood = Callable[[Floats], Slope]


@dataclass(frozen=True, eq=False)
class Sums:
    """What the risk sets sum to at one value of the coefficients.

    hazard: exp(x beta) of the n records, up to a factor by stratum that cancels. At each of K event times:
    total and dead, its sums over those at risk and over the events; first and dead_first (p x K), those of
    hazard times covariate. Over the d events at a time Efron's denominators are total - f dead with f = 0, 1/d,
    ..., (d - 1)/d; inverse[i] and squared[j] are the sums of f^i / denominator (i = 0, 1) and f^j / denominator^2
    (j = 0, 1, 2). Breslow's denominators are Efron's with f = 0. loglik: K contributions.
    """

    risk: RiskSets
    covariates: Floats
    hazard: Floats
    total: Floats
    dead: Floats
    first: Floats
    dead_first: Floats
    inverse: Floats
    squared: Floats
    loglik: Floats

    def mean(self) -> Floats:
        """Weighted mean of each covariate over the risk set, summed over the events at each time (p x K)."""
        return self.inverse[0] * self.first - self.inverse[1] * self.dead_first

    def score(self, weight: Floats | None = None) -> Floats:
        """Observed less expected covariates, summed over the event times with a weight for each."""
        events = self.risk.of_events(self.covariates[:, self.risk.dead])
        found = events - self.mean()
        return np.asarray((found if weight is None else found * weight).sum(axis=1))

    def information(self, weight: Floats | None = None) -> Floats:
        """Weighted covariance of the covariates over the risk set, summed likewise (p x p)."""
        size = len(self.covariates)
        found = np.zeros((size, size))
        weights = np.ones(len(self.total)) if weight is None else weight
        for a in range(size):
            for b in range(a + 1):
                found[a, b] = found[b, a] = float((self._covariance(a, b) * weights).sum())
        return found

    def _covariance(self, a: int, b: int) -> Floats:
        product = self.hazard * self.covariates[a] * self.covariates[b]
        one, other, zero, two = self.first[a], self.first[b], self.dead_first[a], self.dead_first[b]
        found = self.inverse[0] * self.risk.at(product) - self.squared[0] * one * other
        if self.inverse[1].any():
            found -= self.inverse[1] * self.risk.of_events(product[self.risk.dead])
            found += self.squared[1] * (one * two + zero * other) - self.squared[2] * zero * two
        return np.asarray(found)


def sums(risk: RiskSets, covariates: Floats, coefficients: Floats, ties: str) -> Sums:
    """The sums for `efron` or `breslow` at one value of the coefficients.

    covariates: p x n, in the order of the risk sets.
    """
    predictor = coefficients @ covariates
    highest = np.maximum.reduceat(predictor, risk.begin[risk.first]) if len(predictor) else np.zeros(0)
    predictor = predictor - np.repeat(highest, np.diff((*risk.begin[risk.first], len(predictor))))
    hazard = np.exp(predictor)
    weighted = hazard * covariates
    dead = risk.of_events(hazard[risk.dead])
    total = risk.at(hazard)
    share = np.zeros(len(risk.dead))
    if ties == "efron":
        share = (np.arange(len(risk.dead)) - np.repeat(risk.dead_begin, risk.deaths)) / np.repeat(
            risk.deaths, risk.deaths
        )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        denominator = np.repeat(total, risk.deaths) - share * np.repeat(dead, risk.deaths)
        contribution = predictor[risk.dead] - np.log(denominator)
        powers = np.stack([1 / denominator, share / denominator])
        squares = np.stack([powers[0] ** 2, powers[0] * powers[1], powers[1] ** 2])
    return Sums(
        risk=risk,
        covariates=covariates,
        hazard=hazard,
        total=total,
        dead=dead,
        first=risk.at(weighted),
        dead_first=risk.of_events(weighted[:, risk.dead]),
        inverse=risk.of_events(powers),
        squared=risk.of_events(squares),
        loglik=risk.of_events(contribution),
    )


def likelihood(risk: RiskSets, covariates: Floats, ties: str, where: Bools | None = None) -> Likelihood:
    """The log partial likelihood as a function of the coefficients, of the event times `where` (all without it).

    Cox DR. J R Stat Soc B 1972;34:187-220. Ties: Efron B. J Am Stat Assoc 1977;72:557-565; Breslow N.
    Biometrics 1974;30:89-99.
    """
    weight = None if where is None else where.astype(float)

    def slope(coefficients: Floats) -> Slope:
        found = sums(risk, covariates, coefficients, ties)
        with np.errstate(invalid="ignore", over="ignore"):
            parts = found.loglik if where is None else found.loglik[where]
            return Slope(float(parts.sum()), found.score(weight), found.information(weight))

    return slope
