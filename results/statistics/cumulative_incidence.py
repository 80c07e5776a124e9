"""Cumulative incidence of an event in the presence of competing events: the Aalen-Johansen estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.interval import level_value
from results.statistics.registry import Condition, Number, Value, confidence, option, statistic
from results.statistics.risk_sets import risk_sets
from results.statistics.survival_interval import TRANSFORMS, limits
from results.statistics.survival_records import Bools, Floats, Ints, checked

VARIANCES = ("delta", "aalen")
BEYOND = ("missing", "extend")


@dataclass(frozen=True)
class IncidencePoint:
    """The incidence at one time; None past the last record, unless no one is left without event or it is extended.

    at_risk: records whose time is not before it.
    """

    time: float
    at_risk: int
    incidence: float | None
    std_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """The estimate at the times of events of either kind.

    time, at_risk, events, competing, incidence, std_error, lower, upper, survival (without either event): arrays
    over those times, ascending; NaN where not defined.
    """

    time: Floats
    at_risk: Ints
    events: Ints
    competing: Ints
    incidence: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    survival: Floats
    records: int
    points: tuple[IncidencePoint, ...]
    level: float
    method: str
    variance: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        events, competing = int(self.events.sum()), int(self.competing.sum())
        head = (
            Value("n", "Number of records", self.records, "d"),
            Value("events", "Number of events", events, "d"),
            Value("competing", "Number of competing events", competing, "d"),
            Value("censored", "Number censored", self.records - events - competing, "d"),
            level_value(self.level),
            Value("method", "Scale of the interval", self.method, ""),
            Value("variance", "Variance", self.variance, ""),
        )
        return (*head, *(value for point in self.points for value in _values_at(point)))


def _values_at(point: IncidencePoint) -> tuple[Value, ...]:
    place = ("time", point.time)
    return (
        Value("at_risk", "Number at risk", point.at_risk, "d", *place),
        Value("incidence", "Cumulative incidence", point.incidence, ".4f", *place),
        Value("std_error", "Standard error", point.std_error, ".4f", *place),
        Value("incidence_low", "Cumulative incidence, lower confidence limit", point.lower, ".4f", *place),
        Value("incidence_high", "Cumulative incidence, upper confidence limit", point.upper, ".4f", *place),
    )


@statistic
def cumulative_incidence(
    time: Number,
    censor: Number,
    competing: Condition,
    *,
    at: tuple[float, ...] = (),
    variance: str = "delta",
    ci: str = "log-log",
    level: float = 0.95,
    beyond: str = "missing",
) -> CumulativeIncidence:
    """The probability of having had the event by each time, where a competing event makes it impossible.

    time, censor: as in kaplan_meier. competing: whether the record ends with a competing event, such as
    `CNSR == 3`; such a record is not censored, and it is no event. at: times at which the incidence is tabulated.
    variance: `delta`, that of R survival::survfit and etm, which is Greenwood's without competing events; `aalen`,
    that of cmprsk::cuminc. ci: scale of the limits as in kaplan_meier, applied to the incidence; not defined
    where it is 0. level: confidence level, two-sided. beyond: the incidence past the last record, where that is
    censored: `missing`, or `extend` for its last value.

    Aalen OO, Johansen S. Scand J Stat 1978;5:141-150; Aalen OO. Ann Stat 1978;6:534-545; Marubini E, Valsecchi
    MG. Analysing Survival Data, 1995, chapter 10.

    >>> found = cumulative_incidence(np.array([1.0, 2, 3, 4]), np.array([0, 1, 0, 1]), np.array([0, 1, 0, 0]) == 1)
    >>> found.incidence.tolist(), found.survival.tolist()
    ([0.25, 0.25, 0.5], [0.75, 0.5, 0.25])
    """
    option("ci", ci, TRANSFORMS)
    option("variance", variance, VARIANCES)
    option("beyond", beyond, BEYOND)
    level = confidence(level)
    times, event = checked(time, censor)
    steps = _steps(times, event, of_another_kind(event, competing))
    survival, incidence = _curves(steps)
    std_error = _std_error(steps, survival, incidence, variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = std_error / incidence
    lower, upper = limits(incidence, relative, ci, level)
    ordered, curve = np.sort(times), (steps.time, incidence, std_error, lower, upper)
    known = beyond == "extend" or (len(survival) > 0 and survival[-1] == 0)
    points = tuple(_point(float(moment), ordered, curve, bool(known)) for moment in at)
    return CumulativeIncidence(
        steps.time, steps.at_risk, steps.events, steps.competing, incidence, std_error, lower, upper, survival,
        records=len(times), points=points, level=level, method=ci, variance=variance,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Steps:
    """The times of events of either kind, ascending, with the numbers at risk and of events of each kind."""

    time: Floats
    at_risk: Ints
    events: Ints
    competing: Ints


def _steps(times: Floats, event: Bools, other: Bools) -> _Steps:
    risk = risk_sets(times, event | other)
    events = risk.of_events(event[risk.order][risk.dead].astype(np.int64))[::-1]
    return _Steps(risk.time[::-1], risk.at_risk[::-1], events, risk.deaths[::-1] - events)


def _curves(steps: _Steps) -> tuple[Floats, Floats]:
    """The probability of neither event after each time, and the incidence of the event."""
    either = steps.events + steps.competing
    survival = np.cumprod(1 - either / steps.at_risk).astype(np.float64)
    survival[steps.at_risk == either] = 0.0
    incidence = np.cumsum(_before(survival) * steps.events / steps.at_risk)
    # Rounding may leave it beside 1, of which the logarithm is taken.
    incidence[np.abs(incidence - 1) < 1e-12] = 1.0
    return survival, incidence


def _before(survival: Floats) -> Floats:
    """The curve just before each time."""
    return np.concatenate([[1.0], survival])[:-1]


def _std_error(steps: _Steps, survival: Floats, incidence: Floats, variance: str) -> Floats:
    estimate = _delta if variance == "delta" else _aalen
    found = estimate(steps.at_risk, steps.events, steps.competing, _before(survival), incidence)
    return np.sqrt(np.clip(found, 0, None))


def of_another_kind(event: Bools, competing: npt.ArrayLike) -> Bools:
    """Whether each record ends with a competing event; ValueError where one is an event as well."""
    other = np.asarray(competing, dtype=bool)
    if other.shape != event.shape:
        raise ValueError(f"{len(event)} times, but {len(other)} marks of competing events")
    if (other & event).any():
        raise ValueError(f"{int((other & event).sum())} record(s) with censoring code 0 are competing events as well")
    return other


def _delta(at_risk: Ints, events: Ints, others: Ints, before: Floats, incidence: Floats) -> Floats:
    """The delta method over independent binomial and multinomial steps."""
    y, d, f = at_risk.astype(float), events + others, incidence
    step = d / (y * np.where(y > d, y - d, np.inf))
    own, cross = before**2 * events * (y - events) / y**3, before * events / y**2
    # Sums over earlier times of (F(t) - F)^2 step + own - 2 (F(t) - F) cross, F(t) taken out of them.
    square, linear = np.cumsum(step), np.cumsum(f * step + cross)
    return np.asarray(f**2 * square - 2 * f * linear + np.cumsum(f**2 * step + own + 2 * f * cross))


def _aalen(at_risk: Ints, events: Ints, others: Ints, before: Floats, incidence: Floats) -> Floats:
    """The counting process variance; tied events of a kind as draws without replacement."""
    y, f = at_risk.astype(float), incidence
    left = y - events - others
    factor = np.where(left > 0, y / np.where(left > 0, left, 1), 0.0)
    own, other = tie_factor(events, y) * events / y**2, tie_factor(others, y) * others / y**2
    # Sums over earlier times of (before - (F(t) - F) factor)^2 own + ((F(t) - F) factor)^2 other.
    base = before + f * factor
    square = np.cumsum(factor**2 * (own + other))
    linear = np.cumsum(base * factor * own + f * factor**2 * other)
    return np.asarray(f**2 * square - 2 * f * linear + np.cumsum(base**2 * own + f**2 * factor**2 * other))


def tie_factor(events: Ints | Floats, at_risk: Floats) -> Floats:
    """1 - (d - 1) / (n - 1) for d tied events, 1 without ties."""
    return np.asarray(1 - np.where(events > 1, events - 1, 0) / np.where(events > 1, at_risk - 1, 1))


def _point(moment: float, ordered: Floats, curve: tuple[Floats, ...], known: bool) -> IncidencePoint:
    time, incidence, std_error, lower, upper = curve
    at_risk = len(ordered) - int(np.searchsorted(ordered, moment, side="left"))
    if not len(ordered) or (not at_risk and not known):
        return IncidencePoint(moment, 0, None, None, None, None)
    step = int(np.searchsorted(time, moment, side="right")) - 1
    if step < 0:
        return IncidencePoint(moment, at_risk, 0.0, 0.0, None, None)
    found = (float(array[step]) for array in (incidence, std_error, lower, upper))
    return IncidencePoint(moment, at_risk, *(None if np.isnan(value) else value for value in found))
