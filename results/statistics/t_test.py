"""Student's t: the mean of one sample, the difference of two, and the mean of paired differences."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.interval import Interval
from results.statistics.registry import Group, Number, Value, confidence, option, statistic
from results.statistics.summary import mean_and_sd
from results.statistics.two_by_two import checked_group

Floats = npt.NDArray[np.float64]
VARIANCES = ("unequal", "equal")


@dataclass(frozen=True)
class TTest:
    """counts, means: of each sample, one or two. statistic: None where the standard error is 0 or not known."""

    counts: tuple[int, ...]
    means: tuple[float | None, ...]
    estimate: float | None
    std_error: float | None
    statistic: float | None
    degrees: float | None
    p_value: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        two = len(self.counts) == 2
        samples = [Value("n", "Number of values", self.counts[0], "d")]
        if two:
            of = (", compared group", ", reference group")
            samples = [Value(f"n{i + 1}", f"Number of values{of[i]}", self.counts[i], "d") for i in (0, 1)]
            samples += [Value(f"estimate{i + 1}", f"Mean{of[i]}", self.means[i], ".2f") for i in (0, 1)]
        return (
            *samples,
            Value("estimate", "Difference of means" if two else "Mean", self.estimate, ".2f"),
            Value("std_error", "Standard error", self.std_error, ".3f"),
            Value("statistic", "t statistic", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", self.degrees, ".1f"),
            Value("p_value", "P-value, two-sided", self.p_value, ".4f"),
            *self.interval.values(".2f"),
        )


def _known(values: Floats) -> Floats:
    if np.isinf(values).any():
        raise ValueError("an infinite value has no mean")
    return np.sort(values[~np.isnan(values)])


def _tested(estimate: float, null: float, error: float, degrees: float, level: float) -> tuple[float | None, ...]:
    """Statistic, p-value and both limits; the first two None where the standard error is 0."""
    half = float(special.stdtrit(degrees, (1 + level) / 2)) * error
    if error == 0:
        return None, None, estimate, estimate
    found = (estimate - null) / error
    return found, float(2 * special.stdtr(degrees, -abs(found))), estimate - half, estimate + half


def _rounded_off(sd: float | None, size: float) -> float | None:
    """A standard deviation, 0 where it is no more than the rounding errors of values of that size.

    Differences such as 1.3 - 1.2 and 2.3 - 2.2 are equal but for rounding; they must not look significant.
    """
    return 0.0 if sd is not None and sd < 10 * float(np.finfo(float).eps) * size else sd


def _of_one(known: Floats, null: float, level: float, method: str, size: float) -> TTest:
    nothing = Interval(None, None, level, method)
    if len(known) == 0:
        return TTest((0,), (None,), None, None, None, None, None, nothing)
    mean, sd = mean_and_sd(known)
    sd = _rounded_off(sd, size)
    if sd is None:
        return TTest((1,), (mean,), mean, None, None, None, None, nothing)
    error, degrees = sd / sqrt(len(known)), float(len(known) - 1)
    found, p_value, lower, upper = _tested(mean, null, error, degrees, level)
    return TTest(
        (len(known),), (mean,), mean, error, found, degrees, p_value, Interval(lower, upper, level, method)
    )  # fmt: skip


@statistic
def t_test(values: Number, group: Group, *, variances: str = "unequal", level: float = 0.95) -> TTest:
    """The mean of the compared group less that of the reference group, with t limits and test.

    values: NaN is missing and left out. variances: `unequal` takes a standard error and degrees of freedom by
    Welch and Satterthwaite, `equal` the pooled variance and n1 + n2 - 2. While a group has no values nothing
    is estimable; a group of one value has a variance only in the pooled form. Where the standard error is 0
    the limits are the difference itself, and there is no test.

    Welch BL. Biometrika 1947;34:28-35; Satterthwaite FE. Biometrics Bull 1946;2:110-114.

    >>> found = t_test(np.array([3.0, 5, 1, 2]), np.array([1, 1, 0, 0]), variances="equal")
    >>> found.estimate, found.degrees, round(found.p_value, 4)
    (2.5, 2.0, 0.1548)
    """
    option("variances", variances, VARIANCES)
    level = confidence(level)
    everything = np.asarray(values, dtype=float)
    compared = checked_group(group, len(everything))
    samples = [_known(everything[compared]), _known(everything[~compared])]
    sizes, method = (len(samples[0]), len(samples[1])), f"t, {variances} variances"
    nothing = Interval(None, None, level, method)
    if 0 in sizes:
        means: list[float | None] = [mean_and_sd(known)[0] if len(known) else None for known in samples]
        return TTest(sizes, tuple(means), None, None, None, None, None, nothing)
    (mean1, sd1), (mean2, sd2) = (mean_and_sd(known) for known in samples)
    estimate, size = mean1 - mean2, float(max(np.abs(known).max() for known in samples))
    error, degrees = _error(sizes, (_rounded_off(sd1, size), _rounded_off(sd2, size)), variances)
    if error is None or degrees is None:
        return TTest(sizes, (mean1, mean2), estimate, None, None, None, None, nothing)
    found, p_value, lower, upper = _tested(estimate, 0.0, error, degrees, level)
    interval = Interval(lower, upper, level, method)
    return TTest(sizes, (mean1, mean2), estimate, error, found, degrees, p_value, interval)


def _error(
    sizes: tuple[int, int], sds: tuple[float | None, float | None], variances: str
) -> tuple[float | None, float | None]:
    """Standard error and degrees of freedom of a difference of means; None where a variance is not known."""
    (n1, n2), (sd1, sd2) = sizes, sds
    if variances == "equal":
        degrees = n1 + n2 - 2
        if degrees == 0:
            return None, None
        pooled = ((n1 - 1) * (sd1 or 0.0) ** 2 + (n2 - 1) * (sd2 or 0.0) ** 2) / degrees
        return sqrt(pooled * (1 / n1 + 1 / n2)), float(degrees)
    if sd1 is None or sd2 is None:
        return None, None
    part1, part2 = sd1**2 / n1, sd2**2 / n2
    if part1 + part2 == 0:
        return 0.0, float(n1 + n2 - 2)
    return sqrt(part1 + part2), (part1 + part2) ** 2 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))


@statistic
def one_sample_t_test(values: Number, *, mu: float = 0.0, level: float = 0.95) -> TTest:
    """The mean of the values with t limits, and the test that it is mu.

    values: NaN is missing and left out; such as a change from baseline. One value has no limits and no test;
    the limits of equal values are the value itself, and there is no test.

    Student. Biometrika 1908;6:1-25.

    >>> found = one_sample_t_test(np.array([1.0, 2, 3]))
    >>> found.estimate, round(found.statistic, 4), round(found.p_value, 4)
    (2.0, 3.4641, 0.0742)
    """
    known = _known(np.asarray(values, dtype=float))
    return _of_one(known, float(mu), confidence(level), "t", float(np.abs(known).max(initial=0)))


@statistic
def paired_t_test(first: Number, second: Number, *, level: float = 0.95) -> TTest:
    """The mean of the differences first - second of the records, with t limits and the test that it is 0.

    Records that lack either value are left out. Edges as in `one_sample_t_test`.

    Student. Biometrika 1908;6:1-25.

    >>> paired_t_test(np.array([3.0, 5, np.nan]), np.array([1.0, 2, 2])).estimate
    2.5
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = ~np.isnan(one) & ~np.isnan(other)
    size = float(np.abs(np.concatenate([one[both], other[both]])).max(initial=0))
    return _of_one(_known(one[both] - other[both]), 0.0, confidence(level), "t, paired", size)
