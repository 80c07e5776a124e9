"""The restricted maximum likelihood fit of repeated records, and what is told of combinations of coefficients.

Satterthwaite: Fai AHT, Cornelius PL. J Stat Comput Simul 1996;54:363-378. Kenward MG, Roger JH. Biometrics
1997;53:983-997.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from results.statistics.covariance_structure import Structure
from results.statistics.linear_model import FTest, error_of, f_test
from results.statistics.model_terms import Floats
from results.statistics.restricted_likelihood import Pattern, Slope, curvature, level_of, slope

# Twice the squared length of the last step in standard errors of the parameters.
SETTLED = 1e-18
ITERATIONS, HALVINGS = 200, 40
# The least eigenvalue of the expected second derivatives, parameters scaled, at which they are taken as known.
_SINGULAR = 1e-10
NO_DEGREES = "the standard error or its degrees of freedom are not known"
_FEWEST = 2.0  # degrees of freedom of an F that has a mean, to which the factor is fitted
DEGREES = ("satterthwaite", "kenward_roger")
INFORMATION = ("observed", "expected")


class UnsettledError(ValueError):
    """No maximum of the restricted likelihood was found."""


@dataclass(frozen=True, eq=False)
class RestrictedFit:
    """A fit at its greatest restricted likelihood. spread: covariance of the parameters of the covariance.

    adjusted: the covariance of the coefficients, with Kenward and Roger's correction where that was asked for.
    unit: of the response, by which it was divided.
    """

    found: Slope
    coefficients: Floats
    theta: Floats
    spread: Floats
    adjusted: Floats
    degrees: str
    unit: float
    structure: Structure

    def moments(self, row: Floats) -> tuple[float, float | None, float | None, str]:
        """Estimate, standard error and degrees of freedom of a combination; why there is no error."""
        estimate, degrees = float(row @ self.coefficients) * self.unit, self._of_one(row)
        error = error_of(float(row @ self.adjusted @ row)) * self.unit
        if not (degrees > 0 and np.isfinite(degrees) and error > 0):
            return estimate, None, None, NO_DEGREES
        return estimate, error, degrees, ""

    def _of_one(self, row: Floats) -> float:
        """2 v^2 / (g' W g): v the variance of the combination, g its derivatives by the parameters."""
        turned = self.found.covariance @ row
        variance = float(row @ turned)
        gradient = np.einsum("i,kij,j->k", turned, self.found.by_parameter, turned)
        apart = float(gradient @ self.spread @ gradient)
        return 2 * variance**2 / apart if apart > 0 else float("nan")

    def test(self, rows: Floats) -> FTest:
        """The F test that several combinations are all 0."""
        middle = rows @ self.adjusted @ rows.T
        if np.linalg.matrix_rank(rows, rtol=1e-9) < len(rows) or not np.linalg.eigvalsh(middle)[0] > 0:
            return FTest()
        values = rows @ self.coefficients
        wald = float(values @ np.linalg.solve(middle, values)) / len(rows)
        factor, degrees = self._kenward_roger(rows) if self.degrees == "kenward_roger" else self._satterthwaite(rows)
        known = degrees > 0 and np.isfinite(degrees) and np.isfinite(factor) and factor > 0
        return f_test(factor * wald, len(rows), degrees) if known else FTest()

    def _satterthwaite(self, rows: Floats) -> tuple[float, float]:
        """From the degrees of freedom of independent combinations; not a number where these are too few."""
        _, vectors = np.linalg.eigh(rows @ self.found.covariance @ rows.T)
        each = np.array([self._of_one(vector @ rows) for vector in vectors.T])
        if len(each) == 1 or np.ptp(each) <= 1e-8 * each.max():
            return 1.0, float(each.mean())
        more = each[each > 2]
        whole = float((more / (more - 2)).sum())
        return 1.0, 2 * whole / (whole - len(each)) if whole > len(each) else float("nan")

    def _kenward_roger(self, rows: Floats) -> tuple[float, float]:
        """The factor of the statistic, and its denominator degrees of freedom; not a number where these are unknown.

        Of one combination they are those of its t test, which the formula gives too, but loses near 2 and 4.
        """
        if len(rows) == 1:
            return 1.0, self._of_one(rows[0])
        with np.errstate(all="ignore"):
            return self._of_several(rows)

    def _of_several(self, rows: Floats) -> tuple[float, float]:
        size, phi = len(rows), self.found.covariance
        theta = rows.T @ np.linalg.solve(rows @ phi @ rows.T, rows)
        each = theta @ phi @ self.found.by_parameter @ phi
        single = np.einsum("kaa->k", each)
        first = np.float64(single @ self.spread @ single)
        second = np.float64((self.spread * np.einsum("jab,kba->jk", each, each)).sum())
        sum_of = (first + 6 * second) / (2 * size)
        g = ((size + 1) * first - (size + 4) * second) / ((size + 2) * second)
        below = 3 * size + 2 * (1 - g)
        c1, c2, c3 = g / below, (size - g) / below, (size + 2 - g) / below
        mean = 1 / (1 - second / size)
        variance = 2 / size * (1 + c1 * sum_of) / ((1 - c2 * sum_of) ** 2 * (1 - c3 * sum_of))
        ratio = variance / (2 * mean**2)
        degrees = 4 + (size + 2) / (size * ratio - 1)
        return (float(degrees / (mean * (degrees - 2))), float(degrees)) if degrees > _FEWEST else (nan, nan)


def fit(
    data: list[Pattern], structure: Structure, degrees: str, information: str, unit: float, first: Floats
) -> RestrictedFit:
    """The fit of a covariance structure. UnsettledError where it has no maximum that can be found.

    data: of the residuals of ordinary least squares, whose coefficients `first` are, divided by `unit`.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # steps too far, which are halved
        theta, found = _greatest(data, structure)
    second = found.observed if information == "observed" else found.expected
    spread = np.asarray(2 * np.linalg.inv(second))
    adjusted = found.covariance
    if degrees == "kenward_roger":
        phi, outer = found.covariance, found.by_parameter
        weighted = np.tensordot(spread, outer, 1)
        inner = curvature(data, structure, theta, spread) - (outer @ phi @ weighted).sum(axis=0)
        adjusted = phi + 2 * phi @ (inner + inner.T) / 2 @ phi
    return RestrictedFit(found, first + found.coefficients, theta, spread, adjusted, degrees, unit, structure)


def _greatest(data: list[Pattern], structure: Structure) -> tuple[Floats, Slope]:
    theta = structure.start
    found = slope(data, structure, theta)
    if found is None:
        raise UnsettledError("the first covariance cannot be used")
    for _ in range(ITERATIONS):
        step, length = _step(found)
        theta, nearer = _better(data, structure, theta, found, step)
        if length <= SETTLED:
            if _least(nearer.observed, nearer.expected) <= _SINGULAR:
                raise UnsettledError("the likelihood is flat: the records do not tell the covariance")
            return theta, nearer
        if nearer is found:
            raise UnsettledError("no step raises the likelihood further, as at the bound of the covariances")
        found = nearer
    raise UnsettledError(f"the estimation has not converged in {ITERATIONS} steps")


def _step(found: Slope) -> tuple[Floats, float]:
    """Newton's step where the likelihood is concave, else the one by the expected derivatives; its length."""
    if _least(found.expected, found.expected) <= _SINGULAR:
        raise UnsettledError("the records do not tell the covariance: its information is singular")
    by_expected = np.asarray(np.linalg.solve(found.expected, found.score))
    length = float(found.score @ by_expected)
    if _least(found.observed, found.expected) > _SINGULAR:
        return np.asarray(-np.linalg.solve(found.observed, found.score)), length
    return -by_expected, length


def _least(second: Floats, scale: Floats) -> float:
    """The least eigenvalue of second derivatives, parameters in units of their expected ones."""
    diagonal = np.diag(scale)
    if not (np.isfinite(second).all() and np.isfinite(diagonal).all() and (diagonal > 0).all()):
        return 0.0
    length = np.sqrt(diagonal)
    return float(np.linalg.eigvalsh(second / length / length[:, None])[0])


def _better(
    data: list[Pattern], structure: Structure, theta: Floats, found: Slope, step: Floats
) -> tuple[Floats, Slope]:
    """The parameters after a step, halved while the likelihood falls or there is no covariance."""
    most = found.deviance + 1e-12 * (1 + abs(found.deviance))
    for halving in range(HALVINGS):
        target = theta + step / 2**halving
        known = level_of(data, structure.at(target).matrix)
        if known is not None and np.isfinite(known.deviance) and known.deviance <= most:
            nearer = slope(data, structure, target)
            if nearer is not None:
                return target, nearer
    return theta, found
