"""Summary statistics of a continuous variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from results.statistics.registry import Number, Value, option, statistic

# Hyndman RJ, Fan Y. Am Stat 1996;50:361-365 number the definitions; SAS numbers them by PCTLDEF.
Method = Literal["averaged_inverted_cdf", "linear"]
QUARTILES: dict[str, Method] = {"type2": "averaged_inverted_cdf", "type7": "linear"}


@dataclass(frozen=True)
class Summary:
    """Statistics of the `count` non-missing of `total` values, in their unit; None where not estimable."""

    count: int
    total: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n", "Number of values", self.count, "d"),
            Value("N", "Number of records", self.total, "d"),
            Value("mean", "Mean", self.mean, ".2f"),
            Value("sd", "Standard deviation", self.sd, ".2f"),
            Value("median", "Median", self.median, ".2f"),
            Value("q1", "First quartile", self.q1, ".2f"),
            Value("q3", "Third quartile", self.q3, ".2f"),
            Value("min", "Minimum", self.minimum, ".2f"),
            Value("max", "Maximum", self.maximum, ".2f"),
        )


@statistic
def summary(values: Number, *, quartiles: str = "type2") -> Summary:
    """Count, mean, standard deviation (divisor n - 1), median, quartiles, minimum and maximum.

    values: NaN is missing and left out; n counts what remains, N every record. quartiles: `type2` averages
    the two neighbours where n p is whole and is SAS percentile definition 5, the default of PROC UNIVARIATE
    and PROC MEANS; `type7` interpolates linearly and is the default of R and NumPy. The median is the same in
    both. The standard deviation of one value is not estimable.

    >>> summary(np.array([1.0, 2, 3, 4, np.nan])).q1
    1.5
    """
    option("quartiles", quartiles, tuple(QUARTILES))
    everything = np.asarray(values, dtype=float)
    if np.isinf(everything).any():
        raise ValueError("an infinite value has no summary")
    known = np.sort(everything[~np.isnan(everything)])
    n, total = len(known), len(everything)
    if n == 0:
        return Summary(0, total, *(None,) * 7)
    q1, median, q3 = (float(q) for q in np.quantile(known, (0.25, 0.5, 0.75), method=QUARTILES[quartiles]))
    sd = float(known.std(ddof=1)) if n > 1 else None
    return Summary(n, total, float(known.mean()), sd, median, q1, q3, float(known[0]), float(known[-1]))
