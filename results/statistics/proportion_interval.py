"""Confidence intervals of a binomial proportion: each takes count, total > 0 and level, and gives its limits.

Limits lie between 0 and 1; those of 0 of n start at 0, those of n of n end at 1. The comparison of the methods
is that of Newcombe RG, Stat Med 1998;17:857-872, and of Brown LD, Cai TT, DasGupta A, Stat Sci
2001;16:101-133.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from scipy import special

from results.statistics.interval import around, normal_quantile

Limits = tuple[float, float]


def clopper_pearson(count: int, total: int, level: float = 0.95) -> Limits:
    """The "exact" interval: each tail of the binomial distribution holds at most (1 - level) / 2.

    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413, in its form by beta quantiles.

    >>> [round(limit, 4) for limit in clopper_pearson(81, 263)]
    [0.2527, 0.3676]
    """
    tail = (1 - level) / 2
    lower = special.betaincinv(count, total - count + 1, tail) if count > 0 else 0.0
    upper = special.betaincinv(count + 1, total - count, 1 - tail) if count < total else 1.0
    return float(lower), float(upper)


def wilson(count: int, total: int, level: float = 0.95) -> Limits:
    """The score interval without continuity correction: all p with |estimate - p| <= z sqrt(p(1-p)/total).

    Wilson EB. J Am Stat Assoc 1927;22:209-212.

    >>> [round(limit, 4) for limit in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    return wilson_at(count, total, normal_quantile(level))


def wilson_at(count: float, total: float, z: float) -> Limits:
    """The score interval for a normal quantile z."""
    share = count / total
    centre = (count + z * z / 2) / (total + z * z)
    half = z * sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2) / (1 + z * z / total)
    return 0.0 if count == 0 else centre - half, 1.0 if count == total else centre + half


def wilson_cc(count: int, total: int, level: float = 0.95) -> Limits:
    """The score interval with continuity correction 1 / (2 total).

    Newcombe RG. Stat Med 1998;17:857-872, method 4; as PROC FREQ's WILSON(CORRECT).

    >>> [round(limit, 4) for limit in wilson_cc(81, 263)]
    [0.2535, 0.3682]
    """
    z, share = normal_quantile(level), count / total
    scale = 2 * (total + z * z)
    root_low = sqrt(max(z * z - 2 - 1 / total + 4 * share * (total * (1 - share) + 1), 0.0))
    root_high = sqrt(max(z * z + 2 - 1 / total + 4 * share * (total * (1 - share) - 1), 0.0))
    lower = (2 * count + z * z - 1 - z * root_low) / scale
    upper = (2 * count + z * z + 1 + z * root_high) / scale
    return 0.0 if count == 0 else max(lower, 0.0), 1.0 if count == total else min(upper, 1.0)


def wald(count: int, total: int, level: float = 0.95) -> Limits:
    """The normal approximation: estimate -+ z sqrt(estimate (1 - estimate) / total).

    Of no width for 0 of n and n of n. Kept for comparison; its coverage is poor in small samples.

    >>> [round(limit, 4) for limit in wald(81, 263)]
    [0.2522, 0.3638]
    """
    share = count / total
    return around(share, normal_quantile(level) * sqrt(share * (1 - share) / total), (0.0, 1.0))


def wald_cc(count: int, total: int, level: float = 0.95) -> Limits:
    """The Wald interval, wider by 1 / (2 total) either way.

    >>> [round(limit, 4) for limit in wald_cc(81, 263)]
    [0.2503, 0.3657]
    """
    share = count / total
    half = normal_quantile(level) * sqrt(share * (1 - share) / total) + 1 / (2 * total)
    return around(share, half, (0.0, 1.0))


def agresti_coull(count: int, total: int, level: float = 0.95) -> Limits:
    """The Wald interval after z^2 / 2 successes and as many failures are added.

    Agresti A, Coull BA. Am Stat 1998;52:119-126. With z itself, not 2 in its place.

    >>> [round(limit, 4) for limit in agresti_coull(81, 263)]
    [0.2552, 0.3663]
    """
    z = normal_quantile(level)
    size = total + z * z
    share = (count + z * z / 2) / size
    return around(share, z * sqrt(share * (1 - share) / size), (0.0, 1.0))


def jeffreys(count: int, total: int, level: float = 0.95) -> Limits:
    """The equal-tailed Bayesian interval under the prior Beta(1/2, 1/2).

    Brown LD, Cai TT, DasGupta A. Stat Sci 2001;16:101-133: the lower limit of 0 of n is 0, the upper limit
    of n of n is 1.

    >>> [round(limit, 4) for limit in jeffreys(81, 263)]
    [0.2545, 0.3656]
    """
    tail = (1 - level) / 2
    lower = special.betaincinv(count + 0.5, total - count + 0.5, tail) if count > 0 else 0.0
    upper = special.betaincinv(count + 0.5, total - count + 0.5, 1 - tail) if count < total else 1.0
    return float(lower), float(upper)


INTERVALS: dict[str, Callable[[int, int, float], Limits]] = {
    "clopper_pearson": clopper_pearson,
    "wilson": wilson,
    "wilson_cc": wilson_cc,
    "wald": wald,
    "wald_cc": wald_cc,
    "agresti_coull": agresti_coull,
    "jeffreys": jeffreys,
}
