"""The shift between two samples that belongs to the Wilcoxon rank sum test, with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
import numpy.typing as npt

from results.statistics.interval import Interval, normal_quantile
from results.statistics.pairwise import ordered_differences
from results.statistics.rank_distribution import RankSum, midranks_of, rank_sum
from results.statistics.registry import Group, Number, Value, confidence, option, statistic
from results.statistics.wilcoxon import TESTS, chosen, moments, samples

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HodgesLehmann:
    """estimate: in the unit of the values; None while a group has no values.

    attained: the level that the exact limits have by the distribution of the ranks; None of the others.
    """

    size1: int
    size2: int
    estimate: float | None
    interval: Interval
    attained: float | None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n1", "Number of values, compared group", self.size1, "d"),
            Value("n2", "Number of values, reference group", self.size2, "d"),
            Value("estimate", "Hodges-Lehmann shift", self.estimate, ".2f"),
            *self.interval.values(".2f"),
            Value("conf_level_attained", "Confidence level attained", self.attained, ".4f"),
        )


@statistic
def hodges_lehmann(values: Number, group: Group, *, ci: str = "auto", level: float = 0.95) -> HodgesLehmann:
    """The median of all differences of a value of the compared group less one of the reference group.

    values: NaN is missing and left out. ci: both limits are such differences, by their rank. `exact` takes the
    ranks from the distribution of the rank sum given the ties, as PROC NPAR1WAY's EXACT HL does, and without
    ties as R's wilcox.test; `normal` from its normal approximation without correction, with the variance that
    ties leave (Moses), as PROC NPAR1WAY's HL does; `auto` is exact for groups of fewer than 50 values without
    ties, else normal. R's normal limits and estimate are other ones: the roots of the standardised test.

    Where even all differences fall short of the level, as in groups of 3 and 4 at 0.95, the exact limits are
    the smallest and the greatest difference, as in R; conf_level_attained says what they have. An exact
    interval that would take more than some seconds is done by the normal approximation, which `method` says.

    Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611; Hollander M, Wolfe DA. Nonparametric Statistical
    Methods, 2nd ed. 1999, section 4.3.

    >>> found = hodges_lehmann(np.array([1410.0, 1960, 750, 1065, 1370, 3225, 1400]), np.array([1, 1, 1, 1, 0, 0, 0]))
    >>> found.estimate, found.interval.lower, found.interval.upper
    (-477.5, -2475.0, 590.0)
    """
    option("ci", ci, TESTS)
    level = confidence(level)
    first, second = samples(values, group)
    pairs = len(first) * len(second)
    if pairs == 0:
        method = "exact" if ci == "exact" else "normal"
        return HodgesLehmann(len(first), len(second), None, Interval(None, None, level, method), None)
    midranks = midranks_of(np.concatenate([first, second]))
    method, attained = chosen(ci, midranks, len(first)), None
    if method == "exact":
        low, high, attained = _exact_ranks(rank_sum(midranks, len(first)), len(first), pairs, level)
    else:
        # PROC NPAR1WAY's own example (data React, 98%) shows that the variance is the one that ties leave.
        spread = sqrt(moments(midranks, len(first))[1])
        low = max(floor(pairs / 2 - normal_quantile(level) * spread), 1)
        high = pairs + 1 - low
    middle = ((pairs + 1) // 2, pairs // 2 + 1)
    lower, upper, *halves = ordered_differences(first, second, (low, high, *middle))
    if ci == "exact" and method == "normal":
        method = "normal: too large to be exact"
    return HodgesLehmann(len(first), len(second), sum(halves) / 2, Interval(lower, upper, level, method), attained)


def _exact_ranks(ranks: RankSum, size: int, pairs: int, level: float) -> tuple[int, int, float]:
    """The ranks of both limits among the differences, and the level that they have.

    The lower one is one more than the greatest number of pairs whose lower tail is below (1 - level) / 2,
    the upper one the smallest whose upper tail is. With ties this number need not be whole.
    """
    number = ranks.values - size * (size + 1) / 2
    below, above = np.cumsum(ranks.probability), np.cumsum(ranks.probability[::-1])[::-1]
    tail = (1 - level) / 2 * (1 - 1e-12)
    low, high = number[below < tail], number[above < tail]
    lower = floor(low[-1]) + 1 if len(low) else 1
    upper = ceil(high[0]) if len(high) else pairs
    missed = float(ranks.probability[number <= lower - 1].sum() + ranks.probability[number >= upper].sum())
    return lower, upper, 1 - missed
