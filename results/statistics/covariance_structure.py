"""Structures of the covariance of repeated records, with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from results.statistics.model_terms import Floats

_Correlation = Callable[[Floats, int], tuple[Floats, Floats, Floats]]


@dataclass(frozen=True, eq=False)
class Moments:
    """A covariance matrix (q x q), its first (K x q x q) and second derivatives (K x K x q x q, None where all 0)."""

    matrix: Floats
    first: Floats
    second: Floats | None


@dataclass(frozen=True, eq=False)
class Structure:
    """A structure for q visits. start: parameters at which the estimation begins; linear: in its parameters."""

    label: str
    start: Floats
    linear: bool
    at: Callable[[Floats], Moments]


def _unstructured(variances: Floats) -> Structure:
    size = len(variances)
    rows, columns = np.tril_indices(size)
    first = np.zeros((len(rows), size, size))
    first[np.arange(len(rows)), rows, columns] = first[np.arange(len(rows)), columns, rows] = 1
    return _linear("unstructured", np.where(rows == columns, variances[rows], 0.0), first)


def _compound_symmetry(variances: Floats) -> Structure:
    size = len(variances)
    first = np.stack([np.ones((size, size)), np.eye(size)]) if size > 1 else np.ones((1, 1, 1))
    level = float(variances.mean())
    return _linear("compound symmetry", np.array([0.2 * level, 0.8 * level] if size > 1 else [level]), first)


def _linear(label: str, start: Floats, first: Floats) -> Structure:
    return Structure(label, start, True, lambda theta: Moments(np.tensordot(theta, first, 1), first, None))


def _lags(rho: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """One correlation for each distance between visits."""
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    first = np.stack([apart == lag for lag in range(1, size)]).astype(float) if size > 1 else np.empty((0, 1, 1))
    return np.eye(size) + np.tensordot(rho, first, 1), first, np.zeros((size - 1, size - 1, size, size))


def _power(rho: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """The correlation of neighbours to the power of the distance."""
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    value = float(rho[0])
    first = apart * value ** np.maximum(apart - 1, 0)
    second = apart * (apart - 1) * value ** np.maximum(apart - 2, 0)
    return value**apart, first[None], second[None, None]


def _same(rho: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """One correlation of all visits."""
    other = np.ones((size, size)) - np.eye(size)
    return np.eye(size) + rho[0] * other, other[None], np.zeros((1, 1, size, size))


def _heterogeneous(label: str, variances: Floats, correlation: _Correlation, number: int) -> Structure:
    """A standard deviation for each visit, and a correlation structure."""
    size = len(variances)

    def at(theta: Floats) -> Moments:
        sd, (matrix, first, second) = theta[:size], correlation(theta[size:], size)
        unit, pair = np.eye(size), np.outer(sd, sd)
        # The derivative of sd_a sd_b by sd_c, and its second by sd_c and sd_d.
        of_sd = unit[:, :, None] * sd + unit[:, None, :] * sd[:, None]
        twice = np.einsum("ca,db->cdab", unit, unit)
        count = size + len(first)
        jacobian, hessian = np.empty((count, size, size)), np.zeros((count, count, size, size))
        jacobian[:size], jacobian[size:] = of_sd * matrix, first * pair
        hessian[:size, :size] = (twice + twice.swapaxes(0, 1)) * matrix
        hessian[:size, size:] = of_sd[:, None] * first
        hessian[size:, :size] = hessian[:size, size:].swapaxes(0, 1)
        hessian[size:, size:] = second * pair
        return Moments(matrix * pair, jacobian, hessian)

    return Structure(label, np.concatenate([np.sqrt(variances), np.zeros(number)]), False, at)


def _autoregressive(variances: Floats) -> Structure:
    size, level = len(variances), float(variances.mean())

    def at(theta: Floats) -> Moments:
        matrix, first, second = _power(theta[1:], size)
        jacobian, hessian = np.concatenate([matrix[None], theta[0] * first]), np.zeros((2, 2, size, size))
        hessian[0, 1] = hessian[1, 0] = first[0]
        hessian[1, 1] = theta[0] * second[0, 0]
        return Moments(theta[0] * matrix, jacobian, hessian)

    return Structure("first-order autoregressive", np.array([level, 0.0]), False, at)


def _one_visit(variances: Floats) -> Structure:
    return _linear("one variance", variances[:1], np.ones((1, 1, 1)))


STRUCTURES: dict[str, Callable[[Floats], Structure]] = {
    "un": _unstructured,
    "toeph": lambda v: _heterogeneous("heterogeneous Toeplitz", v, _lags, len(v) - 1),
    "arh1": lambda v: _heterogeneous("heterogeneous first-order autoregressive", v, _power, 1),
    "ar1": _autoregressive,
    "csh": lambda v: _heterogeneous("heterogeneous compound symmetry", v, _same, 1),
    "cs": _compound_symmetry,
}
LINEAR = ("un", "cs")
BY_DISTANCE = ("toeph", "arh1", "ar1")


def structure(name: str, variances: Floats) -> Structure:
    """A structure by its name, for visits whose residuals have these variances."""
    return _one_visit(variances) if len(variances) == 1 else STRUCTURES[name](variances)
