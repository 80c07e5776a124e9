"""The product-limit estimate of a survival curve, its quantiles, and its values at chosen times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.interval import level_value
from results.statistics.registry import Number, Value, confidence, option, statistic
from results.statistics.survival_interval import OPEN_AT_ONE, TRANSFORMS, limits
from results.statistics.survival_quantile import RULES, crossing, interval
from results.statistics.survival_records import Floats, Ints, checked

BEYOND = ("missing", "extend")
QUANTILES = {"q1": 0.75, "median": 0.5, "q3": 0.25}
QUANTILE_LABELS = {"q1": "First quartile", "median": "Median", "q3": "Third quartile"}


@dataclass(frozen=True)
class Quantile:
    """A time with its confidence limits, in the unit of the times; None where it is not estimable."""

    time: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Point:
    """The curve at one time; None past the last observation, unless it has come down to 0 or is extended.

    at_risk: records whose time is not before it.
    """

    time: float
    at_risk: int
    survival: float | None
    std_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """The curve at its event times, with what is needed to draw and to tabulate it.

    time, at_risk, events, survival, std_error (Greenwood), lower, upper: arrays over the distinct event
    times, ascending; NaN where not defined. censored: the times of the censored records, ascending. last: the
    last observed time, 0 without records. records: how many there are. quantiles: those of the distribution
    at 0.25, 0.5 and 0.75; further: those at the other probabilities asked for.
    """

    time: Floats
    at_risk: Ints
    events: Ints
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    censored: Floats
    last: float
    records: int
    quantiles: dict[str, Quantile]
    further: dict[float, Quantile]
    points: tuple[Point, ...]
    level: float
    method: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        found = [
            Value("n", "Number of records", self.records, "d"),
            Value("events", "Number of events", int(self.events.sum()), "d"),
            Value("censored", "Number censored", len(self.censored), "d"),
        ]
        for name, quantile in self.quantiles.items():
            label = QUANTILE_LABELS[name]
            found += [
                Value(name, label, quantile.time, ".1f"),
                Value(f"{name}_low", f"{label}, lower confidence limit", quantile.lower, ".1f"),
                Value(f"{name}_high", f"{label}, upper confidence limit", quantile.upper, ".1f"),
            ]
        for probability, quantile in self.further.items():
            found += _values_of(probability, quantile)
        found += [
            level_value(self.level),
            Value("method", "Scale of the interval", self.method, ""),
        ]
        return (*found, *(value for point in self.points for value in _values_at(point)))


def _values_of(probability: float, quantile: Quantile) -> tuple[Value, ...]:
    place = ("probability", probability)
    return (
        Value("quantile", "Quantile", quantile.time, ".1f", *place),
        Value("quantile_low", "Quantile, lower confidence limit", quantile.lower, ".1f", *place),
        Value("quantile_high", "Quantile, upper confidence limit", quantile.upper, ".1f", *place),
    )


def _values_at(point: Point) -> tuple[Value, ...]:
    def without(probability: float | None) -> float | None:
        return None if probability is None else 1 - probability

    def value(name: str, label: str, content: float | int | None, fmt: str) -> Value:
        return Value(name, label, content, fmt, "time", point.time)

    return (
        value("at_risk", "Number at risk", point.at_risk, "d"),
        value("survival", "Probability of no event", point.survival, ".4f"),
        value("std_error", "Standard error (Greenwood)", point.std_error, ".4f"),
        value("survival_low", "Probability of no event, lower confidence limit", point.lower, ".4f"),
        value("survival_high", "Probability of no event, upper confidence limit", point.upper, ".4f"),
        value("incidence", "Cumulative incidence", without(point.survival), ".4f"),
        value("incidence_low", "Cumulative incidence, lower confidence limit", without(point.upper), ".4f"),
        value("incidence_high", "Cumulative incidence, upper confidence limit", without(point.lower), ".4f"),
    )


@statistic
def kaplan_meier(
    time: Number,
    censor: Number,
    *,
    at: tuple[float, ...] = (),
    ci: str = "log-log",
    level: float = 0.95,
    probabilities: tuple[float, ...] = (),
    quantile_rule: str = "r_print",
    beyond: str = "missing",
) -> KaplanMeier:
    """The Kaplan-Meier estimate, its quartiles and median with limits, and its values at chosen times.

    time: time to event or censoring, >= 0, in one unit. censor: CNSR of ADaM, 0 an event, anything else
    censored. Neither may be missing. Records censored at the time of an event are at risk for it. at: times
    at which the curve is tabulated. ci: `log-log`, `log`, `plain`, `arcsine` or `logit`, for the limits of the
    curve and, by way of them, of the quantiles (Brookmeyer and Crowley). level: confidence level, two-sided.

    probabilities: of having had the event, for quantiles beyond the quartiles, such as 0.9. quantile_rule: for a
    curve that stays at the probability to its end, `r_print` (the first such time), `r_quantile` (the midpoint to
    the last time) or `sas` (none), as survival_quantile states. beyond: the curve past the last record, where
    that is censored: `missing`, or `extend` for its last value, as R's summary(extend = TRUE) has it.

    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.

    >>> kaplan_meier(np.array([9, 15, 15, 22]), np.array([0, 0, 0, 2])).quantiles["median"]
    Quantile(time=15.0, lower=9.0, upper=None)
    """
    _check_options(ci, quantile_rule, beyond, probabilities)
    level = confidence(level)
    times, event = checked(time, censor)
    ordered = np.sort(times)
    distinct, at_risk, events, survival, relative = _estimate(ordered, times[event])
    lower, upper = limits(survival, relative, ci, level)
    std_error = np.where(survival > 0, survival * relative, np.nan).astype(np.float64)
    curve = (distinct, survival, std_error, lower, upper)
    last = float(ordered[-1]) if len(times) else 0.0

    def quantile(height: float) -> Quantile:
        reached = crossing(distinct, survival, height, quantile_rule, last)
        return Quantile(reached, *interval(distinct, lower, upper, height, quantile_rule, last))

    return KaplanMeier(
        distinct, at_risk, events, survival, std_error, lower, upper,
        censored=np.sort(times[~event]), last=last, records=len(times),
        quantiles={name: quantile(height) for name, height in QUANTILES.items()},
        further={float(probability): quantile(1 - probability) for probability in probabilities},
        points=tuple(_point(float(moment), ordered, curve, ci, beyond) for moment in at),
        level=level, method=ci,
    )  # fmt: skip


def _check_options(ci: str, quantile_rule: str, beyond: str, probabilities: tuple[float, ...]) -> None:
    """ValueError for a word that is none of an option's, and for what is no probability."""
    option("ci", ci, TRANSFORMS)
    option("quantile_rule", quantile_rule, RULES)
    option("beyond", beyond, BEYOND)
    if not all(0 < probability < 1 for probability in probabilities):
        raise ValueError(f"probabilities={probabilities!r} must lie between 0 and 1, such as 0.9")


