"""Score intervals of a risk difference, a relative risk and an odds ratio: the values that a test keeps.

Miettinen O, Nurminen M. Stat Med 1985;4:213-226: an interval holds the values of the effect whose score
statistic is at most z, with the variance at the maximum likelihood estimates of both risks under that value,
times N / (N - 1). Without this factor they are the intervals of Mee (difference) and of Koopman (ratio).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf

import numpy as np
import numpy.typing as npt

from results.statistics.root import root
from results.statistics.two_by_two import Floats, TwoByTwo

Bools = npt.NDArray[np.bool_]

# Newton's method on the score halves its bracket where it would leave it; two or three steps are usual.
STEPS, TOLERANCE = 200, 1e-15
ROOT = 1e-13


def difference_limits(tables: TwoByTwo, z: float, factor: bool = True) -> tuple[float, float]:
    """Limits of the risk difference, common to all strata; each stratum must have both groups.

    The statistic is the difference with Mantel-Haenszel weights n1 n2 / (n1 + n2) less its value under the
    hypothesis, over the root of its variance, which is the sum over the strata of squared weight times
    variance (times N / (N - 1) of the stratum if `factor`). One stratum gives the interval without strata.

    >>> [round(x, 4) for x in difference_limits(TwoByTwo.of_counts(56, 70, 48, 80), 1.959964)]
    [0.0528, 0.3382]
    """
    counts = (tables.count1, tables.total1, tables.count2, tables.total2)
    return _difference_limits(tuple(tuple(part.tolist()) for part in counts), z, factor)


@lru_cache(maxsize=1024)
def _difference_limits(counts: tuple[tuple[float, ...], ...], z: float, factor: bool) -> tuple[float, float]:
    """As `difference_limits`; rare events give many tables with the same counts."""
    tables = TwoByTwo(*(np.array(part, dtype=float) for part in counts))
    weight = tables.total1 * tables.total2 / (tables.total1 + tables.total2)
    weight = weight / weight.sum()
    scale = weight**2 * (_factor(tables) if factor else 1.0)
    estimate = float((weight * (tables.count1 / tables.total1 - tables.count2 / tables.total2)).sum())

    def excess(delta: float) -> float:
        """Above 0 where the test at z rejects the difference delta."""
        p2 = constrained_risk(tables, delta)
        p1 = p2 + delta
        variance = p1 * (1 - p1) / tables.total1 + p2 * (1 - p2) / tables.total2
        return float((estimate - delta) ** 2 - z * z * (scale * variance).sum())

    return _root(excess, -1.0, estimate), _root(excess, 1.0, estimate)


def _root(excess: Callable[[float], float], end: float, estimate: float) -> float:
    """Where the statistic crosses z between the estimate and the end of the scale.

    At the estimate the variance may be 0 too (no events in either group): so the bracket starts beside it.
    """
    start = estimate + np.sign(end - estimate) * 1e-12
    if abs(end - estimate) <= 1e-12 or excess(start) >= 0:
        return end if abs(end - estimate) <= 1e-12 else estimate
    if excess(end) <= 0:
        return end
    return root(excess, start, end, ROOT)


def _factor(tables: TwoByTwo) -> Floats:
    total = tables.total1 + tables.total2
    return np.asarray(total / (total - 1))


def constrained_risk(tables: TwoByTwo, delta: float) -> Floats:
    """The maximum likelihood estimate of the reference risk when the difference is delta, for each stratum.

    The score is strictly decreasing in the risk, so the estimate is its only root or an end of the range. The
    closed form loses half of the digits where roots of its cubic coincide, as they do for counts of 0; hence
    it only starts Newton's method inside a shrinking bracket.
    """
    low = np.full(len(tables.total1), max(0.0, -delta))
    high = np.full(len(tables.total1), min(1.0, 1.0 - delta))
    risk = np.clip(_closed_form(tables, delta), low, high)
    counts = np.array(
        [tables.count1, tables.total1 - tables.count1, tables.count2, tables.total2 - tables.count2], dtype=float
    )
    some = counts > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(STEPS):
            slope, score = _score(counts, some, risk, delta)
            step = risk + score / slope
            low, high = np.where(score >= 0, risk, low), np.where(score <= 0, risk, high)
            following = np.where((step > low) & (step < high), step, (low + high) / 2)
            if (np.abs(following - risk) <= TOLERANCE).all():
                break
            risk = following
    return np.asarray(risk)


def _closed_form(tables: TwoByTwo, delta: float) -> Floats:
    """The root of the cubic to about eight digits (Miettinen and Nurminen, appendix 1)."""
    x1, n1, x2, n2 = tables.count1, tables.total1, tables.count2, tables.total2
    total, events = n1 + n2, x1 + x2
    second = ((n1 + 2 * n2) * delta - total - events) / (3 * total)
    first = ((n2 * delta - total - 2 * x2) * delta + events) / total
    half = second**3 - second * first / 2 + x2 * delta * (1 - delta) / (2 * total)
    size = np.where(half < 0, -1, 1) * np.sqrt(np.maximum(second**2 - first / 3, 0))
    cosine = np.divide(half, size**3, out=np.zeros(len(size)), where=np.abs(size) > 1e-100)
    return np.asarray(2 * size * np.cos((np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3) - second)


def _score(counts: Floats, some: Bools, p2: Floats, delta: float) -> tuple[Floats, Floats]:
    """Minus the derivative of the score, and the score, of the reference risk p2; terms without a count are 0.

    counts: events and others of the compared group, then of the reference group, each by stratum; some: above 0.
    """
    p1 = p2 + delta
    risks = np.array([p1, 1 - p1, p2, 1 - p2])
    share = np.divide(counts, risks, out=np.zeros(counts.shape), where=some)
    slope = np.divide(share, risks, out=np.zeros(counts.shape), where=some)
    return slope[0] + slope[1] + slope[2] + slope[3], share[0] - share[1] + share[2] - share[3]


def ratio_limits(table: TwoByTwo, z: float, factor: bool = True) -> tuple[float, float]:
    """Limits of the relative risk of one table: 0 without events in the compared group, inf in the reference.

    >>> [round(x, 4) for x in ratio_limits(TwoByTwo.of_counts(36, 40, 16, 80), 1.959964, factor=False)]
    [2.9396, 7.1522]
    """
    (x1,), (n1,), (x2,), (n2,) = table.count1, table.total1, table.count2, table.total2
    extra = float(_factor(table)[0]) if factor else 1.0

    def excess(log_ratio: float) -> float:
        ratio = np.exp(log_ratio)
        # The smaller root of (n1 + n2) ratio p^2 - (above + below) p + x1 + x2, its discriminant as a sum.
        above, below = ratio * (n1 + x2), n2 + x1
        root = np.sqrt((above - below) ** 2 + 4 * ratio * (n1 - x1) * (n2 - x2))
        p2 = min(2 * (x1 + x2) / (above + below + root), 1.0)
        p1 = min(ratio * p2, 1.0)
        variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * extra
        return float((x1 / n1 - ratio * x2 / n2) ** 2 - z * z * variance) / max(1.0, ratio**2)

    return _log_roots(excess, _log(x1 * n2, x2 * n1))


def odds_ratio_limits(table: TwoByTwo, z: float, factor: bool = True) -> tuple[float, float]:
    """Limits of the odds ratio of one table: 0 or inf where a cell is empty on that side.

    Under an odds ratio the maximum likelihood risks keep both margins, so the table is given by the expected
    count in its first cell; the search runs over this count, in which nothing cancels.

    >>> [round(x, 4) for x in odds_ratio_limits(TwoByTwo.of_counts(56, 70, 48, 80), 1.959964)]
    [1.2816, 5.5402]
    """
    x1, n1, x2, n2 = (float(part[0]) for part in (table.count1, table.total1, table.count2, table.total2))
    events = x1 + x2
    bound = z * z * (float(_factor(table)[0]) if factor else 1.0)

    def cells(first: float) -> tuple[float, float, float, float]:
        return first, n1 - first, events - first, n2 - events + first

    def excess(first: float) -> float:
        if first == x1:
            return -bound
        return float((x1 - first) ** 2 * sum(1 / cell for cell in cells(first)) - bound)

    def limit(end: float) -> float:
        inside = end + (1e-9 if x1 > end else -1e-9)
        while excess(inside) <= 0:
            inside = (inside + end) / 2
        a, b, c, d = cells(root(excess, min(inside, x1), max(inside, x1), ROOT))
        return a * d / (b * c)

    lowest, highest = max(0.0, events - n2), min(n1, events)
    return 0.0 if x1 == lowest else limit(lowest), inf if x1 == highest else limit(highest)


def _log(numerator: float, denominator: float) -> float:
    """Log of the estimate; nan where numerator and denominator are 0."""
    if numerator == 0:
        return -inf if denominator > 0 else np.nan
    return inf if denominator == 0 else float(np.log(numerator) - np.log(denominator))


def _log_roots(excess: Callable[[float], float], estimate: float) -> tuple[float, float]:
    """Both roots on the scale of the ratio, searched on the log scale outward from the estimate."""
    if np.isnan(estimate):
        return 0.0, inf
    lower = 0.0 if estimate == -inf else float(np.exp(_outward(excess, estimate, -1)))
    upper = inf if estimate == inf else float(np.exp(_outward(excess, estimate, 1)))
    return lower, upper


def _outward(excess: Callable[[float], float], estimate: float, sign: int) -> float:
    """The root on one side of the estimate; from an infinite estimate the search starts far out on its side.

    The bracket starts beside the estimate, where the variance may be 0 (events in all subjects).
    """
    start = estimate + sign * 1e-12 if np.isfinite(estimate) else -sign * 40.0
    inner, step = start, 0.5
    while excess(start + sign * step) <= 0:
        inner, step = start + sign * step, 2 * step
        if step > 500:
            return sign * inf
    return root(excess, inner, start + sign * step, ROOT)
