"""A chi-square statistic with its degrees of freedom and p-value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from results.statistics.survival_records import Floats

# Of the diagonal of a covariance scaled to 1.
RANK = 1e-9


@dataclass(frozen=True)
class ChiSquareTest:
    """A test statistic, its degrees of freedom, and the probability of a greater one; None where there is none."""

    statistic: float | None
    df: int
    p_value: float | None


NONE = ChiSquareTest(None, 0, None)


def chi_square(statistic: float, df: int) -> ChiSquareTest:
    """The p-value of a statistic; not estimable without a degree of freedom.

    >>> round(chi_square(3.841459, 1).p_value, 6)
    0.05
    """
    return ChiSquareTest(statistic, df, float(special.chdtrc(df, statistic))) if df else NONE


def quadratic(values: Floats, covariance: Floats) -> ChiSquareTest:
    """values' covariance^- values with the rank of the covariance as degrees of freedom.

    A combination of the values that the data say nothing of has variance 0 and takes no part.
    """
    spread = np.sqrt(np.clip(np.diag(covariance), 0, None))
    used = spread > 0
    if not used.any():
        return NONE
    scaled = covariance[np.ix_(used, used)] / np.outer(spread[used], spread[used])
    size, axes = np.linalg.eigh(scaled)
    within = size > RANK
    along = axes[:, within].T @ (values[used] / spread[used])
    return chi_square(float((along**2 / size[within]).sum()), int(within.sum()))
