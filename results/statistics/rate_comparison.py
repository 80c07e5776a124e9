"""The difference and the ratio of two exposure-adjusted incidence rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt

from results.statistics.incidence_rate import Exposure, exposures, positive, total
from results.statistics.interval import Interval, normal_quantile, two_sided
from results.statistics.proportion_interval import clopper_pearson, wilson
from results.statistics.registry import Group, Number, Value, confidence, option, statistic
from results.statistics.root import root
from results.statistics.two_by_two import checked_group

DIFFERENCES = ("miettinen_nurminen", "wald")
RATIOS = ("exact", "score", "log")
Limits = tuple[float | None, float | None]


@dataclass(frozen=True)
class RateComparison:
    """estimate: difference (for each `per` units of time) or ratio; p_value: of ratios only."""

    compared: Exposure
    reference: Exposure
    per: float
    label: str
    estimate: float | None
    p_value: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.compared.values(self.per, "1", ", compared group"),
            *self.reference.values(self.per, "2", ", reference group"),
            Value("per", "Units of time of the rates", self.per, "g"),
            Value("estimate", self.label, self.estimate, ".3f"),
            *self.interval.values(".3f"),
            Value("p_value", "P-value, two-sided", self.p_value, ".4f"),
        )


def _both(events: Number, exposure: Number, group: Group) -> tuple[Exposure, Exposure]:
    number, time = exposures(events, exposure)
    compared = checked_group(group, len(number))
    return total(number[compared], time[compared]), total(number[~compared], time[~compared])


def score_limits(first: Exposure, second: Exposure, z: float) -> tuple[float, float]:
    """Limits of the difference of two rates, for one unit of time: the differences that the score test keeps.

    Miettinen O, Nurminen M. Stat Med 1985;4:213-226: the variance is that at the maximum likelihood estimates
    of both rates when they differ by delta, the roots of a quadratic.
    """
    x1, t1, x2, t2 = first.events, first.time, second.events, second.time
    estimate, time = x1 / t1 - x2 / t2, t1 + t2

    def excess(delta: float) -> float:
        b, c = time * delta - x1 - x2, x2 * delta
        root = sqrt(max(b * b + 4 * time * c, 0.0))
        # Whichever form subtracts nothing.
        rate2 = (root - b) / (2 * time) if b <= 0 else 2 * c / (root + b)
        rate2 = max(rate2, -delta, 0.0)
        return float((estimate - delta) ** 2 - z * z * ((rate2 + delta) / t1 + rate2 / t2))

    scale = 1 / t1 + 1 / t2
    return _outward(excess, estimate, -scale), _outward(excess, estimate, scale)


def _outward(excess: Callable[[float], float], estimate: float, step: float) -> float:
    """The root on the side of the estimate to which the step leads; beside it, as its variance may be 0."""
    inner = estimate + step * 1e-9
    while excess(estimate + step) <= 0:
        inner, step = estimate + step, 2 * step
    return root(excess, inner, estimate + step, 1e-14 * abs(step))


@statistic
def rate_difference(
    events: Number,
    exposure: Number,
    group: Group,
    *,
    per: float = 100.0,
    ci: str = "miettinen_nurminen",
    level: float = 0.95,
) -> RateComparison:
    """The incidence rate of the compared group less that of the reference group, with limits.

    events, exposure, per: as `incidence_rate`. ci: `miettinen_nurminen` (score) or `wald` (variances events /
    exposure squared; of no width without events). Without exposure in a group nothing is estimable.

    Miettinen O, Nurminen M. Stat Med 1985;4:213-226.

    >>> found = rate_difference([4, 1], [2, 1], [1, 0], per=1.0, ci="wald")
    >>> round(found.estimate, 4), round(found.interval.upper, 4)
    (1.0, 3.7718)
    """
    option("ci", ci, DIFFERENCES)
    level, per, z = confidence(level), positive(per), normal_quantile(level)
    first, second = _both(events, exposure, group)
    rate1, rate2 = first.rate(1.0), second.rate(1.0)
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    if rate1 is not None and rate2 is not None:
        estimate = rate1 - rate2
        half = z * sqrt(rate1 / first.time + rate2 / second.time)
        lower, upper = (estimate - half, estimate + half) if ci == "wald" else score_limits(first, second, z)
        estimate, lower, upper = per * estimate, per * lower, per * upper
    interval = Interval(lower, upper, level, ci)
    return RateComparison(first, second, per, "Difference of incidence rates", estimate, None, interval)


@statistic
def rate_ratio(
    events: Number,
    exposure: Number,
    group: Group,
    *,
    per: float = 100.0,
    ci: str = "exact",
    level: float = 0.95,
) -> RateComparison:
    """The incidence rate of the compared group over that of the reference group, with limits and test.

    events, exposure: as `incidence_rate`; per: of the rates that are given with it. Given all events, those of
    the compared group are binomial: ci `exact` takes the Clopper-Pearson limits of that proportion and the
    exact test, as R's poisson.test; `score` its Wilson limits and their test; `log` is normal on the log scale.

    Without events in the reference group the ratio and the upper limit are not given; without events in the
    compared group the ratio and the lower limit are 0 (log limits need events in both). Without any event, or
    without exposure in a group, nothing is estimable.

    Przyborowski J, Wilenski H. Biometrika 1940;31:313-323; Clopper CJ, Pearson ES. Biometrika 1934;26:404-413.

    >>> found = rate_ratio([11, 23], [800, 3011], [1, 0])
    >>> round(found.estimate, 4), round(found.interval.lower, 4), round(found.interval.upper, 4)
    (1.8001, 0.7922, 3.8439)
    """
    option("ci", ci, RATIOS)
    level, per = confidence(level), positive(per)
    first, second = _both(events, exposure, group)
    label, nothing = "Ratio of incidence rates", Interval(None, None, level, ci)
    if not (first.time and second.time and first.events + second.events):
        return RateComparison(first, second, per, label, None, None, nothing)
    estimate = (first.events / first.time) / (second.events / second.time) if second.events else None
    (lower, upper), p_value = _ratio_limits(first, second, ci, level), _ratio_test(first, second, ci)
    return RateComparison(first, second, per, label, estimate, p_value, Interval(lower, upper, level, ci))


def _ratio_limits(first: Exposure, second: Exposure, ci: str, level: float) -> Limits:
    x1, x2, times = first.events, second.events, second.time / first.time
    if ci == "log":
        if not (x1 and x2):
            return None, None
        centre, half = log(x1 / x2 * times), normal_quantile(level) * sqrt(1 / x1 + 1 / x2)
        return exp(centre - half), exp(centre + half)
    low, high = (clopper_pearson if ci == "exact" else wilson)(x1, x1 + x2, level)
    return low / (1 - low) * times, high / (1 - high) * times if high < 1 else None


def _ratio_test(first: Exposure, second: Exposure, ci: str) -> float | None:
    x1, x2 = first.events, second.events
    if ci == "log":
        if not (x1 and x2):
            return None
        return two_sided(log(x1 * second.time / (x2 * first.time)) / sqrt(1 / x1 + 1 / x2))
    expected, number = first.time / (first.time + second.time), x1 + x2
    if ci == "exact":
        from scipy.stats import binomtest  # slow to import

        return float(binomtest(x1, number, expected).pvalue)
    return two_sided((x1 - number * expected) / sqrt(number * expected * (1 - expected)))
