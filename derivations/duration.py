"""The time from one date to another, in any unit."""

from __future__ import annotations

import numpy as np

from derivations.columns import finite_column, number_column
from derivations.moments import seconds
from derivations.registry import Number, derivation
from derivations.time_units import MONTHS, SECONDS, calendar_length, floored, truncated, unit_of

__all__ = ["duration", "number_column"]

TYPES = ("duration", "interval")
IN_UNITS = ("years", "months", "days", "hours", "minutes", "seconds")


@derivation(
    source="ADaM OCCDS 1.1: ADURN; ADaMIG 1.3, section 3.2: AAGE; admiral: compute_duration()",
    subject="Study days, durations, ages",
    also="derive_vars_duration, compute_duration, derive_vars_aage, ADURN, AAGE, INTCK, YRDIF, DATDIF, weeks, months,"
    " years, hours, minutes, 30.4375, 365.25",
)
def duration(
    start_date: Number,
    end_date: Number,
    out_unit: str = "days",
    *,
    in_unit: str = "days",
    floor_in: bool = True,
    add_one: bool = True,
    trunc_out: bool = False,
    type: str = "duration",
    datetime: bool = False,
) -> Number:
    """The time from the start date to the end date in the given unit, one unit of the dates added so that both ends
    count, unless it is said that none is added; negative if the end date is before the start date. With type
    "duration" a month has 30.4375 days and a year 365.25 days. With type "interval" months and years are those of
    the calendar: a month is over on the same day of the next month, or on its last day if it has no such day, a year
    likewise; the rest is a part of the month or year that runs. Nothing is added to a negative time.

    Args:
        start_date: days since 1960-01-01; with `datetime` seconds since 1960-01-01T00:00:00.
        end_date: likewise.
        out_unit: unit of the result: "years", "months", "weeks", "days", "hours", "minutes" or "seconds".
        in_unit: the unit to which the dates are rounded down and of which one is added: one of those, but
            "weeks".
        floor_in: round the dates down to `in_unit`: with "days" the times of datetimes do not count.
        add_one: add one `in_unit` where the end is not before the start, so that both ends count.
        trunc_out: leave out the fraction of the result.
        type: "duration" or "interval".
        datetime: the dates are moments in seconds (ASTDTM), not days (ASTDT).

    Missing: missing if one of the dates is missing.

    Example:
        >>> start, end = number_column([0, 31, 31]), number_column([0, 60, None])
        >>> duration(start, end).tolist()
        [1.0, 30.0, nan]
        >>> duration(start, end, "months", add_one=False, type="interval").tolist()
        [0.0, 1.0, nan]
    """
    out_unit = unit_of("duration", "out_unit", out_unit)
    in_unit = unit_of("duration", "in_unit", in_unit, IN_UNITS)
    if type not in TYPES:
        raise ValueError(f"duration: type is one of {', '.join(TYPES)}, but it is {type!r}")
    start, end = seconds("duration", datetime, start_date=start_date, end_date=end_date)
    if floor_in:
        start, end = floored(start, in_unit), floored(end, in_unit)
    added = np.where((end >= start) & add_one, SECONDS[in_unit], 0.0)
    if type == "interval" and out_unit in MONTHS:
        length = calendar_length(start, end, out_unit) + added / SECONDS[out_unit]
    else:
        length = (end - start + added) / SECONDS[out_unit]
    return finite_column(truncated(length) if trunc_out else length, start_date.index)
