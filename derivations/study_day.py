"""The day of the study."""

from __future__ import annotations

from derivations.columns import number_column
from derivations.moments import whole_days
from derivations.registry import Day, Number, derivation

__all__ = ["number_column", "study_day"]


@derivation(
    source="SDTMIG 3.4, section 4.4.4: use of the study day variables",
    subject="Study days, durations, ages",
    also="derive_vars_dy, derive_study_day, --DY, --STDY, --ENDY, ADY, ASTDY, AENDY, relative day",
)
def study_day(date: Day, reference_date: Day) -> Number:
    """The days from the reference date to the date, plus 1 from the reference date on; there is no day 0.

    The reference date is day 1, the day before it is day -1.

    Args:
        date: days since 1960-01-01; a fraction of a day is dropped.
        reference_date: the date of day 1, likewise.

    Missing: missing if one of the dates is missing or partial.

    Example:
        >>> days = number_column([23439, 23438, 23440, None])
        >>> study_day(days, number_column([23439] * 4)).tolist()
        [1.0, -1.0, 2.0, nan]
    """
    day, first = whole_days("study_day", date=date, reference_date=reference_date)
    apart = day - first
    return apart + (apart >= 0)
