"""Imputation of what a partial date or time lacks: the rules, and how far imputation may go.

The words are those of admiral: a rule is `first`, `mid`, `last` or a fixed month and day (`06-15`), the highest
part that may be imputed is one of n (none), s, m, h, D, M, Y (second, minute, hour, day, month, year), and
`preserve` keeps a part that was collected behind a missing one (the 15 of `2024---15`).
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from derivations.iso_calendar import DAY, EPOCH, MONTH, NO_PART, YEAR, IsoParts, components, parse

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RULES = ("first", "mid", "last")
DATE_PARTS = ("n", "D", "M", "Y")
PARTS = ("n", "s", "m", "h", "D", "M", "Y")
LEAST_LEVEL = {"D": MONTH, "M": YEAR, "Y": NO_PART}
MID_MONTH, MID_YEAR = 15, (6, 30)
SECONDS_PER_DAY = 86_400
ANY_LEAP_YEAR = 2024

_FIXED = re.compile(r"(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)


def check_rule(function: str, rule: str) -> None:
    """ValueError for a rule that is none of the words and no month and day of the calendar."""
    if rule in RULES:
        return
    match = _FIXED.fullmatch(rule)
    try:
        if match is None:
            raise ValueError(rule)
        date(ANY_LEAP_YEAR, int(match["month"]), int(match["day"]))
    except ValueError:
        raise ValueError(
            f"{function}: the rule is one of {', '.join(RULES)}, but it is {rule!r}; a fixed month and day is MM-DD"
        ) from None


def check_highest(function: str, highest: str, parts: tuple[str, ...]) -> None:
    """ValueError for a highest part that is none."""
    if highest not in parts:
        raise ValueError(f"{function}: highest is one of {', '.join(parts)}, but it is {highest!r}")


def check_year_bound(function: str, rule: str, highest: str, lower: object, upper: object) -> None:
    """ValueError where a missing year may be imputed, but no bound is given to which the rule points."""
    if highest != "Y" or (rule == "first" and lower is not None) or (rule == "last" and upper is not None):
        return
    needs = {"first": "not_before", "last": "not_after"}.get(rule, "")
    hint = f"with the rule {rule!r} it needs {needs}" if needs else "the rule must be first or last"
    raise ValueError(f'{function}: highest="Y" puts a bound in for a missing year; {hint}')


def clock_of(function: str, rule: str) -> tuple[int, int, int]:
    """Hour, minute and second that a rule for times puts in; ValueError for a rule that is none.

    >>> clock_of("impute_datetime", "last"), clock_of("impute_datetime", "12:30:00")
    ((23, 59, 59), (12, 30, 0))
    """
    if rule in ("first", "last"):
        return (0, 0, 0) if rule == "first" else (23, 59, 59)
    match = _CLOCK.fullmatch(rule)
    if match is None:
        raise ValueError(f"{function}: the rule of the time is first, last or HH:MM:SS, but it is {rule!r}")
    return int(match[1]), int(match[2]), int(match[3])


def imputed_days(texts: npt.ArrayLike, rule: str, highest: str, preserve: bool) -> Floats:
    """The SAS day of each date, its missing day and month put in by the rule; NaN where that may not be done."""
    level = parse(texts).level
    year, month, day = components(texts)[:, :3].T
    new_month, new_day = _target(rule, ~np.isnan(month))
    keeps = ~np.isnan(day) & (~np.isnan(month) | preserve)
    days = _sas_days(year, np.where(np.isnan(month), new_month, month), np.where(keeps, day, new_day))
    allowed = level == DAY if highest == "n" else level >= LEAST_LEVEL[highest]
    return np.where(allowed & (level > NO_PART), days, np.nan)


def bounded(days: Floats, first: Floats, last: Floats, lower: Floats, upper: Floats) -> Floats:
    """The days moved to a bound that lies among the days that a date may stand for, from first to last."""
    days = np.where((lower >= first) & (lower <= last) & (days < lower), lower, days)
    return np.where((upper >= first) & (upper <= last) & (days > upper), upper, days)


def year_imputed(days: Floats, rule: str, lower: Floats, upper: Floats) -> Floats:
    """The days, and for a date of which not even the year is known the bound to which the rule points."""
    bound = lower if rule == "first" else upper if rule == "last" else np.full(days.shape, np.nan)
    return np.where(np.isnan(days), bound, days)


def bounds(lower: pd.Series | None, upper: pd.Series | None, rows: int) -> tuple[Floats, Floats]:
    """Both bounds as numbers, NaN where there is none; a lower bound later than the upper one does not act."""
    low, high = (
        np.full(rows, np.nan) if bound is None else bound.to_numpy(dtype=float) for bound in (lower, upper)
    )
    return np.where(low > high, np.nan, low), high


def clocks(texts: npt.ArrayLike, preserve: bool) -> Floats:
    """Hour, minute and second of each text, one row per text; NaN for a part that is missing.

    A part behind a missing one counts as missing, unless it is preserved; so does the time of a partial date.
    """
    parts = components(texts)
    clock = parts[:, 3:]
    if preserve:
        return clock
    lost = np.isnan(parts[:, 1:3]).any(axis=1) | np.isnan(clock[:, 0])
    clock = np.where(lost[:, None], np.nan, clock)
    clock[:, 2] = np.where(np.isnan(clock[:, 1]), np.nan, clock[:, 2])
    return clock


def missing_part(parts: IsoParts, clock: Floats) -> npt.NDArray[np.intp]:
    """The highest missing part of each text, as its place in PARTS: 0 for none."""
    hour, minute, second = np.isnan(clock).T
    time = np.select([hour, minute, second], [3, 2, 1], 0)
    dates = np.select([parts.level == NO_PART, parts.level == YEAR, parts.level == MONTH], [6, 5, 4], 0)
    return np.where(dates > 0, dates, time)


def _target(rule: str, month_known: Flags) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Month and day that the rule puts in; a day that the month does not have becomes its last."""
    match = _FIXED.fullmatch(rule)
    if match is not None:
        month, day_of_month, day_of_year = int(match["month"]), int(match["day"]), int(match["day"])
    elif rule == "mid":
        (month, day_of_year), day_of_month = MID_YEAR, MID_MONTH
    else:
        month, day_of_month, day_of_year = (1, 1, 1) if rule == "first" else (12, 31, 31)
    return np.full(month_known.shape, month), np.where(month_known, day_of_month, day_of_year)


def _sas_days(year: Floats, month: Floats, day: Floats) -> Floats:
    """SAS days of years, months and days; a day that the month does not have is its last; NaN without a year."""
    known = ~np.isnan(year)
    result = np.full(year.shape, np.nan)
    months = ((year[known] - 1970) * 12 + month[known] - 1).astype(np.int64)
    starts, ends = (whole.astype("datetime64[M]").astype("datetime64[D]") for whole in (months, months + 1))
    longest = (ends - starts).astype(np.int64)
    result[known] = (starts - EPOCH).astype(np.int64) + np.minimum(day[known], longest) - 1
    return result
