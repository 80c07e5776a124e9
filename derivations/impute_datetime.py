"""Imputation of partial dates and times."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column
from derivations.imputation import (
    DATE_PARTS,
    PARTS,
    SECONDS_PER_DAY,
    Floats,
    bounded,
    bounds,
    check_highest,
    check_rule,
    check_year_bound,
    clock_of,
    clocks,
    imputed_days,
    missing_part,
    year_imputed,
)
from derivations.iso_calendar import parse
from derivations.registry import Iso, Number, derivation

__all__ = ["impute_datetime", "number_column", "text_column"]


@derivation(
    source="ADaMIG 1.3, section 3.1.3: imputation; admiral: derive_vars_dtm(), min_dates, max_dates",
    subject="Numeric dates and imputation",
    also="derive_vars_dtm, impute_dtc_dtm, restrict_imputed_dtc_dtm, convert_date_to_dtm, ASTDTM,"
    " AENDTM, time_imputation, highest_imputation, min_dates, max_dates, partial time",
)
def impute_datetime(
    iso: Iso,
    rule: str,
    time_rule: str,
    not_before: Number = None,
    not_after: Number = None,
    *,
    highest: str = "M",
    preserve: bool = False,
) -> Number:
    """The numeric date and time; of a partial one the first, middle or last day, and the first or last second,
    that it may stand for.

    Days are imputed as impute_date does, times to 00:00:00 (first), 23:59:59 (last) or a fixed time, part by
    part: 08:30 becomes 08:30:00 or 08:30:59. A bound acts only inside the seconds that the text may stand for.
    A lower bound later than the upper bound does not act. A complete date and time is never changed. A UTC
    offset is not used: the clock is the one that was collected.

    Args:
        iso: ISO 8601 date or datetime (--DTC).
        rule: "first", "mid", "last" or a month and day, such as "06-15".
        time_rule: "first", "last" or a time, such as "12:00:00".
        not_before: earliest imputed moment, in seconds since 1960-01-01T00:00:00 (TRTSDTM).
        not_after: latest imputed moment, likewise; of a day X its end is X * 86400 + 86399.
        highest: the highest part that may be imputed: "n" none, "s", "m", "h" second, minute, hour, "D", "M",
            "Y" day, month, year, each with all the lower parts; a date without a year becomes the bound to
            which the rule points ("first": not_before, "last": not_after), which must be given.
        preserve: keep a part that was collected behind a missing one (2024---15, 2024-03-04T-:30).

    Returns seconds since 1960-01-01T00:00:00.

    Missing: a missing date, and one without a year, stays missing unless the year may be imputed and its bound
    is known; a text that lacks more than may be imputed is missing; a missing bound does not act.

    Example:
        >>> partial = text_column(["1960-01-02T08:30", "1960-01-02", "1960-01", None])
        >>> impute_datetime(partial, "first", "first").tolist()
        [117000.0, 86400.0, 0.0, nan]
        >>> impute_datetime(partial, "last", "last", highest="h").tolist()
        [117059.0, 172799.0, nan, nan]
    """
    check_rule("impute_datetime", rule)
    check_highest("impute_datetime", highest, PARTS)
    check_year_bound("impute_datetime", rule, highest, not_before, not_after)
    target = clock_of("impute_datetime", time_rule)
    texts = iso.to_numpy()
    parts, clock = parse(texts), clocks(texts, preserve)
    lower, upper = bounds(not_before, not_after, len(iso))
    days = imputed_days(texts, rule, highest if highest in DATE_PARTS else "n", preserve)
    moments = _moment(days, clock, target)
    moments = np.where(missing_part(parts, clock) <= PARTS.index(highest), moments, np.nan)
    collected = clocks(texts, preserve=False)
    first = _moment(parts.first, collected, clock_of("impute_datetime", "first"))
    last = _moment(parts.last, collected, clock_of("impute_datetime", "last"))
    moments = bounded(moments, first, last, lower, upper)
    if highest == "Y":
        moments = year_imputed(moments, rule, lower, upper)
    return number_column(moments, iso.index)


def _moment(days: Floats, clock: Floats, otherwise: tuple[int, int, int]) -> Floats:
    """Seconds since 1960 of days and of times whose missing parts are those given."""
    hour, minute, second = np.where(np.isnan(clock), np.array(otherwise, dtype=float), clock).T
    return days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second
