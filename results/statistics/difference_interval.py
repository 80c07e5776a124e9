"""Confidence intervals of a risk difference, without strata or common to several.

Each takes the tables of the strata, every one with both groups, and a level; without strata there is one table.
Over strata the estimate is the difference with Mantel-Haenszel weights n1 n2 / (n1 + n2). The limits lie
between -1 and 1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from results.statistics.interval import around, normal_quantile
from results.statistics.proportion_interval import wilson_at, wilson_cc
from results.statistics.score_interval import difference_limits
from results.statistics.two_by_two import Floats, TwoByTwo

Limits = tuple[float, float]
RANGE = (-1.0, 1.0)


def weights(tables: TwoByTwo) -> Floats:
    """The Mantel-Haenszel weights of the strata, whose sum is 1."""
    raw = tables.total1 * tables.total2 / (tables.total1 + tables.total2)
    return np.asarray(raw / raw.sum())


def common_difference(tables: TwoByTwo) -> float:
    """The risk difference with Mantel-Haenszel weights; the plain one for a single table."""
    return float((weights(tables) * (tables.count1 / tables.total1 - tables.count2 / tables.total2)).sum())


def miettinen_nurminen(tables: TwoByTwo, level: float) -> Limits:
    """The score interval with variance factor N / (N - 1). Miettinen O, Nurminen M. Stat Med 1985;4:213-226."""
    return difference_limits(tables, normal_quantile(level))


def mee(tables: TwoByTwo, level: float) -> Limits:
    """The score interval without that factor. Mee RW. Biometrics 1984;40:1175-1176."""
    return difference_limits(tables, normal_quantile(level), factor=False)


def newcombe(tables: TwoByTwo, level: float) -> Limits:
    """The hybrid score interval: the Wilson limits of both risks, put together.

    Newcombe RG. Stat Med 1998;17:873-890, method 10. Over strata by the stratified Wilson limits of Yan X, Su
    XG. Stat Biopharm Res 2010;2:329-335, with Mantel-Haenszel weights, as PROC FREQ's COMMONRISKDIFF.
    """
    z, weight = normal_quantile(level), weights(tables)
    low1, high1 = _stratified_wilson(tables.count1, tables.total1, weight, z)
    low2, high2 = _stratified_wilson(tables.count2, tables.total2, weight, z)
    inverse1, inverse2 = (float((weight**2 / total).sum()) for total in (tables.total1, tables.total2))
    below = sqrt(inverse1 * low1 * (1 - low1) + inverse2 * high2 * (1 - high2))
    above = sqrt(inverse1 * high1 * (1 - high1) + inverse2 * low2 * (1 - low2))
    estimate = common_difference(tables)
    return max(estimate - z * below, -1.0), min(estimate + z * above, 1.0)


def _stratified_wilson(count: Floats, total: Floats, weight: Floats, z: float) -> Limits:
    """Weighted sums of the Wilson limits of the strata, at the z that gives the sum its level.

    Where every proportion is 0 or 1 the variances vanish; their ratios are then taken as those of 1 / total,
    the limit for risks that are equal in all strata.
    """
    share = count / total
    variance = share * (1 - share) / total
    if not variance.any():
        variance = 1 / total
    narrowed = z * float(np.sqrt((weight**2 * variance).sum()) / (weight * np.sqrt(variance)).sum())
    limits = np.array([wilson_at(x, n, narrowed) for x, n in zip(count, total)])
    low, high = weight @ limits
    return float(min(max(low, 0.0), 1.0)), float(min(max(high, 0.0), 1.0))


def newcombe_cc(tables: TwoByTwo, level: float) -> Limits:
    """The hybrid score interval by Wilson limits with continuity correction; method 11 of Newcombe 1998."""
    (x1,), (n1,), (x2,), (n2,) = tables.count1, tables.total1, tables.count2, tables.total2
    low1, high1 = wilson_cc(x1, n1, level)
    low2, high2 = wilson_cc(x2, n2, level)
    p1, p2 = float(x1 / n1), float(x2 / n2)
    below, above = sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2), sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return max(p1 - p2 - below, -1.0), min(p1 - p2 + above, 1.0)


def wald(tables: TwoByTwo, level: float) -> Limits:
    """The normal approximation with the binomial variances of the strata."""
    return around(common_difference(tables), normal_quantile(level) * wald_error(tables), RANGE)


def wald_error(tables: TwoByTwo) -> float:
    """The standard error of the difference by the binomial variances of both groups in each stratum."""
    p1, p2 = tables.count1 / tables.total1, tables.count2 / tables.total2
    variance = p1 * (1 - p1) / tables.total1 + p2 * (1 - p2) / tables.total2
    return sqrt(float((weights(tables) ** 2 * variance).sum()))


def wald_cc(tables: TwoByTwo, level: float) -> Limits:
    """The Wald interval, wider by (1 / n1 + 1 / n2) / 2 either way."""
    correction = float((1 / tables.total1 + 1 / tables.total2)[0] / 2)
    return around(common_difference(tables), normal_quantile(level) * wald_error(tables) + correction, RANGE)


def mantel_haenszel(tables: TwoByTwo, level: float) -> Limits:
    """The normal approximation with the variance of Sato; a single table gives the Wald interval."""
    return around(common_difference(tables), normal_quantile(level) * sato_error(tables), RANGE)


def sato_error(tables: TwoByTwo) -> float:
    """The standard error of the Mantel-Haenszel difference, right for few large and for many small strata.

    Sato T. Biometrics 1989;45:1323-1324.
    """
    x1, n1, x2, n2 = tables.count1, tables.total1, tables.count2, tables.total2
    total = n1 + n2
    first = (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / total**2
    second = (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * total)
    variance = common_difference(tables) * first.sum() + second.sum()
    return sqrt(max(float(variance), 0.0)) / float((n1 * n2 / total).sum())


def agresti_caffo(tables: TwoByTwo, level: float) -> Limits:
    """The Wald interval after one success and one failure more in each group. Am Stat 2000;54:280-288."""
    more = TwoByTwo(tables.count1 + 1, tables.total1 + 2, tables.count2 + 1, tables.total2 + 2)
    return wald(more, level)


def hauck_anderson(tables: TwoByTwo, level: float) -> Limits:
    """The Wald interval with divisors n - 1, wider by 1 / (2 min(n1, n2)). Am Stat 1986;40:318-322.

    Not estimable when a group has one record.
    """
    (x1,), (n1,), (x2,), (n2,) = tables.count1, tables.total1, tables.count2, tables.total2
    variance = x1 * (n1 - x1) / (n1**2 * (n1 - 1)) + x2 * (n2 - x2) / (n2**2 * (n2 - 1))
    half = normal_quantile(level) * sqrt(variance) + 1 / (2 * min(n1, n2))
    return around(common_difference(tables), float(half), RANGE)


INTERVALS: dict[str, Callable[[TwoByTwo, float], Limits]] = {
    "miettinen_nurminen": miettinen_nurminen,
    "newcombe": newcombe,
    "mantel_haenszel": mantel_haenszel,
    "wald": wald,
    "mee": mee,
    "newcombe_cc": newcombe_cc,
    "wald_cc": wald_cc,
    "agresti_caffo": agresti_caffo,
    "hauck_anderson": hauck_anderson,
}
STRATIFIED = ("miettinen_nurminen", "newcombe", "mantel_haenszel", "wald", "mee")
ERRORS: dict[str, Callable[[TwoByTwo], float]] = {"mantel_haenszel": sato_error, "wald": wald_error}
