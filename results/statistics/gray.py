"""Gray's test that cumulative incidence curves are equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.cumulative_incidence import of_another_kind, tie_factor
from results.statistics.quadratic_form import ChiSquareTest, quadratic
from results.statistics.registry import Condition, Groups, Number, Strata, Value, statistic
from results.statistics.risk_sets import RiskSets, risk_sets
from results.statistics.survival_records import Bools, Floats, Ints, checked, codes


@dataclass(frozen=True)
class Gray:
    """The test; level_counts: records, events and competing events of each level."""

    test: ChiSquareTest
    level_counts: tuple[tuple[int, int, int], ...]
    rho: float

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; those of a level are qualified by `group`."""
        head = (
            Value("statistic", "Chi-square statistic", self.test.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", self.test.df, "d"),
            Value("p_value", "P-value", self.test.p_value, ".4f"),
            Value("rho", "Power of the weight", self.rho, "g"),
        )
        return (*head, *(value for level, counts in enumerate(self.level_counts) for value in _counted(level, *counts)))


def _counted(level: int, records: int, events: int, competing: int) -> tuple[Value, ...]:
    place = ("group", float(level))
    return (
        Value("n", "Number of records", records, "d", *place),
        Value("events", "Number of events", events, "d", *place),
        Value("competing", "Number of competing events", competing, "d", *place),
    )


@statistic
def gray(
    time: Number,
    censor: Number,
    competing: Condition,
    groups: Groups,
    strata: Strata = None,
    *,
    rho: float = 0.0,
) -> Gray:
    """The test that the cumulative incidence of an event is the same at all levels, competing events allowed for.

    time, censor, competing: as in cumulative_incidence. groups: codes of the levels, the first is 0. strata: codes;
    scores and variances are summed over strata. rho: power of the weight (1 - F)^rho with F the incidence of all
    levels together, 0 without weights. Degrees of freedom are the rank of the covariance of the scores.

    Observed events less those expected by the subdistribution hazard, in which a record with a competing event
    counts on, less for the censoring it would have met. Gray RJ. Ann Stat 1988;16:1141-1154, with cmprsk::cuminc's
    variance for ties.

    >>> time, censor, competing = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 1, 0, 0, 0, 1]), np.arange(6) == 1
    >>> round(gray(time, censor, competing, np.array([0, 0, 0, 1, 1, 1])).test.statistic, 4)
    2.1654
    """
    if not np.isfinite(rho):
        raise ValueError(f"rho={rho!r} is no power")
    times, event = checked(time, censor)
    other = of_another_kind(event, competing)
    group = codes("groups", groups, len(times))
    stratum = None if strata is None else codes("strata", strata, len(times))
    number = int(group.max()) + 1 if len(group) else 0
    counts = tuple(
        (int((group == k).sum()), int((event & (group == k)).sum()), int((other & (group == k)).sum()))
        for k in range(number)
    )
    risk = risk_sets(times, event | other, stratum)
    score, covariance = _score(risk, event, group, number, float(rho))
    return Gray(quadratic(score, covariance), counts, float(rho))


def _score(risk: RiskSets, event: Bools, group: Ints, number: int, rho: float) -> tuple[Floats, Floats]:
    """The scores of the levels with their covariance, over strata."""
    order, of_interest = group[risk.order], event[risk.order]
    member = order == np.arange(number)[:, None]
    at_risk = risk.at(member.astype(float))
    own = risk.of_events((member & of_interest)[:, risk.dead].astype(float))
    others = risk.of_events((member & ~of_interest)[:, risk.dead].astype(float))
    some = at_risk > 0
    size = np.where(some, at_risk, 1.0)
    survival = risk.until(1 - (own + others) / size, np.multiply)
    before = _earlier(risk, survival, 1.0)
    # The records at risk had none been taken by the competing event (h in the paper), and those of them that
    # are still without the event (R).
    inflated = np.where(some, at_risk / np.where(some, before, 1.0), 0.0)
    incidence = _earlier(risk, risk.until(before * own / size), 0.0)
    remaining = inflated * (1 - incidence)
    total, events = inflated.sum(axis=0), own.sum(axis=0)
    step = events / total
    pooled = risk.until(step)
    pooled_before = _earlier(risk, pooled, 0.0)
    free = np.clip(1 - pooled_before, 0, None)
    weight = np.where(free > 0, np.where(free > 0, free, 1.0) ** rho, 0.0)
    expected = remaining * events / np.where(events > 0, remaining.sum(axis=0), 1.0)
    score = (weight * (own - expected)).sum(axis=1)
    # What an event at each time in level r adds to the score of level k, by itself and through later times.
    direct = weight * inflated[:, None] * (np.eye(number)[:, :, None] - inflated / total)
    later = direct * np.where(free > 0, step / np.where(free > 0, free, 1.0), 0.0)
    later = _whole(risk, later) - risk.until(later)
    safe = np.where(survival > 0, survival, 1.0)
    ratio = np.where(survival > 0, (1 - pooled) / safe, 0.0)
    several = some & (events > 1)
    tied = np.where(several, (events - 1) / np.where(several, total * before - 1, 1.0), 0.0)
    first = np.where(some, (1 - tied) * step / np.where(some, inflated, 1.0), 0.0)
    second = np.where(some, before**2 * tie_factor(others, size) * others / size**2, 0.0)
    return score, _products(direct + (1 - ratio) * later, first) + _products(ratio * later, second)


def _products(effects: Floats, variance: Floats) -> Floats:
    """Sum over levels r and times of effect k, effect l and variance."""
    return np.asarray(np.einsum("krt,lrt,rt->kl", effects, effects, variance))


def _earlier(risk: RiskSets, values: Floats, start: float) -> Floats:
    """The value at the event time before, `start` at the first of a stratum."""
    last = np.append(risk.first[1:], True)[: len(risk.first)]
    return np.asarray(np.where(last, start, np.roll(values, -1, axis=-1)))


def _whole(risk: RiskSets, values: Floats) -> Floats:
    """The sum over the stratum of each event time."""
    begins = np.flatnonzero(risk.first)
    if not len(begins):
        return values
    sums = np.add.reduceat(values, begins, axis=-1)
    return np.asarray(np.repeat(sums, np.diff((*begins, values.shape[-1])), axis=-1))
