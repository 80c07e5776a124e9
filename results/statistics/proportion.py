"""A binomial proportion with its confidence interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from results.statistics.registry import Condition, Value, confidence, option, statistic


@dataclass(frozen=True)
class Proportion:
    """`count` of `total`: estimate and limits lie between 0 and 1, None when the total is 0."""

    count: int
    total: int
    estimate: float | None
    lower: float | None
    upper: float | None
    level: float
    method: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        pct = None if self.estimate is None else 100 * self.count / self.total
        return (
            Value("n", "Number with the characteristic", self.count, "d"),
            Value("N", "Denominator", self.total, "d"),
            Value("estimate", "Proportion", self.estimate, ".4f"),
            Value("pct", "Percentage", pct, ".1f"),
            Value("conf_low", "Lower confidence limit", self.lower, ".4f"),
            Value("conf_high", "Upper confidence limit", self.upper, ".4f"),
            Value("conf_level", "Confidence level", self.level, ".2f"),
            Value("method", "Method of the interval", self.method, ""),
        )


def clopper_pearson(count: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """The "exact" interval: each tail of the binomial distribution holds at most (1 - level) / 2.

    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413, in its form by beta quantiles.

    >>> [round(limit, 4) for limit in clopper_pearson(81, 263)]
    [0.2527, 0.3676]
    """
    tail = (1 - level) / 2
    lower = stats.beta.ppf(tail, count, total - count + 1) if count > 0 else 0.0
    upper = stats.beta.ppf(1 - tail, count + 1, total - count) if count < total else 1.0
    return float(lower), float(upper)


def wilson(count: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval without continuity correction: all p with |estimate - p| <= z sqrt(p(1-p)/total).

    Wilson EB. J Am Stat Assoc 1927;22:209-212.

    >>> [round(limit, 4) for limit in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    share = count / total
    centre = (count + z * z / 2) / (total + z * z)
    half = z * np.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2) / (1 + z * z / total)
    lower = 0.0 if count == 0 else float(centre - half)
    upper = 1.0 if count == total else float(centre + half)
    return lower, upper


INTERVALS: dict[str, Callable[[int, int, float], tuple[float, float]]] = {
    "clopper_pearson": clopper_pearson,
    "wilson": wilson,
}


def of_counts(count: int, total: int, ci: str = "clopper_pearson", level: float = 0.95) -> Proportion:
    """The proportion `count` / `total`, where both are known."""
    option("ci", ci, tuple(INTERVALS))
    level = confidence(level)
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no proportion: the count must lie between 0 and the total")
    if total == 0:
        return Proportion(0, 0, None, None, None, level, ci)
    return Proportion(count, total, count / total, *INTERVALS[ci](count, total, level), level, ci)


@statistic
def proportion(condition: Condition, *, ci: str = "clopper_pearson", level: float = 0.95) -> Proportion:
    """The proportion of records that meet a condition.

    condition: one bool per record, never missing. A record that cannot be judged does not meet it, which is
    the non-responder rule; records that should not count are left out by the caller. ci: `clopper_pearson` or
    `wilson`. level: confidence level, two-sided.

    >>> proportion(np.array([True, True, True, False])).estimate
    0.75
    """
    met = np.asarray(condition, dtype=bool)
    return of_counts(int(met.sum()), len(met), ci, level)
