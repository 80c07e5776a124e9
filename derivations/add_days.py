"""Days after a day."""

from __future__ import annotations

from derivations.columns import floats, number_column
from derivations.moments import whole_days
from derivations.registry import Day, Number, derivation
from derivations.time_units import truncated

__all__ = ["add_days", "number_column"]


@derivation(
    source="SAS 9.4 Language Reference: a date is a count of days",
    subject="Numeric dates and imputation",
    also="INTNX, date plus days, window",
)
def add_days(day: Day, days: Number) -> Number:
    """The day that lies the given number of days after the date; before it, if the number is negative.

    Args:
        day: days since 1960-01-01; a fraction of a day is dropped.
        days: days to add, likewise.

    Missing: missing if the day or the number is missing.

    Example:
        >>> add_days(number_column([23439, 23439, None]), number_column([30, -4, 1])).tolist()
        [23469.0, 23435.0, nan]
    """
    (start,) = whole_days("add_days", day=day)
    return number_column(floats(start) + truncated(floats(days)), day.index)
