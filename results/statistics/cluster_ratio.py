"""A proportion of events, and its difference between groups, when a subject may have several events."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from results.statistics.interval import Interval, around, normal_quantile
from results.statistics.registry import Condition, Group, Subject, Value, confidence, option, statistic
from results.statistics.two_by_two import checked_group

DISTRIBUTIONS = ("t", "normal")


@dataclass(frozen=True)
class Ratio:
    """`count` of `total` events in `subjects` subjects; std_error None for fewer than two subjects."""

    count: int
    total: int
    subjects: int
    estimate: float | None
    std_error: float | None

    def values(self, mark: str = "", of: str = "") -> tuple[Value, ...]:
        """The counts, with a mark after their names and words after their labels."""
        return (
            Value(f"n{mark}", f"Number of events with the characteristic{of}", self.count, "d"),
            Value(f"N{mark}", f"Number of events{of}", self.total, "d"),
            Value(f"subjects{mark}", f"Number of subjects{of}", self.subjects, "d"),
            Value(f"estimate{mark}", f"Proportion{of}", self.estimate, ".4f"),
            Value(f"std_error{mark}", f"Standard error, clustered by subject{of}", self.std_error, ".4f"),
        )


@dataclass(frozen=True)
class ClusterRatio:
    """A ratio with its limits and the degrees of freedom behind them (None for the normal distribution)."""

    ratio: Ratio
    degrees: int | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        share = self.ratio.estimate
        return (
            *self.ratio.values(),
            Value("pct", "Percentage", None if share is None else 100 * share, ".1f"),
            Value("parameter", "Degrees of freedom", self.degrees, "d"),
            *self.interval.values(),
        )


@dataclass(frozen=True)
class ClusterDifference:
    """The difference of two ratios; statistic: the difference over its standard error, None where that is 0."""

    compared: Ratio
    reference: Ratio
    estimate: float | None
    std_error: float | None
    statistic: float | None
    degrees: int | None
    p_value: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.compared.values("1", ", compared group"),
            *self.reference.values("2", ", reference group"),
            Value("estimate", "Difference of proportions", self.estimate, ".4f"),
            Value("std_error", "Standard error, clustered by subject", self.std_error, ".4f"),
            Value("statistic", "Difference over its standard error", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", self.degrees, "d"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            *self.interval.values(),
        )


def ratio(met: npt.NDArray[np.bool_], subject: npt.NDArray[np.generic]) -> Ratio:
    """The ratio of events that meet the condition to events, with its standard error over the subjects.

    Cochran WG. Sampling Techniques, 3rd ed. 1977, section 2.11 and 6.3: the variance between the subjects of
    y - p m, where m are the events of a subject and y those that meet the condition, times the number of
    subjects, over the squared number of events; without correction for a finite population.
    """
    codes, names = pd.factorize(np.asarray(subject, dtype=object))
    events, hits = np.bincount(codes, minlength=len(names)), np.bincount(codes[met], minlength=len(names))
    total, count, size = int(events.sum()), int(hits.sum()), len(names)
    if total == 0:
        return Ratio(0, 0, 0, None, None)
    if size < 2:
        return Ratio(count, total, size, count / total, None)
    # Whole numbers until the last step, so that a subject who is like all others adds exactly 0.
    residual = (hits * total - count * events).astype(float) / total
    variance = size / (size - 1) * float((residual**2).sum()) / total**2
    return Ratio(count, total, size, count / total, sqrt(variance))


def _quantile(level: float, degrees: int | None) -> float:
    return normal_quantile(level) if degrees is None else float(special.stdtrit(degrees, (1 + level) / 2))


@statistic
def cluster_ratio(condition: Condition, subject: Subject, *, ci: str = "t", level: float = 0.95) -> ClusterRatio:
    """The proportion of events that meet a condition, with a standard error that knows whose events they are.

    condition: one bool per event, never missing. The proportion is that of `proportion`; its standard error is
    that of a ratio of sums over subjects, since events of one subject are not independent. ci: `t` with as
    many degrees of freedom as subjects less one, as PROC SURVEYMEANS, or `normal`. Limits are cut to 0 and 1;
    their width is 0 when every subject has the same proportion. With one subject there is no standard error.

    Cochran WG. Sampling Techniques, 3rd ed. 1977, sections 2.11 and 6.3.

    >>> found = cluster_ratio(np.array([True, False, False, False]), np.array(["2", "2", "4", "6"]))
    >>> found.ratio.estimate, found.ratio.std_error
    (0.25, 0.1875)
    """
    option("ci", ci, DISTRIBUTIONS)
    level = confidence(level)
    found = ratio(np.asarray(condition, dtype=bool), subject)
    degrees = found.subjects - 1 if ci == "t" and found.subjects > 1 else None
    lower: float | None = None
    upper: float | None = None
    if found.estimate is not None and found.std_error is not None:
        half = _quantile(level, degrees) * found.std_error
        lower, upper = around(found.estimate, half, (0.0, 1.0))
    return ClusterRatio(found, degrees, Interval(lower, upper, level, ci))


@statistic
def cluster_difference(
    condition: Condition, subject: Subject, group: Group, *, ci: str = "t", level: float = 0.95
) -> ClusterDifference:
    """The difference of two proportions of events, with standard errors clustered by subject.

    As `cluster_ratio`, for the compared less the reference group, whose subjects must be different ones. ci:
    `t` with as many degrees of freedom as subjects less two, or `normal`; the p-value is of the same
    distribution. Limits are cut to -1 and 1. Without events in a group nothing is estimable; with one subject
    in a group, or a standard error of 0, there is no test.

    Cochran WG. Sampling Techniques, 3rd ed. 1977, sections 2.11 and 6.3.

    >>> met = np.array([True, True, False, True, True, False, False, False])
    >>> found = cluster_difference(met, np.array(list("13572246")), np.array([1, 1, 1, 1, 0, 0, 0, 0]))
    >>> found.estimate, found.std_error
    (0.5, 0.3125)
    """
    option("ci", ci, DISTRIBUTIONS)
    level = confidence(level)
    met, compared = np.asarray(condition, dtype=bool), checked_group(group, len(condition))
    who = np.asarray(subject, dtype=object)
    both = np.intersect1d(*(pd.unique(who[side]).astype(str) for side in (compared, ~compared)))
    if len(both):
        raise ValueError(f"{len(both)} subject(s) have events in both groups, the first {both[0]}")
    first, second = ratio(met[compared], who[compared]), ratio(met[~compared], who[~compared])
    nothing = Interval(None, None, level, ci)
    if first.estimate is None or second.estimate is None:
        return ClusterDifference(first, second, None, None, None, None, None, nothing)
    estimate = first.estimate - second.estimate
    if first.std_error is None or second.std_error is None:
        return ClusterDifference(first, second, estimate, None, None, None, None, nothing)
    error, degrees = sqrt(first.std_error**2 + second.std_error**2), first.subjects + second.subjects - 2
    shown = degrees if ci == "t" else None
    interval = Interval(*around(estimate, _quantile(level, shown) * error, (-1.0, 1.0)), level, ci)
    if not error:
        return ClusterDifference(first, second, estimate, error, None, shown, None, interval)
    tested = estimate / error
    tail = special.ndtr(-abs(tested)) if shown is None else special.stdtr(degrees, -abs(tested))
    return ClusterDifference(first, second, estimate, error, tested, shown, float(2 * tail), interval)
