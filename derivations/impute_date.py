"""Imputation of partial dates."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column
from derivations.imputation import (
    DATE_PARTS,
    RULES,
    bounded,
    bounds,
    check_highest,
    check_rule,
    check_year_bound,
    imputed_days,
    year_imputed,
)
from derivations.iso_calendar import parse
from derivations.registry import Day, Iso, Number, derivation

__all__ = ["RULES", "impute_date", "number_column", "text_column"]


@derivation(
    source="ADaMIG 1.3, section 3.1.3: imputation; admiral: derive_vars_dt(), min_dates, max_dates",
    subject="Numeric dates and imputation",
    also="derive_vars_dt, impute_dtc_dt, restrict_imputed_dtc_dt, ASTDT, AENDT, highest_imputation,"
    " date_imputation, min_dates, max_dates, preserve, partial date",
)
def impute_date(
    iso: Iso,
    rule: str,
    not_before: Day = None,
    not_after: Day = None,
    *,
    highest: str = "M",
    preserve: bool = False,
) -> Number:
    """The day of the date; of a partial date the first, middle or last day that it may stand for.

    The middle of a month is its 15th, the middle of a year 30 June. A bound acts only inside the days that
    the date may stand for: a first day before the lower bound is moved to it, a last day after the upper
    bound is moved to it. A lower bound later than the upper bound does not act. A complete date is never
    changed.

    Args:
        iso: ISO 8601 date or datetime (--DTC).
        rule: "first", "mid" or "last"; or a month and day, such as "06-15", of which a date with a month takes
            the day (the last of the month, if that is shorter).
        not_before: earliest imputed day, in days since 1960-01-01.
        not_after: latest imputed day, in days since 1960-01-01.
        highest: the highest part that may be imputed: "n" none, "D" the day, "M" the month and the day, "Y" the
            year too, where a date without a year, or none at all, becomes the bound to which the rule points
            ("first": not_before, "last": not_after), which must be given.
        preserve: keep a day that was collected without its month (2024---15).

    Returns days since 1960-01-01.

    Missing: a missing date, and one without a year, stays missing unless the year may be imputed and its bound
    is known; a date that lacks more than may be imputed is missing; a missing bound does not act.

    Example:
        >>> partial = text_column(["1960-02", "1960", "1960-02-03", "--02-03"])
        >>> impute_date(partial, "first").tolist()
        [31.0, 0.0, 33.0, nan]
        >>> impute_date(partial, "last", not_after=number_column([40] * 4)).tolist()
        [40.0, 40.0, 33.0, nan]
        >>> impute_date(partial, "first", number_column([20] * 4), highest="Y").tolist()
        [31.0, 20.0, 33.0, 20.0]
    """
    check_rule("impute_date", rule)
    check_highest("impute_date", highest, DATE_PARTS)
    check_year_bound("impute_date", rule, highest, not_before, not_after)
    texts = iso.to_numpy()
    parts = parse(texts)
    lower, upper = bounds(not_before, not_after, len(iso))
    lower, upper = np.floor(lower), np.floor(upper)
    days = bounded(imputed_days(texts, rule, highest, preserve), parts.first, parts.last, lower, upper)
    if highest == "Y":
        days = year_imputed(days, rule, lower, upper)
    return number_column(days, iso.index)
