"""The rank sum test of Wilcoxon, Mann and Whitney: exact, with ties or without, or by normal approximation."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, sqrt

import numpy as np
import numpy.typing as npt

from results.statistics.interval import two_sided
from results.statistics.rank_distribution import MOST_STEPS, midranks_of, rank_sum, steps
from results.statistics.registry import Group, Number, Value, option, statistic
from results.statistics.two_by_two import checked_group

Floats = npt.NDArray[np.float64]
TESTS = ("auto", "exact", "normal")
# R's wilcox.test and the study design: exact only while both groups are smaller, and without ties.
SMALL = 50


@dataclass(frozen=True)
class Wilcoxon:
    """size1, size2: values of the compared and the reference group; total1, total2: their records.

    statistic: pairs in which the compared value is the greater, ties as half (Mann-Whitney, R's W). rank_sum:
    of the compared group. z: standardised as the method says, None where all values are equal.
    """

    size1: int
    total1: int
    size2: int
    total2: int
    statistic: float | None
    rank_sum: float | None
    z: float | None
    p_value: float | None
    method: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("n1", "Number of values, compared group", self.size1, "d"),
            Value("N1", "Number of records, compared group", self.total1, "d"),
            Value("n2", "Number of values, reference group", self.size2, "d"),
            Value("N2", "Number of records, reference group", self.total2, "d"),
            Value("statistic", "Mann-Whitney statistic", self.statistic, ".1f"),
            Value("rank_sum", "Sum of ranks, compared group", self.rank_sum, ".1f"),
            Value("z", "Standardised statistic", self.z, ".4f"),
            Value("p_value", "P-value, two-sided", self.p_value, ".4f"),
            Value("method", "Method of the test", self.method, ""),
        )


def samples(values: Number, group: Group) -> tuple[Floats, Floats]:
    """The values of the compared and of the reference group, without missing ones; ValueError for infinite ones."""
    known = np.asarray(values, dtype=float)
    compared = checked_group(group, len(known))
    if np.isinf(known).any():
        raise ValueError("an infinite value has no rank")
    present = ~np.isnan(known)
    return known[present & compared], known[present & ~compared]


def chosen(test: str, midranks: Floats, size: int) -> str:
    """`exact` or `normal`, as `test` wants and the sizes, the ties and the work allow."""
    small = max(size, len(midranks) - size) < SMALL
    ties = len(np.unique(midranks)) < len(midranks)
    if test == "auto":
        return "exact" if small and not ties else "normal"
    if test == "exact" and steps(midranks, size) > MOST_STEPS:
        return "normal"
    return test


@statistic
def wilcoxon(values: Number, group: Group, *, test: str = "auto", correct: bool = True) -> Wilcoxon:
    """The Wilcoxon rank sum test that values of the compared group are as large as those of the reference group.

    values: NaN is missing and left out. test: `exact` is the distribution of the ranks given the ties, `normal`
    the approximation with the variance that ties leave and, if `correct`, a deviation nearer to 0 by 0.5;
    `auto` is exact for groups of fewer than 50 values without ties and else normal, as R's wilcox.test. An
    exact test that would take more than some seconds (two groups of 120 pass) is done by the normal
    approximation; `method` says which was used. The exact two-sided p-value is the probability of a sum of
    ranks as far from its mean, either way, as in PROC NPAR1WAY; without ties it is twice the smaller tail.

    While a group has no values there is no test. Where all values are equal the exact p-value is 1 and the
    normal one not estimable.

    Wilcoxon F. Biometrics Bull 1945;1:80-83; Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60; Streitberg B,
    Röhmel J. EDV in Medizin und Biologie 1987;18:12-19.

    >>> found = wilcoxon(np.array([1410.0, 1960, 750, 1065, 1370, 3225, 1400]), np.array([1, 1, 1, 1, 0, 0, 0]))
    >>> found.statistic, round(found.p_value, 4), found.method
    (4.0, 0.6286, 'exact')
    """
    option("test", test, TESTS)
    first, second = samples(values, group)
    total1 = int(np.asarray(group).sum())
    sizes = (len(first), total1, len(second), len(np.asarray(group)) - total1)
    if not (len(first) and len(second)):
        return Wilcoxon(*sizes, None, None, None, None, "exact" if test == "exact" else "normal")
    midranks = midranks_of(np.concatenate([first, second]))
    found = float(midranks[: len(first)].sum())
    centre, variance = moments(midranks, len(first))
    used = chosen(test, midranks, len(first))
    pairs = found - len(first) * (len(first) + 1) / 2
    if used == "exact":
        p_value: float | None = rank_sum(midranks, len(first)).as_far(found, centre)
        z = (found - centre) / sqrt(variance) if variance else None
        return Wilcoxon(*sizes, pairs, found, z, p_value, used)
    z = standardised(found - centre, variance, correct)
    method = "normal, continuity correction" if correct else "normal"
    if test == "exact":
        method += ": too large to be exact"
    return Wilcoxon(*sizes, pairs, found, z, None if z is None else two_sided(z), method)


def moments(scores: Floats, size: int) -> tuple[float, float]:
    """Mean and variance of the sum of `size` of the scores under random allocation; ties are in the scores."""
    total = len(scores)
    mean = float(scores.mean())
    spread = float(((scores - mean) ** 2).sum())
    return size * mean, size * (total - size) * spread / (total * (total - 1)) if total > 1 else 0.0


def standardised(deviation: float, variance: float, correct: bool) -> float | None:
    """The deviation over its standard deviation, None where that is 0; `correct` brings it nearer to 0 by 0.5."""
    if variance == 0:
        return None
    nearer = max(abs(deviation) - 0.5, 0.0) if correct else abs(deviation)
    return copysign(nearer, deviation) / sqrt(variance)
