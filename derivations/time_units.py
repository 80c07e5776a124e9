"""Units of time: their lengths, and months and years as the calendar counts them.

Two conventions stand beside each other. A *duration* is a length of time: a month has 30.4375 days, a year
365.25. An *interval* follows the calendar: a month is over on the same day of the next month, or on its last day
if it has no such day; a year likewise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from derivations.columns import Floats
from derivations.imputation import SECONDS_PER_DAY

Whole = npt.NDArray[np.int64]

SECONDS: dict[str, float] = {
    "years": 365.25 * SECONDS_PER_DAY,
    "months": 30.4375 * SECONDS_PER_DAY,
    "weeks": 7.0 * SECONDS_PER_DAY,
    "days": float(SECONDS_PER_DAY),
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
}
MONTHS = {"years": 12, "months": 1}
EPOCH_MONTH = -120
FUZZ = 1e-12


def unit_of(function: str, argument: str, unit: str, allowed: tuple[str, ...] = tuple(SECONDS)) -> str:
    """A unit in lower case; ValueError for one that is not allowed.

    >>> unit_of("duration", "out_unit", "YEARS")
    'years'
    """
    found = unit.strip().lower()
    if found not in allowed:
        raise ValueError(f"{function}: {argument} is one of {', '.join(allowed)}, but it is {unit!r}")
    return found


def truncated(values: Floats) -> Floats:
    """Numbers without their fraction; one within 1E-12 of a whole number counts as whole.

    >>> truncated(np.array([1.9, -1.9, 0.29 * 100])).tolist()
    [1.0, -1.0, 29.0]
    """
    nearest = np.rint(values)
    return np.where(np.abs(values - nearest) <= FUZZ, nearest, np.trunc(values)) + 0.0


def floored(moments: Floats, unit: str) -> Floats:
    """Moments in seconds, cut to the second, minute, hour, day, month or year in which they lie."""
    if unit not in MONTHS:
        return np.floor(moments / SECONDS[unit]) * SECONDS[unit]
    known = np.isfinite(moments)
    months = _month(moments[known])
    result = np.full(moments.shape, np.nan)
    result[known] = _month_start(months - (months - EPOCH_MONTH) % MONTHS[unit])
    return result


def calendar_length(start: Floats, end: Floats, unit: str) -> Floats:
    """Months or years from start to end by the calendar, negative where the end is before the start.

    What is over counts whole; the rest is a part of the month or year that runs, each counted from the start.
    """
    known = np.isfinite(start) & np.isfinite(end)
    first, last = np.minimum(start[known], end[known]), np.maximum(start[known], end[known])
    step = MONTHS[unit]
    over = (_month(last) - _month(first)) // step
    over = over - (_later(first, over * step) > last)
    begun, next_one = _later(first, over * step), _later(first, (over + 1) * step)
    result = np.full(start.shape, np.nan)
    result[known] = (over + (last - begun) / (next_one - begun)) * np.where(end[known] < start[known], -1, 1)
    return result


def _later(moments: Floats, months: Whole) -> Floats:
    """Moments some months later, on the same day of the month or on its last."""
    own = _month(moments)
    since = moments - _month_start(own)
    target = own + months
    last_day = (_month_start(target + 1) - _month_start(target)) / SECONDS_PER_DAY - 1
    day = np.floor(since / SECONDS_PER_DAY)
    return _month_start(target) + since - (day - np.minimum(day, last_day)) * SECONDS_PER_DAY


def _month(moments: Floats) -> Whole:
    """The calendar month of moments, in months since 1970-01."""
    days = np.floor(moments / SECONDS_PER_DAY).astype(np.int64)
    dates = np.datetime64("1960-01-01", "D") + days.astype("timedelta64[D]")
    return np.asarray(dates.astype("datetime64[M]").astype(np.int64))


def _month_start(months: Whole) -> Floats:
    """The seconds since 1960 at which months since 1970-01 begin."""
    days = months.astype("datetime64[M]").astype("datetime64[D]") - np.datetime64("1960-01-01", "D")
    return np.asarray(days.astype(np.float64) * SECONDS_PER_DAY)
