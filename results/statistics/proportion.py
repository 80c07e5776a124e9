"""A binomial proportion with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.interval import Interval
from results.statistics.proportion_interval import INTERVALS
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
            *Interval(self.lower, self.upper, self.level, self.method).values(),
        )


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
    the non-responder rule; records that should not count are left out by the caller. ci: `clopper_pearson`
    (the "exact" one), `wilson` (score) and `wilson_cc` (with continuity correction), `agresti_coull`,
    `jeffreys`, `wald` and `wald_cc`. level: confidence level, two-sided. Without records nothing is
    estimable.

    Newcombe RG. Stat Med 1998;17:857-872; Brown LD, Cai TT, DasGupta A. Stat Sci 2001;16:101-133.

    >>> proportion(np.array([True, True, True, False])).estimate
    0.75
    """
    met = np.asarray(condition, dtype=bool)
    return of_counts(int(met.sum()), len(met), ci, level)
