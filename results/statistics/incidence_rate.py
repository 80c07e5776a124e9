"""Exposure-adjusted incidence rates: events over the time at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.interval import Interval
from results.statistics.registry import Number, Value, confidence, statistic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Exposure:
    """Of a group: `count` of `total` subjects have an event, `events` in all, in `time` of exposure."""

    count: int
    total: int
    events: int
    time: float

    def rate(self, per: float) -> float | None:
        """Events for each `per` units of time; None without exposure."""
        return per * self.events / self.time if self.time > 0 else None

    def values(self, per: float, mark: str = "", of: str = "") -> tuple[Value, ...]:
        """The counts and the rate, with a mark after their names and words after their labels."""
        return (
            Value(f"n{mark}", f"Number of subjects with an event{of}", self.count, "d"),
            Value(f"N{mark}", f"Number of subjects{of}", self.total, "d"),
            Value(f"events{mark}", f"Number of events{of}", self.events, "d"),
            Value(f"exposure{mark}", f"Time at risk{of}", self.time, ".1f"),
            Value(f"estimate{mark}", f"Incidence rate{of}", self.rate(per), ".3f"),
        )


@dataclass(frozen=True)
class IncidenceRate:
    """The rate for each `per` units of time, with exact limits."""

    exposure: Exposure
    per: float
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        per = Value("per", "Units of time of the rate", self.per, "g")
        return (*self.exposure.values(self.per), per, *self.interval.values(".3f"))


def garwood(events: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of the mean of a Poisson count: each tail at most (1 - level) / 2.

    Garwood F. Biometrika 1936;28:437-442, in its form by chi-square quantiles.

    >>> [round(limit, 4) for limit in garwood(5)]
    [1.6235, 11.6683]
    """
    tail = (1 - level) / 2
    lower = special.gammaincinv(events, tail) if events else 0.0
    return float(lower), float(special.gammaincinv(events + 1, 1 - tail))


def exposures(events: Number, exposure: Number) -> tuple[Floats, Floats]:
    """Events and times of the subjects; ValueError for what is missing, negative or no whole number of events."""
    number, time = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    if number.shape != time.shape:
        raise ValueError(f"{len(number)} numbers of events, but {len(time)} exposures")
    for name, values in (("number of events", number), ("exposure", time)):
        if not np.isfinite(values).all():
            raise ValueError(f"the {name} of {int((~np.isfinite(values)).sum())} record(s) is missing")
        if (values < 0).any():
            raise ValueError(f"the {name} is negative: {values.min():g}")
    if (number != np.floor(number)).any():
        raise ValueError(f"the number of events is not whole: {number[number != np.floor(number)][0]:g}")
    if ((number > 0) & (time == 0)).any():
        raise ValueError(f"{int(((number > 0) & (time == 0)).sum())} record(s) have events without exposure")
    return number, time


def total(number: Floats, time: Floats) -> Exposure:
    """The sums over subjects; the times are added in ascending order, so that the order of records does not matter."""
    return Exposure(int((number > 0).sum()), len(number), int(number.sum()), float(np.sort(time).sum()))


def positive(per: float) -> float:
    """The unit of a rate, once it is known to be positive."""
    if not per > 0 or not np.isfinite(per):
        raise ValueError(f"per={per!r} is no unit of time; it is a number above 0, such as 100.0")
    return float(per)


@statistic
def incidence_rate(events: Number, exposure: Number, *, per: float = 100.0, level: float = 0.95) -> IncidenceRate:
    """Events over exposure, for each `per` units of time, with exact Poisson limits.

    One record a subject. events: how many the subject had, or 1 or 0 when the exposure ends with the first
    event (write `1 if CNSR == 0 else 0`). exposure: time at risk in any one unit; with years and per=100.0 the
    rate is for 100 patient-years, with days it takes per=36525.0. Neither may be missing. Limits are for
    independent events at a constant rate; a few subjects with many events make them too narrow. Without
    exposure nothing is estimable; without events the lower limit is 0.

    Garwood F. Biometrika 1936;28:437-442.

    >>> found = incidence_rate(np.array([2.0, 0, 3]), np.array([1.0, 0.5, 1.0]))
    >>> found.exposure.rate(100), round(found.interval.lower, 2), round(found.interval.upper, 2)
    (200.0, 64.94, 466.73)
    """
    level, per = confidence(level), positive(per)
    found = total(*exposures(events, exposure))
    lower: float | None = None
    upper: float | None = None
    if found.time > 0:
        lower, upper = (per * limit / found.time for limit in garwood(found.events, level))
    return IncidenceRate(found, per, Interval(lower, upper, level, "garwood"))
