"""Percentiles by the definitions that SAS and R number, and percentiles as a statistic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.registry import Number, Value, option, statistic

Floats = npt.NDArray[np.float64]
# Hyndman RJ, Fan Y. Am Stat 1996;50:361-365 number the definitions 1 to 9, as R does; SAS by PCTLDEF (QNTLDEF).
DEFINITIONS = {
    **{f"type{number}": number for number in range(1, 10)},
    "pctldef1": 4,
    "pctldef2": 3,
    "pctldef3": 1,
    "pctldef4": 6,
    "pctldef5": 2,
}
# The plotting positions of types 4 to 9: a and b of a + p (n + 1 - a - b).
POSITIONS = {4: (0.0, 1.0), 5: (0.5, 0.5), 6: (0.0, 0.0), 7: (1.0, 1.0), 8: (1 / 3, 1 / 3), 9: (3 / 8, 3 / 8)}
# n p is whole when it is so within this relative error: 0.29 * 100 falls short of 29.
FUZZ = 4 * float(np.finfo(float).eps)


def percentile(ordered: Floats, share: float, definition: str = "type2") -> float:
    """The value below which a share (0 to 1) of at least one ordered value lies, by a named definition.

    NumPy has these definitions too, but no allowance for a product n p that misses a whole number by rounding,
    where types 1 to 3 jump; R and SAS have one.

    >>> percentile(np.array([1.0, 2, 3, 4]), 0.25), percentile(np.array([1.0, 2, 3, 4]), 0.25, "type7")
    (1.5, 1.75)
    """
    kind, size = DEFINITIONS[definition], len(ordered)
    if kind <= 3:
        position = size * share - (0.5 if kind == 3 else 0.0)
        below = int(np.floor(position + FUZZ * max(size, 1)))
        whole = abs(position - below) <= FUZZ * max(size, 1)
        weight = {1: 0.0, 2: 0.5, 3: float(below % 2)}[kind] if whole else 1.0
    else:
        a, b = POSITIONS[kind]
        position = a + share * (size + 1 - a - b)
        below = int(np.floor(position + FUZZ * max(size, 1)))
        weight = position - below
        weight = 0.0 if abs(weight) < FUZZ * max(size, 1) else weight
    low, high = (float(ordered[min(max(place, 1), size) - 1]) for place in (below, below + 1))
    # Not low + weight (high - low): a weight of 0 or 1 must give the value itself.
    return low if weight == 0 or low == high else high if weight == 1 else (1 - weight) * low + weight * high


@dataclass(frozen=True)
class Percentiles:
    """The percentile at each percentage, None without values."""

    count: int
    at: dict[float, float | None]
    definition: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; a percentile is a point of `percent`."""
        return (
            Value("n", "Number of values", self.count, "d"),
            Value("method", "Definition of the percentiles", self.definition, ""),
            *(
                Value("percentile", "Percentile", found, ".2f", "percent", percent)
                for percent, found in self.at.items()
            ),
        )


@statistic
def percentiles(values: Number, *, at: tuple[float, ...] = (5.0, 95.0), definition: str = "type2") -> Percentiles:
    """Percentiles of the values.

    values: NaN is missing and left out. at: percentages from 0 to 100. definition: `pctldef1` to `pctldef5` are
    the definitions of PROC UNIVARIATE and PROC MEANS, of which 5 is their default; `type1` to `type9` are those
    of R's quantile(), of which 7 is its default. PCTLDEF 1, 2, 3, 4, 5 are types 4, 3, 1, 6, 2.

    Hyndman RJ, Fan Y. Am Stat 1996;50:361-365.

    >>> percentiles(np.array([4.0, 1, 2, 3, np.nan]), at=(25,)).at
    {25: 1.5}
    """
    option("definition", definition, tuple(DEFINITIONS))
    for percent in at:
        if not 0 <= percent <= 100:
            raise ValueError(f"at={percent:g} is no percentage; it lies between 0 and 100")
    everything = np.asarray(values, dtype=float)
    known = np.sort(everything[~np.isnan(everything)])
    found = {percent: percentile(known, percent / 100, definition) if len(known) else None for percent in at}
    return Percentiles(len(known), found, definition)
