"""The product-limit estimate of a survival curve, its quantiles, and its values at chosen times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.registry import Number, Value, confidence, option, statistic
from results.statistics.survival_interval import TRANSFORMS, limits
from results.statistics.survival_quantile import crossing, interval

Floats = npt.NDArray[np.float64]
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
    """The curve at one time; None from the last observation on, unless the curve has come down to 0.

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
    last observed time, 0 without records. records: how many there are.
    """

    time: Floats
    at_risk: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    censored: Floats
    last: float
    records: int
    quantiles: dict[str, Quantile]
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
        found += [
            Value("conf_level", "Confidence level", self.level, ".2f"),
            Value("method", "Scale of the interval", self.method, ""),
        ]
        return (*found, *(value for point in self.points for value in _values_at(point)))


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
) -> KaplanMeier:
    """The Kaplan-Meier estimate, its quartiles and median with limits, and its values at chosen times.

    time: time to event or censoring, >= 0, in one unit. censor: CNSR of ADaM, 0 an event, anything else
    censored. Neither may be missing. Records censored at the time of an event are at risk for it. at: times
    at which the curve is tabulated. ci: `log-log`, `log` or `plain`, for the limits of the curve and, by way
    of them, of the quantiles (Brookmeyer and Crowley). level: confidence level, two-sided.

    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.

    >>> kaplan_meier(np.array([9, 15, 15, 22]), np.array([0, 0, 0, 2])).quantiles["median"]
    Quantile(time=15.0, lower=9.0, upper=None)
    """
    option("ci", ci, TRANSFORMS)
    level = confidence(level)
    times, event = _checked(time, censor)
    ordered = np.sort(times)
    distinct, events = np.unique(times[event], return_counts=True)
    at_risk = len(times) - np.searchsorted(ordered, distinct, side="left")
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    # A step to 0 leaves rounding errors behind otherwise.
    survival[at_risk == events] = 0.0
    variance = np.cumsum(events / (at_risk * np.where(at_risk > events, at_risk - events, 1)))
    relative = np.sqrt(variance)
    lower, upper = limits(survival, relative, ci, level)
    std_error = np.where(survival > 0, survival * relative, np.nan).astype(np.float64)
    quantiles = {
        name: Quantile(crossing(distinct, survival, p), *interval(distinct, lower, upper, p))
        for name, p in QUANTILES.items()
    }
    curve = (distinct, survival, std_error, lower, upper)
    points = tuple(_point(float(moment), ordered, curve, ci) for moment in at)
    return KaplanMeier(
        time=distinct,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        survival=survival,
        std_error=std_error,
        lower=lower,
        upper=upper,
        censored=np.sort(times[~event]),
        last=float(ordered[-1]) if len(times) else 0.0,
        records=len(times),
        quantiles=quantiles,
        points=points,
        level=level,
        method=ci,
    )


def _checked(time: Number, censor: Number) -> tuple[Floats, npt.NDArray[np.bool_]]:
    times, codes = np.asarray(time, dtype=float), np.asarray(censor, dtype=float)
    if times.shape != codes.shape:
        raise ValueError(f"{len(times)} times, but {len(codes)} censoring codes")
    if not np.isfinite(times).all():
        raise ValueError(f"the time of {int((~np.isfinite(times)).sum())} record(s) is missing")
    if np.isnan(codes).any():
        raise ValueError(f"the censoring code of {int(np.isnan(codes).sum())} record(s) is missing")
    if (times < 0).any():
        raise ValueError(f"a time is negative: {times.min():g}")
    return times, codes == 0


def _point(moment: float, ordered: Floats, curve: tuple[Floats, ...], ci: str) -> Point:
    time, survival, std_error, lower, upper = curve
    at_risk = len(ordered) - int(np.searchsorted(ordered, moment, side="left"))
    step = int(np.searchsorted(time, moment, side="right")) - 1
    if step < 0:
        # Before the first event S is 1 with error 0; log(-log 1) and so its limits are undefined.
        edge = None if ci == "log-log" or not at_risk else 1.0
        return Point(moment, at_risk, 1.0, 0.0, edge, edge) if at_risk else Point(moment, 0, *(None,) * 4)
    if not at_risk and survival[step] > 0:
        return Point(moment, 0, None, None, None, None)
    found = (float(array[step]) for array in (survival, std_error, lower, upper))
    return Point(moment, at_risk, *(None if np.isnan(value) else value for value in found))
