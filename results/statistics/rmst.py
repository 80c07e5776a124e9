"""Restricted mean survival time: the area under the survival curve up to a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from results.statistics.interval import level_value
from results.statistics.registry import Group, Number, Value, confidence, option, statistic
from results.statistics.risk_sets import risk_sets
from results.statistics.survival_records import Bools, Floats, checked, compared

BEYOND = ("missing", "extend")


@dataclass(frozen=True)
class Contrast:
    """An estimate with standard error and limits, and the p-value of no difference; None where not estimable.

    Of a ratio the standard error is that of its logarithm.
    """

    estimate: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    p_value: float | None


NOTHING = Contrast(None, None, None, None, None)


@dataclass(frozen=True)
class RestrictedMean:
    """The restricted mean of both levels, and of the compared one against the reference."""

    compared: Contrast
    reference: Contrast
    difference: Contrast
    ratio: Contrast
    tau: float
    level: float

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; those of a level are qualified by `group`."""
        found = []
        for place, one in ((1.0, self.compared), (0.0, self.reference)):
            found += list(_values("rmst", "Restricted mean", one, ("group", place)))
        found += [*_values("difference", "Difference of restricted means", self.difference), _p(self.difference, "")]
        found += [*_values("ratio", "Ratio of restricted means", self.ratio), _p(self.ratio, "ratio_")]
        found += [Value("tau", "Horizon", self.tau, "g"), level_value(self.level)]
        return tuple(found)


def _p(one: Contrast, before: str) -> Value:
    return Value(f"{before}p_value", "P-value", one.p_value, ".4f")


def _values(name: str, label: str, one: Contrast, at: tuple[str, float | None] = ("", None)) -> tuple[Value, ...]:
    error = "Standard error of the logarithm of the ratio" if name == "ratio" else f"{label}, standard error"
    return (
        Value(name, label, one.estimate, ".2f", *at),
        Value(f"{name}_std_error", error, one.std_error, ".4f", *at),
        Value(f"{name}_low", f"{label}, lower confidence limit", one.lower, ".2f", *at),
        Value(f"{name}_high", f"{label}, upper confidence limit", one.upper, ".2f", *at),
    )


@statistic
def rmst(
    time: Number,
    censor: Number,
    group: Group,
    *,
    tau: float = 0.0,
    beyond: str = "missing",
    level: float = 0.95,
) -> RestrictedMean:
    """The mean time without event up to tau in both levels, their difference and their ratio.

    time, censor: as in kaplan_meier. group: 1 for the level compared, 0 for the reference. tau: the horizon in
    the unit of the times, > 0; it has no default, for it belongs to the protocol. beyond: what to do where the
    last record of a level is censored before tau, so that its curve is not known up to there: `missing` gives
    no estimate, `extend` carries the last value of the curve on, as R survival::print.survfit(rmean=) does. A
    curve that has come down to 0 is known. level: confidence level, two-sided.

    The area under the Kaplan-Meier curve; its variance sums over the events d of n at risk the squared area
    that is left after them, times d / (n (n - d)). The interval of the ratio is symmetric on the logarithm.
    Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152; Uno H et al. J Clin Oncol 2014;32:2380-2385.

    >>> found = rmst(np.array([1.0, 2, 3, 4, 2, 4]), np.zeros(6), np.array([1, 1, 1, 1, 0, 0]), tau=4)
    >>> found.compared.estimate, found.reference.estimate, found.difference.estimate
    (2.5, 3.0, -0.5)
    """
    option("beyond", beyond, BEYOND)
    level = confidence(level)
    if not 0 < tau < np.inf:
        raise ValueError(f"tau={tau!r} is no horizon: write the time up to which the mean is taken, such as tau=56")
    times, event = checked(time, censor)
    levels = compared(group, len(times))
    z = float(special.ndtri((1 + level) / 2))
    one, other = (restricted_mean(times[levels == code], event[levels == code], tau, beyond) for code in (1, 0))
    difference = ratio = NOTHING
    if one is not None and other is not None:
        (mean, error), (base, base_error) = one, other
        difference = _contrast(mean - base, float(np.hypot(error, base_error)), z)
        if mean > 0 and base > 0:
            ratio = _ratio(float(np.log(mean / base)), float(np.hypot(error / mean, base_error / base)), z)
    return RestrictedMean(_mean(one, z), _mean(other, z), difference, ratio, float(tau), level)


def restricted_mean(times: Floats, event: Bools, tau: float, beyond: str) -> tuple[float, float] | None:
    """The area under the curve of some records up to tau with its standard error; None where not known."""
    if not len(times):
        return None
    risk = risk_sets(times, event)
    time, deaths, at_risk = risk.time[::-1], risk.deaths[::-1], risk.at_risk[::-1]
    survival = np.cumprod(1 - deaths / at_risk)
    survival[at_risk == deaths] = 0.0
    open_end = not len(survival) or survival[-1] > 0
    if times.max() < tau and open_end and beyond == "missing":
        return None
    within = time < tau
    edges = np.concatenate([[0.0], time[within], [tau]])
    heights = np.concatenate([[1.0], survival[within]])
    pieces = heights * np.diff(edges)
    left = np.cumsum(pieces[::-1])[::-1]
    deaths, at_risk = deaths[within], at_risk[within]
    factor = deaths / (at_risk * np.where(at_risk > deaths, at_risk - deaths, 1))
    return float(left[0]), float(np.sqrt((left[1:] ** 2 * factor).sum()))


def _mean(area: tuple[float, float] | None, z: float) -> Contrast:
    if area is None:
        return NOTHING
    mean, error = area
    return Contrast(mean, error, mean - z * error, mean + z * error, None)


def _contrast(estimate: float, error: float, z: float) -> Contrast:
    return Contrast(estimate, error, estimate - z * error, estimate + z * error, _p_value(estimate, error))


def _ratio(log: float, error: float, z: float) -> Contrast:
    limits = (float(np.exp(log - z * error)), float(np.exp(log + z * error)))
    return Contrast(float(np.exp(log)), error, *limits, _p_value(log, error))


def _p_value(estimate: float, error: float) -> float | None:
    """Two-sided; None where nothing varies."""
    return float(2 * special.ndtr(-abs(estimate / error))) if error > 0 else None
