"""Records sorted once by stratum and time, so that every sum over a set at risk is a running sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from results.statistics.survival_records import Bools, Floats, Ints

FEW = 64


@dataclass(frozen=True, eq=False)
class RiskSets:
    """The event times of each stratum, the latest first, and which records are at risk at them.

    A record is at risk at an event time of its stratum unless its own time is before it; a record censored at
    that time is at risk. Sorted by stratum and falling time, those at risk are the records from the first of
    the stratum on. Records before the first event of their stratum are never at risk and left out.

    Over the n records that are at risk at some time: order (their positions in the arrays given), event, block
    (the event time at which a record comes in, seen from the latest). Over the K event times: begin (the first
    record that comes in), first (whether it is the latest of its stratum), time, stratum, at_risk, deaths. Over
    the D events: dead (their places in `order`), dead_begin (K: the first of them at each event time).
    """

    order: Ints
    event: Bools
    block: Ints
    begin: Ints
    first: Bools
    time: Floats
    stratum: Ints
    at_risk: Ints
    deaths: Ints
    dead: Ints
    dead_begin: Ints

    @property
    def record_first(self) -> Bools:
        """Over the n records: whether each is the first of its stratum."""
        found = np.zeros(len(self.order), dtype=bool)
        found[self.begin[self.first]] = True
        return found

    def at(self, values: npt.NDArray[Any], add: np.ufunc = np.add) -> npt.NDArray[Any]:
        """Sum (or `add`) of values of the n records over the risk set of each event time; last axis n to K."""
        return running(self.coming(values, add), self.first, add)

    def coming(self, values: npt.NDArray[Any], add: np.ufunc = np.add) -> npt.NDArray[Any]:
        """The same sum over the records that come into the risk set at each event time."""
        if len(self.begin) == 0:
            return values[..., :0]
        found: npt.NDArray[Any] = add.reduceat(values, self.begin, axis=-1)
        return found

    def of_events(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum of values of the D events over those at each event time; last axis D to K."""
        if len(self.begin) == 0:
            return values[..., :0]
        found: npt.NDArray[Any] = np.add.reduceat(values, self.dead_begin, axis=-1)
        return found

    def until(self, values: npt.NDArray[Any], add: np.ufunc = np.add) -> npt.NDArray[Any]:
        """Running sum of values of the K event times in the order of time, each stratum by itself."""
        last = np.append(self.first[1:], True)[: len(self.first)]
        return running(values[..., ::-1], last[::-1], add)[..., ::-1]


def risk_sets(time: Floats, event: Bools, strata: Ints | None = None) -> RiskSets:
    """The sets at risk of records with their times, whether each is an event, and codes of strata."""
    stratum = np.zeros(len(time), dtype=np.int64) if strata is None else strata
    order = np.argsort(-time, kind="stable") if strata is None else np.lexsort((-time, strata))
    moments, events, stratum = time[order], event[order], stratum[order]
    apart = np.ones(len(order), dtype=bool)
    apart[1:] = (moments[1:] != moments[:-1]) | (stratum[1:] != stratum[:-1])
    start = np.flatnonzero(apart)
    deaths = np.add.reduceat(events, start, dtype=np.int64) if len(start) else np.zeros(0, dtype=np.int64)
    holds = deaths > 0
    which = start[holds]
    # The event time at or next before each distinct time; that of another stratum means: never at risk.
    coming: Ints = np.repeat(np.cumsum(holds) - holds, np.diff(np.append(start, len(order))))
    kept = coming < len(which)
    kept[kept] = stratum[which[coming[kept]]] == stratum[kept]
    block, order, events = coming[kept], order[kept], events[kept]
    begin = np.searchsorted(block, np.arange(len(which)))
    first = np.ones(len(which), dtype=bool)
    first[1:] = stratum[which[1:]] != stratum[which[:-1]]
    deaths = deaths[holds]
    return RiskSets(
        order=order,
        event=events,
        block=block,
        begin=begin,
        first=first,
        time=moments[which],
        stratum=stratum[which],
        at_risk=running(np.bincount(block, minlength=len(which)), first),
        deaths=deaths,
        dead=np.flatnonzero(events),
        dead_begin=np.cumsum(deaths) - deaths,
    )


def running(values: npt.NDArray[Any], first: Bools, add: np.ufunc = np.add) -> npt.NDArray[Any]:
    """Running sum (or `add`) along the last axis that starts anew where `first` is true.

    No difference of two longer sums: that would lose the digits of a small stratum beside a large one. Few
    segments are taken one by one; many are doubled in reach until the longest is covered.

    >>> running(np.array([1, 2, 3, 4, 5]), np.array([True, False, True, False, False])).tolist()
    [1, 3, 3, 7, 12]
    """
    starts = np.flatnonzero(first)
    if len(starts) == 0:
        return values
    result = np.array(values)
    if len(starts) <= FEW:
        for begin, end in zip(starts, (*starts[1:], values.shape[-1])):
            add.accumulate(values[..., begin:end], axis=-1, out=result[..., begin:end])
        return result
    reach = np.arange(values.shape[-1]) - np.repeat(starts, np.diff((*starts, values.shape[-1])))
    step = 1
    while step <= reach.max():
        further = np.flatnonzero(reach >= step)
        result[..., further] = add(result[..., further], result[..., further - step])
        step *= 2
    return result
