"""Summary statistics of a continuous variable."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.interval import level_value
from results.statistics.percentile import DEFINITIONS, percentile
from results.statistics.registry import Number, Value, confidence, option, statistic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """Statistics of the `count` non-missing of `total` values, in their unit; None where not estimable.

    cv: in percent. lower, upper: limits of the mean at `level`, by the t distribution.
    """

    count: int
    total: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    level: float = 0.95
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    cv: float | None = None
    skewness: float | None = None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n", "Number of values", self.count, "d"),
            Value("N", "Number of records", self.total, "d"),
            Value("N_miss", "Number of records without value", self.total - self.count, "d"),
            Value("mean", "Mean", self.mean, ".2f"),
            Value("sd", "Standard deviation", self.sd, ".2f"),
            Value("se", "Standard error of the mean", self.se, ".3f"),
            Value("conf_low", "Lower confidence limit of the mean", self.lower, ".2f"),
            Value("conf_high", "Upper confidence limit of the mean", self.upper, ".2f"),
            level_value(self.level),
            Value("cv", "Coefficient of variation (%)", self.cv, ".1f"),
            Value("skewness", "Skewness", self.skewness, ".3f"),
            Value("median", "Median", self.median, ".2f"),
            Value("q1", "First quartile", self.q1, ".2f"),
            Value("q3", "Third quartile", self.q3, ".2f"),
            Value("min", "Minimum", self.minimum, ".2f"),
            Value("max", "Maximum", self.maximum, ".2f"),
        )


@statistic
def summary(values: Number, *, quartiles: str = "type2", level: float = 0.95) -> Summary:
    """Count, mean, standard deviation (divisor n - 1), median, quartiles, minimum and maximum, and more.

    values: NaN is missing and left out; n counts what remains, N every record. quartiles: the definition of
    quartiles and median. `type2` averages the two neighbours where n p is whole and is SAS percentile
    definition 5 (`pctldef5`), the default of PROC UNIVARIATE and PROC MEANS; `type7` interpolates linearly and
    is the default of R and NumPy; the others are those of `percentiles`. Limits of the mean are by Student's t
    at `level`. The coefficient of variation is 100 sd / mean, the skewness n / ((n - 1)(n - 2)) sum(z^3), both
    as in SAS.

    One value has no standard deviation, and so no limits; two have no skewness, nor have equal values; a mean
    of 0 has no coefficient of variation.

    Hyndman RJ, Fan Y. Am Stat 1996;50:361-365.

    >>> summary(np.array([1.0, 2, 3, 4, np.nan])).q1
    1.5
    """
    option("quartiles", quartiles, tuple(DEFINITIONS))
    level = confidence(level)
    everything = np.asarray(values, dtype=float)
    if np.isinf(everything).any():
        raise ValueError("an infinite value has no summary")
    known = np.sort(everything[~np.isnan(everything)])
    n, total = len(known), len(everything)
    if n == 0:
        return Summary(0, total, *(None,) * 7, level=level)
    q1, median, q3 = (percentile(known, share, quartiles) for share in (0.25, 0.5, 0.75))
    mean, sd = mean_and_sd(known)
    se, half = None if sd is None else sd / sqrt(n), 0.0
    if se is not None:
        half = float(special.stdtrit(n - 1, (1 + level) / 2)) * se
    return Summary(
        n, total, mean, sd, median, q1, q3, float(known[0]), float(known[-1]), level, se,
        lower=None if se is None else mean - half,
        upper=None if se is None else mean + half,
        cv=100 * sd / mean if sd is not None and mean else None,
        skewness=_skewness(known, mean, sd),
    )  # fmt: skip


def mean_and_sd(known: Floats) -> tuple[float, float | None]:
    """The mean, and the standard deviation with divisor n - 1 (None of one value); exactly 0 of equal values."""
    mean = float(known.mean())
    if len(known) < 2:
        return mean, None
    if known.min() == known.max():
        return float(known[0]), 0.0
    return mean, float(known.std(ddof=1))


def _skewness(known: Floats, mean: float, sd: float | None) -> float | None:
    n = len(known)
    if n < 3 or not sd:
        return None
    return float((((known - mean) / sd) ** 3).sum()) * n / ((n - 1) * (n - 2))
