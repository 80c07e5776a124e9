"""Events that emerge under treatment."""

from __future__ import annotations

import numpy as np

from derivations.columns import condition_column, floats, number_column
from derivations.imputation import SECONDS_PER_DAY
from derivations.moments import day_of, seconds
from derivations.registry import Condition, Number, derivation

__all__ = ["number_column", "treatment_emergent"]


@derivation(
    source="ADaM OCCDS 1.1: TRTEMFL; admiral: derive_var_trtemfl(); ICH E9, glossary: treatment emergent",
    subject="Treatment and doses",
    also="derive_var_trtemfl, TRTEMFL, TREMxxFL, TRTEMwFL, AETRTEM, TEAE, worsening, end window",
)
def treatment_emergent(
    start_date: Number,
    end_date: Number,
    trt_start_date: Number,
    trt_end_date: Number = None,
    *,
    end_window: Number = None,
    ignore_time_for_trt_end: bool = True,
    initial_intensity: Number = None,
    intensity: Number = None,
    datetime: bool = False,
) -> Condition:
    """Treatment-emergent: the event started on or after the first treatment and, if a window is given, not later
    than that many days after the last; or it started before the first treatment, had not ended, and worsened. An
    event without a start date is treatment-emergent; an event that ended before the first treatment is not, whatever
    its start. An event worsens if its intensity is greater than the initial one; if one of the two is missing, it
    counts as worse. Without an end of treatment, treatment goes on.

    Args:
        start_date: start of the event, in days since 1960-01-01 (ASTDT), of which a fraction is dropped; with
            `datetime` in seconds (ASTDTM).
        end_date: end of the event, likewise; missing while it goes on.
        trt_start_date: first treatment, likewise (TRTSDT).
        trt_end_date: last treatment, likewise (TRTEDT); needs `end_window`.
        end_window: days after the last treatment in which a start counts, 0 for none.
        ignore_time_for_trt_end: days are compared at the end of treatment, not times.
        initial_intensity: grade before treatment, as a number; needs `intensity`.
        intensity: grade of the event, as a number.
        datetime: the dates are moments in seconds since 1960-01-01T00:00:00, not days.

    Missing: false if the first treatment is missing. A missing start, end, grade and end of treatment count as said
    above; a missing window does not act.

    Example:
        >>> start, end = number_column([10, 9, 9, None, 42]), number_column([12, None, 9, None, None])
        >>> first, last = number_column([10] * 5), number_column([40] * 5)
        >>> treatment_emergent(start, end, first, last, end_window=number_column([1] * 5)).tolist()
        [True, False, False, True, False]
        >>> before, now = number_column([1] * 5), number_column([2] * 5)
        >>> treatment_emergent(start, end, first, initial_intensity=before, intensity=now).tolist()
        [True, True, False, True, True]
    """
    _check(trt_end_date is None, end_window is None, initial_intensity is None, intensity is None)
    last = trt_start_date * np.nan if trt_end_date is None else trt_end_date
    dates = {"start_date": start_date, "end_date": end_date, "trt_start_date": trt_start_date, "trt_end_date": last}
    start, end, first, stop = seconds("treatment_emergent", datetime, whole=True, **dates)
    emerged = np.isnan(start) | (start >= first)
    if end_window is not None:
        limit = stop + floats(end_window) * SECONDS_PER_DAY
        late = day_of(start) > day_of(limit) if ignore_time_for_trt_end else start > limit
        emerged &= ~late
    if intensity is not None and initial_intensity is not None:
        no_worse = floats(intensity) <= floats(initial_intensity)
        emerged |= (start < first) & ~no_worse
    return condition_column(emerged & ~np.isnan(first) & ~(end < first), start_date.index)


def _check(no_last: bool, no_window: bool, no_initial: bool, no_intensity: bool) -> None:
    if no_last != no_window:
        raise ValueError("treatment_emergent: trt_end_date and end_window are given together; 0 is no window")
    if no_initial != no_intensity:
        raise ValueError("treatment_emergent: initial_intensity and intensity are given together")
