"""The restricted likelihood of a linear model of repeated records, from sums over subjects with the same visits.

Patterson HD, Thompson R. Biometrika 1971;58:545-554. Derivatives: Harville DA. J Am Stat Assoc 1977;72:320-338.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.covariance_structure import Moments, Structure
from results.statistics.model_terms import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Pattern:
    """Subjects with records at the same visits. visits: their codes; count: subjects.

    products: (m, p + 1, m, p + 1), the products of the columns of the design and the response at each pair of visits,
    summed over the subjects.
    """

    visits: Ints
    count: int
    products: Floats


@dataclass(frozen=True, eq=False)
class Slope:
    """Where the likelihood stands at some parameters: -2 log likelihood, derivatives, coefficients.

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
    """The sums over the subjects, by the visits at which they have a record; no subject has a visit twice."""
    number, size = int(subjects.max()) + 1, int(visits.max()) + 1
    place = np.full((number, size), -1, dtype=np.int64)
    place[subjects, visits] = np.arange(len(response))
    kinds, kind = np.unique(place >= 0, axis=0, return_inverse=True)
    both = np.column_stack([columns, response])
    found = []
    for code, present in enumerate(kinds):
        at = np.flatnonzero(present)
        rows = both[place[np.flatnonzero(kind.ravel() == code)][:, at]]
        flat = rows.reshape(len(rows), -1)
        shape = (len(at), both.shape[1], len(at), both.shape[1])
        found.append(Pattern(at, len(rows), (flat.T @ flat).reshape(shape)))
    return found


def deviance_of(data: list[Pattern], matrix: Floats) -> tuple[float, Floats, Floats] | None:
    """-2 log restricted likelihood (without its constant), coefficients, their covariance.

    None where the matrix is no covariance.
    """
    size = data[0].products.shape[1]
    total, logs = np.zeros((size, size)), 0.0
    for one in data:
        part = _part(matrix, one.visits)
        try:
            lower = np.linalg.cholesky(part)
        except np.linalg.LinAlgError:
            return None
        logs += 2 * one.count * float(np.log(np.diag(lower)).sum())
        total += np.einsum("ab,aibj->ij", np.linalg.inv(part), one.products)
    try:
        lower = np.linalg.cholesky(total[:-1, :-1])
    except np.linalg.LinAlgError:
        return None
    covariance = _array(np.linalg.inv(total[:-1, :-1]))
    coefficients = covariance @ total[:-1, -1]
    squares = float(total[-1, -1] - total[:-1, -1] @ coefficients)
    return logs + 2 * float(np.log(np.diag(lower)).sum()) + squares, coefficients, covariance


class _Sums:
    """What the derivatives are made of, summed over the patterns; K parameters, p coefficients."""

    def __init__(self, number: int, size: int) -> None:
        self.score = np.zeros(number)
        self.trace, self.squares = np.zeros((number, number)), np.zeros((number, number))
        self.outer, self.cross = np.zeros((number, size, size)), np.zeros((number, size))

    def add(self, one: Pattern, moments: Moments, coefficients: Floats, covariance: Floats) -> None:
        """Add the subjects of a pattern. V is their covariance, V_k its derivatives, r their residuals."""
        inverse, half = _halves(one, moments)
        back, design = np.append(-coefficients, 1.0), one.products[:, :-1, :, :-1]
        with_rest = one.products[:, :-1] @ back  # (m, p, m): columns by residuals
        rest = _array(np.einsum("i,aibj,j->ab", back, one.products, back))
        spread = _array(np.einsum("ij,aibj->ab", covariance, design))
        middle = half @ inverse  # V^-1 V_k V^-1
        ends = _ends(half, middle)  # V^-1 V_j V^-1 V_k V^-1
        self.score += one.count * np.einsum("kaa->k", half) - np.einsum("kab,ab->k", middle, spread + rest)
        self.outer += np.tensordot(middle, design, ([1, 2], [0, 2]))
        self.cross += np.einsum("kab,aib->ki", middle, with_rest)
        self.trace += one.count * np.einsum("jab,kba->jk", half, half) - 2 * np.einsum("jkab,ab->jk", ends, spread)
        self.squares += np.einsum("jkab,ab->jk", ends, rest)
        if moments.second is not None:
            second = _part(moments.second, one.visits)
            inner = inverse @ second @ inverse
            further = one.count * np.einsum("ab,jkab->jk", inverse, second)
            self.squares += (further - np.einsum("jkab,ab->jk", inner, spread + rest)) / 2


def slope(data: list[Pattern], structure: Structure, theta: Floats) -> Slope | None:
    """The likelihood with its derivatives; None where the parameters give no covariance."""
    moments = structure.at(theta)
    known = deviance_of(data, moments.matrix)
    if known is None:
        return None
    deviance, coefficients, covariance = known
    sums = _Sums(len(theta), len(coefficients))
    for one in data:
        sums.add(one, moments, coefficients, covariance)
    scaled = covariance @ sums.outer
    trace = sums.trace + np.einsum("jab,kba->jk", scaled, scaled)
    squares = sums.squares - sums.cross @ covariance @ sums.cross.T
    observed = -trace + squares + squares.T
    return Slope(deviance, coefficients, covariance, sums.score, observed, (trace + trace.T) / 2, sums.outer)


def curvature(data: list[Pattern], structure: Structure, theta: Floats) -> Floats:
    """Q of Kenward and Roger: X' V^-1 V_j V^-1 V_k V^-1 X for each pair of parameters."""
    moments = structure.at(theta)
    number, size = len(theta), data[0].products.shape[1] - 1
    found = np.zeros((number, number, size, size))
    for one in data:
        inverse, half = _halves(one, moments)
        found += np.tensordot(_ends(half, half @ inverse), one.products[:, :-1, :, :-1], ([2, 3], [0, 2]))
    return found


def _halves(one: Pattern, moments: Moments) -> tuple[Floats, Floats]:
    """V^-1, and V^-1 V_k for each parameter, at the visits of a pattern."""
    inverse = _array(np.linalg.inv(_part(moments.matrix, one.visits)))
    return inverse, inverse @ _part(moments.first, one.visits)


def _ends(half: Floats, middle: Floats) -> Floats:
    return _array(np.einsum("jab,kbc->jkac", half, middle))


def _part(matrices: Floats, visits: Ints) -> Floats:
    """The rows and columns of some visits, of matrices that stand in the last two axes."""
    return matrices[..., visits[:, None], visits]


def _array(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def never_together(subjects: Ints, visits: Ints) -> tuple[int, int] | None:
    """A pair of visits at which no subject has records of both, which leaves their covariance unknown."""
    seen: Bools = np.zeros((int(subjects.max()) + 1, int(visits.max()) + 1), dtype=bool)
    seen[subjects, visits] = True
    both = seen.astype(np.int64).T @ seen
    lacking = np.argwhere(np.triu(both == 0, 1))
    return (int(lacking[0][0]), int(lacking[0][1])) if len(lacking) else None
