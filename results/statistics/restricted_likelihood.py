"""The restricted likelihood of a linear model of repeated records, from sums over subjects with the same visits.

Patterson HD, Thompson R. Biometrika 1971;58:545-554. Derivatives: Harville DA. J Am Stat Assoc 1977;72:320-338.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.covariance_structure import Structure
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
        part = matrix[np.ix_(one.visits, one.visits)]
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
    covariance = np.linalg.inv(total[:-1, :-1])
    coefficients = covariance @ total[:-1, -1]
    squares = float(total[-1, -1] - total[:-1, -1] @ coefficients)
    return logs + 2 * float(np.log(np.diag(lower)).sum()) + squares, coefficients, covariance


def slope(data: list[Pattern], structure: Structure, theta: Floats) -> Slope | None:
    """The likelihood with its derivatives; None where the parameters give no covariance."""
    moments = structure.at(theta)
    known = deviance_of(data, moments.matrix)
    if known is None:
        return None
    deviance, coefficients, covariance = known
    number, size = len(theta), len(coefficients)
    back = np.append(-coefficients, 1.0)
    score, trace, squares = np.zeros(number), np.zeros((number, number)), np.zeros((number, number))
    outer, cross = np.zeros((number, size, size)), np.zeros((number, size))
    for one in data:
        sub = np.ix_(one.visits, one.visits)
        inverse = np.linalg.inv(moments.matrix[sub])
        first = moments.first[:, *sub]
        each = one.products
        with_rest = each[:, :-1] @ back  # (m, p, m): columns by residuals
        rest = np.einsum("i,aibj,j->ab", back, each, back)
        spread = np.einsum("ij,aibj->ab", covariance, each[:, :-1, :, :-1])
        half = inverse @ first
        middle = half @ inverse
        score += one.count * np.einsum("kaa->k", half) - np.einsum("kab,ab->k", middle, spread + rest)
        outer += np.tensordot(middle, each[:, :-1, :, :-1], ([1, 2], [0, 2]))
        cross += np.einsum("kab,aib->ki", middle, with_rest)
        pairs = np.einsum("jab,kba->jk", half, half)
        ends = np.einsum("jab,kbc->jkac", half, middle)
        trace += one.count * pairs - 2 * np.einsum("jkab,ab->jk", ends, spread)
        squares += np.einsum("jkab,ab->jk", ends, rest)
        if moments.second is not None:
            inner = np.einsum("ab,jkbc,cd->jkad", inverse, moments.second[:, :, *sub], inverse)
            further = one.count * np.einsum("ab,jkab->jk", inverse, moments.second[:, :, *sub])
            further -= np.einsum("jkab,ab->jk", inner, spread + rest)
            squares += further / 2
    scaled = covariance @ outer
    trace += np.einsum("jab,kba->jk", scaled, scaled)
    squares -= cross @ covariance @ cross.T
    observed = -trace + squares + squares.T
    return Slope(deviance, coefficients, covariance, score, observed, (trace + trace.T) / 2, outer)


def curvature(data: list[Pattern], structure: Structure, theta: Floats) -> Floats:
    """Q of Kenward and Roger: X' V^-1 V_j V^-1 V_k V^-1 X for each pair of parameters."""
    moments = structure.at(theta)
    number, size = len(theta), data[0].products.shape[1] - 1
    found = np.zeros((number, number, size, size))
    for one in data:
        sub = np.ix_(one.visits, one.visits)
        inverse = np.linalg.inv(moments.matrix[sub])
        half = inverse @ moments.first[:, *sub]
        ends = np.einsum("jab,kbc->jkac", half, half @ inverse)
        found += np.tensordot(ends, one.products[:, :-1, :, :-1], ([2, 3], [0, 2]))
    return found


def never_together(subjects: Ints, visits: Ints) -> tuple[int, int] | None:
    """A pair of visits at which no subject has records of both, which leaves their covariance unknown."""
    seen: Bools = np.zeros((int(subjects.max()) + 1, int(visits.max()) + 1), dtype=bool)
    seen[subjects, visits] = True
    both = seen.astype(np.int64).T @ seen
    lacking = np.argwhere(np.triu(both == 0, 1))
    return (int(lacking[0][0]), int(lacking[0][1])) if len(lacking) else None
