"""The restricted likelihood of a linear model of repeated records, with its derivatives.

Patterson HD, Thompson R. Biometrika 1971;58:545-554. Derivatives: Harville DA. J Am Stat Assoc 1977;72:320-338.
With V the covariance of the records of a subject, G_k its derivatives, z = V^-1 X and u = V^-1 r (r the residuals),
0 at visits without a record, they are made of W = V^-1, of z' z and of u, whatever the visits of a subject are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.covariance_structure import Structure
from results.statistics.model_terms import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Pattern:
    """The subjects with records at the same m visits. rows: m x subjects x (p + 1), the design and the response."""

    visits: Ints
    rows: Floats


@dataclass(frozen=True, eq=False)
class Level:
    """Where the likelihood stands: -2 log likelihood (without its constant), coefficients, their covariance.

    inverses: V^-1 for each pattern; turned: V^-1 of the rows of each.
    """

    deviance: float
    coefficients: Floats
    covariance: Floats
    inverses: list[Floats]
    turned: list[Floats]


@dataclass(frozen=True, eq=False)
class Slope:
    """Where the likelihood stands, with derivatives by the parameters of the covariance.

    covariance: of the coefficients, Phi. score: first derivatives of -2 log likelihood. observed, expected: second
    derivatives, and what is expected of them. by_parameter: X' V^-1 V_k V^-1 X for each parameter.
    """

    deviance: float
    coefficients: Floats
    covariance: Floats
    score: Floats
    observed: Floats
    expected: Floats
    by_parameter: Floats


def patterns(columns: Floats, response: Floats, subjects: Ints, visits: Ints) -> list[Pattern]:
    """The subjects by the visits at which they have a record; no subject has a visit twice."""
    number, size = int(subjects.max()) + 1, int(visits.max()) + 1
    place = np.full((number, size), -1, dtype=np.int64)
    place[subjects, visits] = np.arange(len(response))
    kinds, kind = np.unique(place >= 0, axis=0, return_inverse=True)
    both = np.column_stack([columns, response])
    order = np.argsort(kind.ravel(), kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(kind.ravel(), minlength=len(kinds)))[:-1])
    each = [(np.flatnonzero(present), part) for present, part in zip(kinds, parts)]
    return [Pattern(at, both[place[part][:, at].T]) for at, part in each]


def level_of(data: list[Pattern], matrix: Floats) -> Level | None:
    """The likelihood at a covariance matrix of all visits; None where it is no covariance."""
    size = data[0].rows.shape[2]
    total, logs = np.zeros((size, size)), 0.0
    inverses, turned = [], []
    for one in data:
        part = matrix[np.ix_(one.visits, one.visits)]
        inverted = _inverted(part)
        if inverted is None:
            return None
        logs += one.rows.shape[1] * inverted[1]
        inverses.append(inverted[0])
        turned.append((inverses[-1] @ one.rows.reshape(len(part), -1)).reshape(one.rows.shape))
        total += one.rows.reshape(-1, size).T @ turned[-1].reshape(-1, size)
    inverted = _inverted(total[:-1, :-1])
    if inverted is None:
        return None
    covariance, log = inverted
    coefficients = covariance @ total[:-1, -1]
    squares = float(total[-1, -1] - total[:-1, -1] @ coefficients)
    return Level(logs + log + squares, coefficients, covariance, inverses, turned)


def _inverted(matrix: Floats) -> tuple[Floats, float] | None:
    """The inverse, and the logarithm of the determinant; None of a matrix that is not positive definite."""
    try:
        diagonal, inverse = np.diag(np.linalg.cholesky(matrix)), np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None
    finite = np.isfinite(diagonal).all() and (diagonal > 0).all() and np.isfinite(inverse).all()
    return (_array(inverse), 2 * float(np.log(diagonal).sum())) if finite else None


class _Padded:
    """What a level is made of, at all q visits: 0 where a pattern has none.

    weights: patterns x q x q, W; counts: subjects of each. rows: subjects x q x (p + 1), z and V^-1 of the response.
    """

    def __init__(self, data: list[Pattern], known: Level, size: int) -> None:
        self.counts = np.array([one.rows.shape[1] for one in data])
        self.weights = np.zeros((len(data), size, size))
        self.rows = np.zeros((int(self.counts.sum()), size, data[0].rows.shape[2]))
        self.slices = []
        start = 0
        for place, (one, inverse, turned) in enumerate(zip(data, known.inverses, known.turned)):
            self.weights[place][np.ix_(one.visits, one.visits)] = inverse
            self.slices.append(slice(start, start + one.rows.shape[1]))
            self.rows[self.slices[-1], one.visits] = turned.swapaxes(0, 1)
            start += one.rows.shape[1]

    def summed(self, left: Floats, right: Floats) -> Floats:
        """For each pattern the sum over subjects and columns of products at two visits: patterns x q x q."""
        size = left.shape[1]
        parts = [(left[one].swapaxes(0, 1).reshape(size, -1), right[one].swapaxes(0, 1).reshape(size, -1))
                 for one in self.slices]  # fmt: skip
        return np.array([first @ second.T for first, second in parts])

    def paired(self, matrices: Floats) -> Floats:
        """W by matrices of the patterns, summed over these: q x q x q x q."""
        size, count = self.weights.shape[1], len(self.weights)
        flat = self.weights.reshape(count, -1).T @ matrices.reshape(count, -1)
        return _array(flat.reshape(size, size, size, size))


def slope(data: list[Pattern], structure: Structure, theta: Floats) -> Slope | None:
    """The likelihood with its derivatives; None where the parameters give no covariance."""
    moments = structure.at(theta)
    known = level_of(data, moments.matrix)
    if known is None:
        return None
    padded, first, phi = _Padded(data, known, len(moments.matrix)), moments.first, known.covariance
    z = padded.rows[:, :, :-1]
    u = padded.rows @ np.append(-known.coefficients, 1.0)
    spread, rest = padded.summed(z @ phi, z), padded.summed(u[:, :, None], u[:, :, None])
    inverse = np.tensordot(padded.counts, padded.weights, 1)
    beyond = inverse - (spread + rest).sum(axis=0)
    outer = _by_parameter(z, first)
    cross = np.tensordot(first, np.tensordot(u, z, ([0], [0])), ([1, 2], [0, 1]))
    scaled = phi @ outer
    alone = _ends(padded.paired(padded.counts[:, None, None] * padded.weights), first)
    trace = alone - 2 * _ends(padded.paired(spread), first) + np.einsum("jab,kba->jk", scaled, scaled)
    squares = 2 * (_ends(padded.paired(rest), first) - cross @ phi @ cross.T)
    if moments.second is not None:
        squares = squares + np.tensordot(moments.second, beyond, 2)
    trace, observed = (trace + trace.T) / 2, squares - trace
    score = np.tensordot(first, beyond, 2)
    return Slope(known.deviance, known.coefficients, phi, score, (observed + observed.T) / 2, trace, outer)


def _by_parameter(z: Floats, first: Floats) -> Floats:
    """The sum of z' G_k z for each parameter."""
    subjects, size, columns = z.shape
    flat = z.reshape(subjects, -1)
    products = (flat.T @ flat).reshape(size, columns, size, columns)
    return _array(np.tensordot(first, products, ([1, 2], [0, 2])))


