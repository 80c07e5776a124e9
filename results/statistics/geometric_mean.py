"""The geometric mean with its coefficient of variation."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, sqrt

import numpy as np
from scipy import special

from results.statistics.interval import Interval
from results.statistics.registry import Number, Value, confidence, statistic
from results.statistics.summary import mean_and_sd


@dataclass(frozen=True)
class GeometricMean:
    """None where a value is not positive; sd is a factor, cv in percent."""

    count: int
    total: int
    not_positive: int
    estimate: float | None
    sd: float | None
    cv: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n", "Number of values", self.count, "d"),
            Value("N", "Number of records", self.total, "d"),
            Value("n_not_positive", "Number of values that are not positive", self.not_positive, "d"),
            Value("estimate", "Geometric mean", self.estimate, ".2f"),
            Value("geo_sd", "Geometric standard deviation", self.sd, ".3f"),
            Value("geo_cv", "Geometric coefficient of variation (%)", self.cv, ".1f"),
            *self.interval.values(".2f"),
        )


@statistic
def geometric_mean(values: Number, *, level: float = 0.95) -> GeometricMean:
    """The geometric mean, its t limits on the log scale, and the geometric coefficient of variation.

    values: NaN is missing and left out. The coefficient of variation is 100 sqrt(exp(s^2) - 1) with s the
    standard deviation of the logs. A value of 0 or less has no logarithm: then nothing is estimable, and
    n_not_positive says how many there are. One value has no limits and no coefficient of variation.

    Kirkwood TBL. Biometrics 1979;35:908-909.

    >>> found = geometric_mean(np.array([1.0, 100.0, np.nan]))
    >>> round(found.estimate, 6), found.count
    (10.0, 2)
    """
    level = confidence(level)
    everything = np.asarray(values, dtype=float)
    known = np.sort(everything[~np.isnan(everything)])
    low = int((known <= 0).sum())
    nothing = Interval(None, None, level, "t, log scale")
    if len(known) == 0 or low:
        return GeometricMean(len(known), len(everything), low, None, None, None, nothing)
    mean, sd = mean_and_sd(np.log(known))
    if sd is None:
        return GeometricMean(1, len(everything), 0, float(known[0]), None, None, nothing)
    half = float(special.stdtrit(len(known) - 1, (1 + level) / 2)) * sd / sqrt(len(known))
    interval = Interval(exp(mean - half), exp(mean + half), level, nothing.method)
    cv = 100 * sqrt(expm1(sd * sd))
    return GeometricMean(len(known), len(everything), 0, exp(mean), exp(sd), cv, interval)
