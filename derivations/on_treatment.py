"""Records that lie in the time of treatment."""

from __future__ import annotations

import numpy as np

from derivations.columns import condition_column, floats, number_column
from derivations.imputation import SECONDS_PER_DAY
from derivations.moments import day_of, seconds
from derivations.registry import Condition, Number, derivation

__all__ = ["condition_column", "number_column", "on_treatment"]


@derivation(
    source="ADaMIG 1.3, section 3.3.8: ONTRTFL; ADaM OCCDS 1.1: ONTRTFL; admiral: derive_var_ontrtfl()",
    subject="Treatment and doses",
    also="derive_var_ontrtfl, ONTRTFL, ONTRxxFL, ONTRTwFL, ref_end_window, span_period",
)
def on_treatment(
    start_date: Number,
    ref_start_date: Number,
    ref_end_date: Number = None,
    *,
    end_date: Number = None,
    ref_end_window: Number = None,
    ignore_time_for_ref_end_date: bool = True,
    pre_timepoint: Condition = None,
    span_period: bool = False,
    datetime: bool = False,
) -> Condition:
    """On treatment: the record starts on or after the start of treatment and, if an end is given, not later than the
    end and the days of the window after it. A record without a start date is on treatment unless it ended before
    treatment. With `span_period` a record that started before treatment and ended on or after its start, or has not
    ended, is on treatment too. Treatment without an end goes on.

    Args:
        start_date: start or date of the record, in days since 1960-01-01 (ASTDT, ADT), of which a fraction is
            dropped; with `datetime` in seconds.
        ref_start_date: start of treatment, likewise (TRTSDT, APxxSDT).
        ref_end_date: end of treatment, likewise (TRTEDT, APxxEDT).
        end_date: end of the record, likewise (AENDT); missing while it goes on.
        ref_end_window: days after the end of treatment that still count.
        ignore_time_for_ref_end_date: days are compared at the end of treatment, not times.
        pre_timepoint: records taken before the dose (ATPT == 'PRE'), which are not on treatment where they start
            with it.
        span_period: a record that goes on from before treatment counts; needs `end_date`.
        datetime: the dates are moments in seconds since 1960-01-01T00:00:00, not days.

    Missing: false if the start of treatment is missing. A missing start, end and end of treatment count as said
    above; a missing window does not act.

    Example:
        >>> dates, first, last = number_column([9, 10, 41, None]), number_column([10] * 4), number_column([40] * 4)
        >>> on_treatment(dates, first, last).tolist()
        [False, True, False, True]
        >>> on_treatment(dates, first, last, ref_end_window=number_column([1] * 4)).tolist()
        [False, True, True, True]
    """
    if span_period and end_date is None:
        raise ValueError("on_treatment: span_period needs end_date")
    if ref_end_window is not None and ref_end_date is None:
        raise ValueError("on_treatment: ref_end_window needs ref_end_date")
    none = start_date * np.nan
    dates = {
        "start_date": start_date,
        "end_date": none if end_date is None else end_date,
        "ref_start_date": ref_start_date,
        "ref_end_date": none if ref_end_date is None else ref_end_date,
    }
    start, end, first, last = seconds("on_treatment", datetime, whole=True, **dates)
    if ref_end_window is not None:
        last = last + np.nan_to_num(floats(ref_end_window)) * SECONDS_PER_DAY
    late = day_of(start) > day_of(last) if ignore_time_for_ref_end_date else start > last
    before_dose = np.zeros(len(start), bool) if pre_timepoint is None else pre_timepoint.to_numpy(dtype=bool)
    on = np.isnan(start) | ((start == first) & ~before_dose) | ((start > first) & ~late)
    if span_period:
        on |= start < first
    return condition_column(on & ~np.isnan(first) & ~(end < first), start_date.index)