def _ends(pairs: Floats, first: Floats) -> Floats:
    """The traces of G_j W G_k M for each pair of parameters; pairs: the sums of W by M."""
    half = np.tensordot(first, pairs, ([1, 2], [3, 0]))
    return _array(np.tensordot(half, first, ([1, 2], [1, 2])))


def curvature(data: list[Pattern], structure: Structure, theta: Floats, spread: Floats) -> Floats:
    """The sum of Q of Kenward and Roger, X' V^-1 V_j V^-1 V_k V^-1 X, over pairs of parameters by their covariance."""
    moments = structure.at(theta)
    known = level_of(data, moments.matrix)
    assert known is not None
    found = np.zeros((data[0].rows.shape[2] - 1,) * 2)
    weighted = np.tensordot(spread, moments.first, 1)  # the sum over k of spread[j, k] G_k
    for one, inverse, turned in zip(data, known.inverses, known.turned):
        at = np.ix_(np.arange(len(weighted)), one.visits, one.visits)
        middle = np.einsum("jab,bc,jcd->ad", moments.first[at], inverse, weighted[at], optimize=True)
        z = turned[:, :, :-1]
        ends = (middle @ z.reshape(len(z), -1)).reshape(-1, z.shape[2])
        found += z.reshape(-1, z.shape[2]).T @ ends
    return found


def _array(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def never_together(subjects: Ints, visits: Ints) -> tuple[int, int] | None:
    """A pair of visits at which no subject has records of both, which leaves their covariance unknown."""
    seen: Bools = np.zeros((int(subjects.max()) + 1, int(visits.max()) + 1), dtype=bool)
    seen[subjects, visits] = True
    both = seen.astype(np.int64).T @ seen
    lacking = np.argwhere(np.triu(both == 0, 1))
    return (int(lacking[0][0]), int(lacking[0][1])) if len(lacking) else None