def _estimate(ordered: Floats, of_events: Floats) -> tuple[Floats, Ints, Ints, Floats, Floats]:
    """Event times, numbers at risk and of events, the curve, and the standard error of its logarithm."""
    distinct, events = np.unique(of_events, return_counts=True)
    at_risk = len(ordered) - np.searchsorted(ordered, distinct, side="left")
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    # A step to 0 leaves rounding errors behind otherwise.
    survival[at_risk == events] = 0.0
    variance = np.cumsum(events / (at_risk * np.where(at_risk > events, at_risk - events, 1)))
    return distinct, at_risk.astype(np.int64), events.astype(np.int64), survival, np.sqrt(variance)


def _point(moment: float, ordered: Floats, curve: tuple[Floats, ...], ci: str, beyond: str) -> Point:
    time, survival, std_error, lower, upper = curve
    at_risk = len(ordered) - int(np.searchsorted(ordered, moment, side="left"))
    if not len(ordered):
        return Point(moment, 0, None, None, None, None)
    step = int(np.searchsorted(time, moment, side="right")) - 1
    if not at_risk and beyond == "missing" and (step < 0 or survival[step] > 0):
        return Point(moment, 0, None, None, None, None)
    if step < 0:
        # Before the first event S is 1 with error 0, which has no place on these scales.
        edge = None if ci in OPEN_AT_ONE else 1.0
        return Point(moment, at_risk, 1.0, 0.0, edge, edge)
    found = (float(array[step]) for array in (survival, std_error, lower, upper))
    return Point(moment, at_risk, *(None if np.isnan(value) else value for value in found))
