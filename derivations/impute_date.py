"""Imputation of partial dates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from derivations.columns import number_column, text_column
from derivations.iso_calendar import MONTH, YEAR, IsoParts, parse
from derivations.registry import Day, Iso, Number, derivation

__all__ = ["impute_date", "text_column"]

RULES = ("first", "mid", "last")
MID_MONTH_OFFSET = 14  # the 15th
MID_YEAR_FROM_END = 184  # 30 June, whether or not the year has a 29 February

Floats = npt.NDArray[np.float64]


@derivation(source="ADaMIG 1.3, section 3.1.3: imputation; admiral: min_dates, max_dates")
def impute_date(iso: Iso, rule: str, not_before: Day = None, not_after: Day = None) -> Number:
    """The day of the date; of a partial date the first, middle or last day that it may stand for.

    The middle of a month is its 15th, the middle of a year 30 June. A bound acts only inside the days that
    the date may stand for: a first day before the lower bound is moved to it, a last day after the upper
    bound is moved to it. A lower bound later than the upper bound does not act. A complete date is never
    changed.

    Args:
        iso: ISO 8601 date or datetime (--DTC).
        rule: "first", "mid" or "last".
        not_before: earliest imputed day, in days since 1960-01-01.
        not_after: latest imputed day, in days since 1960-01-01.

    Returns days since 1960-01-01.

    Missing: a missing date, and one without a year, stays missing; a missing bound does not act.

    Example:
        >>> partial = text_column(["1960-02", "1960", "1960-02-03", "--02-03"])
        >>> impute_date(partial, "first").tolist()
        [31.0, 0.0, 33.0, nan]
        >>> impute_date(partial, "last", not_after=number_column([40] * 4)).tolist()
        [40.0, 40.0, 33.0, nan]
    """
    if rule not in RULES:
        raise ValueError(f"impute_date: the rule is one of {', '.join(RULES)}, but it is {rule!r}")
    parts = parse(iso.to_numpy())
    lower, upper = _bound(not_before, len(iso)), _bound(not_after, len(iso))
    lower = np.where(lower > upper, np.nan, lower)
    days = _unbounded(parts, rule)
    days = np.where(_inside(lower, parts) & (days < lower), lower, days)
    days = np.where(_inside(upper, parts) & (days > upper), upper, days)
    return number_column(days.tolist(), iso.index)


def _bound(bound: Day, rows: int) -> Floats:
    return np.full(rows, np.nan) if bound is None else np.floor(bound.to_numpy(dtype=float))


def _inside(bound: Floats, parts: IsoParts) -> npt.NDArray[np.bool_]:
    return (bound >= parts.first) & (bound <= parts.last)


def _unbounded(parts: IsoParts, rule: str) -> Floats:
    if rule == "first":
        return parts.first
    if rule == "last":
        return parts.last
    middle = np.where(parts.level == MONTH, parts.first + MID_MONTH_OFFSET, parts.first)
    return np.where(parts.level == YEAR, parts.last - MID_YEAR_FROM_END, middle)
