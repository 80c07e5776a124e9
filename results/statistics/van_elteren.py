"""The Wilcoxon rank sum test over strata, and the test of Kruskal and Wallis over more than two groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from results.statistics.registry import Group, Groups, Number, Strata, Value, statistic
from results.statistics.two_by_two import checked_group, stratum_codes

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class VanElteren:
    """strata: those with values of both groups; left_out: values of the others."""

    size1: int
    size2: int
    statistic: float | None
    p_value: float | None
    strata: int
    left_out: int

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n1", "Number of values, compared group", self.size1, "d"),
            Value("n2", "Number of values, reference group", self.size2, "d"),
            Value("statistic", "Van Elteren chi-square statistic", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", None if self.statistic is None else 1, "d"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            Value("strata", "Number of strata with both groups", self.strata, "d"),
            Value("N_left_out", "Values of strata with one group only, left out", self.left_out, "d"),
            Value("method", "Method of the test", "van elteren", ""),
        )


@statistic
def van_elteren(values: Number, group: Group, strata: Strata = None) -> VanElteren:
    """The Wilcoxon rank sum test within strata, each weighted by 1 / (N + 1) of its values.

    values: NaN is missing and left out. Ranks are those within the stratum, ties have the mean of theirs; the
    test is a chi-square of one degree of freedom without continuity correction. It is the row mean scores test
    with modified ridit scores of PROC FREQ. Strata with one group only are left out and counted. Without
    strata it is the Kruskal-Wallis test of two groups. There is no test where all values of a stratum are
    equal in all strata.

    Van Elteren PH. Bull Inst Int Stat 1960;37:351-361.

    >>> round(van_elteren(np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1]), np.array([7, 7, 7, 7])).statistic, 4)
    2.4
    """
    known = np.asarray(values, dtype=float)
    compared = checked_group(group, len(known))
    codes, _ = stratum_codes(strata, len(known))
    present = ~np.isnan(known)
    known, compared, codes = known[present], compared[present], codes[present]
    number = int(codes.max(initial=-1)) + 1
    total, size = (np.bincount(chosen, minlength=number).astype(float) for chosen in (codes, codes[compared]))
    ranks = pd.Series(known).groupby(codes).rank().to_numpy(dtype=float)
    used = (size > 0) & (size < total)
    apart = np.bincount(codes, weights=np.where(compared, ranks, 0), minlength=number) - size * (total + 1) / 2
    spread = np.bincount(codes, weights=(ranks - (total[codes] + 1) / 2) ** 2, minlength=number)
    total, size, apart, spread = total[used], size[used], apart[used], spread[used]
    variance = float((size * (total - size) * spread / (total * (total - 1)) / (total + 1) ** 2).sum())
    found = float((apart / (total + 1)).sum()) ** 2 / variance if variance else None
    p_value = None if found is None else float(special.chdtrc(1, found))
    counts = (int(compared.sum()), int((~compared).sum()))
    return VanElteren(*counts, found, p_value, int(used.sum()), len(known) - int(total.sum()))


@dataclass(frozen=True)
class KruskalWallis:
    """size: values in groups that have any; None where there is no test."""

    size: int
    statistic: float | None
    degrees: int | None
    p_value: float | None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n", "Number of values", self.size, "d"),
            Value("statistic", "Kruskal-Wallis chi-square statistic", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", self.degrees, "d"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            Value("method", "Method of the test", "kruskal-wallis", ""),
        )


@statistic
def kruskal_wallis(values: Number, groups: Groups) -> KruskalWallis:
    """The Kruskal-Wallis test that values are as large in all levels of Group, with the correction for ties.

    values: NaN is missing and left out; groups without values do not count. With one group, or with all values
    equal, there is no test.

    Kruskal WH, Wallis WA. J Am Stat Assoc 1952;47:583-621.

    >>> round(kruskal_wallis(np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1])).statistic, 4)
    2.4
    """
    known, codes = np.asarray(values, dtype=float), np.asarray(groups, dtype=np.int64)
    if codes.shape != known.shape:
        raise ValueError(f"{len(known)} records, but {len(codes)} groups")
    present = ~np.isnan(known)
    known, (names, rows) = known[present], np.unique(codes[present], return_inverse=True)
    ranks, total = pd.Series(known).rank().to_numpy(dtype=float), len(known)
    spread = float(((ranks - (total + 1) / 2) ** 2).sum())
    if len(names) < 2 or spread == 0:
        return KruskalWallis(total, None, None, None)
    size, sums = np.bincount(rows), np.bincount(rows, weights=ranks)
    between = float(((sums - size * (total + 1) / 2) ** 2 / size).sum())
    found = between * (total - 1) / spread
    return KruskalWallis(total, found, len(names) - 1, float(special.chdtrc(len(names) - 1, found)))
